"""Erasing a customer from the panel: confirmed, followed, proved."""

from datetime import datetime
from typing import Any

import httpx

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import bots, confirmations, erasures
from pipelines.upkeep import erasure
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import first_start, record
from tests.api.test_step_up import bound, by, needed
from tests.factories import create_customer, create_origin


def _moment(shown: dict[str, Any], key: str) -> datetime:
    return datetime.fromisoformat(shown[key])


async def test_a_customer_is_erased_and_it_is_proved(
    counting_panel: Panel, counting_settings: Settings, connection: Connection
) -> None:
    origin = await create_origin(connection)
    chat = await bound(connection, await bots.get(connection, origin.bot_id))
    customer = await create_customer(connection, origin.shop_id, first_name="Аделаида")
    store = counting_settings.clickhouse_url.get_secret_value()
    record(store, first_start(origin.shop_id, customer.buyer_no))
    path = f"/api/v1/shops/{origin.shop_id}/customers/{customer.buyer_no}/erasure"
    async with counting_panel.visitor() as owner:
        shown = (await owner.get(path)).json()
        assert (shown["state"], shown["postgres_rows_left"]["customers"]) == ("none", 1)
        body = {"with_events": True}
        asked = needed(await owner.post(path, json=body))
        await confirmations.answer(connection, chat, asked, is_confirmed=True)
        await connection.execute(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
            "VALUES ($1, $2, 1, 'receipt', '{}')",
            *(origin.bot_id, customer.telegram_id),
        )
        answer = await owner.post(path, json=body, headers=by(asked))
        assert_problem(answer, 422, "erasure_waits")
        assert set(answer.json()["explained"]) == {"ru", "en"}
        await connection.execute("UPDATE outgoing SET state = 'sent'")
        answer = await owner.post(path, json=body, headers=by(asked))
        assert answer.status_code == 202, answer.text
        shown = answer.json()
        assert (shown["state"], shown["with_events"]) == ("clearing", True)
        assert set(shown["postgres_rows_left"].values()) == {0}
        assert shown["clickhouse_rows_left"]["events"] == 1
        with open_client(store) as client:
            await connection.execute("DELETE FROM outbox")
            await erasure.finish(connection, client, await erasure.ready(connection))
        shown = (await owner.get(path)).json()
        assert shown["state"] == "done" and shown["done_at"]
        assert set(shown["clickhouse_rows_left"].values()) == {0}
        await connection.execute("UPDATE erasures SET requested_at = now() - interval '1 day'")
        asked = needed(await owner.post(path, json=body))
        await confirmations.answer(connection, chat, asked, is_confirmed=True)
        again = (await owner.post(path, json=body, headers=by(asked))).json()
        assert again["state"] == "clearing"
        assert _moment(again, "requested_at") > _moment(shown, "done_at")
        path = f"/api/v1/shops/{origin.shop_id}/customers/99/erasure"
        assert_problem(await owner.post(path, json=body), 404, "not_found")


async def _exported(owner: httpx.AsyncClient, shop_id: int) -> list[list[str]]:
    """The rows of the shop's people, and of what they did."""
    found = []
    for table in ("customers", "events"):
        answer = await owner.get(f"/api/v1/exports/{table}.csv", params={"shops": shop_id})
        assert answer.status_code == 200, answer.text
        found.append(answer.text.splitlines()[1:])
    return found


async def test_a_later_export_has_nothing_of_them(
    counting_panel: Panel, counting_settings: Settings, connection: Connection
) -> None:
    shop_id = (await create_origin(connection)).shop_id
    customer = await create_customer(connection, shop_id, first_name="Аделаида")
    store = counting_settings.clickhouse_url.get_secret_value()
    record(store, first_start(shop_id, customer.buyer_no))
    async with counting_panel.visitor() as owner:
        people, events = await _exported(owner, shop_id)
        assert "Аделаида" in people[0] and str(customer.telegram_id) in people[0]
        assert len(people) == len(events) == 1
        await erasures.erase(connection, shop_id, customer.buyer_no, with_events=True)
        await connection.execute("DELETE FROM outbox")
        with open_client(store) as client:
            await erasure.finish(connection, client, await erasure.ready(connection))
        people, events = await _exported(owner, shop_id)
        assert events == [] and len(people) == 1  # a number without a person
        assert "Аделаида" not in people[0] and str(customer.telegram_id) not in people[0]


async def test_without_clickhouse_the_proof_says_so(panel: Panel, connection: Connection) -> None:
    origin = await create_origin(connection)
    customer = await create_customer(connection, origin.shop_id)
    path = f"/api/v1/shops/{origin.shop_id}/customers/{customer.buyer_no}/erasure"
    async with panel.visitor() as owner:
        begun = (await owner.post(path, json={})).json()
        assert (begun["state"], begun["with_events"]) == ("clearing", False)
        assert begun["clickhouse_rows_left"] is None
    assert await connection.fetchval("SELECT telegram_id FROM customers") < 0
