"""Why a bot does not run, in the codes that the panel explains to its owner."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyrogram.errors import (
    AccessTokenExpired,
    AccessTokenInvalid,
    AuthKeyDuplicated,
    FloodWait,
    RPCError,
    UserDeactivated,
    UserDeactivatedBan,
)

from bots.runtime.bot_config import BotConfig
from bots.runtime.client import SessionDead


@dataclass(eq=False)  # as exceptions are
class Trouble(Exception):
    """Why the bot does not run: a code for the panel, and when to try again (None: not before
    somebody changes the bot)."""

    reason: str
    retry_at: datetime | None = None


def respect_flood_wait(config: BotConfig) -> None:
    """A flood wait outlives the worker that met it: raises its Trouble while it lasts."""
    kind, _, until = (config.bot.state_reason or "").partition(":")
    if config.bot.state == "failed" and kind == "flood_wait_until":
        retry_at = datetime.fromisoformat(until)
        if retry_at > datetime.now(UTC):
            raise Trouble(f"flood_wait_until:{until}", retry_at)


def reason_of_loss(error: Exception) -> str:
    """Why a session has ended, in the codes of the panel."""
    match error:
        case UserDeactivated() | UserDeactivatedBan():
            return "bot_banned"
        case AuthKeyDuplicated():
            return "session_used_elsewhere"
        case SessionDead():
            return "session_lost"
        case _:
            return "token_revoked"


def refused(error: RPCError, died_of: str | None) -> Trouble:
    """What Telegram says to a login, in the codes of the panel. A token that is refused after the
    session has died of that was good once: it was revoked."""
    now = datetime.now(UTC)
    match error:
        case AccessTokenInvalid() | AccessTokenExpired():
            return Trouble(died_of or "token_invalid")
        case FloodWait():
            seconds = error.value if isinstance(error.value, int) else 60
            until = (now + timedelta(seconds=seconds)).replace(microsecond=0)
            return Trouble(f"flood_wait_until:{until.isoformat()}", until)
        case _:
            return Trouble(f"telegram_error:{error.ID or error.CODE}", now + timedelta(minutes=1))
