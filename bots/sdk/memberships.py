"""Whether a shopper is in a channel or group: known from the database, or asked of Telegram.

No call may be made inside a transaction, so what is not known ends it: the runtime asks Telegram
and handles the update once more, with the answer at hand. Administrators of a channel are told who
comes and goes, so that an answer is mended as it changes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bots.sdk.context import Scope
from core.postgres import Connection

_NOT_YET = timedelta(seconds=5)  # who was not in it may have joined by now
_UNKNOWN = timedelta(minutes=5)  # a chat that cannot be asked about is not asked about at each step


@dataclass(frozen=True, slots=True)
class MembershipAnswer:
    """What Telegram says; `is_member` None: it would not, and `error` is its code. `channel_id` is
    its number of the chat. `passes`: it would not right now, so that what was known stands."""

    is_member: bool | None
    channel_id: int | None = None
    error: str = ""
    passes: bool = False


class MembershipUnasked(BaseException):
    """Telegram has to be asked about this chat first. Not an Exception: no module catches it."""

    def __init__(self, chat: str) -> None:
        super().__init__(chat)
        self.chat = chat


async def is_member(
    scope: Scope[Any], chat: str, *, lives: timedelta, anew: bool = False
) -> bool | None:
    """Whether the shopper is in the chat (`@name` or its number); None if Telegram would not say.

    An answer holds for as long as it `lives`, a "no" for some seconds; with `anew` only one of this
    update. Raises MembershipUnasked, which nobody but the runtime catches.
    """
    assert scope.customer is not None
    telegram_id = scope.customer.telegram_id
    answer = scope.transaction.memberships.get(chat)
    if answer is not None:
        return await _store(scope, chat, telegram_id, answer)
    row = await scope.connection.fetchrow(
        "SELECT is_member, checked_at, error FROM memberships "
        "WHERE bot_id = $1 AND telegram_id = $2 AND chat = $3",
        scope.bot_id,
        telegram_id,
        chat,
    )
    if row is None or anew:
        raise MembershipUnasked(chat)
    lasts = {True: lives, False: _NOT_YET, None: _UNKNOWN}[row["is_member"]]
    if row["error"]:
        lasts = _UNKNOWN
    if row["checked_at"] + lasts < scope.now:
        raise MembershipUnasked(chat)
    found: bool | None = row["is_member"]
    return found


async def _store(
    scope: Scope[Any], chat: str, telegram_id: int, answer: MembershipAnswer
) -> bool | None:
    """What is known now."""
    known: bool | None = await scope.connection.fetchval(
        "INSERT INTO memberships (bot_id, telegram_id, chat, channel_id, is_member, error, "
        "checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (bot_id, telegram_id, chat) DO UPDATE SET "
        "channel_id = coalesce($4, memberships.channel_id), error = $6, checked_at = $7, "
        "is_member = CASE WHEN $8 THEN coalesce($5, memberships.is_member) ELSE $5 END "
        "RETURNING is_member",
        scope.bot_id,
        telegram_id,
        chat,
        answer.channel_id,
        answer.is_member,
        answer.error,
        scope.now,
        answer.passes,
    )
    return known


async def note_change(
    connection: Connection, bot_id: int, channel_id: int, telegram_id: int, *, came: bool
) -> None:
    """Telegram tells that somebody came or went: mends what is known, at their next step it
    counts."""
    await connection.execute(
        "UPDATE memberships SET is_member = $4, error = '', checked_at = now() "
        "WHERE bot_id = $1 AND channel_id = $2 AND telegram_id = $3",
        bot_id,
        channel_id,
        telegram_id,
        came,
    )


async def failing(connection: Connection, bot_id: int, since: datetime) -> dict[str, str]:
    """The chats about which Telegram would not say anything since then, with its last code."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (chat) chat, error FROM memberships "
        "WHERE bot_id = $1 AND (is_member IS NULL OR error <> '') AND checked_at >= $2 "
        "ORDER BY chat, checked_at DESC",
        bot_id,
        since,
    )
    return {row["chat"]: row["error"] for row in rows}
