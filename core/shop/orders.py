"""Orders: made from a quote, and cancelled if nobody pays; `payments` does the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused
from core.events import ORDER_CANCELLED, ORDER_CREATED, Event, Origin, emit
from core.money import Money
from core.postgres import Connection
from core.shop import customers, stock, wallets
from core.shop.catalogue import Product
from core.shop.customers import Customer
from core.shop.pricing import Adjustment, AdjustmentKind, ProductKind, Quote, quote
from core.taxonomy import TAXONOMY

OrderStatus = Literal["created", "paid", "held", "cancelled", "expired", "refunded"]
Stage = Literal["new", "processing", "shipped", "delivered"]
Purpose = Literal["goods", "top_up"]

ORDER_EXPIRED, PAYMENT_EXPIRED = TAXONOMY["order_expired"], TAXONOMY["payment_expired"]


class OutOfStock(Refused):
    code = "out_of_stock"


class OrderClosed(Refused):
    """Paid, held, cancelled or expired already."""

    code = "order_closed"


class ProductChanged(Refused):
    """No longer on sale, or at another price than when the order was made."""

    code = "product_changed"


class OrderLine(BaseModel):
    """A product as it was when the order was made. `discount_minor` is the line's share of the
    order's discounts; `cost_minor` is of all its units, None if it is not known. A gift came with
    the order, and its discount is its whole price."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    title: str
    unit_price_minor: int
    quantity: int
    variant_id: int | None = None
    variant_title: str = ""
    kind: ProductKind = "physical"
    discount_minor: int = 0
    cost_minor: int | None = None
    is_gift: bool = False

    @property
    def name(self) -> str:
        """The title for people, with the variant."""
        return f"{self.title}, {self.variant_title}" if self.variant_title else self.title


class OrderAdjustment(BaseModel):
    """An addition to or a deduction from the order: a stored `core.shop.pricing.Adjustment`."""

    model_config = ConfigDict(frozen=True)

    kind: AdjustmentKind
    label: str
    source: str
    reference: str
    amount_minor: int
    is_included: bool


class Detail(BaseModel):
    """What the shopper entered for this order: a field's key, its label at that time, and the
    answer."""

    model_config = ConfigDict(frozen=True)

    field: str
    label: str
    value: str


class Order(BaseModel):
    """An order; `order_no` is what people see, dense within the shop.

    `total_minor` = lines − `discount_minor` + `shipping_minor` + `tax_minor` (on top of the prices)
    + `tip_minor`; `wallet_minor` of it the buyer's wallet pays. `stage` is of the goods once it is
    paid; `method` how it is to be paid. A top-up of a wallet has no lines.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    order_no: int
    bot_id: int
    buyer_no: int
    status: OrderStatus
    currency: str
    total_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    tip_minor: int
    refunded_minor: int
    wallet_minor: int = 0
    purpose: Purpose = "goods"
    method: str
    stage: Stage
    attention: str | None
    created_at: datetime
    paid_at: datetime | None
    expires_at: datetime | None
    lines: list[OrderLine]
    adjustments: list[OrderAdjustment] = []
    details: list[Detail] = []

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def due(self) -> Money:
        """What is to be paid besides the wallet's part."""
        return Money(self.total_minor - self.wallet_minor, self.currency)

    @property
    def is_digital(self) -> bool:
        """Nothing in it has to be shipped, or done by a person."""
        return all(line.kind == "digital" for line in self.lines)


_SELECT = """
SELECT o.id, o.shop_id, o.order_no, o.bot_id, o.buyer_no, o.status, o.currency, o.total_minor,
    o.discount_minor, o.shipping_minor, o.tax_minor, o.tip_minor, o.refunded_minor,
    o.wallet_minor, o.purpose, o.method, o.stage, o.attention, o.created_at, o.paid_at, o.expires_at
FROM orders AS o
"""


async def create(
    connection: Connection, origin: Origin, customer: Customer, product: Product, quantity: int = 1
) -> Order:
    """Makes an order with one line; raises OutOfStock if there is not enough to sell."""
    priced = quote(product.currency, [product.item(quantity)])
    return await place(connection, origin, customer, priced)


