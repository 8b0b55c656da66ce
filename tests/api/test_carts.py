"""The carts of a bot over HTTP: counted by currency, listed page by page."""

from typing import Any

import httpx

from core.postgres import Connection
from core.shop.customers import Customer
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_customer, create_product, create_shop


async def fill(connection: Connection, bot_id: int, customer: Customer, product_id: int) -> None:
    await connection.execute(
        "INSERT INTO carts (shop_id, buyer_no, bot_id) VALUES ($1, $2, $3)",
        customer.shop_id,
        customer.buyer_no,
        bot_id,
    )
    await connection.execute(
        "INSERT INTO cart_lines (shop_id, buyer_no, product_id, title, quantity) "
        "VALUES ($1, $2, $3, 'Tea', 2)",
        customer.shop_id,
        customer.buyer_no,
        product_id,
    )


async def listed(client: httpx.AsyncClient, address: str, **query: Any) -> list[int]:
    page = (await client.get(address, params=query)).json()
    return [cart["buyer_no"] for cart in page["carts"]]


async def filled(panel: Panel) -> str:
    """Three carts; the address of their module."""
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=["catalogue", "cart", "menu"])
        product = await create_product(connection, shop.id)
        for _ in range(3):
            customer = await create_customer(connection, shop.id)
            await fill(connection, bot.id, customer, product.id)
    return f"/api/v1/bots/{bot.id}/modules/cart"


async def test_carts_are_counted_and_listed(panel: Panel) -> None:
    address = await filled(panel)
    async with panel.visitor("viewer") as viewer:
        summary = (await viewer.get(f"{address}/summary")).json()
        assert summary == [
            {"currency": "XTR", "carts": 3, "value_minor": 1800, "left": 0, "left_value_minor": 0}
        ]
        found: list[int] = []
        asked: dict[str, Any] = {"size": 2}
        while True:
            page = (await viewer.get(f"{address}/carts", params=asked)).json()
            found += [cart["buyer_no"] for cart in page["carts"]]
            if page["next_at"] is None:
                break
            asked |= {"after_at": page["next_at"], "after_buyer_no": page["next_buyer_no"]}
        assert found == [3, 2, 1]
        asked = {"sort": "oldest", "size": 2}
        oldest = (await viewer.get(f"{address}/carts", params=asked)).json()
        assert [cart["buyer_no"] for cart in oldest["carts"]] == [1, 2]
        asked |= {"after_at": oldest["next_at"], "after_buyer_no": oldest["next_buyer_no"]}
        last = (await viewer.get(f"{address}/carts", params=asked)).json()
        assert [cart["buyer_no"] for cart in last["carts"]] == [3] and not last["next_at"]
        assert await listed(viewer, f"{address}/carts", left=True) == []
        await panel.pool.execute(
            "UPDATE carts SET changed_at = now() - interval '25 hours', reminded_at = now() "
            "WHERE buyer_no = 2"
        )
        assert await listed(viewer, f"{address}/carts", left=True) == [2]
        assert await listed(viewer, f"{address}/carts", left=False, sort="oldest") == [1, 3]
        assert await listed(viewer, f"{address}/carts", reminded=True) == [2]
        assert await listed(viewer, f"{address}/carts", reminded=False, buyer_no=3) == [3]
        too_many = await viewer.get(f"{address}/carts", params={"size": 101})
        assert_problem(too_many, 422, "request_invalid")
    async with panel.visitor(shop_ids=[2**31 - 1]) as stranger:
        assert (await stranger.get(f"{address}/summary")).status_code in (403, 404)
