"""Exports that are unusual: nobody takes them away without the owner's button."""

import httpx

from core.postgres import Connection
from core.shop import confirmations
from tests.api.conftest import Panel, assert_problem
from tests.api.test_step_up import ALERTS, bound, by, needed, sent
from tests.factories import create_bot, create_shop


async def test_an_unusual_export_waits_for_the_owners_button(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    chat = await bound(connection, await create_bot(connection, shop))
    order = {"table": "orders", "from": "2026-01-01", "to": "2026-01-02"}
    file = f"/api/v1/exports/orders.csv?shops={shop.id}&from=2026-01-01&to=2026-01-02"
    async with panel.visitor("analyst") as analyst:
        for _ in range(panel.resources.settings.alert_exports - 1):
            assert (await analyst.post("/api/v1/exports/jobs", json=order)).status_code == 201
        asked = needed(await analyst.post("/api/v1/exports/jobs", json=order))
        (alert,) = (await owner.get(ALERTS)).json()
        assert (alert["kind"], alert["value"]) == ("exports", 5)
        assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
        made = await analyst.post("/api/v1/exports/jobs", json=order, headers=by(asked))
        assert made.status_code == 201
        # A link to a file has no headers: the same address goes through, once.
        link = needed(await analyst.get(file))
        assert needed(await analyst.get(file)) == link
        assert await confirmations.answer(connection, chat, link, is_confirmed=True)
        needed(await analyst.get(f"{file}&bom=true"))
        assert_problem(await analyst.get(file), 503, "clickhouse_unavailable")  # it was begun
        assert needed(await analyst.get(file)) != link
    assert (await owner.post("/api/v1/exports/jobs", json=order)).status_code == 201
    assert "orders" in (await sent(connection))[0]["message"]
