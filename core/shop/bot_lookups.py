"""Whose a token is, before its bot is connected: the panel asks, a worker looks at Telegram.

The token is in no table: it travels sealed in the notification. What was found is kept until the
panel has read it; if the panel has left, for some ten minutes: each question of anybody deletes
what is older, and so does the shipper's sweep (`ingestion.retention`).
"""

import base64
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import Refused, VitrinaError
from core.postgres import LOOKUPS_CHANNEL, Connection
from core.secrets import KeyRing
from core.shop import bots

_WITHIN = timedelta(minutes=10)
_OF_A_LINK = 20
_OF_A_BOT = 3  # by one link: each is a login, and Telegram punishes many
_FRESH = timedelta(seconds=3)  # what is taken later is answered when the panel has left


class TooManyLookups(VitrinaError):
    """The link has asked as often as may be for now, about this bot or all in all."""

    code = "too_many_lookups"
    status = 429

    def __init__(self) -> None:
        super().__init__("Telegram was asked about bots too often: wait, or connect without asking")
        self.retry_after = int(_WITHIN.total_seconds())


class TokenUnknown(Refused):
    """Telegram knows no bot with this token: it was revoked, or is mistyped."""

    code = "token_unknown"

    def __init__(self) -> None:
        super().__init__("Telegram does not know this token: copy it from @BotFather again")


class Found(BaseModel):
    """What Telegram says: of a bot its name and photo (JPEG in base64), if it has one. Otherwise
    that it knows no such token, or nothing for now (`unanswered`)."""

    model_config = ConfigDict(frozen=True)

    outcome: Literal["found", "token_unknown", "unanswered"]
    username: str | None = None
    title: str = ""
    photo: str | None = None


class Lookup(BaseModel):
    """A question for a worker, as its notification says it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    sealed: str  # the token, in base64

    def token(self, keys: KeyRing) -> str:
        """In the clear; raises ConfigurationError."""
        return keys.open(base64.b64decode(self.sealed), _row(self.id)).decode()


def _row(lookup_id: UUID) -> str:
    """The name that binds a sealed token to its question."""
    return f"bot_lookups|{lookup_id}|token"


async def ask(connection: Connection, keys: KeyRing, *, link_id: int, token: SecretStr) -> UUID:
    """Asks the workers, when the transaction commits; `take_found` gives what they say.

    What others ask about the same bot, with whatever token, counts for them alone.

    Raises TokenMalformed, TooManyLookups.
    """
    plain = token.get_secret_value().strip()
    bot_id = bots.bot_id_of(plain)
    # One at a time of a link, so that none is over the count.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bot_lookups', $1))", link_id
    )
    await connection.execute(
        "DELETE FROM bot_lookups WHERE asked_at < now() - $1::interval", _WITHIN
    )
    row = await connection.fetchrow(
        "SELECT count(*) AS of_link, count(*) FILTER (WHERE bot_id = $2) AS of_bot "
        "FROM bot_lookups WHERE link_id = $1",
        link_id,
        bot_id,
    )
    assert row is not None  # of an aggregate
    if row["of_link"] >= _OF_A_LINK or row["of_bot"] >= _OF_A_BOT:
        raise TooManyLookups
    lookup_id: UUID = await connection.fetchval(
        "INSERT INTO bot_lookups (link_id, bot_id) VALUES ($1, $2) RETURNING id", link_id, bot_id
    )
    sealed = base64.b64encode(keys.seal(plain.encode(), _row(lookup_id))).decode()
    await connection.execute(
        "SELECT pg_notify($1, $2)",
        LOOKUPS_CHANNEL,
        Lookup(id=lookup_id, sealed=sealed).model_dump_json(),
    )
    return lookup_id


async def take(connection: Connection, lookup_id: UUID) -> bool:
    """Whether the question is this worker's to answer: the first one's that comes in time."""
    taken: UUID | None = await connection.fetchval(
        "UPDATE bot_lookups SET is_taken = true WHERE id = $1 AND NOT is_taken "
        "AND asked_at > now() - $2::interval RETURNING id",
        lookup_id,
        _FRESH,
    )
    return taken is not None


async def answer(connection: Connection, lookup_id: UUID, found: Found) -> None:
    """Keeps what was found for the panel."""
    await connection.execute(
        "UPDATE bot_lookups SET found = $2 WHERE id = $1", lookup_id, found.model_dump()
    )


async def take_found(connection: Connection, lookup_id: UUID) -> Found | None:
    """What was found, which is forgotten with that; None: nothing yet. Its row stays for a while,
    to be counted."""
    found = await connection.fetchval(
        "UPDATE bot_lookups AS l SET found = NULL FROM bot_lookups AS before "
        "WHERE l.id = $1 AND before.id = l.id AND l.found IS NOT NULL RETURNING before.found",
        lookup_id,
    )
    return None if found is None else Found.model_validate(found)
