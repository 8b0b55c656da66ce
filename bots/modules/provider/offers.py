"""What payments by a provider offer: a way to pay, and the token that is missing."""

from bots.modules.provider.handlers import ask
from bots.modules.provider.settings import ProviderSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, PaymentMethod
from core.events import Bilingual
from core.money import Money
from core.shop import bills

offers = Offers[ProviderSettings]()


@offers.provide(PaymentMethod)
def method(scope: Scope[ProviderSettings], total: Money) -> list[PaymentMethod]:
    if scope.settings.token is None:
        return []
    least, most = bills.limits(total.currency)
    way = PaymentMethod(
        key="telegram",  # as payments say by which they came
        label=scope.texts.label("method"),
        currencies=scope.settings.accepted,
        ask=ask,
        asks_shipping=scope.settings.asks_shipping,
        min_minor=least,
        max_minor=most,
        order=20,
    )
    return [way]


@offers.provide(NeedsYou)
def token(scope: Scope[ProviderSettings]) -> list[NeedsYou]:
    if scope.settings.token is not None:
        return []
    return [
        NeedsYou(
            kind="provider_without_token",
            title=Bilingual("Нет токена провайдера", "No provider's token"),
            text=Bilingual(
                "Оплата картой включена, но токена нет: покупателям её не предлагают.",
                "Payment by card is on, but has no token, so shoppers are not offered it.",
            ),
            link="settings",
        )
    ]


@offers.provide(NeedsYou)
def currencies(scope: Scope[ProviderSettings]) -> list[NeedsYou]:
    unknown = ", ".join(sorted(scope.settings.unbilled))
    if not unknown:
        return []
    return [
        NeedsYou(
            kind="provider_currencies",
            title=Bilingual("Telegram не выставляет такие счета", "Telegram makes no such bills"),
            text=Bilingual(
                f"В этих валютах счетов Telegram нет: {unknown}. Карту за такие заказы не "
                "предлагают; уберите их из настройки «Валюты».",
                f"There are no bills of Telegram in {unknown}: orders in them are not offered "
                "this way. Take them out of the setting “Currencies”.",
            ),
            link="settings",
        )
    ]
