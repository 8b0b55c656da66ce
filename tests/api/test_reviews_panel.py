"""Reviews over HTTP: listed, shown, hidden, answered."""

from core.postgres import Connection
from core.shop import bots, fulfilment, orders, payments
from tests.api.conftest import ANY, Panel
from tests.factories import charge_of, create_bot, create_customer, create_product, create_shop


async def one_waits(connection: Connection) -> tuple[str, int]:
    """The module's address, with a review of a product that waits; the product."""
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["reviews", "menu", "orders"])
    origin = await bots.origin_of(connection, bot.id)
    buyer = await create_customer(connection, shop.id, language="en")
    product = await create_product(connection, shop.id, title="Tea")
    order = await orders.create(connection, origin, buyer, product)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer))
    await fulfilment.move(connection, origin, order_id=order.id, stage="delivered")
    await connection.execute(
        "INSERT INTO reviews (shop_id, bot_id, order_id, line, product_id, buyer_no, rating, body, "
        "state) VALUES ($1, $2, $3, 1, $4, $5, 4, 'Strong', 'waiting')",
        shop.id,
        bot.id,
        order.id,
        product.id,
        buyer.buyer_no,
    )
    return f"/api/v1/bots/{bot.id}/modules/reviews", product.id


async def test_an_owner_looks_through_reviews_and_answers(
    panel: Panel, connection: Connection
) -> None:
    base, product_id = await one_waits(connection)
    async with panel.visitor() as owner, panel.visitor(role="viewer") as viewer:
        (row,) = (await owner.get(f"{base}/reviews", params={"state": "waiting"})).json()["reviews"]
        assert (row["body"], row["rating"], row["title"]) == ("Strong", 4, "Tea")
        assert (await viewer.get(f"{base}/reviews")).json()["reviews"][0]["body"] == ""
        assert (await owner.get(f"{base}/ratings")).json() == []
        one = f"{base}/reviews/{row['id']}"
        for _ in range(2):
            assert (await owner.post(f"{one}/show")).json()["state"] == "shown"
        assert (await viewer.get(f"{base}/reviews")).json()["reviews"][0]["body"] == "Strong"
        assert (await owner.get(f"{base}/ratings")).json() == [
            {"product_id": product_id, "title": "Tea", "reviews": 1, "average": 4.0}
        ]
        answered = await owner.put(f"{one}/answer", json={"text": " Thank you "}, headers=ANY)
        assert answered.json()["answer"] == "Thank you"
        assert (
            await owner.put(f"{one}/answer", json={"text": "x" * 1001}, headers=ANY)
        ).status_code == 422
        assert (await owner.post(f"{base}/reviews/99999/hide")).status_code == 404
        assert (await owner.post(f"{one}/hide")).json()["state"] == "hidden"
    told = await connection.fetchval(
        "SELECT count(*) FROM outgoing WHERE purpose = 'review_answer'"
    )
    assert told == 1
    moderated = await connection.fetch(
        "SELECT outcome FROM outbox WHERE event = 'review_moderated' ORDER BY xid, pos"
    )
    assert [each["outcome"] for each in moderated] == ["shown", "hidden"]
