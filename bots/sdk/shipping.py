"""Bills for which Telegram asks how the goods are shipped: the options, and the payment with the
chosen one.

A choice's key is `<option>.<what it adds>`, and the bill's own price is in its payload: so an
option that no longer exists or has another price is noticed, and the rest of the amount is the tip.
"""

from dataclasses import dataclass, replace
from typing import Any

from bots.sdk import payment, prices
from bots.sdk.bills import PriceLine, ShippingChoice
from bots.sdk.context import Context
from bots.sdk.payment import ShippingGone, ShipsNowhere
from bots.sdk.points import ShippingOption
from bots.sdk.updates import PaymentReceived, PreCheckout, ShippingQuery, number_of
from core.errors import NotFound, Refused
from core.shop import open_orders, orders, payments
from core.shop.orders import Order, OrderClosed, ProductChanged
from core.shop.pricing import Adjustment, Quote

KEY_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Bill:
    """A flexible bill, from its payload's argument: the order, and its price without shipping."""

    order_id: int
    base_minor: int

    @property
    def argument(self) -> str:
        return f"{self.order_id}.{self.base_minor}"


def bill_of(argument: str) -> Bill:
    """The bill of a payload's argument; of a non-existent order if the argument is not one of
    ours."""
    order_id, _, base = argument.partition(".")
    return Bill(number_of(order_id) or 0, number_of(base) or 0)


@dataclass(frozen=True, slots=True)
class Way:
    """An option at today's price: the order's total with it, and the lines that it adds."""

    option: ShippingOption
    priced: Quote
    lines: tuple[PriceLine, ...]

    @property
    def added_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def key(self) -> str:
        return f"{self.option.key}.{self.added_minor}"


async def may_choose(context: Context[Any], order: Order) -> bool:
    """Whether there is something to ship, an option for it, and none was chosen yet. Not of an
    order that a wallet pays in part: its total is settled."""
    is_chosen = any(each.kind == "shipping" for each in order.adjustments)
    if is_chosen or order.wallet_minor or not any(line.kind == "physical" for line in order.lines):
        return False
    try:
        return bool(await _ways(context, order))
    except ProductChanged:
        return False


async def answer(context: Context[Any], update: ShippingQuery) -> None:
    """Answers a shipping query with the options, or with the reason why there are none."""
    try:
        order = await _theirs(context, bill_of(update.argument))
        ways = await _ways(context, order)
        if not ways:
            raise ShipsNowhere(f"nothing brings order {order.id}")
    except Refused as error:
        context.ship_nowhere(payment.reason(context, error))
        return
    context.ship(
        [ShippingChoice(key=way.key, title=way.option.label, lines=way.lines) for way in ways]
    )


async def check_out(
    context: Context[Any], update: PreCheckout, *, most_tip_percent: int
) -> Order | None:
    """As `payment.check_out`, for a flexible bill: the order has the chosen shipping from now
    on."""
    bill = bill_of(update.argument)
    try:
        order = await _theirs(context, bill)
        way = await _chosen(context, order, bill, update.shipping_key)
        order = await open_orders.price_anew(context.connection, order, way.priced)
        order = await payments.reserve(
            context.connection,
            context.origin,
            context.customer,
            order_id=order.id,
            amount_minor=update.amount_minor,
            currency=update.currency,
            most_tip_minor=bill.base_minor * most_tip_percent // 100,
        )
    except Refused as error:
        await payment.refuse(context, error, bill.order_id)
        return None
    context.approve()
    return order


async def settle(context: Context[Any], update: PaymentReceived) -> None:
    """Before a payment is booked: if another option was tried after the paid one, the order gets
    the paid one again. If that no longer exists, the payment does not fit."""
    bill = bill_of(update.argument)
    try:
        order = await _theirs(context, bill)
        if update.amount_minor == order.due.amount_minor and _way_of(order) == _option_of(update):
            return
        way = await _chosen(context, order, bill, update.shipping_key)
    except Refused:
        return
    order = await open_orders.price_anew(context.connection, order, way.priced)
    tip = update.amount_minor - order.total_minor
    if tip > 0:
        await orders.set_tip(context.connection, order, tip)


def _way_of(order: Order) -> str:
    return next((each.reference for each in order.adjustments if each.kind == "shipping"), "")


def _option_of(update: PaymentReceived) -> str:
    return update.shipping_key.rpartition(".")[0]


async def _theirs(context: Context[Any], bill: Bill) -> Order:
    """The shopper's own open order, locked. Raises Refused, OrderClosed."""
    try:
        order = await orders.own(context.connection, context.origin, bill.order_id)
    except NotFound as error:
        raise Refused("there is no such order") from error
    if order.buyer_no != context.customer.buyer_no:
        raise Refused("the order belongs to another person")
    if order.status != "created":
        raise OrderClosed(f"the order is {order.status}")
    return order


async def _ways(context: Context[Any], order: Order) -> list[Way]:
    """The options at today's prices. Raises ProductChanged."""
    basket = await prices.basket_of(context, order)
    without = await prices.price(context, basket)
    ways = []
    for option in await context.offered(ShippingOption, basket):
        chosen = replace(basket, fields={"shipping": option.key})
        way = Way(option, *_added(without, await prices.price(context, chosen), option))
        if len(way.key) <= KEY_CHARACTERS:
            ways.append(way)
    return ways


def _added(
    without: Quote, priced: Quote, option: ShippingOption
) -> tuple[Quote, tuple[PriceLine, ...]]:
    """What an option adds: its own price, and the change of taxes."""
    lines = [
        PriceLine(label=each.label or option.label, amount_minor=each.amount_minor)
        for each in priced.adjustments
        if each.kind == "shipping"
    ]
    taxes = {_name(each): each.amount_minor for each in without.adjustments if _is_on_top(each)}
    for each in priced.adjustments:
        more = each.amount_minor - taxes.get(_name(each), 0)
        if _is_on_top(each) and more:
            lines.append(PriceLine(label=each.label, amount_minor=more))
    return priced, tuple(lines) or (PriceLine(label=option.label, amount_minor=0),)


def _is_on_top(adjustment: Adjustment) -> bool:
    return adjustment.kind == "tax" and not adjustment.is_included


def _name(adjustment: Adjustment) -> tuple[str, str]:
    return adjustment.source, adjustment.label


async def _chosen(context: Context[Any], order: Order, bill: Bill, key: str) -> Way:
    """The option that the shopper has chosen.

    Raises ProductChanged if the goods have another price now, ShippingGone if the option has.
    """
    basket = await prices.basket_of(context, order)
    without = await prices.price(context, basket)
    if without.total_minor != bill.base_minor or without.currency != order.currency:
        raise ProductChanged(f"order {order.id} costs {without.total} by now without shipping")
    for way in await _ways(context, order):
        if way.key == key:
            return way
    raise ShippingGone(f"order {order.id} cannot be brought by {key!r:.80} any more")
