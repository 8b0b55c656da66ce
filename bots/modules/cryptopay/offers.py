"""What Crypto Pay offers: a way to pay, and what an owner has to mend."""

from typing import get_args

from bots.modules.cryptopay import store
from bots.modules.cryptopay.handlers import ask
from bots.modules.cryptopay.settings import CryptopaySettings, Fiat
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, OrderAction, PaymentMethod
from core.events import Bilingual
from core.money import Money
from core.shop.orders import Order

offers = Offers[CryptopaySettings]()


@offers.provide(PaymentMethod)
def method(scope: Scope[CryptopaySettings], total: Money) -> list[PaymentMethod]:
    if scope.settings.token is None:
        return []
    way = PaymentMethod(
        key="cryptopay",
        label=scope.texts.label("method"),
        currencies=frozenset(get_args(Fiat)),
        ask=ask,
        order=40,
    )
    return [way] if way.takes(total) else []


@offers.provide(OrderAction)
def pay(scope: Scope[CryptopaySettings], order: Order) -> list[OrderAction]:
    if order.status != "created" or order.method != "cryptopay":
        return []
    label = scope.texts.label("open_bill")
    return [OrderAction(label=label, action="cryptopay", argument=order.id, order=10)]


@offers.provide(NeedsYou)
async def troubles(scope: Scope[CryptopaySettings]) -> list[NeedsYou]:
    if scope.settings.token is None:
        return [
            NeedsYou(
                kind="cryptopay_without_token",
                title=Bilingual("Нет токена Crypto Pay", "No Crypto Pay token"),
                text=Bilingual(
                    "Оплата криптовалютой включена, но токена нет: покупателям её не предлагают.",
                    "Payment in crypto is on, but has no token, so shoppers are not offered it.",
                ),
                link="settings",
            )
        ]
    failed = await store.last_failure(scope.connection, scope.bot_id)
    if failed is None:
        return []
    return [
        NeedsYou(
            kind="cryptopay_refused",
            title=Bilingual("Crypto Pay не выставил счёт", "Crypto Pay made no bill"),
            text=Bilingual(
                f"Заказ № {failed.order_no}, ответ: {failed.error}. Проверьте токен и сеть.",
                f"Order No. {failed.order_no}, its answer: {failed.error}. "
                "Check the token and the network.",
            ),
            at=failed.created_at,
            link="settings",
        )
    ]
