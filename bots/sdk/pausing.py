"""What a paused bot answers (`core.shop.bot_pauses`): nothing, or its owner's one sentence."""

from dataclasses import dataclass

from bots.sdk.asking import CANCEL, platform_texts
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, AnswerShipping, Reply, SendText, Text
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    ShippingQuery,
    Start,
    Unblocked,
    Update,
)
from core.events import Bilingual
from core.shop.bots import Bot
from core.shop.shops import Language

# Who sells, on which terms, and how to reach them: neither gates nor a pause withhold that.
NEVER_WITHHELD = frozenset({"terms", "paysupport", "help", "privacy", CANCEL})
_NOTICE = 200  # characters of a button's notice, and of a reason why a bill cannot be paid


@dataclass(frozen=True, slots=True)
class Pause:
    """`text`: what is said to everybody; None: nothing."""

    text: Bilingual | None

    def in_language(self, language: Language) -> str:
        """Empty if nothing is said."""
        if self.text is None:
            return ""
        return self.text.ru if language == "ru" else self.text.en


def pause_of(bot: Bot) -> Pause | None:
    """None if the bot is not paused."""
    return None if bot.paused_at is None else Pause(bot.pause_text)


def goes_on(update: Update) -> bool:
    """Whether the modules handle this also while the bot is paused: money that has arrived or gone
    back, who has blocked the bot, and what nobody may withhold. What else is about money on its way
    the modules declare (`in_pause`)."""
    match update:
        case PaymentReceived() | PaymentRefunded() | Blocked() | Unblocked():
            return True
        case Command():
            return update.name in NEVER_WITHHELD
        case _:
            return False


def replies_in(pause: Pause, update: Update, language: Language) -> list[Reply]:
    """What is said to an update that the modules are not asked about: no bill can be paid."""
    said = pause.in_language(language)
    refusal = (said or platform_texts()[language].label("payment_unavailable"))[:_NOTICE]
    match update:
        case PreCheckout(query_id=query_id):
            return [AnswerPreCheckout(query_id=query_id, ok=False, error=refusal)]
        case ShippingQuery(query_id=query_id):
            return [AnswerShipping(query_id=query_id, error=refusal)]
        case Button(query_id=query_id):
            return [AnswerButton(query_id=query_id, text=said[:_NOTICE], alert=bool(said))]
        case Start() | Command() | Message() if said:
            return [SendText(text=Text(plain=said))]
        case _:
            return []
