"""Orders: made, reserved at pre-checkout, paid once; each change with its events."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused
from core.events import (
    NOBODY,
    ORDER_CREATED,
    ORDER_LINE,
    ORDER_PAID,
    PAYMENT_FAILED,
    PAYMENT_INITIATED,
    PAYMENT_SUCCEEDED,
    Emitted,
    Event,
    Origin,
    emit,
    emit_all,
)
from core.money import Money
from core.postgres import Connection
from core.shop import catalogue, refunds
from core.shop.catalogue import Product
from core.shop.customers import Customer

RESERVATION_MINUTES = 10

OrderStatus = Literal["created", "paid", "held", "cancelled", "refunded"]


class OutOfStock(Refused):
    code = "out_of_stock"


class OrderClosed(Refused):
    """Paid, held or cancelled already."""

    code = "order_closed"


class ProductChanged(Refused):
    """No longer on sale, or at another price than when the order was made."""

    code = "product_changed"


class OrderLine(BaseModel):
    """A product as it was when the order was made."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    title: str
    unit_price_minor: int
    quantity: int


class Order(BaseModel):
    """An order; `order_no` is what people see, dense within the shop."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    order_no: int
    bot_id: int
    buyer_no: int
    status: OrderStatus
    currency: str
    total_minor: int
    attention: str | None
    created_at: datetime
    paid_at: datetime | None
    lines: list[OrderLine]

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class Charge(BaseModel):
    """A payment as its provider reports it."""

    model_config = ConfigDict(frozen=True)

    provider: str
    charge_id: str
    payer_telegram_id: int
    amount_minor: int
    currency: str


_SELECT = """
SELECT o.id, o.shop_id, o.order_no, o.bot_id, o.buyer_no, o.status, o.currency, o.total_minor,
    o.attention, o.created_at, o.paid_at
FROM orders AS o
"""


async def create(
    connection: Connection, origin: Origin, customer: Customer, product: Product, quantity: int = 1
) -> Order:
    """Makes an order of one line; raises OutOfStock if there is not enough to sell."""
    if product.stock is not None and await _sellable(connection, product.id) < quantity:
        raise OutOfStock(f"{product.title} is sold out")
    total = product.price.times(quantity)
    order_id: int = await connection.fetchval(
        "WITH number AS (UPDATE shops SET next_order_no = next_order_no + 1 WHERE id = $1 "
        "                RETURNING next_order_no - 1 AS order_no) "
        "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor) "
        "SELECT $1, order_no, $2, $3, $4, $5 FROM number RETURNING id",
        origin.shop_id,
        origin.bot_id,
        customer.buyer_no,
        total.currency,
        total.amount_minor,
    )
    await connection.execute(
        "INSERT INTO order_lines (order_id, line, product_id, title, unit_price_minor, quantity) "
        "VALUES ($1, 1, $2, $3, $4, $5)",
        order_id,
        product.id,
        product.title,
        product.price_minor,
        quantity,
    )
    created = Event(
        ORDER_CREATED,
        order_id=order_id,
        product_id=product.id,
        amount_minor=total.amount_minor,
        currency=total.currency,
        quantity=quantity,
    )
    await emit(connection, origin, customer.actor, [created])
    return await get(connection, order_id)


async def get(connection: Connection, order_id: int, *, lock: bool = False) -> Order:
    """Raises NotFound. With `lock`, nobody else changes the order until the transaction ends."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE o.id = $1 {'FOR UPDATE' if lock else ''}", order_id
    )
    if row is None:
        raise NotFound(f"there is no order {order_id}")
    lines = await connection.fetch(
        "SELECT product_id, title, unit_price_minor, quantity FROM order_lines "
        "WHERE order_id = $1 ORDER BY line",
        order_id,
    )
    return Order(**row, lines=[OrderLine(**line) for line in lines])


async def _sellable(connection: Connection, product_id: int, *, but_order: int = 0) -> int:
    """What is in stock less what other orders have reserved; the product's row must be locked
    by a caller that is about to rely on it."""
    sellable: int = await connection.fetchval(
        "SELECT p.stock - coalesce((SELECT sum(l.quantity) FROM order_lines AS l "
        "  JOIN orders AS o ON o.id = l.order_id "
        "  WHERE l.product_id = p.id AND o.status = 'created' AND o.id <> $2 "
        "    AND o.reserved_until > now()), 0) "
        "FROM products AS p WHERE p.id = $1",
        product_id,
        but_order,
    )
    return sellable


async def reserve(
    connection: Connection,
    origin: Origin,
    customer: Customer,
    *,
    order_id: int,
    amount_minor: int,
    currency: str,
) -> Order:
    """The provider asks whether the order may be paid (pre-checkout): keeps its stock for it.

    Raises Refused if it may not: not this person's or another amount; OrderClosed if it was paid
    already, OutOfStock if it was sold out meanwhile, ProductChanged if it is no longer on sale or
    has another price.
    """
    try:
        order = await _own(connection, origin, order_id)
    except NotFound as error:
        raise Refused("there is no such order") from error
    if order.buyer_no != customer.buyer_no:
        raise Refused("the order belongs to another person")
    if order.status != "created":
        raise OrderClosed(f"the order is {order.status}")
    if (order.total_minor, order.currency) != (amount_minor, currency):
        raise Refused("the amount is not the order's")
    for line in order.lines:
        await _ensure_sellable(connection, order, line)
    await connection.execute(
        "UPDATE orders SET reserved_until = now() + make_interval(mins => $2) WHERE id = $1",
        order.id,
        RESERVATION_MINUTES,
    )
    initiated = Event(
        PAYMENT_INITIATED, order_id=order.id, amount_minor=amount_minor, currency=currency
    )
    await emit(connection, origin, customer.actor, [initiated])
    return order


