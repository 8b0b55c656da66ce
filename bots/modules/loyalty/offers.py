"""What loyalty offers: an entry of the menu, points in the cart, a row about a customer."""

from bots.modules.loyalty import earning, paying, points, store
from bots.modules.loyalty.handlers import SPARE, USE
from bots.modules.loyalty.paying import LoyaltyScope
from bots.modules.loyalty.settings import LoyaltySettings
from bots.sdk.offers import Offers
from bots.sdk.points import (
    Basket,
    BasketAction,
    CustomerRow,
    MenuEntry,
    NeedsYou,
    PriceRule,
    RewardWay,
)
from core.events import Bilingual
from core.money import Money
from core.shop.customers import Customer
from core.shop.pricing import Discount

offers = Offers[LoyaltySettings]()
_TIERS = {
    "base": Bilingual("обычный", "regular"),
    "silver": Bilingual("постоянный", "silver"),
    "gold": Bilingual("лучший", "gold"),
}


@offers.provide(MenuEntry)
async def entry(scope: LoyaltyScope) -> list[MenuEntry]:
    label = scope.texts.label("entry")
    if scope.settings.gives == "points" and scope.customer is not None:
        found = await store.balance(scope.connection, scope.customer, scope.now)
        if found.usable:
            label = scope.texts.label("entry_with", points=found.usable)
    return [MenuEntry(label=label, action="loyalty", order=55)]


@offers.provide(PriceRule)
async def discount(scope: LoyaltyScope, basket: Basket) -> list[PriceRule]:
    amount_minor = await paying.discount_minor(scope, basket)
    if not amount_minor:
        return []
    label = scope.texts.label("in_bill")
    return [PriceRule(rule=Discount("loyalty", label, paying.KEY, amount_minor=amount_minor))]


@offers.provide(BasketAction)
async def use(scope: LoyaltyScope, basket: Basket) -> list[BasketAction]:
    found = await paying.may_pay(scope, basket)
    if not found:
        return []
    texts, place = scope.texts, "order" if basket.is_checkout else "cart"
    if await store.wants(scope.connection, basket.customer):
        label, what = texts.label("spare"), SPARE
    else:
        amount = points.worth(found, basket.currency)
        label, what = texts.label("use", points=found, amount=amount), USE
    return [BasketAction(label=label, action="loyalty_pay", argument=f"{what}.{place}", order=110)]


@offers.provide(CustomerRow)
async def row(scope: LoyaltyScope, customer: Customer) -> list[CustomerRow]:
    tier = _TIERS[await earning.tier_of(scope, customer.buyer_no)]
    found = await store.balance(scope.connection, customer, scope.now)
    return [
        CustomerRow(
            title=Bilingual("Баллы и уровень", "Points and tier"),
            value=Bilingual(f"{found.usable}, {tier.ru}", f"{found.usable}, {tier.en}"),
            link=f"customers/{customer.buyer_no}",
        )
    ]


@offers.provide(NeedsYou)
async def no_way(scope: LoyaltyScope) -> list[NeedsYou]:
    if scope.settings.gives != "money" or await scope.offered(
        RewardWay, Money(1, scope.shop.currency)
    ):
        return []
    return [
        NeedsYou(
            kind="loyalty_without_reward",
            title=Bilingual("Деньги за покупки не во что вернуть", "No way to give money back"),
            text=Bilingual(
                "Включите «Кошелёк» или «Промокоды»: до тех пор возвраты за покупки ждут.",
                "Switch on “Wallet” or “Promo codes”: until then money back waits.",
            ),
        )
    ]
