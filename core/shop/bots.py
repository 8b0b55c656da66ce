"""Bots: connecting one by its token, its modules, its state."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import Conflict, NotFound, Refused
from core.events import Bilingual, Origin
from core.postgres import BOTS_CHANNEL, STATES_CHANNEL, Connection
from core.secrets import KeyRing

BotMode = Literal["hosted", "observed"]
BotState = Literal["queued", "starting", "running", "failed", "stopped"]

_TOKEN = re.compile(r"(\d{6,16}):[A-Za-z0-9_-]{35}")


class TokenMalformed(Refused):
    code = "token_malformed"


class BotTaken(Conflict):
    """The bot is connected already; `explained` says where, to whom that is known."""

    code = "bot_taken"

    def __init__(self, detail: str, explained: Bilingual | None = None) -> None:
        super().__init__(detail)
        self.explained = explained


class TokenOfAnother(Refused):
    """The new token belongs to another bot."""

    code = "token_of_another"


class Bot(BaseModel):
    """A bot without its token, which is never given out again. `photo_id` names the version of its
    photo, if it has one. `paused_at`: since when it answers nobody but by its `pause_text`."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    username: str | None
    title: str | None
    mode: BotMode
    state: BotState
    state_reason: str | None
    state_changed_at: datetime
    token_tail: str
    photo_id: str | None
    modules: list[str]
    paused_at: datetime | None = None
    pause_text: Bilingual | None = None


_SELECT = """
SELECT b.id, b.shop_id, b.username, b.title, b.mode, b.state, b.state_reason, b.state_changed_at,
    b.paused_at, b.pause_text, b.token_tail,
    (SELECT p.photo_id::text FROM bot_photos AS p WHERE p.bot_id = b.id) AS photo_id,
    ARRAY(SELECT m.module FROM bot_modules AS m WHERE m.bot_id = b.id AND m.enabled
          ORDER BY m.position, m.module) AS modules
FROM bots AS b
"""

# Reasons for which a bot does not run and that a new token repairs; the worker sets them.
TOKEN_TROUBLES = ("token_invalid", "token_revoked")
# What is deleted when a bot moves to another shop: settings, secrets, groups, what it has begun.
_OF_THE_SHOP = (
    *("bot_modules", "bot_module_changes", "module_texts", "hook_secrets"),
    *("staff_codes", "staff_chats", "owner_codes", "owner_chats"),
    *("module_jobs", "dialogs", "kept_starts", "bot_notices"),
)
_LEFT = """
INSERT INTO bot_former_shops (bot_id, shop_id, left_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (bot_id, shop_id) DO UPDATE SET left_at = EXCLUDED.left_at
"""
_CONNECT = """
INSERT INTO bots AS b (id, shop_id, mode, token_sealed, token_tail) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET shop_id = EXCLUDED.shop_id, mode = EXCLUDED.mode,
    token_sealed = EXCLUDED.token_sealed, token_tail = EXCLUDED.token_tail,
    state = 'queued', state_reason = NULL, state_changed_at = now(), removed_at = NULL,
    paused_at = NULL, pause_text = NULL,
    username = CASE WHEN b.shop_id = EXCLUDED.shop_id THEN b.username END,
    title = CASE WHEN b.shop_id = EXCLUDED.shop_id THEN b.title END
WHERE b.removed_at IS NOT NULL
    OR (b.state = 'failed' AND b.state_reason = ANY($6::text[])
        AND (b.shop_id = EXCLUDED.shop_id OR b.username IS NULL))
    OR (b.state IN ('queued', 'starting') AND b.shop_id = EXCLUDED.shop_id
        AND b.username IS NULL AND b.token_tail <> EXCLUDED.token_tail)
RETURNING id
"""


def token_row(bot_id: int) -> str:
    """The name that binds a sealed token to its row."""
    return f"bots|{bot_id}|token"


