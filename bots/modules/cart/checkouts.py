"""Checkouts under way: what is being bought, how it is to come, and what the shopper answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop import orders
from core.shop.customers import Customer
from core.shop.orders import Detail, Order
from core.shop.pricing import Quote

# A bill that is asked for again within this time is the same bill: two presses are one order.
REUSE_MINUTES = 60
OF_ONE_ORDER = "comment"  # what is not remembered for the next
_LATEST = 5  # open orders of a shopper that are looked through


class Source(BaseModel):
    """What is bought: one of a product, or of its variant; the cart if no product is named."""

    model_config = ConfigDict(frozen=True)

    product_id: int | None = None
    variant_id: int | None = None

    @property
    def is_cart(self) -> bool:
        return self.product_id is None


class Checkout(Source):
    """A shopper's; `shown` is the bill that they saw last."""

    id: int
    shipping: str
    answers: dict[str, str]
    shown: dict[str, Any] | None


_COLUMNS = "id, product_id, variant_id, shipping, answers, shown"


async def begin(connection: Connection, customer: Customer, source: Source) -> Checkout:
    """The shopper's checkout of this; of something else, it takes the place of the one before and
    begins with what they answered for their last order."""
    row = await connection.fetchrow(
        "INSERT INTO checkouts AS c (shop_id, buyer_no, product_id, variant_id, answers) "
        "VALUES ($1, $2, $3, $4, coalesce((SELECT answers FROM cart_contacts "
        "  WHERE shop_id = $1 AND buyer_no = $2), '{}')) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET id = DEFAULT, product_id = $3, "
        "  variant_id = $4, answers = EXCLUDED.answers, shown = NULL, order_id = NULL "
        "WHERE c.product_id IS DISTINCT FROM $3 OR c.variant_id IS DISTINCT FROM $4 "
        f"RETURNING {_COLUMNS}",
        customer.shop_id,
        customer.buyer_no,
        source.product_id,
        source.variant_id,
    )
    if row is not None:
        return Checkout(**row)
    found = await current(connection, customer)
    assert found is not None  # there is one already, of the same
    return found


