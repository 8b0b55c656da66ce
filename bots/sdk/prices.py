"""The price of a basket, by the rules of all modules that are on."""

from typing import Any

from bots.sdk.context import Context, Scope
from bots.sdk.points import Basket, OrderRenewal, PriceRule
from core.errors import NotFound
from core.postgres import Connection
from core.shop import catalogue, orders
from core.shop.orders import Order, ProductChanged
from core.shop.pricing import Item, Quote, quote

_Goods = tuple[int, int | None, int]


async def price(scope: Scope[Any], basket: Basket) -> Quote:
    """Computed each time: when a cart is shown, and again when it is to be paid."""
    offers = await scope.offered(PriceRule, basket)
    return quote(basket.currency, basket.items, [offer.rule for offer in offers])


async def ensure_current(context: Context[Any], order_id: int) -> None:
    """For whoever is about to take money for an order (at the pre-checkout, say): raises
    ProductChanged if by now it would cost something else, whatever the reason, so that nobody pays
    an old price. What is done about it then: `renew`. An order that is not theirs to pay is left to
    `core.shop.payments.reserve`.
    """
    order = await open_order(context, order_id)
    if order is None:
        return
    shipping = [each.reference for each in order.adjustments if each.kind == "shipping"]
    today = await price(context, await basket_of(context, order, *shipping[:1]))
    if today.total_minor != order.total_minor - order.tip_minor or _gifts(today) != [
        (line.product_id, line.variant_id, line.quantity) for line in order.lines if line.is_gift
    ]:
        raise ProductChanged(f"order {order.id} would cost {today.total} by now: order it again")


def _gifts(priced: Quote) -> list[_Goods]:
    items = [line.item for line in priced.lines if line.item.is_gift]
    return [(item.product_id, item.variant_id, item.quantity) for item in items]


async def basket_of(context: Context[Any], order: Order, shipping: str = "") -> Basket:
    """An order's goods at today's prices, brought in this way; gifts are up to today's rules.
    Raises ProductChanged if something of it is no longer on sale."""
    return Basket(
        items=await _items(context.connection, order),
        currency=order.currency,
        customer=context.customer,
        order_id=order.id,
        fields={"shipping": shipping} if shipping else {},
        is_firm=True,
    )


async def open_order(context: Context[Any], order_id: int) -> Order | None:
    """The shopper's own order of goods, if it still has to be paid."""
    try:
        order = await orders.own(context.connection, context.origin, order_id)
    except NotFound:
        return None
    is_theirs = order.buyer_no == context.customer.buyer_no
    is_open = order.status == "created" and order.purpose == "goods"
    return order if is_theirs and is_open else None


async def _items(connection: Connection, order: Order) -> tuple[Item, ...]:
    """The order's lines, without gifts, at today's prices."""
    lines = [line for line in order.lines if not line.is_gift]
    products = {
        product.id: product
        for product in await catalogue.of_ids(
            connection, order.shop_id, [line.product_id for line in lines]
        )
    }
    try:
        items = tuple(
            products[line.product_id].item(line.quantity, line.variant_id) for line in lines
        )
    except (KeyError, NotFound) as error:
        raise ProductChanged("something of the order is no longer on sale") from error
    if any(product.currency != order.currency for product in products.values()):
        raise ProductChanged("something of the order is sold in another currency by now")
    return items


async def renew(context: Context[Any], order_id: int) -> bool:
    """Cancels an order whose price has changed, and shows the shopper the changes and today's bill.

    False if no module can do so, if it is not theirs, or not open.
    """
    order = await open_order(context, order_id)
    if order is None:
        return False
    for renewal in await context.offered(OrderRenewal):
        await renewal.renew(context.of(renewal), order)
        return True
    return False
