"""The panel inside Telegram (a Mini App): what Telegram signed when an owner pressed the bot's
button, and the session that it opens.

Two things vouch for a launch: an HMAC by the bot's token, and Telegram's own signature. Alone, the
first would let whoever has the token be any owner.

Formats: https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app and
https://core.telegram.org/bots/webapps#validating-data-for-third-party-use
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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


def read_launch(init_data: str, token: str, launch_key: str, now: datetime) -> Launch:
    """What Telegram signed for the bot of the token, by its Ed25519 public key (`launch_key`, in
    hexadecimal). Raises InitDataInvalid."""
    try:
        pairs = parse_qsl(
            init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=_FIELDS
        )
    except ValueError as error:
        raise InitDataInvalid from error
    fields = dict(pairs)
    if len(pairs) != len(fields):  # something is said twice
        raise InitDataInvalid
    mark = fields.pop("hash", "")
    _check_hash(fields, mark, token)
    signature = _signature(fields.pop("signature", ""))
    bot_id = token.partition(":")[0]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(launch_key))
    try:
        key.verify(signature, f"{bot_id}:WebAppData\n".encode() + _signed(fields))
    except InvalidSignature as error:
        raise InitDataInvalid from error
    _check_age(fields.get("auth_date", ""), now)
    # Not the hash: whoever has the token makes another one of the same launch.
    return Launch(_person(fields.get("user", "")), signature.hex())


def _signed(fields: Mapping[str, str]) -> bytes:
    told = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return told.encode("utf-8", "replace")


def _check_hash(fields: Mapping[str, str], told: str, token: str) -> None:
    """By the bot's token, over all fields but `hash` itself."""
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    expected = hmac.digest(key, _signed(fields), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), told.encode("utf-8", "replace")):
        raise InitDataInvalid


def _signature(told: str) -> bytes:
    """Of base64url, with or without its padding."""
    try:
        return base64.b64decode(told.rstrip("=") + "==", altchars=b"-_", validate=True)
    except ValueError as error:
        raise InitDataInvalid from error


def _check_age(signed_at: str, now: datetime) -> None:
    if not (signed_at.isascii() and signed_at.isdigit() and len(signed_at) <= 11):
        raise InitDataInvalid
    age = now - datetime.fromtimestamp(int(signed_at), UTC)
    if not -_AHEAD <= age <= LAUNCH_LIVES:
        raise InitDataInvalid


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