async def place(
    connection: Connection,
    origin: Origin,
    customer: Customer,
    priced: Quote,
    *,
    details: Sequence[Detail] = (),
    method: str = "",
    expires_in: timedelta | None = None,
) -> Order:
    """Makes an order from a quote; raises OutOfStock if there is not enough to sell.

    It does not reserve the units: `reserve` does. If it is not paid within `expires_in`,
    `expire_due` expires it.
    """
    items = [line.item for line in priced.lines]
    for item, left in zip(items, await stock.sellable_all(connection, items), strict=True):
        if left is not None and left < item.quantity:
            raise OutOfStock(f"{item.title} is sold out")
    order_id: int = await connection.fetchval(
        "WITH number AS (UPDATE shops SET next_order_no = next_order_no + 1 WHERE id = $1 "
        "                RETURNING next_order_no - 1 AS order_no) "
        "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor, "
        "  discount_minor, shipping_minor, tax_minor, method, expires_at) "
        "SELECT $1, order_no, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval FROM number "
        "RETURNING id",
        origin.shop_id,
        origin.bot_id,
        customer.buyer_no,
        priced.currency,
        priced.total_minor,
        priced.discount_minor,
        priced.shipping_minor,
        priced.tax_minor,
        method,
        expires_in,
    )
    await _write_parts(connection, order_id, priced, details)
    products = {line.item.product_id for line in priced.lines}
    created = Event(
        ORDER_CREATED,
        order_id=order_id,
        product_id=min(products) if len(products) == 1 else 0,
        amount_minor=priced.total_minor,
        currency=priced.currency,
        quantity=sum(line.item.quantity for line in priced.lines),
    )
    await emit(connection, origin, customer.actor, [created])
    return await get(connection, order_id)


async def _write_parts(
    connection: Connection, order_id: int, priced: Quote, details: Sequence[Detail]
) -> None:
    await connection.executemany(
        "INSERT INTO order_lines (order_id, line, product_id, variant_id, title, variant_title, "
        "kind, unit_price_minor, quantity, discount_minor, cost_minor, is_gift) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            (
                order_id,
                number,
                line.item.product_id,
                line.item.variant_id,
                line.item.title,
                line.item.variant_title,
                line.item.kind,
                line.item.unit_price_minor,
                line.item.quantity,
                line.discount_minor,
                line.item.cost_minor,
                line.item.is_gift,
            )
            for number, line in enumerate(priced.lines, start=1)
        ],
    )
    if priced.adjustments:
        await connection.executemany(
            ADJUST,
            [
                adjustment_row(order_id, number, each)
                for number, each in enumerate(priced.adjustments)
            ],
        )
    if details:
        await connection.executemany(
            "INSERT INTO order_details (order_id, position, field, label, value) "
            "VALUES ($1, $2, $3, $4, $5)",
            [
                (order_id, number, each.field, each.label, each.value)
                for number, each in enumerate(details)
            ],
        )


ADJUST = """
INSERT INTO order_adjustments
    (order_id, position, kind, label, source, reference, amount_minor, is_included)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


def adjustment_row(order_id: int, position: int, adjustment: Adjustment) -> tuple[Any, ...]:
    return (
        order_id,
        position,
        adjustment.kind,
        adjustment.label,
        adjustment.source,
        adjustment.reference,
        adjustment.amount_minor,
        adjustment.is_included,
    )


async def get(connection: Connection, order_id: int, *, lock: bool = False) -> Order:
    """Raises NotFound. With `lock`, nobody else can change the order until the transaction ends."""
    if lock:  # a statement of its own, so that the next one sees what was waited for
        await connection.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order_id)
    row = await connection.fetchrow(
        f"SELECT * FROM ({_SELECT} WHERE o.id = $1) AS found, ({_PARTS}) AS parts", order_id
    )
    if row is None:
        raise NotFound(f"there is no order {order_id}")
    return Order(**row)


_PARTS = """
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(l) - 'order_id' - 'line' ORDER BY l.line), '[]')
        FROM order_lines AS l WHERE l.order_id = $1) AS lines,
    (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'order_id' - 'position' ORDER BY a.position), '[]')
        FROM order_adjustments AS a WHERE a.order_id = $1) AS adjustments,
    (SELECT coalesce(jsonb_agg(to_jsonb(d) - 'order_id' - 'position' ORDER BY d.position), '[]')
        FROM order_details AS d WHERE d.order_id = $1) AS details
