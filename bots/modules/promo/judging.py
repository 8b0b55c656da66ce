"""What a shopper's codes give to a basket now."""

from collections.abc import Sequence

from bots.modules.promo import store
from bots.modules.promo.codes import Code
from bots.modules.promo.rules import Entry, Facts, Verdict, stacked, verdict
from bots.modules.promo.settings import PromoSettings
from bots.sdk.context import Scope
from bots.sdk.points import Basket
from core.errors import NotFound
from core.postgres import Connection
from core.shop import catalogue, stock
from core.shop.pricing import Gift, Item

PromoScope = Scope[PromoSettings]


async def verdicts(scope: PromoScope, basket: Basket, *, but_order: int = 0) -> list[Verdict]:
    """Of the codes that were entered or, of an order, that it was made with; in the order in which
    they apply. For a firm basket they are reserved first."""
    connection, customer = scope.connection, basket.customer
    entries = await _noted(connection, basket, but_order)
    if entries and basket.is_firm:
        await store.lock(connection, customer, basket.order_id)
        if any(each.code.first_order_only for each in entries):
            await store.lock_first_orders(connection, customer.shop_id)
        entries = await _noted(connection, basket, but_order)
    entries = await store.with_payers(connection, customer, entries, basket.fields)
    found: list[Verdict] = []
    for entry in stacked(entries):
        given = [each.rule.item for each in found if isinstance(each.rule, Gift)]
        facts = await _facts(scope, basket, entry.code, given, but_order or basket.order_id)
        label = scope.texts.label("in_bill", code=entry.code.code)
        found.append(verdict(entry, basket, facts, scope.now, label))
    return found


async def _noted(connection: Connection, basket: Basket, but_order: int) -> list[Entry]:
    customer, order_id = basket.customer, basket.order_id
    if not order_id:
        return await store.entered(connection, customer, but_order=but_order)
    found = await store.of_order(connection, customer, order_id)
    if not found and await store.is_being_made(connection, order_id):
        return await store.entered(connection, customer, but_order=order_id)
    return found


async def _facts(
    scope: PromoScope, basket: Basket, code: Code, given: Sequence[Item], but_order: int
) -> Facts:
    """`given`: the gifts of other codes."""
    product_ids = None
    if not code.is_for_everything:
        product_ids = await store.products_for(
            scope.connection, scope.shop.id, code, [item.product_id for item in basket.items]
        )
    return Facts(product_ids, await _gift(scope, basket, code, given, but_order))


async def _gift(
    scope: PromoScope, basket: Basket, code: Code, given: Sequence[Item], but_order: int
) -> Item | None:
    """None if it is not on sale, sold out, or has its price in another currency."""
    if code.gift_product_id is None:
        return None
    product_id, variant_id = code.gift_product_id, code.gift_variant_id
    try:
        product = await catalogue.get(scope.connection, scope.shop.id, product_id)
        item = product.item(1, variant_id)
    except NotFound:
        return None
    left = await stock.sellable(scope.connection, product_id, variant_id, but_order=but_order)
    going = sum(
        each.quantity
        for each in (*basket.items, *given)
        if (each.product_id, each.variant_id) == (product_id, variant_id)
    )
    is_left = left is None or left > going
    return item if is_left and product.currency == basket.currency else None