async def _own(connection: Connection, origin: Origin, order_id: int) -> Order:
    """An order of this shop, locked; NotFound for another's, whose numbers are easily guessed."""
    order = await get(connection, order_id, lock=True)
    if order.shop_id != origin.shop_id:
        raise NotFound(f"there is no order {order_id} in shop {origin.shop_id}")
    return order


async def _ensure_sellable(connection: Connection, order: Order, line: OrderLine) -> None:
    """Locks the product; raises ProductChanged if it is not on sale as ordered, OutOfStock if the
    others' reservations leave too few."""
    product = await connection.fetchrow(
        "SELECT stock, price_minor, currency, is_active FROM products WHERE id = $1 FOR UPDATE",
        line.product_id,
    )
    if product is None or not product["is_active"]:
        raise ProductChanged(f"{line.title} is no longer on sale")
    if (product["price_minor"], product["currency"]) != (line.unit_price_minor, order.currency):
        raise ProductChanged(f"{line.title} has another price by now: order it again")
    if product["stock"] is not None:
        sellable = await _sellable(connection, line.product_id, but_order=order.id)
        if sellable < line.quantity:
            raise OutOfStock(f"{line.title} is sold out")


async def pay(
    connection: Connection, origin: Origin, customer: Customer, *, order_id: int, charge: Charge
) -> Order | None:
    """Books a payment that the provider has taken; None if this charge was booked before.

    Money that was taken is never lost sight of: if it does not fit the order (another amount,
    payer or state), it is kept as `held` with the reason and nothing may be delivered for it. Nor
    for what was given back before it was booked: that refund is booked along with it.
    Raises NotFound if the shop has no such order.
    """
    await refunds.lock_charge(connection, charge.provider, charge.charge_id)
    order = await _own(connection, origin, order_id)
    problem = _mismatch(order, customer, charge)
    fact = Event(
        PAYMENT_SUCCEEDED,
        occurred_at=_now(),
        order_id=order.id,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        outcome=charge.provider,
    )
    if not await _book(connection, order, charge, problem, fact.occurred_at):
        return None
    if problem:
        await _hold(connection, order, problem)
        told = {"reason": problem, "provider": charge.provider}
        failed = replace(fact, type=PAYMENT_FAILED, outcome="mismatch", props=told)
        await emit(connection, origin, customer.actor, [failed])
    else:
        is_enough, changes = await _take_from_stock(connection, order)
        await connection.execute(
            "UPDATE orders SET status = 'paid', paid_at = $2, reserved_until = NULL, "
            "attention = $3 WHERE id = $1",
            order.id,
            fact.occurred_at,
            None if is_enough else "oversold",
        )
        sold = [Emitted(customer.actor, event) for event in _sale(order, fact)]
        left = [Emitted(NOBODY, event) for event in changes]
        await emit_all(connection, origin, [*sold, *left])
    await refunds.take_off_kept(connection, origin, charge.provider, charge.charge_id)
    return await get(connection, order.id)


def _now() -> datetime:
    """In whole milliseconds, as ClickHouse keeps them: in both stores a sale has the same moment,
    and is of the same day."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


async def _book(
    connection: Connection, order: Order, charge: Charge, problem: str | None, at: datetime
) -> bool:
    """False if the charge was booked before. `at` is the moment of the event that tells of it."""
    booked = await connection.fetchval(
        "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, amount_minor, "
        "currency, status, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (provider, charge_id) DO NOTHING RETURNING id",
        order.id,
        charge.provider,
        charge.charge_id,
        charge.payer_telegram_id,
        charge.amount_minor,
        charge.currency,
        "held" if problem else "succeeded",
        problem,
        at,
    )
    return booked is not None


def _sale(order: Order, fact: Event) -> list[Event]:
    """The payment, the paid order and its lines, all of the same moment: they never fall on two
    days."""
    lines = [
        replace(
            fact,
            type=ORDER_LINE,
            product_id=line.product_id,
            amount_minor=line.unit_price_minor * line.quantity,
            quantity=line.quantity,
            outcome="",
        )
        for line in order.lines
    ]
    units = sum(line.quantity for line in order.lines)
    return [fact, replace(fact, type=ORDER_PAID, quantity=units, outcome=""), *lines]


def _mismatch(order: Order, customer: Customer, charge: Charge) -> str | None:
    if order.buyer_no != customer.buyer_no or charge.payer_telegram_id != customer.telegram_id:
        return "paid by another person"
    if (charge.amount_minor, charge.currency) != (order.total_minor, order.currency):
        return "another amount than the order's"
    if order.status != "created":
        return f"the order was {order.status} already"
    return None


async def _hold(connection: Connection, order: Order, problem: str) -> None:
    await connection.execute(
        "UPDATE orders SET attention = $2, "
        "status = CASE WHEN status = 'created' THEN 'held' ELSE status END WHERE id = $1",
        order.id,
        problem,
    )


async def _take_from_stock(connection: Connection, order: Order) -> tuple[bool, list[Event]]:
    """Whether there was enough of everything, which is not so if the reservation had run out and
    somebody else bought the last one; and what is left of each product whose stock is counted."""
    is_enough = True
    changes = []
    for line in order.lines:
        left = await connection.fetchrow(
            "UPDATE products SET stock = stock - $2 "
            "WHERE id = $1 AND (stock IS NULL OR stock >= $2) RETURNING stock",
            line.product_id,
            line.quantity,
        )
        is_enough = is_enough and left is not None
        if left is not None and left["stock"] is not None:
            changes.append(
                catalogue.stock_changed(
                    line.product_id, left["stock"], delta=-line.quantity, order_id=order.id
                )
            )
    return is_enough, changes
