"""The list of customers, one of them, and what they did."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from core.events import Origin
from core.postgres import Connection
from core.shop import customer_list, customers, payments
from core.shop.customers import Profile
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import first_start, happening, paid, record
from tests.factories import charge_of, create_customer, create_order, create_origin, create_product

NAMES = ("Анна", "Фёдор", "Ли", "Zoë", "100%", "<b>Bo</b>")


async def with_people(connection: Connection) -> Origin:
    """A shop with customers 1 to 6; 2 came by a link, 5 blocked the bot, 3 and then 1 bought."""
    origin = await create_origin(connection)
    for number, name in enumerate(NAMES, start=1):
        await create_customer(
            connection,
            origin.shop_id,
            telegram_id=900 + number,
            first_name=name,
            username="tea_lover" if number == 2 else None,
            language="ru" if number < 4 else "en",
        )
    await connection.execute(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'flyer')", origin.shop_id
    )
    await connection.execute(
        "UPDATE customers SET first_source_id = (SELECT id FROM sources) WHERE buyer_no = 2"
    )
    await connection.execute("UPDATE customers SET blocked_at = now() WHERE buyer_no = 5")
    product = await create_product(connection, origin.shop_id)
    for number in (3, 1):
        buyer = await customers.touch(connection, origin.shop_id, Profile(telegram_id=900 + number))
        order = await create_order(connection, origin, buyer, product)
        await payments.pay(
            connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
        )
    return origin


async def numbers(client: httpx.AsyncClient, address: str, **query: Any) -> list[int]:
    answer = await client.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return [each["buyer_no"] for each in answer.json()["customers"]]


async def test_customers_are_found_by_what_is_known_of_them(
    panel: Panel,
    owner: httpx.AsyncClient,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop_id = (await with_people(connection)).shop_id
    address = f"/api/v1/shops/{shop_id}/customers"
    found: Sequence[tuple[dict[str, Any], list[int]]] = (
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"words": "федор"}, [2]),
        ({"words": "@Tea_Lo"}, [2]),
        ({"words": "ли"}, [3]),
        ({"words": "zoe"}, [4]),
        ({"words": "anna"}, [1]),
        ({"words": "100%"}, [5]),
        ({"words": "%%%"}, []),
        ({"words": "№ 4"}, [4]),
        ({"words": "906"}, [6]),
        ({"source": "flyer"}, [2]),
        ({"source": "other"}, []),
        ({"language": "ru"}, [3, 2, 1]),
        ({"blocked": True}, [5]),
        ({"blocked": False, "language": "en"}, [6, 4]),
        ({"bought": True}, [3, 1]),
        ({"bought": False}, [6, 5, 4, 2]),
        ({"sort": "bought"}, [1, 3]),
        ({"sort": "bought", "words": "анн"}, [1]),
    )
    for walked in (5000, 1):  # by one after the other, and by the index
        monkeypatch.setattr(customer_list, "_WALKED", walked)
        for query, expected in found:
            assert await numbers(owner, address, **query) == expected, query
    async with panel.visitor("analyst") as analyst:
        (first, *_) = (await analyst.get(address)).json()["customers"]
        assert (first["first_name"], first["telegram_id"], first["buyer_no"]) == ("", None, 6)
        one = (await analyst.get(f"{address}/2")).json()
        assert (one["first_name"], one["username"], one["source"]) == ("", None, "flyer")
        for words in ("анна", "##901", "٩٠١", "9" * 19, "@tea_lover"):
            assert_problem(await analyst.get(address, params={"words": words}), 403, "forbidden")
        assert await numbers(analyst, address, words="2") == [2]
        assert await numbers(analyst, address, words="902") == []  # a Telegram account's
    unfit = await owner.get(address, params={"sort": "bought", "bought": False})
    assert_problem(unfit, 422, "sort_unfit")


async def test_pages_follow_each_other_in_both_orders(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = (await with_people(connection)).shop_id
    address = f"/api/v1/shops/{shop_id}/customers"
    for sort, expected in (("joined", [6, 5, 4, 3, 2, 1]), ("bought", [1, 3])):
        seen: list[int] = []
        query: dict[str, Any] = {"sort": sort, "limit": 1}
        while True:
            page = (await owner.get(address, params=query)).json()
            seen += [each["buyer_no"] for each in page["customers"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert seen == expected
    for sort, after in (
        *(("joined", each) for each in ("x", "1.1", "-1", "9" * 30)),
        *(("bought", each) for each in ("1", "1.x", f"{'9' * 18}.1")),
    ):
        answer = await owner.get(address, params={"sort": sort, "after": after})
        assert_problem(answer, 422, "cursor_invalid")


async def test_one_customer_has_what_they_paid(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = (await with_people(connection)).shop_id
    one = (await owner.get(f"/api/v1/shops/{shop_id}/customers/1")).json()
    assert (one["first_name"], one["telegram_id"]) == ("Анна", 901)
    assert one["spent"] == [
        {"currency": "XTR", "orders": 1, "paid_minor": 300, "refunded_minor": 0}
    ]
    for path in ("customers/77", "customers/77/history"):
        assert_problem(await owner.get(f"/api/v1/shops/{shop_id}/{path}"), 404, "not_found")
    assert_problem(await owner.get("/api/v1/shops/999/customers/1"), 404, "shop_not_found")


async def test_a_history_is_the_customers_own_and_comes_by_pages(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    origin = await with_people(connection)
    order = await connection.fetchrow(
        "SELECT id, order_no FROM orders WHERE shop_id = $1 AND buyer_no = 1", origin.shop_id
    )
    assert order is not None
    product_id = await connection.fetchval("SELECT id FROM products")
    record(
        clickhouse_url,
        first_start(origin.shop_id),
        happening("update_handled", origin.shop_id),
        happening("product_viewed", origin.shop_id, product_id=product_id),
        paid(origin.shop_id, 300, order_id=order["id"]),
        paid(origin.shop_id, 7, buyer_no=3),
        paid(origin.shop_id + 1, 8),
    )
    address = f"/api/v1/shops/{origin.shop_id}/customers/1/history"
    async with counting_panel.visitor("viewer") as client:
        items: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = (await client.get(address, params=query)).json()
            items += page["events"]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert [each["event"] for each in items] == ["order_paid", "product_viewed", "bot_started"]
        assert [(each["order_no"], each["product"], each["amount_minor"]) for each in items] == [
            (order["order_no"], None, 300),
            (None, "Пуэр", None),
            (None, None, None),
        ]
        for after in ("1.2", "1.256.1", "x.1.1"):
            answer = await client.get(address, params={"after": after})
            assert_problem(answer, 422, "cursor_invalid")


async def test_the_list_works_while_clickhouse_is_away(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = (await with_people(connection)).shop_id
    address = f"/api/v1/shops/{shop_id}/customers"
    assert len(await numbers(owner, address)) == len(NAMES)
    assert_problem(await owner.get(f"{address}/1/history"), 503, "clickhouse_unavailable")
