"""Payments: the order is reserved for the person about to pay it, and paid once per charge."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused
from core.events import (
    NOBODY,
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
from core.shop import catalogue, orders, refunds, risk_standing, stock, top_ups, wallets
from core.shop.customers import Customer
from core.shop.orders import Order, OrderClosed, OutOfStock, ProductChanged
from core.shop.wallets import WALLET, EntryDraft

RESERVATION_MINUTES = 10
DOUBTED = "doubted"
PaymentStatus = Literal["succeeded", "held", "refunded"]


class Charge(BaseModel):
    """A payment as its provider reports it. `fee_minor`: what the provider keeps, None if it does
    not say; `details` (JSON): the provider's own amounts, rates and numbers."""

    model_config = ConfigDict(frozen=True)

    provider: str
    charge_id: str
    payer_telegram_id: int
    amount_minor: int
    currency: str
    fee_minor: int | None = None
    details: dict[str, Any] = {}


async def reserve(
    connection: Connection,
    origin: Origin,
    customer: Customer,
    *,
    order_id: int,
    amount_minor: int,
    currency: str,
    minutes: int = RESERVATION_MINUTES,
    most_tip_minor: int = 0,
) -> Order:
    """The order is about to be paid (pre-checkout, or an expected transfer): reserves its stock for
    so many minutes.

    What exceeds what is due, up to `most_tip_minor`, is a tip. Raises Refused if it may not be
    paid: not by this person, or not this amount; OrderClosed if it was paid already, OutOfStock if
    it was sold out meanwhile, ProductChanged if a product is no longer on sale or costs something
    else by now.
    """
    try:
        order = await orders.own(connection, origin, order_id)
    except NotFound as error:
        raise Refused("there is no such order") from error
    if order.buyer_no != customer.buyer_no:
        raise Refused("the order belongs to another person")
    if order.status != "created":
        raise OrderClosed(f"the order is {order.status}")
    tip = amount_minor - (order.due.amount_minor - order.tip_minor)
    if currency != order.currency or not 0 <= tip <= most_tip_minor:
        raise Refused("the amount is not the order's")
    await ensure_sellable(connection, order)
    if tip != order.tip_minor:
        await orders.set_tip(connection, order, tip)
    if await risk_standing.enforce(
        connection, origin, customer.buyer_no, "stock", action="prepay", order_id=order.id
    ):
        minutes = min(minutes, risk_standing.PREPAY_MINUTES)
    await connection.execute(
        "UPDATE orders SET reserved_until = now() + make_interval(mins => $2), "
        "payment_asked_at = now(), "
        "expires_at = greatest(expires_at, now() + make_interval(mins => $2)) WHERE id = $1",
        order.id,
        minutes,
    )
    initiated = Event(
        PAYMENT_INITIATED,
        order_id=order.id,
        amount_minor=amount_minor,
        currency=currency,
        props={"provider": order.method} if order.method else None,
    )
    await emit(connection, origin, customer.actor, [initiated])
    return await orders.get(connection, order.id)


async def keep_waiting(connection: Connection, order_id: int, *, minutes: int) -> None:
    """The shopper says that it is paid, and somebody has to check: an open order and its stock are
    reserved for at least this many more minutes, whatever its products cost by now. For who is held
    for hoarding stock the units are kept only as long as a payment is waited for; the order stays
    open until it is checked."""
    row = await connection.fetchrow("SELECT shop_id, buyer_no FROM orders WHERE id = $1", order_id)
    if row is None:
        return
    kept = minutes
    if await risk_standing.holds(connection, row["shop_id"], [row["buyer_no"]], "stock"):
        kept = min(minutes, risk_standing.PREPAY_MINUTES)
    await connection.execute(
        "UPDATE orders SET reserved_until = greatest(reserved_until, now() + $2::interval), "
        "expires_at = greatest(expires_at, now() + $3::interval) "
        "WHERE id = $1 AND status = 'created'",
        order_id,
        timedelta(minutes=kept),
        timedelta(minutes=minutes),
    )


async def status_of(connection: Connection, provider: str, charge_id: str) -> PaymentStatus:
    """The result of booking a payment. `held`: it did not fit its order, so nothing may be
    delivered for it; nor for one that was `refunded` before it was booked."""
    status: PaymentStatus = await connection.fetchval(
        "SELECT status FROM payments WHERE provider = $1 AND charge_id = $2", provider, charge_id
    )
    return status


