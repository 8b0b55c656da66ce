"""Exports that are unusual: nobody takes them away without the owner's button."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from core.postgres import Connection
from core.shop import access, access_alerts, confirmations, export_runs
from core.shop.access import Visitor
from core.shop.access_alerts import Alert
from tests.api.conftest import Panel, assert_problem
from tests.api.test_step_up import ALERTS, bound, by, needed, sent
from tests.factories import create_bot, create_shop


class Whole:
    """A file that the engine has begun."""

    def hand_on(self, _reader: object) -> None:
        """It is read here."""

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"whole"

    def close(self) -> None:
        """Nothing is open."""


async def begun(*_: object, **__: object) -> Whole:
    return Whole()


async def exported_much(connection: Connection) -> None:
    """What the analyst's link exports is unusual from now on."""
    link_id = await connection.fetchval("SELECT id FROM access_links WHERE label = 'analyst'")
    await access_alerts.raise_alert(connection, Alert("export_size", 50, 10, link_id))


async def test_an_unusual_export_waits_for_the_owners_button(
    panel: Panel,
    owner: httpx.AsyncClient,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
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
        asked_so_far = len(await sent(connection))
        assert (await analyst.head(file)).status_code == 403  # a look ahead asks nobody
        assert len(await sent(connection)) == asked_so_far
        link = needed(await analyst.get(file))
        assert needed(await analyst.get(file)) == link
        assert await confirmations.answer(connection, chat, link, is_confirmed=True)
        for _ in range(2):  # nor does it use anything up
            assert (await analyst.head(file)).status_code == 200
        needed(await analyst.get(f"{file}&bom=true"))
        for _ in range(2):  # what cannot begin uses nothing up
            assert_problem(await analyst.get(file), 503, "clickhouse_unavailable")
        monkeypatch.setattr(panel.resources.exporter, "start_as", begun)
        assert (await analyst.get(file)).text == "whole"
        assert needed(await analyst.get(file)) != link
    assert (await owner.post("/api/v1/exports/jobs", json=order)).status_code == 201
    assert "orders" in (await sent(connection))[0]["message"]


async def test_a_declined_download_may_be_asked_for_anew_ten_minutes_later(
    panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection)
    chat = await bound(connection, await create_bot(connection, shop))
    file = f"/api/v1/exports/orders.csv?shops={shop.id}&from=2026-01-01&to=2026-01-02"
    async with panel.visitor("analyst") as analyst:
        await exported_much(connection)
        asked = needed(await analyst.get(file))
        assert await confirmations.answer(connection, chat, asked, is_confirmed=False)
        assert_problem(await analyst.get(file), 403, "confirmation_declined")
        await connection.execute(
            "UPDATE confirmations SET answered_at = now() - $1::interval, "
            "asked_at = now() - $1::interval",
            confirmations.LIVES + timedelta(minutes=1),
        )
        assert needed(await analyst.get(file)) != asked


async def test_where_nobody_can_be_asked_an_unusual_export_goes_on_with_its_alert(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = [await create_shop(connection) for _ in range(2)]
    order = {"table": "orders", "from": "2026-01-01", "to": "2026-01-02"}
    async with panel.visitor("analyst", [shop.id, other.id]) as analyst:
        await exported_much(connection)
        await connection.execute("UPDATE access_links SET origin = 'panel'")
        assert (await analyst.post("/api/v1/exports/jobs", json=order)).status_code == 201
        assert [each["kind"] for each in (await owner.get(ALERTS)).json()] == ["export_size"]
        # A shop without a chat beside one that has it takes nothing past its owner.
        await bound(connection, await create_bot(connection, shop), [shop.id])
        needed(await analyst.post("/api/v1/exports/jobs", json=order))


async def test_whoever_exported_too_much_does_not_say_alone_that_it_was_them(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    chat = await bound(connection, await create_bot(connection, await create_shop(connection)))
    link_id = await connection.fetchval("SELECT id FROM access_links WHERE label = 'owner'")
    alert = Alert("export_size", 50, 10, link_id, subject="orders")
    await access_alerts.raise_alert(connection, alert)
    (shown,) = (await owner.get(ALERTS)).json()
    answer, said = f"{ALERTS}/{shown['id']}/answer", {"answer": "was_me"}
    asked = needed(await owner.post(answer, json=said))
    assert len((await owner.get(ALERTS)).json()) == 1
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await owner.post(answer, json=said, headers=by(asked))).status_code == 204
    # Of another's link an owner decides in the panel.
    theirs, _ = await access.insert_link(connection, label="x", role="analyst")
    await access_alerts.raise_alert(connection, Alert("export_size", 50, 10, theirs))
    (shown,) = (await owner.get(ALERTS)).json()
    assert (await owner.post(f"{ALERTS}/{shown['id']}/answer", json=said)).status_code == 204


async def test_what_a_key_fetches_holds_nobody_and_is_compared_with_keys(
    connection: Connection,
) -> None:
    link_id, _ = await access.insert_link(connection, label="Анна", role="owner")
    person = Visitor(link_id=link_id, label="Анна", role="owner", shop_ids=None)
    program = person.model_copy(update={"key_id": 3})

    async def export(visitor: Visitor, size: int) -> None:
        run = await export_runs.begin(connection, visitor, "orders", "csv")
        await export_runs.finish(connection, run, size, 10)

    async def held() -> list[bool]:
        each = (person, program)
        return [await export_runs.is_unusual(connection, one, "orders", 99) for one in each]

    for _ in range(export_runs.USUAL):
        await export(program, 10)
    await export(person, 1_000)  # there are no people's to compare it with
    assert await held() == [False, False]
    await export(program, 1_000)
    assert await held() == [False, True]
    for _ in range(export_runs.USUAL):
        await export(person, 10)
    await export(person, 1_000)
    await export(program, 1_000)
    assert await held() == [True, True]
