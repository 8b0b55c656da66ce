"""Orders in the panel, through the API."""

import csv
import io
from collections.abc import Callable
from typing import Any, get_args

import pytest

from bots.modules.orders import finding
from bots.modules.orders.finding import Sort
from core.events import Origin
from core.shop import customers, orders, payments
from core.shop.customers import Profile
from core.shop.orders import Detail, Order
from core.shop.pricing import Shipping, quote
from tests.api.conftest import ANY, Panel, assert_problem
from tests.factories import charge_of, create_bot, create_product, create_shop


async def sold(panel: Panel, *, paid: int = 0) -> tuple[str, Origin, Order]:
    """A bot's address, and an order of 390 RUB that was paid `paid` more than that."""
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=["orders"])
        origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
        buyer = await customers.touch(
            connection, shop.id, Profile(telegram_id=9001, first_name="=Anna")
        )
        product = await create_product(
            connection, shop.id, title="Gaiwan", currency="RUB", price_minor=300, stock=2
        )
        priced = quote("RUB", [product.item(1)], [Shipping("Post", "cart", 90)])
        details = [Detail(field="address", label="Address", value="Nevsky 1")]
        order = await orders.place(connection, origin, buyer, priced, details=details)
        charge = charge_of(order, buyer, provider="transfer", amount_minor=390 + paid)
        await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
        order = await orders.place(connection, origin, buyer, priced)
        return f"/api/v1/bots/{bot.id}/modules/orders", origin, order


async def test_the_list_and_its_filters(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _, unpaid = await sold(panel)
    async with panel.visitor() as owner:

        async def numbers(**query: Any) -> list[int]:
            answer = await owner.get(f"{path}/orders", params=query)
            assert answer.status_code == 200, answer.text
            return [row["order_no"] for row in answer.json()["orders"]]

        assert await numbers() == [2, 1]
        assert await numbers(status="paid") == [1] == await numbers(stage="new")
        assert await numbers(stage="shipped") == [] == await numbers(needs_attention=True)
        assert await numbers(text="№2") == [2] and await numbers(text="gai") == [2, 1]
        assert await numbers(text="100%") == [] == await numbers(text="_")
        monkeypatch.setattr(finding, "_WALKED", 1)  # the rest is found by the indexes
        assert await numbers(text="№2") == [2] and await numbers(text="gai") == [2, 1]
        assert await numbers(text="ann", status="paid") == [1]
        monkeypatch.setattr(
            finding, "_FREQUENT", 0
        )  # of words that many orders have, by reading on
        for further in (1, 100):
            monkeypatch.setattr(finding, "_WALKED_FURTHER", further)
            assert await numbers(text="№2") == [2] and await numbers(text="gai") == [2, 1]
        assert await numbers(text="an") == [] == await numbers(text="nobody")
        assert await numbers(buyer_no=1, since="2020-01-01", until="2100-01-01") == [2, 1]
        assert await numbers(until="2020-01-01") == []
        assert await numbers(since="2020-01-01", before=unpaid.id) == [1]
        first = (await owner.get(f"{path}/orders?limit=1")).json()
        assert first["next_before"] == unpaid.id
        rest = (await owner.get(f"{path}/orders?limit=1&before={unpaid.id}")).json()
        assert [row["order_no"] for row in rest["orders"]] == [1] and rest["next_before"] is None
        assert_problem(await owner.get(f"{path}/orders?status=lost"), 422, "request_invalid")
        assert await numbers(sort="oldest") == [1, 2] and await numbers(sort="paid") == [1]
        assert await numbers(sort="oldest", since="2020-01-01") == [1, 2]
    async with panel.visitor("viewer") as viewer:
        rows = (await viewer.get(f"{path}/orders")).json()["orders"]
        assert {row["buyer_name"] for row in rows} == {""}
        for text, expected in (("ann", 0), ("gai", 2), ("2", 1)):
            found = (await viewer.get(f"{path}/orders", params={"text": text})).json()["orders"]
            assert len(found) == expected, text
        seen = (await viewer.get(f"{path}/orders/{unpaid.id - 1}")).json()
        assert seen["order"]["details"] == [] and seen["buyer_name"] == ""
        assert (await viewer.get(f"{path}/orders.csv")).status_code == 403
        assert (await viewer.post(f"{path}/orders/{unpaid.id}/cancel")).status_code == 403


async def test_several_words_are_found_as_they_stand(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, unpaid = await sold(panel)
    async with panel.pool.acquire() as connection:
        await connection.execute(
            "UPDATE order_lines SET title = 'Гайвань 100% глины, 7_8' WHERE order_id = $1",
            unpaid.id,
        )
    monkeypatch.setattr(finding, "_WALKED", 1)
    async with panel.visitor() as owner:
        for frequent in (5000, 0):  # by the index of the rarest word, and by reading on
            monkeypatch.setattr(finding, "_FREQUENT", frequent)
            for text, expected in {
                "вань 100% гли": [2],
                "gayvan 100%": [2],
                "глины, 7_8": [2],
                "глины, 718": [],
                "100% гайвань": [],  # the other way round
                "вань 100_": [],
            }.items():
                answer = await owner.get(f"{path}/orders", params={"text": text})
                found = [row["order_no"] for row in answer.json()["orders"]]
                assert found == expected, (frequent, text)


@pytest.mark.parametrize("dated", [{}, {"since": "2020-01-01"}])
@pytest.mark.parametrize("sort", get_args(Sort))
async def test_pages_of_any_order_have_each_order_once(
    panel: Panel, sort: str, dated: dict[str, str]
) -> None:
    path, _, unpaid = await sold(panel)
    async with panel.pool.acquire() as connection:
        # Many at the same moment, and of the same total.
        await connection.execute(
            "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor, "
            "status, created_at, paid_at) SELECT o.shop_id, n, o.bot_id, o.buyer_no, 'RUB', "
            "100 + n % 3, 'paid', o.created_at + make_interval(secs => n % 2), "
            "o.created_at + make_interval(secs => n % 4) "
            "FROM orders AS o, generate_series(10, 20) AS n WHERE o.id = $1",
            unpaid.id,
        )
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"sort": sort, "limit": 3} | dated
    async with panel.visitor() as owner:
        whole = (await owner.get(f"{path}/orders", params=query | {"limit": 200})).json()["orders"]
        while True:
            page = (await owner.get(f"{path}/orders", params=query)).json()
            seen += page["orders"]
            if page["next_before"] is None:
                break
            query |= {"before": page["next_before"]}
            if page["next_total"] is not None:
                query |= {"before_total": page["next_total"]}
    assert [row["id"] for row in seen] == [row["id"] for row in whole]
    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "newest": lambda row: (row["created_at"] if dated else "", row["id"]),
        "oldest": lambda row: (row["created_at"] if dated else "", row["id"]),
        "paid": lambda row: (row["paid_at"], row["id"]),
        "total": lambda row: (row["total_minor"], row["id"]),
    }
    assert whole == sorted(whole, key=keys[sort], reverse=sort != "oldest")
    assert len(whole) == (12 if sort == "paid" else 13)


