"""What a shopper reads of their wallet."""

from typing import TypeAlias

from bots.modules.wallet import store
from bots.modules.wallet.settings import WalletSettings
from bots.modules.wallet.store import Entry
from bots.sdk.context import Context, Scope
from bots.sdk.dates import day_name
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.money import Money, exponent
from core.shop import wallets
from core.shop.wallets import EntryKind
from core.zones import zone

WalletContext: TypeAlias = Context[WalletSettings]
WalletScope: TypeAlias = Scope[WalletSettings]
PAGE = 8
_KINDS: dict[EntryKind, str] = {
    "top_up": "kind_top_up",
    "purchase": "kind_purchase",
    "refund": "kind_refund",
    "reward": "kind_reward",
    "payout": "kind_payout",
    "adjustment": "kind_adjustment",
}


def currencies_of(scope: WalletScope) -> tuple[str, ...]:
    """In which the bot's shoppers have wallets."""
    return scope.settings.of_shop(scope.shop.currency)


def whole(major: int, currency: str) -> Money:
    """So many whole units of a currency."""
    return Money(major * 10 ** exponent(currency), currency)


async def home_row(scope: WalletScope) -> list[AnyButton]:
    """The way back to the beginning."""
    return [home.button for home in (await scope.offered(Home))[:1]]


async def overview(context: WalletContext) -> tuple[Text, Keyboard | None]:
    """What is in the wallet, what of it waits for open orders, and what can be done."""
    texts, settings = context.texts, context.settings
    found = await wallets.of_buyer(context.connection, context.shop.id, context.customer.buyer_no)
    own = currencies_of(context)
    balances = {currency: Money(0, currency) for currency in own}
    balances |= {each.currency: each.balance for each in found if each.balance_minor}
    held = [Money(each.held_minor, each.currency) for each in found if each.held_minor]
    text = paragraphs(
        texts.get("title"),
        "\n".join(each.worded(texts.language) for each in balances.values()) or texts.get("none"),
        *(texts.get("held", amount=each) for each in held),
        texts.get("what_for"),
    )
    rows: list[list[AnyButton]] = []
    if settings.tops_up and own:
        rows.append([button(texts.label("top_up"), "wallet_top_up")])
    if found:
        rows.append([button(texts.label("history"), "wallet_history", 0)])
    return text, keyboard(*rows, await home_row(context))


def _line(texts: Texts, entry: Entry, timezone: str) -> str:
    day = day_name(texts.language, entry.created_at.astimezone(zone(timezone)).date())
    what = texts.label(_KINDS[entry.kind], number=entry.order_no or "")
    amount = Money(entry.amount_minor, entry.currency).worded(texts.language)
    sign = "+" if entry.amount_minor > 0 else ""
    reason = f" ({entry.reason})" if entry.reason else ""
    return f"{day}: {sign}{amount}, {what}{reason}"


async def history(context: WalletContext, page: int) -> tuple[Text, Keyboard | None]:
    """A page of the wallet's entries, the newest first."""
    texts = context.texts
    found = await store.of_buyer(
        context.connection,
        context.shop.id,
        context.customer.buyer_no,
        limit=PAGE + 1,
        offset=page * PAGE,
    )
    lines = [_line(texts, each, context.shop.timezone) for each in found[:PAGE]]
    turns: list[AnyButton] = []
    if page:
        turns.append(button(texts.label("newer"), "wallet_history", page - 1))
    if len(found) > PAGE:
        turns.append(button(texts.label("older"), "wallet_history", page + 1))
    text = paragraphs(texts.get("history_title"), "\n".join(lines) or texts.get("no_entries"))
    back = button(texts.label("back"), "wallet")
    return text, keyboard(turns, [back])
