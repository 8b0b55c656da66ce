"""What promo codes offer: their rules for a basket's price, the button in the cart, and codes that
shoppers are given."""

import secrets

from bots.modules.promo import owned_codes, screens, store
from bots.modules.promo.codes import PromoDraft
from bots.modules.promo.judging import PromoScope, verdicts
from bots.modules.promo.settings import PromoSettings
from bots.sdk import next_steps
from bots.sdk.keyboards import keyboard
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, BasketAction, PriceRule, Reward, RewardWay
from bots.sdk.replies import SendText
from core.money import Money

offers = Offers[PromoSettings]()
CODE = "promo"  # how a reward is given
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without those that look alike
_LENGTH = 10


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


@offers.provide(RewardWay)
def gift(_: PromoScope, __: Money) -> list[RewardWay]:
    return [RewardWay(key=CODE, give=_give, order=20)]


async def _give(scope: PromoScope, reward: Reward) -> None:
    """A code of their own for one order. Raises Refused if the shop has no room for more codes."""
    assert scope.customer is not None  # a reward is somebody's
    draft = PromoDraft(
        code="".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)),
        kind="amount",
        amount_minor=reward.amount.amount_minor,
        currency=reward.amount.currency,
        buyer_no=scope.customer.buyer_no,
        most_uses=1,
        note=reward.key,
    )
    code = await owned_codes.add(scope.connection, scope.shop.id, draft)
    text = scope.texts.get("given", code=code.code, amount=reward.amount, reason=reward.reason)
    message = SendText(text=text, keyboard=keyboard(*await next_steps.below(scope)))
    await scope.send_durably("promo_given", message, str(code.id))
