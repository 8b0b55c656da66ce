"""An order keeps the codes with which it was made; once it is paid, its shopper has used them."""

from bots.modules.promo import store
from bots.modules.promo.judging import PromoScope, verdicts
from bots.modules.promo.settings import PromoSettings
from bots.sdk.points import Basket, ShippingOption
from bots.sdk.reactions import Reactions
from bots.sdk.updates import number_of
from core.errors import Refused
from core.events import ORDER_CREATED, ORDER_PAID, Bilingual, Event
from core.shop import orders
from core.shop.orders import Order
from core.shop.pricing import Item

reactions = Reactions[PromoSettings]()


class PromoGone(Refused):
    """A code of the order may not be used any more."""

    code = "promo_gone"
    explained = Bilingual(
        "Этот промокод больше не действует.",
        "This promo code may not be used any more.",
    )


@reactions.on(ORDER_CREATED, required=True)
async def ordered(scope: PromoScope, event: Event) -> None:
    """Whatever priced the order, no more than the limit allows are ever kept."""
    if scope.customer is None:
        return
    order = await orders.get(scope.connection, event.order_id)
    priced = _discounts(order)
    basket = Basket(
        items=_items(order),
        currency=order.currency,
        customer=scope.customer,
        fields={each.field: each.value for each in order.details},
        is_firm=True,
    )
    found = [
        each.code
        for each in await verdicts(scope, basket, but_order=order.id)
        if each.rule is not None
    ]
    if missing := priced.keys() - {code.id for code in found}:
        raise PromoGone(f"order {order.id} has codes that may not be used: {sorted(missing)}")
    free = {code.id: 0 for code in found if code.kind == "shipping"}
    if free and await _comes_for_nothing(scope, order, basket):
        free = {}
    if used := free | priced:
        await store.use(scope.connection, order, used)


async def _comes_for_nothing(scope: PromoScope, order: Order, basket: Basket) -> bool:
    """Whether the chosen way has no price of its own, such as a pick-up. Where the bill asks for
    the way, none is chosen yet."""
    chosen = {each.reference for each in order.adjustments if each.kind == "shipping"}
    options = await scope.offered(ShippingOption, basket) if chosen else ()
    return any(each.key in chosen and not each.rule.price_minor for each in options)


def _discounts(order: Order) -> dict[int, int]:
    """What each code took off the goods, in minor units, by the bill."""
    return {
        number_of(each.reference) or 0: -each.amount_minor
        for each in order.adjustments
        if each.source == "promo"
    }


def _items(order: Order) -> tuple[Item, ...]:
    return tuple(
        Item(
            line.product_id,
            line.title,
            line.unit_price_minor,
            line.quantity,
            line.variant_id,
            line.variant_title,
            line.kind,
        )
        for line in order.lines
        if not line.is_gift
    )


@reactions.on(ORDER_PAID)
async def paid(scope: PromoScope, event: Event) -> None:
    if scope.customer is not None:
        await store.forget_used(scope.connection, scope.customer, event.order_id)