def bot_id_of(token: str) -> int:
    """The bot's Telegram id, which is the token's first part; raises TokenMalformed."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise TokenMalformed(
            "this is not a bot's token: copy the whole line that @BotFather sent, "
            "like 123456789:AAE…, digits, a colon and 35 characters"
        )
    return int(match[1])


async def connect(
    connection: Connection,
    keys: KeyRing,
    *,
    shop_id: int,
    token: SecretStr,
    mode: BotMode,
    modules: Sequence[str],
) -> Bot:
    """Stores the bot as queued; a worker starts it when the transaction commits.

    A bot that is stopped because of its token gets the new one, and so does one that has not run
    yet in this shop. In another shop this is possible only while it has never run there, so nobody
    can keep a bot from its owner by entering its id with a made-up token. A bot that was removed
    may be connected again, to any shop.

    Raises TokenMalformed, or BotTaken (see `core.shop.bot_claims`).
    """
    plain = token.get_secret_value().strip()
    bot_id = bot_id_of(plain)
    known = await connection.fetchrow("SELECT shop_id, state FROM bots WHERE id = $1", bot_id)
    if known is not None and known["state"] in ("queued", "starting"):
        # The first token may be about to fail, which must not be noted of the second.
        await take_from_worker(connection, bot_id)
    stored = await connection.fetchval(
        _CONNECT,
        bot_id,
        shop_id,
        mode,
        keys.seal(plain.encode(), token_row(bot_id)),
        plain[-4:],
        list(TOKEN_TROUBLES),
    )
    if stored is None:
        raise BotTaken("this bot is connected already: a bot can belong to one shop only")
    if known is not None and known["shop_id"] != shop_id:
        await leave_shop(connection, bot_id, known["shop_id"])
    await connection.execute(
        "UPDATE bot_modules SET enabled = false WHERE bot_id = $1 AND enabled", bot_id
    )
    await connection.executemany(
        "INSERT INTO bot_modules (bot_id, module, position) VALUES ($1, $2, $3) "
        "ON CONFLICT (bot_id, module) DO UPDATE SET enabled = true, position = $3, notice = NULL",
        [(bot_id, module, position) for position, module in enumerate(modules)],
    )
    await announce(connection, bot_id)
    await announce_state(connection, bot_id)
    return await get(connection, bot_id)


async def leave_shop(connection: Connection, bot_id: int, shop_id: int) -> None:
    """Deletes what the bot has of the shop that it leaves: settings, secrets, groups, jobs; and
    notes when it left, for what it sent until then is of people of that shop."""
    await connection.execute(_LEFT, bot_id, shop_id)
    for table in _OF_THE_SHOP:
        await connection.execute(f"DELETE FROM {table} WHERE bot_id = $1", bot_id)


async def announce(connection: Connection, bot_id: int) -> None:
    """Notifies the workers, when the transaction commits, that the bot or its modules changed."""
    await connection.execute("SELECT pg_notify($1, $2)", BOTS_CHANNEL, str(bot_id))


async def get(connection: Connection, bot_id: int) -> Bot:
    """Raises NotFound, also for a bot that was removed."""
    row = await connection.fetchrow(f"{_SELECT} WHERE b.id = $1 AND b.removed_at IS NULL", bot_id)
    if row is None:
        raise NotFound(f"there is no bot {bot_id}")
    return Bot(**row)


async def origin_of(connection: Connection, bot_id: int) -> Origin:
    """The origin of the bot's events; raises NotFound."""
    row = await connection.fetchrow(
        "SELECT s.id AS shop_id, b.id AS bot_id, b.mode, s.retention_days "
        "FROM bots AS b JOIN shops AS s ON s.id = b.shop_id WHERE b.id = $1",
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no bot {bot_id}")
    return Origin(**row)


async def replace_token(
    connection: Connection, keys: KeyRing, bot_id: int, token: SecretStr
) -> Bot:
    """Gives a bot the token that @BotFather made in place of the former one. A bot that has failed
    is queued again, one that is stopped stays so.

    Raises NotFound, TokenMalformed, TokenOfAnother.
    """
    plain = token.get_secret_value().strip()
    if bot_id_of(plain) != bot_id:
        raise TokenOfAnother(
            "this token belongs to another bot: copy this bot's own from @BotFather"
        )
    changed = await connection.fetchval(
        "UPDATE bots SET token_sealed = $2, token_tail = $3, "
        "state = CASE WHEN state = 'failed' THEN 'queued' ELSE state END, "
        "state_reason = CASE WHEN state = 'failed' THEN NULL ELSE state_reason END, "
        "state_changed_at = CASE WHEN state = 'failed' THEN now() "
        "    ELSE state_changed_at END "
        "WHERE id = $1 AND removed_at IS NULL RETURNING id",
        bot_id,
        keys.seal(plain.encode(), token_row(bot_id)),
        plain[-4:],
    )
    if changed is None:
        raise NotFound(f"there is no bot {bot_id}")
    await connection.execute("DELETE FROM bot_claims WHERE bot_id = $1", bot_id)
    await announce(connection, bot_id)
    await announce_state(connection, bot_id)
    return await get(connection, bot_id)


async def take_from_worker(connection: Connection, bot_id: int) -> None:
    """Waits for the worker's transactions in progress, after which that worker writes nothing more
    for the bot."""
    # Locks in a worker's order, the lease first: its transactions in progress end before this one.
    await connection.execute("SELECT FROM bot_leases WHERE bot_id = $1 FOR UPDATE", bot_id)
    await connection.execute(
        "UPDATE bot_leases SET worker = '', epoch = epoch + 1, expires_at = now() "
        "WHERE bot_id = $1",
        bot_id,
    )


async def remove(connection: Connection, bot_id: int) -> None:
    """Removes a bot: its worker releases it, and its token, session and waiting messages are
    deleted.

    Its orders and figures stay. Waits for the worker's transactions in progress, after which that
    worker writes nothing more for the bot. Raises NotFound.
    """
    await take_from_worker(connection, bot_id)
    removed = await connection.fetchval(
        "UPDATE bots SET state = 'stopped', state_reason = NULL, state_changed_at = now(), "
        "removed_at = now(), token_sealed = '' WHERE id = $1 AND removed_at IS NULL RETURNING id",
        bot_id,
    )
    if removed is None:
        raise NotFound(f"there is no bot {bot_id}")
    for table in ("bot_sessions", "bot_peers", "bot_update_states", "bot_photos", "bot_claims"):
        await connection.execute(f"DELETE FROM {table} WHERE bot_id = $1", bot_id)
    await connection.execute(
        "UPDATE outgoing SET state = 'failed', error = 'bot_removed' "
        "WHERE bot_id = $1 AND state = 'pending'",
        bot_id,
    )
    await announce(connection, bot_id)
    await announce_state(connection, bot_id)


async def set_photo(connection: Connection, bot_id: int, photo_id: int, jpeg: bytes) -> None:
    """The bot's photo, small; at most 64 KiB."""
    await connection.execute(
        "INSERT INTO bot_photos (bot_id, photo_id, jpeg) VALUES ($1, $2, $3) "
        "ON CONFLICT (bot_id) DO UPDATE SET photo_id = $2, jpeg = $3",
        bot_id,
        photo_id,
        jpeg,
    )
    await announce_state(connection, bot_id)


async def drop_photo(connection: Connection, bot_id: int) -> None:
    """Removes the bot's photo."""
    await connection.execute("DELETE FROM bot_photos WHERE bot_id = $1", bot_id)


async def photo_of(connection: Connection, bot_id: int) -> bytes | None:
    """JPEG; None if the bot has no photo."""
    jpeg: bytes | None = await connection.fetchval(
        "SELECT jpeg FROM bot_photos WHERE bot_id = $1", bot_id
    )
    return jpeg


async def announce_state(connection: Connection, bot_id: int) -> None:
    """Notifies the panels, when the transaction commits, that the bot's state has changed."""
    await connection.execute(
        "SELECT pg_notify($1, shop_id::text) FROM bots WHERE id = $2", STATES_CHANNEL, bot_id
    )


async def of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[Bot]:
    """The bots of some shops, oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.shop_id = ANY($1::int[]) AND b.removed_at IS NULL "
        "ORDER BY b.created_at, b.id",
        list(shop_ids),
    )
    return [Bot(**row) for row in rows]


async def token_of(connection: Connection, keys: KeyRing, bot_id: int) -> str:
    """The bot's token in the clear, for its worker only."""
    sealed = await connection.fetchval("SELECT token_sealed FROM bots WHERE id = $1", bot_id)
    return keys.open(sealed, token_row(bot_id)).decode()


async def set_mode(connection: Connection, bot_id: int, mode: BotMode) -> None:
    """Sets whether the bot answers by its modules or only counts. Its worker follows within
    seconds; raises NotFound."""
    found = await connection.fetchval(
        "UPDATE bots SET mode = $2 WHERE id = $1 AND removed_at IS NULL RETURNING id", bot_id, mode
    )
    if found is None:
        raise NotFound(f"there is no bot {bot_id}")
    await announce(connection, bot_id)
    await announce_state(connection, bot_id)


async def set_state(
    connection: Connection, bot_id: int, state: BotState, reason: str | None = None
) -> bool:
    """Records a state and its reason; returns whether it changed."""
    changed = await connection.fetchval(
        "UPDATE bots SET state = $2, state_reason = $3, state_changed_at = now() "
        "WHERE id = $1 AND removed_at IS NULL "
        "AND (state, state_reason) IS DISTINCT FROM ($2, $3) RETURNING id",
        bot_id,
        state,
        reason,
    )
    if changed is not None:
        await announce_state(connection, bot_id)
    return changed is not None


async def set_identity(
    connection: Connection, bot_id: int, *, username: str | None, title: str
) -> None:
    """Stores the name and username that Telegram reports for the bot."""
    await connection.execute(
        "UPDATE bots SET username = $2, title = $3 WHERE id = $1", bot_id, username, title
    )
    await announce_state(connection, bot_id)


class ModuleChoice(BaseModel):
    """A module that is on for a bot, with the settings as stored (not validated yet)."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    module: str
    settings: dict[str, Any]


async def enabled_modules(connection: Connection, bot_id: int) -> list[ModuleChoice]:
    """In the order in which an update passes through them."""
    rows = await connection.fetch(
        "SELECT bot_id, module, settings FROM bot_modules WHERE bot_id = $1 AND enabled "
        "ORDER BY position, module",
        bot_id,
    )
    return [ModuleChoice(**row) for row in rows]


def of_its_shop(alias: str) -> str:
    """The condition that a row of a bot is of the shop that the bot is in now: what happened before
    it moved stays with the former shop, and numbers of buyers are each shop's own."""
    return f"{alias}.shop_id = (SELECT shop_id FROM bots WHERE id = {alias}.bot_id)"
