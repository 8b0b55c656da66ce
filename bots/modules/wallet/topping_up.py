"""A top-up: how much, by which method; then it is paid like an order."""

from datetime import timedelta

from bots.modules.wallet.screens import WalletContext, currencies_of, home_row, whole
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.points import PaymentMethod
from bots.sdk.replies import Text
from bots.sdk.texts import paragraphs
from bots.sdk.updates import number_of
from core.money import Money
from core.shop import top_ups
from core.shop.wallets import WALLET

_OPEN_FOR = timedelta(hours=1)  # a method that needs longer puts it off itself


async def begin(context: WalletContext, currency: str = "") -> None:
    """Asks how much; first in which currency, if there are several."""
    texts, settings = context.texts, context.settings
    own = currencies_of(context)
    if not settings.tops_up or not own:
        context.edit(texts.get("no_top_ups"), keyboard(await home_row(context)))
        return
    if currency not in own:
        currency = own[0] if len(own) == 1 else ""
    back = [button(texts.label("back"), "wallet")]
    if not currency:
        rows: list[list[AnyButton]] = [[button(each, "wallet_top_up", each)] for each in own]
        context.edit(texts.get("ask_currency"), keyboard(*rows, back))
        return
    rows = [
        [button(whole(each, currency).worded(texts.language), "wallet_sum", f"{currency}.{each}")]
        for each in sorted(set(settings.sums))
        if settings.least <= each <= settings.most
    ]
    other = [button(texts.label("other_sum"), "wallet_other", currency)]
    context.edit(texts.get("ask_sum"), keyboard(*rows, other, back))


def sum_of(context: WalletContext, argument: str) -> Money | None:
    """The sum of a button, if it is one that may be topped up."""
    currency, _, digits = argument.partition(".")
    major = number_of(digits.partition(".")[0]) or 0
    settings = context.settings
    if not settings.tops_up or currency not in currencies_of(context):
        return None
    return whole(major, currency) if settings.least <= major <= settings.most else None


def limits(context: WalletContext, currency: str) -> Text:
    """How much may be topped up at once."""
    settings = context.settings
    return context.texts.get(
        "sum_limits",
        least=whole(settings.least, currency),
        most=whole(settings.most, currency),
    )


async def methods_for(context: WalletContext, amount: Money) -> tuple[PaymentMethod, ...]:
    """The ways in which this much can be paid, besides the wallet itself."""
    offered = await context.offered(PaymentMethod, amount)
    return tuple(each for each in offered if each.key != WALLET and each.takes(amount))


async def choose(context: WalletContext, amount: Money, major: int) -> None:
    """Asks for the top-up's payment; first by which method, if there are several."""
    texts = context.texts
    methods = await methods_for(context, amount)
    if not methods:
        context.edit(
            paragraphs(texts.get("no_methods", amount=amount), limits(context, amount.currency)),
            keyboard([button(texts.label("back"), "wallet")]),
        )
    elif len(methods) == 1:
        await pay_by(context, amount, methods[0])
    else:
        rows: list[list[AnyButton]] = [
            [button(each.label, "wallet_by", f"{amount.currency}.{major}.{each.key}")]
            for each in methods
        ]
        back = [button(texts.label("back"), "wallet")]
        context.edit(texts.get("ask_method", amount=amount), keyboard(*rows, back))


async def pay_by(context: WalletContext, amount: Money, method: PaymentMethod) -> None:
    """Makes the top-up and asks for its payment."""
    order = await top_ups.place(
        context.connection,
        context.origin,
        context.customer,
        amount,
        method=method.key,
        expires_in=_OPEN_FOR,
    )
    await method.ask(context.of(method), order)
