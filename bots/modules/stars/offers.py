"""What payments in Stars offer: a way to pay, and what Telegram's list says otherwise."""

from bots.modules.stars import store
from bots.modules.stars.handlers import ask
from bots.modules.stars.settings import StarsSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, PaymentMethod
from core.events import Bilingual
from core.money import MOST_STARS, STARS, Money

offers = Offers[StarsSettings]()


@offers.provide(PaymentMethod)
def method(scope: Scope[StarsSettings], _: Money) -> list[PaymentMethod]:
    way = PaymentMethod(
        key="stars",
        label=scope.texts.label("method"),
        currencies=frozenset({STARS}),
        ask=ask,
        max_minor=MOST_STARS,
        order=10,
    )
    return [way]


@offers.provide(NeedsYou)
async def disagreement(scope: Scope[StarsSettings]) -> list[NeedsYou]:
    found = await store.differences(scope.connection, scope.bot_id)
    if not found:
        return []
    return [
        NeedsYou(
            kind="stars_disagree",
            title=Bilingual("Звёзды не сходятся", "Stars do not agree"),
            text=Bilingual(
                "Список операций Telegram и наши платежи различаются: посмотрите, какие.",
                "Telegram's list of transactions and our payments differ: see where.",
            ),
            at=found[-1].seen_at,
            count=len(found),
            link="agreement",
        )
    ]
