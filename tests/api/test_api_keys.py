"""Keys of programs: shown once, of few shops and one scope, ended with their link, in the log."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.log import redact
from core.postgres import Connection
from core.shop import access, access_links, api_keys, confirmations
from core.shop.access import Visitor
from core.shop.access_links import OPERATOR
from core.shop.api_keys import ApiKeyInvalid, TooManyApiKeys
from tests.api.conftest import Panel, assert_problem, eventually
from tests.api.test_step_up import bound, by, needed
from tests.factories import create_bot, create_shop

PATH = "/api/v1/api-keys"
DATASETS = "/api/v1/exports/{}.csv?from=2026-01-01&to=2026-01-02"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def owner_of(connection: Connection, shop_ids: list[int] | None = None) -> Visitor:
    link_id, _ = await access.insert_link(
        connection, label="owner", role="owner", shop_ids=shop_ids
    )
    return Visitor(link_id=link_id, label="owner", role="owner", shop_ids=shop_ids)


async def key_of(connection: Connection, visitor: Visitor, **values: Any) -> tuple[int, str]:
    given: dict[str, Any] = {
        "shop_ids": visitor.shop_ids or [1],
        "label": "Grafana",
        "key_scope": "figures",
        "expires_at": None,
    }
    key, secret = await api_keys.create(connection, visitor, **(given | values))
    return key.id, secret


async def test_an_owner_makes_lists_and_revokes_keys(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    draft = {"label": " Grafana ", "scope": "figures", "shop_ids": [shop.id]}
    made = (await owner.post(PATH, json=draft)).json()
    listed = await owner.get(PATH)
    assert made["secret"] not in listed.text
    assert [each["label"] for each in listed.json()] == ["Grafana"]
    answer = await panel.client.get("/api/v1/metrics", headers=bearer(made["secret"]))
    assert answer.status_code == 200

    async def is_counted() -> bool:
        (key,) = (await owner.get(PATH)).json()
        return bool(key["requests"] == 1 and key["last_used_at"])

    await eventually(is_counted)
    log = (await owner.get("/api/v1/access/log")).json()
    assert [each["path"] for each in log if each["key_id"] == made["id"]] == ["/api/v1/metrics"]
    assert (await owner.delete(f"{PATH}/{made['id']}")).status_code == 204
    gone = await panel.client.get("/api/v1/metrics", headers=bearer(made["secret"]))
    assert_problem(gone, 401, "api_key_invalid")
    assert_problem(await owner.delete(f"{PATH}/{made['id']}"), 404, "not_found")
    past = draft | {"expires_at": "2020-01-01T00:00:00Z"}
    assert_problem(await owner.post(PATH, json=past), 422, "expiry_past")
    foreign = draft | {"shop_ids": [shop.id + 1]}
    assert_problem(await owner.post(PATH, json=foreign), 404, "shop_not_found")
    stored = str([tuple(row) for row in await connection.fetch("SELECT * FROM api_keys")])
    assert made["secret"] not in stored


async def test_a_key_opens_its_scope_of_its_shops_alone(
    panel: Panel, connection: Connection
) -> None:
    mine, other = [await create_shop(connection) for _ in range(2)]
    owner = await owner_of(connection, [mine.id, other.id])
    tried = {
        "/api/v1/metrics": "figures",
        DATASETS.format("orders"): "orders",
        DATASETS.format("shop_kpi_day"): "figures",
        f"/api/v1/shops/{mine.id}/customers": "customers",
    }
    for key_scope in ("figures", "orders", "customers", "sheet"):
        _, secret = await key_of(connection, owner, shop_ids=[mine.id], key_scope=key_scope)
        for path, right in tried.items():
            response = await panel.client.get(path, headers=bearer(secret))
            if key_scope == right:
                assert response.status_code in (200, 503), path  # ClickHouse is away
            else:
                assert_problem(response, 403, "key_scope")
        if key_scope == "customers":
            foreign = f"/api/v1/shops/{other.id}/customers"
            response = await panel.client.get(foreign, headers=bearer(secret))
            assert_problem(response, 404, "shop_not_found")
        if key_scope == "orders":
            foreign = f"{DATASETS.format('orders')}&shops={other.id}"
            response = await panel.client.get(foreign, headers=bearer(secret))
            assert_problem(response, 404, "shop_not_found")


async def test_a_key_in_an_address_opens_sheets_alone(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    visitor = await owner_of(connection, [shop.id])
    _, sheet = await key_of(connection, visitor, key_scope="sheet")
    _, figures = await key_of(connection, visitor)
    path = "/api/v1/sheets/{}/metrics.csv?metrics=starts&from=2026-01-01&to=2026-01-02"
    good = await panel.client.get(path.format(sheet))
    assert good.json()["code"] == "clickhouse_unavailable", good.text  # it is let in
    assert_problem(await panel.client.get(path.format(figures)), 403, "key_scope")
    # A session does not stand in for a key.
    assert_problem(await owner.get(path.format("vtk_wrong")), 401, "api_key_invalid")

    async def is_logged_without_it() -> bool:
        log = (await owner.get("/api/v1/access/log")).text
        assert sheet not in log
        return "/api/v1/sheets/{sheet_key}/metrics.{file_format}" in log

    await eventually(is_logged_without_it)
    assert redact(f"GET {path.format(sheet)}") == f"GET {path.format('vtk_***')}"
    assert redact("whsec_c2VjcmV0c2VjcmV0") == "whsec_***"


async def test_nothing_is_changed_with_a_key(panel: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    visitor = await owner_of(connection, [shop.id])
    _, secret = await key_of(connection, visitor)
    draft = {"label": "x", "scope": "figures", "shop_ids": [shop.id]}
    refused = await panel.client.post(PATH, json=draft, headers=bearer(secret))
    assert_problem(refused, 403, "key_scope")


@pytest.mark.parametrize("ending", ["revoked", "expired", "key expired"])
async def test_a_key_ends_with_its_link_or_its_time(connection: Connection, ending: str) -> None:
    shop = await create_shop(connection)
    visitor = await owner_of(connection, [shop.id])
    expires_at = datetime.now(UTC) + timedelta(days=1)
    _, secret = await key_of(connection, visitor, expires_at=expires_at)
    assert (await api_keys.holder(connection, secret)).shop_ids == [shop.id]
    table, column = {
        "revoked": ("access_links", "revoked_at"),
        "expired": ("access_links", "expires_at"),
        "key expired": ("api_keys", "expires_at"),
    }[ending]
    await connection.execute(f"UPDATE {table} SET {column} = now()")
    with pytest.raises(ApiKeyInvalid):
        await api_keys.holder(connection, secret)
    assert not await api_keys.managed(connection, visitor)


async def test_a_key_moves_along_when_its_link_is_rotated(connection: Connection) -> None:
    shop = await create_shop(connection)
    visitor = await owner_of(connection, [shop.id])
    key_id, secret = await key_of(connection, visitor)
    used = (
        "INSERT INTO access_log (at, link_id, key_id, network, country, agent, method, path, "
        "status, decision, reasons) VALUES (now(), $1, $2, '', '', '', 'GET', '/', 200, 'allowed', "
        "'{}')"
    )
    await connection.execute(used, visitor.link_id, key_id)
    new = await access_links.rotate(connection, OPERATOR, visitor.link_id, timedelta())
    assert (await api_keys.holder(connection, secret)).link_id == new.link.id
    await connection.execute(used, new.link.id, key_id)
    await connection.execute(used, new.link.id, None)
    (listed,) = await api_keys.managed(connection, OPERATOR)
    assert listed.requests == 2  # also of the time before


async def test_a_key_never_sees_more_than_its_link(connection: Connection) -> None:
    one, two = [await create_shop(connection) for _ in range(2)]
    visitor = await owner_of(connection, [one.id, two.id])
    _, secret = await key_of(connection, visitor)
    await connection.execute("UPDATE access_links SET shop_ids = $1", [two.id])
    assert (await api_keys.holder(connection, secret)).shop_ids == [two.id]
    stranger = await owner_of(connection, [one.id])
    assert not await api_keys.managed(connection, stranger)


async def test_keys_of_a_link_are_few(connection: Connection) -> None:
    visitor = await owner_of(connection)
    for _ in range(api_keys.KEYS_A_LINK):
        await key_of(connection, visitor)
    with pytest.raises(TooManyApiKeys):
        await key_of(connection, visitor)


async def test_a_key_that_reads_rows_is_made_by_the_owners_button(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    chat = await bound(connection, await create_bot(connection, shop))
    draft = {"label": "ERP", "scope": "figures", "shop_ids": [shop.id]}
    assert (await owner.post(PATH, json=draft)).status_code == 201
    for scope in ("orders", "customers"):
        rows = draft | {"scope": scope}
        asked = needed(await owner.post(PATH, json=rows))
        assert len((await owner.get(PATH)).json()) == 1
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await owner.post(PATH, json=rows, headers=by(asked))).status_code == 201
