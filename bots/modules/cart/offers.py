"""What the cart offers to the other modules: buying, shipping and tax, and what it needs."""

from collections.abc import Sequence

from bots.modules.cart.renewal import renew
from bots.modules.cart.screens import show_cart
from bots.modules.cart.settings import CartSettings, ShippingWay
from bots.modules.cart.steps import go_on
from bots.modules.cart.store import left_by, units_of
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import (
    Basket,
    Checkout,
    MenuEntry,
    NeedsYou,
    OrderRenewal,
    PaymentMethod,
    PriceRule,
    ProductAction,
    Segment,
    ShippingOption,
)
from core.events import Bilingual
from core.shop.catalogue import Product
from core.shop.pricing import Shipping, Tax

offers = Offers[CartSettings]()


@offers.provide(ProductAction)
def buy(scope: Scope[CartSettings], product: Product) -> list[ProductAction]:
    if not _has_some(product) or not _can_be_paid(scope):
        return []
    texts = scope.texts
    label = "choose" if product.variants else "buy"
    return [
        ProductAction(
            label=texts.label(label, price=product.price),
            action="buy",
            argument=product.id,
            order=10,
        ),
        ProductAction(label=texts.label("add"), action="cart_add", argument=product.id, order=20),
    ]


def _has_some(product: Product) -> bool:
    if product.variants:
        return any(variant.stock != 0 for variant in product.variants)
    return product.stock != 0


def _can_be_paid(scope: Scope[CartSettings]) -> bool:
    """Whether any module takes money at all: until one does, nothing is promised."""
    return any(item.module.offers.of(PaymentMethod) for item in scope.transaction.enabled)


@offers.provide(MenuEntry)
async def entry(scope: Scope[CartSettings]) -> list[MenuEntry]:
    if not _can_be_paid(scope):
        return []
    units = await units_of(scope.connection, scope.customer) if scope.customer else 0
    label = scope.texts.label("entry_with", count=units) if units else scope.texts.label("entry")
    return [MenuEntry(label=label, action="cart", order=20)]


@offers.provide(ShippingOption)
def ways(scope: Scope[CartSettings], basket: Basket) -> list[ShippingOption]:
    return [
        ShippingOption(
            key=way.key,
            label=way.title.get(scope.language),
            rule=_rule(scope, way),
            needs_address=way.needs_address,
            order=100 + number,
        )
        for number, way in enumerate(scope.settings.shipping)
        if way.currency == basket.currency
    ]


def _rule(scope: Scope[CartSettings], way: ShippingWay) -> Shipping:
    return Shipping(
        way.title.get(scope.language),
        scope.manifest.key,
        way.price_minor,
        way.free_from_minor,
        way.key,
    )


@offers.provide(PriceRule)
def shipping(scope: Scope[CartSettings], basket: Basket) -> list[PriceRule]:
    chosen = basket.fields.get("shipping")
    if chosen is None or not any(item.kind == "physical" for item in basket.items):
        return []
    return [
        PriceRule(rule=_rule(scope, way))
        for way in scope.settings.shipping
        if (way.key, way.currency) == (chosen, basket.currency)
    ]


@offers.provide(PriceRule)
def tax(scope: Scope[CartSettings], _: Basket) -> list[PriceRule]:
    settings = scope.settings
    if not settings.tax_bp:
        return []
    share = f"{settings.tax_bp / 100:g} %"
    rule = Tax(
        f"{settings.tax_name.get(scope.language)} {share}".strip(),
        scope.manifest.key,
        settings.tax_bp,
        settings.tax_is_included,
        settings.tax_on_shipping,
    )
    return [PriceRule(rule=rule)]


@offers.provide(OrderRenewal)
def renewal(_: Scope[CartSettings]) -> list[OrderRenewal]:
    return [OrderRenewal(renew=renew)]


@offers.provide(Checkout)
def checkout(_: Scope[CartSettings]) -> list[Checkout]:
    return [Checkout(go_on=go_on, show_cart=show_cart)]


@offers.provide(Segment)
def segments(scope: Scope[CartSettings]) -> list[Segment]:
    async def members() -> Sequence[int]:
        return await left_by(scope.connection, scope.shop.id)

    title = Bilingual("Оставили корзину", "Left a cart")
    return [Segment(key="left", title=title, members=members)]


@offers.provide(NeedsYou)
def unpayable(scope: Scope[CartSettings]) -> list[NeedsYou]:
    if _can_be_paid(scope):
        return []
    return [
        NeedsYou(
            kind="no_payment_method",
            title=Bilingual("Нечем платить", "No way to pay"),
            text=Bilingual(
                "Корзина включена, а способа оплаты нет: включите хотя бы один, "
                "иначе покупатели ничего не купят.",
                "The cart is on and there is no way to pay: switch one on, "
                "or nobody can buy anything.",
            ),
            at=scope.now,
        )
    ]
