"""The panel inside Telegram (a Mini App): what Telegram signed when an owner pressed the bot's
button, and the session that it opens.

Format: https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from core.errors import VitrinaError
from core.postgres import Connection
from core.shop import access
from core.shop.access import Forbidden, Place
from core.shop.owner_chats import OwnerChat

LAUNCH_LIVES = timedelta(minutes=5)  # from Telegram's signature until the panel asks
_AHEAD = timedelta(minutes=1)  # clocks differ
_FIELDS = 40


class InitDataInvalid(VitrinaError):
    """Not signed for this bot, too old, used before, or no such bot: all answer alike."""

    code = "init_data_invalid"
    status = 401

    def __init__(self) -> None:
        super().__init__("this is no fresh launch by a bot of ours: open the panel from the chat")


class NotTheOwnersChat(Forbidden):
    """Telegram vouches for the person, who is no owner by this bot."""

    code = "not_the_owners_chat"

    def __init__(self) -> None:
        super().__init__("your chat with this bot is no owner's: bind it by /owner and a code")


@dataclass(frozen=True, slots=True)
class Launch:
    """A person's press of the bot's button; `mark` is another for each press."""

    telegram_id: int
    mark: str


def read_launch(init_data: str, token: str, now: datetime) -> Launch:
    """What Telegram signed with the bot's token. Raises InitDataInvalid."""
    try:
        pairs = parse_qsl(
            init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=_FIELDS
        )
    except ValueError as error:
        raise InitDataInvalid from error
    fields = dict(pairs)
    mark = fields.pop("hash", "")
    signed = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    expected = hmac.new(key, signed.encode("utf-8", "replace"), "sha256").hexdigest()
    is_whole = len(pairs) == len(fields) + 1  # nothing is said twice
    if not hmac.compare_digest(expected.encode(), mark.encode("utf-8", "replace")) or not is_whole:
        raise InitDataInvalid
    return Launch(_person(fields.get("user", "")), _fresh(fields.get("auth_date", ""), mark, now))


def _fresh(signed_at: str, mark: str, now: datetime) -> str:
    if not (signed_at.isascii() and signed_at.isdigit() and len(signed_at) <= 11):
        raise InitDataInvalid
    age = now - datetime.fromtimestamp(int(signed_at), UTC)
    if not -_AHEAD <= age <= LAUNCH_LIVES:
        raise InitDataInvalid
    return mark


def _person(user: str) -> int:
    try:
        told = json.loads(user)
    except ValueError as error:
        raise InitDataInvalid from error
    telegram_id = told.get("id") if isinstance(told, dict) else None
    if not isinstance(telegram_id, int) or isinstance(telegram_id, bool):
        raise InitDataInvalid
    if not 0 < telegram_id < 2**63:
        raise InitDataInvalid
    return telegram_id


async def enter(connection: Connection, chat: OwnerChat, launch: Launch, place: Place) -> str:
    """Opens a session with the chat's rights and returns its secret. One launch opens one session:
    raises InitDataInvalid for one that was used.

    As what `/panel` hands out, it ends with the link that the chat was bound by.
    """
    link_id = await connection.fetchval(
        "INSERT INTO access_links (label, role, token_digest, shop_ids, expires_at, origin, "
        "made_by, enter_until, last_used_at, chat_bot_id, chat_telegram_id) "
        "SELECT $2, 'owner', $3, $4, least(l.expires_at, now() + $5::interval), 'bot', l.id, "
        "now(), now(), $6, $7 FROM access_links AS l WHERE l.id = $1 "
        "ON CONFLICT (token_digest) DO NOTHING RETURNING id",
        chat.link_id,
        chat.label,
        access.digest(f"mini app:{chat.bot_id}:{launch.mark}"),
        chat.shop_ids,
        access.ABSOLUTE,
        chat.bot_id,
        chat.telegram_id,
    )
    if link_id is None:
        raise InitDataInvalid
    return await access.open_session(connection, link_id, place)
