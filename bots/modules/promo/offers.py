"""What promo codes offer: their rules for a basket's price, and the button in the cart."""

from bots.modules.promo import screens, store
from bots.modules.promo.judging import PromoScope, verdicts
from bots.modules.promo.settings import PromoSettings
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, BasketAction, PriceRule

offers = Offers[PromoSettings]()


@offers.provide(PriceRule)
async def discounts(scope: PromoScope, basket: Basket) -> list[PriceRule]:
    return [
        PriceRule(rule=each.rule) for each in await verdicts(scope, basket) if each.rule is not None
    ]


@offers.provide(BasketAction)
async def entry(scope: PromoScope, basket: Basket) -> list[BasketAction]:
    found = await verdicts(scope, basket)
    texts = scope.texts
    if found:
        label = texts.label("entry_with", codes=", ".join(each.code.code for each in found))
    elif scope.settings.shows_button and await store.has_codes(
        scope.connection, scope.shop.id, scope.now
    ):
        label = texts.label("entry")
    else:
        return []
    notes = "\n".join(filter(None, (screens.note(texts, each) for each in found)))
    place = "order" if basket.is_checkout else "cart"
    return [BasketAction(label=label, action="promo", argument=place, note=notes)]
