"""What the wallet offers: an entry of the menu, a way to pay, a way to get money back."""

from bots.modules.wallet.paying import ask
from bots.modules.wallet.screens import WalletScope, currencies_of
from bots.modules.wallet.settings import WalletSettings
from bots.sdk.offers import Offers
from bots.sdk.points import (
    CustomerRow,
    MenuEntry,
    NeedsYou,
    OrderAction,
    PaymentMethod,
    Reward,
    RewardWay,
)
from core.events import Bilingual
from core.money import STARS, Money
from core.shop import order_refunds, wallets
from core.shop.customers import Customer
from core.shop.orders import Order
from core.shop.refunds import WHOLE_ONLY
from core.shop.wallets import WALLET, EntryDraft

offers = Offers[WalletSettings]()


@offers.provide(MenuEntry)
async def entry(scope: WalletScope) -> list[MenuEntry]:
    customer, own = scope.customer, currencies_of(scope)
    found = (
        await wallets.of_buyer(scope.connection, scope.shop.id, customer.buyer_no)
        if customer is not None
        else []
    )
    full = [each for each in found if each.balance_minor]
    if not full and not own:
        return []
    label = scope.texts.label("entry")
    if full:
        balance = ", ".join(each.balance.worded(scope.language) for each in full[:2])
        label = scope.texts.label("entry_with", balance=balance)
    return [MenuEntry(label=label, action="wallet", order=50)]


@offers.provide(PaymentMethod)
async def method(scope: WalletScope, total: Money) -> list[PaymentMethod]:
    if scope.customer is None or total.currency == STARS:
        return []
    free = await wallets.free_in(
        scope.connection, scope.shop.id, scope.customer.buyer_no, total.currency
    )
    is_whole = free.amount_minor >= total.amount_minor
    if not free.amount_minor or not (is_whole or scope.settings.pays_part):
        return []
    label = scope.texts.label("method" if is_whole else "method_part", free=free)
    return [
        PaymentMethod(
            key=WALLET, label=label, currencies=frozenset({total.currency}), ask=ask, order=5
        )
    ]


@offers.provide(OrderAction)
async def refund(scope: WalletScope, order: Order) -> list[OrderAction]:
    """While money is to go back from outside: have it in the wallet at once."""
    if not scope.settings.takes_refunds or order.currency == STARS or order.purpose != "goods":
        return []
    return [
        OrderAction(
            label=scope.texts.label("take_refund", amount=Money(each.amount_minor, order.currency)),
            action="wallet_refund",
            argument=each.id,
            order=60,
        )
        for each in await order_refunds.of_order(scope.connection, order.id)
        if each.state == "asked" and each.provider not in WHOLE_ONLY
    ]


@offers.provide(RewardWay)
def gift(scope: WalletScope, amount: Money) -> list[RewardWay]:
    if amount.currency not in currencies_of(scope):
        return []
    return [RewardWay(key=WALLET, give=_give, order=10)]


async def _give(scope: WalletScope, reward: Reward) -> None:
    assert scope.customer is not None  # a reward is somebody's
    draft = EntryDraft(
        buyer_no=scope.customer.buyer_no,
        kind="reward",
        amount=reward.amount,
        key=reward.key,
        at=scope.now,
        reason=reward.reason,
    )
    await wallets.post(scope.connection, scope.origin, scope.customer.actor, draft)


@offers.provide(CustomerRow)
async def row(scope: WalletScope, customer: Customer) -> list[CustomerRow]:
    found = await wallets.of_buyer(scope.connection, scope.shop.id, customer.buyer_no)
    if not found:
        return []
    balances = {
        language: ", ".join(each.balance.worded(language) for each in found)
        for language in ("ru", "en")
    }
    return [
        CustomerRow(
            title=Bilingual("В кошельке", "In the wallet"),
            value=Bilingual(balances["ru"], balances["en"]),
            link=f"wallets?buyer_no={customer.buyer_no}",
        )
    ]


@offers.provide(NeedsYou)
def currency(scope: WalletScope) -> list[NeedsYou]:
    if currencies_of(scope):
        return []
    return [
        NeedsYou(
            kind="wallet_without_currency",
            title=Bilingual("У кошелька нет валюты", "The wallet has no currency"),
            text=Bilingual(
                "Магазин считает в звёздах, а в них кошелька не бывает. Назовите валюту в "
                "настройках модуля или выключите его.",
                "The shop counts in Stars, in which there are no wallets. Name a currency in the "
                "module's settings, or switch it off.",
            ),
            at=scope.now,
            link="settings",
        )
    ]