async def current(
    connection: Connection, customer: Customer, checkout_id: int | None = None
) -> Checkout | None:
    """The shopper's checkout; None if there is none, or not this one any more."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM checkouts WHERE shop_id = $1 AND buyer_no = $2 "
        "AND ($3::bigint IS NULL OR id = $3)",
        customer.shop_id,
        customer.buyer_no,
        checkout_id,
    )
    return None if row is None else Checkout(**row)


async def choose_shipping(connection: Connection, checkout: Checkout, key: str) -> Checkout:
    await connection.execute("UPDATE checkouts SET shipping = $2 WHERE id = $1", checkout.id, key)
    return checkout.model_copy(update={"shipping": key})


async def answer(connection: Connection, checkout: Checkout, field: str, value: str) -> Checkout:
    """Keeps what the shopper answered."""
    answers = {**checkout.answers, field: value}
    await connection.execute(
        "UPDATE checkouts SET answers = $2 WHERE id = $1", checkout.id, answers
    )
    return checkout.model_copy(update={"answers": answers})


async def show(connection: Connection, checkout: Checkout, bill: Mapping[str, Any]) -> None:
    """Notes what the shopper is shown."""
    await connection.execute(
        "UPDATE checkouts SET shown = $2 WHERE id = $1", checkout.id, dict(bill)
    )


async def note_order(connection: Connection, checkout: Checkout, order: Order) -> None:
    """Notes which order was made of it, and whether its goods were in the cart."""
    await connection.execute(
        "UPDATE checkouts SET order_id = $2 WHERE id = $1", checkout.id, order.id
    )
    if checkout.is_cart:
        await connection.execute(
            "INSERT INTO cart_orders (order_id) VALUES ($1) ON CONFLICT DO NOTHING", order.id
        )


async def end(connection: Connection, order_id: int) -> bool:
    """The order is paid: its checkout is over, and what was said for this order alone goes.
    Whether its goods were in the cart."""
    await connection.execute(
        "UPDATE checkouts SET id = DEFAULT, order_id = NULL, shown = NULL, "
        "answers = answers - $2::text WHERE order_id = $1",
        order_id,
        OF_ONE_ORDER,
    )
    was_cart: bool = await connection.fetchval(
        "WITH gone AS (DELETE FROM cart_orders WHERE order_id = $1 RETURNING order_id) "
        "SELECT EXISTS (SELECT FROM gone)",
        order_id,
    )
    return was_cart


async def remember(connection: Connection, customer: Customer, answers: Mapping[str, str]) -> None:
    """Keeps the answers for the next order."""
    await connection.execute(
        "INSERT INTO cart_contacts (shop_id, buyer_no, answers) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET answers = $3",
        customer.shop_id,
        customer.buyer_no,
        {field: value for field, value in answers.items() if field != OF_ONE_ORDER},
    )


async def forget(connection: Connection, customer: Customer) -> None:
    """Forgets all that they answered, except in the orders that they have made."""
    for change in (
        "DELETE FROM cart_contacts",
        "UPDATE checkouts SET answers = '{}', shipping = ''",
    ):
        await connection.execute(
            f"{change} WHERE shop_id = $1 AND buyer_no = $2", customer.shop_id, customer.buyer_no
        )


async def open_order(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    priced: Quote,
    details: Sequence[Detail],
) -> Order | None:
    """The shopper's recent unpaid order of exactly the same.

    The customer's row was locked when the visit was recorded, so two presses never race.
    """
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE shop_id = $1 AND buyer_no = $2 AND bot_id = $3 "
        "AND status = 'created' AND created_at > now() - make_interval(mins => $4) "
        "AND coalesce(expires_at > now(), true) AND total_minor - tip_minor = $5 "
        "AND currency = $6 ORDER BY id DESC LIMIT $7",
        customer.shop_id,
        customer.buyer_no,
        bot_id,
        REUSE_MINUTES,
        priced.total_minor,
        priced.currency,
        _LATEST,
    )
    for row in rows:
        order = await orders.get(connection, row["id"])
        if is_same(order, priced, details):
            return order
    return None


def is_same(order: Order, priced: Quote, details: Sequence[Detail]) -> bool:
    """Whether an order has just these lines, adjustments and details."""
    ordered = [
        (line.product_id, line.variant_id, line.title, line.quantity, line.unit_price_minor)
        + (line.discount_minor,)
        for line in order.lines
    ]
    wanted = [
        (item.product_id, item.variant_id, item.title, item.quantity, item.unit_price_minor)
        + (line.discount_minor,)
        for line in priced.lines
        for item in [line.item]
    ]
    added = [
        (each.kind, each.source, each.reference, each.amount_minor, each.is_included)
        for each in order.adjustments
        if each.kind != "tip"
    ]
    rules = [
        (each.kind, each.source, each.reference, each.amount_minor, each.is_included)
        for each in priced.adjustments
    ]
    return (ordered, added) == (wanted, rules) and _said(order.details) == _said(details)


def _said(details: Sequence[Detail]) -> dict[str, str]:
    return {each.field: each.value for each in details}


async def is_cart_order(connection: Connection, order_id: int) -> bool:
    """Whether its goods were in the cart."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM cart_orders WHERE order_id = $1)", order_id
    )
    return found


async def replaced_orders(connection: Connection, customer: Customer, order: Order) -> list[int]:
    """The shopper's other open orders of the cart that nobody is paying at this moment."""
    rows = await connection.fetch(
        "SELECT o.id FROM orders AS o JOIN cart_orders AS c ON c.order_id = o.id "
        "WHERE o.shop_id = $1 AND o.buyer_no = $2 AND o.id <> $3 AND o.status = 'created' "
        "AND coalesce(o.reserved_until < now(), true) ORDER BY o.id",
        customer.shop_id,
        customer.buyer_no,
        order.id,
    )
    return [row["id"] for row in rows]