async def ensure_sellable(connection: Connection, order: Order) -> None:
    """Locks the products; raises ProductChanged if one is no longer on sale as ordered, OutOfStock
    if others' reservations leave too few."""
    await stock.lock(connection, order.lines)
    products = {
        product.id: product
        for product in await catalogue.of_ids(
            connection, order.shop_id, [line.product_id for line in order.lines]
        )
    }
    for line in order.lines:
        product = products.get(line.product_id)
        try:
            if product is None:
                raise NotFound(line.title)
            today = product.item(line.quantity, line.variant_id)
        except NotFound as error:
            raise ProductChanged(f"{line.name} is no longer on sale") from error
        if (today.unit_price_minor, product.currency) != (line.unit_price_minor, order.currency):
            raise ProductChanged(f"{line.name} has another price by now: order it again")
    wanted: dict[tuple[int, int | None], int] = {}
    for line in order.lines:
        key = (line.product_id, line.variant_id)
        wanted[key] = wanted.get(key, 0) + line.quantity
    for (product_id, variant_id), quantity in wanted.items():
        left = await stock.sellable(connection, product_id, variant_id, but_order=order.id)
        if left is not None and left < quantity:
            raise OutOfStock(f"{products[product_id].title} is sold out")


async def pay(
    connection: Connection,
    origin: Origin,
    customer: Customer,
    *,
    order_id: int,
    charge: Charge,
    is_decided: bool = False,
) -> Order | None:
    """Books a payment that the provider has taken; None if this charge was booked before.
    `is_decided`: somebody of the shop has seen that it came, so no score holds it.

    Money that was taken is always recorded: if it does not fit the order (another amount, payer or
    state), or its payer is held for doubtful payments, it is kept as `held` with the reason and
    nothing may be delivered for it. The same holds
    for a payment that was refunded before it was booked: that refund is booked along with it.
    Raises NotFound if the shop has no such order.
    """
    await refunds.lock_charge(connection, charge.provider, charge.charge_id)
    order = await orders.own(connection, origin, order_id)
    problem = _mismatch(order, customer, charge)
    if problem is None and not is_decided:
        problem = await _doubt(connection, origin, order)
    payment_event = Event(
        PAYMENT_SUCCEEDED,
        occurred_at=whole_millisecond(),
        order_id=order.id,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        outcome=charge.provider,
        props=_known(fee_minor=charge.fee_minor) or None,
    )
    if not await _book(connection, order, charge, problem, payment_event.occurred_at):
        return None
    if problem:
        await _hold(connection, order, problem)
        props = {"reason": problem, "provider": charge.provider}
        outcome = "doubted" if problem == DOUBTED else "mismatch"
        failed = replace(payment_event, type=PAYMENT_FAILED, outcome=outcome, props=props)
        await emit(connection, origin, customer.actor, [failed])
    elif order.purpose == "top_up":
        await top_ups.credit(connection, origin, customer.actor, order, payment_event)
    else:
        await sell(connection, origin, customer, order, payment_event)
    await refunds.take_off_kept(connection, origin, charge.provider, charge.charge_id)
    return await orders.get(connection, order.id)


async def pay_nothing(
    connection: Connection, origin: Origin, customer: Customer, *, order_id: int
) -> Order | None:
    """Pays an order of which nothing is due besides the wallet's part, without a provider; None if
    it was paid before. Raises Refused if something is, and what `reserve` raises."""
    order = await orders.own(connection, origin, order_id)
    if order.due.amount_minor:
        raise Refused("something of the order is still to be paid")
    if order.status == "paid":
        return None
    await reserve(
        connection,
        origin,
        customer,
        order_id=order_id,
        amount_minor=0,
        currency=order.currency,
    )
    payment_event = Event(
        ORDER_PAID, occurred_at=whole_millisecond(), order_id=order.id, currency=order.currency
    )
    await sell(connection, origin, customer, order, payment_event)
    return await orders.get(connection, order.id)


async def sell(
    connection: Connection, origin: Origin, customer: Customer, order: Order, payment_event: Event
) -> None:
    """The order is paid, its wallet's part with it, taken from stock and reported, all at the time
    of `payment_event`."""
    if order.wallet_minor:
        await _take_wallets_part(connection, origin, customer, order, payment_event)
    is_enough, changes = await stock.take(connection, order.lines, order_id=order.id)
    await connection.execute(
        "UPDATE orders SET status = 'paid', paid_at = $2, reserved_until = NULL, "
        "attention = $3 WHERE id = $1",
        order.id,
        payment_event.occurred_at,
        None if is_enough else "oversold",
    )
    await connection.execute(
        "UPDATE customers SET last_bought_at = greatest(last_bought_at, $3) "
        "WHERE shop_id = $1 AND buyer_no = $2",
        order.shop_id,
        order.buyer_no,
        payment_event.occurred_at,
    )
    sold = [Emitted(customer.actor, event) for event in _sale(order, payment_event)]
    left = [Emitted(NOBODY, event) for event in changes]
    await emit_all(connection, origin, [*sold, *left])


