"""A verdict where money and goods move: read there and then, the allow-list first, no invariant
above it."""

from datetime import timedelta

import pytest

from core.events import Origin
from core.postgres import Connection
from core.shop import held_payments, orders, payments, risk, risk_actions, risk_standing
from core.shop.customers import Customer
from core.shop.orders import Order
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_verdict,
)


async def an_order(connection: Connection) -> tuple[Origin, Customer, Order]:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, stock=5)
    return origin, buyer, await create_order(connection, origin, buyer, product)


async def done(connection: Connection, origin: Origin) -> list[tuple[str, str, int]]:
    found = await risk_actions.of_shop(connection, origin.shop_id, size=10)
    return [(each.action, each.abuse, each.times) for each in found]


async def test_a_doubted_payers_money_is_kept_and_a_person_decides(connection: Connection) -> None:
    origin, buyer, order = await an_order(connection)
    await create_verdict(connection, origin.shop_id, buyer.buyer_no, "payment")
    charge = charge_of(order, buyer)
    held = await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert held is not None
    assert (held.status, held.attention) == ("held", payments.DOUBTED)
    assert await payments.status_of(connection, "stars", charge.charge_id) == "held"
    assert await connection.fetchval("SELECT stock FROM products") == 5
    outcome = await connection.fetchval("SELECT outcome FROM outbox WHERE event = 'payment_failed'")
    assert outcome == "doubted"  # no mismatch: that would be a reason for the next verdict
    assert await done(connection, origin) == [("hold", "payment", 1)]
    (stored,) = await risk_actions.of_shop(connection, origin.shop_id, size=10)
    assert stored.order_id == order.id and stored.reasons[0].value == 5
    payment_id = await connection.fetchval("SELECT id FROM payments")
    taken = await held_payments.accept(connection, origin, payment_id=payment_id)
    assert taken.status == "paid"


async def test_the_allow_list_is_above_a_score_and_below_an_invariant(
    connection: Connection,
) -> None:
    origin, buyer, order = await an_order(connection)
    await create_verdict(connection, origin.shop_id, buyer.buyer_no, "payment")
    await connection.execute(
        "INSERT INTO fraud_allow (shop_id, buyer_no) VALUES ($1, $2)",
        origin.shop_id,
        buyer.buyer_no,
    )
    less = charge_of(order, buyer, charge_id="less", amount_minor=1)
    held = await payments.pay(connection, origin, buyer, order_id=order.id, charge=less)
    assert held is not None and held.attention == "another_amount"
    assert await done(connection, origin) == []


async def test_a_score_for_something_else_holds_no_money(connection: Connection) -> None:
    origin, buyer, order = await an_order(connection)
    for abuse in ("flood", "traffic", "stock", "promo"):
        await create_verdict(connection, origin.shop_id, buyer.buyer_no, abuse)
    await create_verdict(connection, origin.shop_id, buyer.buyer_no, "payment", outcome="review")
    charge = charge_of(order, buyer)
    paid = await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert paid is not None and paid.status == "paid"


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "free"])
async def test_who_hoards_keeps_stock_for_a_quarter_of_an_hour(
    connection: Connection, is_held: bool
) -> None:
    origin, buyer, order = await an_order(connection)
    if is_held:
        await create_verdict(connection, origin.shop_id, buyer.buyer_no, "stock")

    async def kept() -> timedelta:
        found: timedelta = await connection.fetchval(
            "SELECT reserved_until - now() FROM orders WHERE id = $1", order.id
        )
        return found

    await payments.reserve(
        connection,
        origin,
        buyer,
        order_id=order.id,
        amount_minor=order.total_minor,
        currency=order.currency,
        minutes=60,
    )
    await payments.keep_waiting(connection, order.id, minutes=600)
    quarter = timedelta(minutes=15)
    assert (await kept() <= quarter) == is_held
    # Whoever is held, the order does not lapse before somebody has looked at the proof.
    assert await connection.fetchval(
        "SELECT expires_at > now() + interval '599 minutes' FROM orders WHERE id = $1", order.id
    )
    assert await done(connection, origin) == ([("prepay", "stock", 1)] if is_held else [])


async def test_whoever_cannot_read_a_verdict_moves_no_money(connection: Connection) -> None:
    origin, buyer, order = await an_order(connection)
    await connection.execute("ALTER TABLE fraud_verdicts RENAME TO away")
    with pytest.raises(Exception, match="fraud_verdicts"):
        async with connection.transaction():
            await payments.pay(
                connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
            )
    assert (await orders.get(connection, order.id)).status == "created"


async def test_one_question_answers_for_several_people(connection: Connection) -> None:
    origin = await create_origin(connection)
    people = [await create_customer(connection, origin.shop_id) for _ in range(3)]
    numbers = [each.buyer_no for each in people]
    await create_verdict(connection, origin.shop_id, numbers[1], "traffic", outcome="block")
    await create_verdict(connection, origin.shop_id, numbers[2], "flood")
    found = await risk_standing.holds(connection, origin.shop_id, numbers, "traffic", "payment")
    assert [(each.buyer_no, each.abuse) for each in found] == [(numbers[1], "traffic")]
    await risk.allow(connection, origin.shop_id, numbers[1])
    assert await risk_standing.holds(connection, origin.shop_id, numbers, "traffic") == []


@pytest.mark.parametrize(
    ("rules", "is_spam"),
    [
        (("links", "same_texts"), True),
        (("links", "model_flood"), True),
        (("links", "flood", "model_flood"), False),
        (("model_flood",), False),
        ((), False),
    ],
    ids=["texts", "texts-and-model", "flood", "model-alone", "nothing"],
)
async def test_spam_stays_spam_whatever_a_model_says(
    connection: Connection, rules: tuple[str, ...], is_spam: bool
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    await create_verdict(connection, origin.shop_id, buyer.buyer_no, "flood")
    await connection.execute(
        "INSERT INTO fraud_reasons (shop_id, buyer_no, abuse, rule, version, value, threshold, "
        "window_seconds, contribution) SELECT shop_id, buyer_no, abuse, r, version, value, "
        "threshold, window_seconds, contribution FROM fraud_reasons, unnest($1::text[]) AS r "
        "WHERE r <> rule",
        list(rules),
    )
    await connection.execute("DELETE FROM fraud_reasons WHERE rule <> ALL($1)", list(rules))
    texts = frozenset({"links", "same_texts"})
    standing = await risk_standing.of_shop(connection, origin.shop_id, ["flood"], texts)
    assert standing.blocked[buyer.telegram_id]["flood"].is_spam == is_spam


async def test_what_was_done_is_one_row_a_day_and_ends(connection: Connection) -> None:
    origin, buyer, _ = await an_order(connection)
    await create_verdict(connection, origin.shop_id, buyer.buyer_no, "promo")
    for _ in range(3):
        await risk_standing.enforce(connection, origin, buyer.buyer_no, "promo", action="lock")
    assert await done(connection, origin) == [("lock", "promo", 3)]
    since = await connection.fetchval("SELECT now() - interval '1 hour'")
    (held,) = await risk_actions.since(connection, [origin.shop_id], since)
    assert (held.abuse, held.action, held.shoppers) == ("promo", "lock", 1)
    await connection.execute("UPDATE fraud_actions SET last_at = now() - interval '91 days'")
    await risk_actions.forget(connection)
    assert await done(connection, origin) == []
