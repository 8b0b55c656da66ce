"""A shopper reads what came into their wallet or left it. Of a purchase the receipt tells, of a
refund the order's notice."""

from bots.modules.wallet.screens import WalletScope
from bots.modules.wallet.settings import WalletSettings
from bots.sdk.keyboards import button, keyboard
from bots.sdk.points import BELOW
from bots.sdk.reactions import Reactions
from bots.sdk.replies import SendText
from core.events import Event
from core.money import Money
from core.shop.wallets import WALLET_ENTRY_POSTED

reactions = Reactions[WalletSettings]()
_TOLD = {
    "top_up": "told_top_up",
    "reward": "told_reward",
    "payout": "told_payout",
    "adjustment": "told_adjustment",
}


@reactions.on(WALLET_ENTRY_POSTED)
async def posted(scope: WalletScope, event: Event) -> None:
    if scope.customer is None or event.outcome not in _TOLD:
        return
    texts = scope.texts
    balance_minor = int((event.props or {}).get("balance_minor", 0))
    text = texts.get(
        _TOLD[event.outcome],
        amount=Money(abs(event.amount_minor), event.currency),
        change=Money(event.amount_minor, event.currency),
        balance=Money(balance_minor, event.currency),
    )
    below = keyboard([button(texts.label("open"), "wallet", BELOW)])
    key = f"{event.outcome}:{event.order_id}:{event.occurred_at.isoformat()}"
    await scope.send_durably("wallet_entry", SendText(text=text, keyboard=below), key)