async def _take_wallets_part(
    connection: Connection, origin: Origin, customer: Customer, order: Order, payment_event: Event
) -> None:
    """What is kept of the buyer's wallet for the order is a payment of its own."""
    charge = Charge(
        provider=WALLET,
        charge_id=f"order:{order.id}",
        payer_telegram_id=customer.telegram_id,
        amount_minor=order.wallet_minor,
        currency=order.currency,
        fee_minor=0,
    )
    await _book(connection, order, charge, None, payment_event.occurred_at)
    paid = replace(
        payment_event,
        type=PAYMENT_SUCCEEDED,
        amount_minor=order.wallet_minor,
        outcome=WALLET,
        props={"fee_minor": 0},
    )
    await emit(connection, origin, customer.actor, [paid])
    entry = EntryDraft(
        buyer_no=order.buyer_no,
        kind="purchase",
        amount=Money(-order.wallet_minor, order.currency),
        key=f"order:{order.id}",
        at=payment_event.occurred_at,
        order_id=order.id,
        held_minor=order.wallet_minor,
    )
    await wallets.post(connection, origin, customer.actor, entry)


def whole_millisecond() -> datetime:
    """In whole milliseconds, as ClickHouse stores them: a sale has the same time, and so the same
    day, in both stores."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


async def _book(
    connection: Connection, order: Order, charge: Charge, problem: str | None, at: datetime
) -> bool:
    """False if the charge was booked before. `at` is the time of its event."""
    booked = await connection.fetchval(
        "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, amount_minor, "
        "currency, status, reason, created_at, details) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
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
        charge.details | _known(fee_minor=charge.fee_minor),
    )
    return booked is not None


def _sale(order: Order, payment_event: Event) -> list[Event]:
    """The payment, if there was one, the paid order and its lines, all with the same time: they are
    never on two days."""
    lines = [
        replace(
            payment_event,
            type=ORDER_LINE,
            product_id=line.product_id,
            variant_id=line.variant_id or 0,
            amount_minor=line.unit_price_minor * line.quantity,
            quantity=line.quantity,
            outcome="",
            props=_stated(discount_minor=line.discount_minor) | _known(cost_minor=line.cost_minor),
        )
        for line in order.lines
    ]
    paid = replace(
        payment_event,
        type=ORDER_PAID,
        amount_minor=payment_event.amount_minor + order.wallet_minor,
        quantity=sum(line.quantity for line in order.lines),
        outcome="",
        props=_stated(
            discount_minor=order.discount_minor,
            shipping_minor=order.shipping_minor,
            tax_minor=order.tax_minor,
            tip_minor=order.tip_minor,
        )
        | _known(is_digital=order.is_digital),
    )
    payment = [] if payment_event.type == ORDER_PAID else [payment_event]
    return [*payment, paid, *lines]


def _stated(**props: int) -> dict[str, Any]:
    """Without the entries that are zero or empty."""
    return {name: value for name, value in props.items() if value}


def _known(**props: int | None) -> dict[str, Any]:
    return {name: value for name, value in props.items() if value is not None}


def _mismatch(order: Order, customer: Customer, charge: Charge) -> str | None:
    """Why money does not fit its order, as a code; None: it fits."""
    if order.buyer_no != customer.buyer_no or charge.payer_telegram_id != customer.telegram_id:
        return "another_payer"
    if Money(charge.amount_minor, charge.currency) != order.due:
        return "another_amount"
    # Money for a top-up goes to the wallet, however late it comes.
    is_late = order.purpose == "top_up" and order.status in ("cancelled", "expired")
    if order.status != "created" and not is_late:
        return f"already_{order.status}"
    return None


async def _doubt(connection: Connection, origin: Origin, order: Order) -> str | None:
    """A verdict about the payer; a person decides."""
    hold = await risk_standing.enforce(
        connection, origin, order.buyer_no, "payment", action="hold", order_id=order.id
    )
    return None if hold is None else DOUBTED


async def _hold(connection: Connection, order: Order, problem: str) -> None:
    await connection.execute(
        "UPDATE orders SET attention = $2, "
        "status = CASE WHEN status = 'created' THEN 'held' ELSE status END WHERE id = $1",
        order.id,
        problem,
    )
