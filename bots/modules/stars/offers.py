"""What payments in Stars offer: a way to pay."""

from bots.modules.stars.handlers import ask
from bots.modules.stars.settings import StarsSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import PaymentMethod
from core.money import MOST_STARS, STARS, Money

offers = Offers[StarsSettings]()


@offers.provide(PaymentMethod)
def method(scope: Scope[StarsSettings], total: Money) -> list[PaymentMethod]:
    way = PaymentMethod(
        key="stars",
        label=scope.texts.label("method"),
        currencies=frozenset({STARS}),
        ask=ask,
        max_minor=MOST_STARS,
        order=10,
    )
    return [way] if way.takes(total) else []