"""


async def set_tip(connection: Connection, order: Order, tip_minor: int) -> None:
    """A tip is the order's last adjustment; another attempt to pay may have another tip."""
    await connection.execute(
        "DELETE FROM order_adjustments WHERE order_id = $1 AND kind = 'tip'", order.id
    )
    if tip_minor:
        await add_adjustment(connection, order, Adjustment("tip", "", "", tip_minor))
    await connection.execute(
        "UPDATE orders SET total_minor = total_minor - tip_minor + $2, tip_minor = $2 "
        "WHERE id = $1",
        order.id,
        tip_minor,
    )


async def add_adjustment(connection: Connection, order: Order, adjustment: Adjustment) -> None:
    """Adds it below the order's other adjustments; the order's total does not change."""
    row = adjustment_row(order.id, len(order.adjustments) + 1, adjustment)
    await connection.execute(ADJUST, *row)


async def own(connection: Connection, origin: Origin, order_id: int) -> Order:
    """An order of this shop, locked; NotFound for another shop's, whose numbers are easily
    guessed."""
    order = await get(connection, order_id, lock=True)
    if order.shop_id != origin.shop_id:
        raise NotFound(f"there is no order {order_id} in shop {origin.shop_id}")
    return order


async def ask_again(
    connection: Connection, order: Order, *, method: str, expires_in: timedelta
) -> Order:
    """Sets the payment method of an open order, and restarts its payment deadline. What was kept of
    the buyer's wallet for the method before is given back."""
    await wallets.release(connection, order.id, order.wallet_minor)
    await connection.execute(
        "UPDATE orders SET method = $2, "
        "expires_at = greatest(expires_at, now() + $3::interval) WHERE id = $1",
        order.id,
        method,
        expires_in,
    )
    return await get(connection, order.id)


async def cancel(
    connection: Connection, origin: Origin, customer: Customer, *, order_id: int
) -> Order:
    """Cancels an order that nobody has paid; its units can be sold again. Raises NotFound, and
    OrderClosed if it is not open."""
    order = await own(connection, origin, order_id)
    if order.status != "created":
        raise OrderClosed(f"the order is {order.status}")
    await _close(connection, order, "cancelled")
    event = Event(
        ORDER_CANCELLED,
        order_id=order.id,
        amount_minor=order.total_minor,
        currency=order.currency,
    )
    if order.purpose == "goods":
        await emit(connection, origin, customer.actor, [event])
    return await get(connection, order.id)


async def expire_due(connection: Connection, origin: Origin, *, most: int = 100) -> list[Order]:
    """Expires the bot's orders whose payment deadline has passed, the oldest first; their units can
    be sold again."""
    due = await connection.fetch(
        "SELECT id, payment_asked_at FROM orders WHERE bot_id = $1 AND status = 'created' "
        "AND expires_at <= now() ORDER BY expires_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
        origin.bot_id,
        most,
    )
    expired = []
    for row in due:
        order = await get(connection, row["id"])
        await _close(connection, order, "expired")
        order = await get(connection, order.id)
        actor = await customers.actor_of(connection, order.shop_id, order.buyer_no)
        closed = Event(
            ORDER_EXPIRED,
            order_id=order.id,
            amount_minor=order.total_minor,
            currency=order.currency,
        )
        props = {"provider": order.method} if order.method else None
        asked = [replace(closed, type=PAYMENT_EXPIRED, props=props)]
        sale = [closed] if order.purpose == "goods" else []
        events = [*sale, *(asked if row["payment_asked_at"] else [])]
        await emit(connection, replace(origin, shop_id=order.shop_id), actor, events)
        expired.append(order)
    return expired


async def _close(connection: Connection, order: Order, status: OrderStatus) -> None:
    await wallets.release(connection, order.id, order.wallet_minor)
    await connection.execute(
        "UPDATE orders SET status = $2, reserved_until = NULL, expires_at = NULL WHERE id = $1",
        order.id,
        status,
    )