async def test_what_an_owner_does_to_an_order(panel: Panel) -> None:
    path, _, unpaid = await sold(panel)
    paid = f"{path}/orders/{unpaid.id - 1}"
    async with panel.visitor() as owner:
        moved = await owner.post(f"{paid}/stage", json={"stage": "processing"})
        assert moved.json()["order"]["stage"] == "processing"
        assert moved.json()["next_stages"] == ["shipped", "delivered"]
        back = await owner.post(f"{paid}/stage", json={"stage": "new"})
        assert_problem(back, 422, "wrong_stage")
        sent = await owner.post(f"{paid}/parcels", json={"tracking_number": "RA1"})
        assert sent.status_code == 201 and sent.json()["order"]["stage"] == "shipped"
        parcel = sent.json()["parcels"][0]["id"]
        assert (await owner.delete(f"{paid}/parcels/{parcel}")).json()["parcels"] == []
        noted = await owner.put(f"{paid}/note", json={"note": "call first"}, headers=ANY)
        assert noted.json()["note"] == "call first"
        happened = [each["what"] for each in (await owner.get(paid)).json()["timeline"]]
        assert happened[:2] == ["created", "paid"] and happened.count("staff") == 5
    purposes = await panel.pool.fetchval("SELECT array_agg(purpose ORDER BY id) FROM outgoing")
    assert purposes == ["notice_stage", "notice_stage"]


async def test_money_goes_back_in_parts_and_an_unpaid_order_is_given_up(panel: Panel) -> None:
    path, _, unpaid = await sold(panel)
    paid = f"{path}/orders/{unpaid.id - 1}"
    async with panel.visitor() as owner:
        asked = await owner.post(f"{paid}/refunds", json={"amount_minor": 130, "reason": "late"})
        assert asked.status_code == 201 and asked.json()["shipping_minor"] == 30
        refund = asked.json()["id"]
        for _ in range(2):
            done = await owner.post(f"{paid}/refunds/{refund}/sent", json={"way": "cash"})
            assert done.json()["order"]["refunded_minor"] == 130
        too_much = await owner.post(f"{paid}/refunds", json={"amount_minor": 300})
        assert_problem(too_much, 422, "not_refundable")
        mistaken = (await owner.post(f"{paid}/refunds", json={})).json()["id"]
        given_up = await owner.post(f"{paid}/refunds/{mistaken}/give-up")
        assert [each["state"] for each in given_up.json()["refunds"]] == ["done", "failed"]
        cancelled = await owner.post(f"{path}/orders/{unpaid.id}/cancel")
        assert cancelled.json()["order"]["status"] == "cancelled"
        assert_problem(await owner.post(f"{path}/orders/{unpaid.id}/cancel"), 422, "order_closed")
        assert_problem(await owner.get(f"{path}/orders/999999"), 404, "not_found")
    purposes = await panel.pool.fetchval("SELECT array_agg(purpose ORDER BY id) FROM outgoing")
    assert purposes == ["notice_refund", "notice_cancelled"]
    told = await panel.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE event = 'staff_action' AND order_id = $1", unpaid.id
    )
    assert told == 1


async def test_a_held_payment_is_taken_and_needs_the_owner_until_then(panel: Panel) -> None:
    path, _, unpaid = await sold(panel, paid=10)
    async with panel.visitor() as owner:
        view = (await owner.get(f"{path}/orders/{unpaid.id - 1}")).json()
        assert view["order"]["status"] == "held"
        taken = await owner.post(f"{path}/payments/{view['payments'][0]['id']}/accept")
        assert taken.json()["order"]["status"] == "paid"
        again = await owner.post(f"{path}/payments/{view['payments'][0]['id']}/accept")
        assert_problem(again, 422, "not_acceptable")
    assert await panel.pool.fetchval("SELECT purpose FROM outgoing") == "receipt"


async def test_the_export_adds_up_and_holds_no_formula(panel: Panel) -> None:
    path, _, _ = await sold(panel)
    async with panel.visitor() as owner:
        answer = await owner.get(f"{path}/orders.csv", params={"status": "paid"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["row"], row["amount"]) for row in rows] == [("line", "3.00"), ("shipping", "0.90")]
    assert {row["order_total"] for row in rows} == {"3.90"}
    assert rows[0]["details"] == "Address: Nevsky 1"
