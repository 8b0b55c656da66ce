"""Bots: connecting one by its token, its modules, its state."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import Conflict, NotFound, Refused
from core.postgres import BOTS_CHANNEL, Connection
from core.secrets import KeyRing

BotMode = Literal["hosted", "observed"]
BotState = Literal["queued", "starting", "running", "failed", "stopped"]

_TOKEN = re.compile(r"(\d{6,16}):[A-Za-z0-9_-]{35}")


class TokenMalformed(Refused):
    code = "token_malformed"


class BotTaken(Conflict):
    code = "bot_taken"


class Bot(BaseModel):
    """A bot without its token, which is never given out again."""

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
    modules: list[str]


_SELECT = """
SELECT b.id, b.shop_id, b.username, b.title, b.mode, b.state, b.state_reason, b.state_changed_at,
    b.token_tail,
    ARRAY(SELECT m.module FROM bot_modules AS m WHERE m.bot_id = b.id AND m.enabled
          ORDER BY m.position, m.module) AS modules
FROM bots AS b
"""

# Why a bot does not run that a new token mends; the worker sets them.
TOKEN_TROUBLES = ("token_invalid", "token_revoked")
_CONNECT = """
INSERT INTO bots AS b (id, shop_id, mode, token_sealed, token_tail) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET shop_id = EXCLUDED.shop_id, mode = EXCLUDED.mode,
    token_sealed = EXCLUDED.token_sealed, token_tail = EXCLUDED.token_tail,
    state = 'queued', state_reason = NULL, state_changed_at = now()
WHERE b.state = 'failed' AND b.state_reason = ANY($6::text[])
    AND (b.shop_id = EXCLUDED.shop_id OR b.username IS NULL)
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
    """Stores the bot as queued; a worker takes it up when the transaction commits.

    A bot that stands still because of its token gets the new one. In another shop that is so only
    while it has never run there: whoever types a stranger's bot id with a made-up token does not
    keep the bot from its owner. Raises TokenMalformed, or BotTaken.
    """
    plain = token.get_secret_value().strip()
    bot_id = bot_id_of(plain)
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
        raise BotTaken("this bot is connected already: one bot can stand in one shop only")
    await connection.execute("DELETE FROM bot_modules WHERE bot_id = $1", bot_id)
    await connection.executemany(
        "INSERT INTO bot_modules (bot_id, module, position) VALUES ($1, $2, $3)",
        [(bot_id, module, position) for position, module in enumerate(modules)],
    )
    await announce(connection, bot_id)
    return await get(connection, bot_id)


async def announce(connection: Connection, bot_id: int) -> None:
    """Tells the workers, when the transaction commits, that the bot or its modules changed."""
    await connection.execute("SELECT pg_notify($1, $2)", BOTS_CHANNEL, str(bot_id))


async def get(connection: Connection, bot_id: int) -> Bot:
    row = await connection.fetchrow(f"{_SELECT} WHERE b.id = $1", bot_id)
    if row is None:
        raise NotFound(f"there is no bot {bot_id}")
    return Bot(**row)


async def of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[Bot]:
    """The bots of some shops, oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.shop_id = ANY($1::int[]) ORDER BY b.created_at, b.id", list(shop_ids)
    )
    return [Bot(**row) for row in rows]


async def token_of(connection: Connection, keys: KeyRing, bot_id: int) -> str:
    """The bot's token in the clear, for its worker only."""
    sealed = await connection.fetchval("SELECT token_sealed FROM bots WHERE id = $1", bot_id)
    return keys.open(sealed, token_row(bot_id)).decode()


async def set_state(
    connection: Connection, bot_id: int, state: BotState, reason: str | None = None
) -> bool:
    """Records a state and why; says whether it changed."""
    changed = await connection.fetchval(
        "UPDATE bots SET state = $2, state_reason = $3, state_changed_at = now() "
        "WHERE id = $1 AND (state, state_reason) IS DISTINCT FROM ($2, $3) RETURNING id",
        bot_id,
        state,
        reason,
    )
    return changed is not None


async def set_identity(
    connection: Connection, bot_id: int, *, username: str | None, title: str
) -> None:
    """What Telegram says of the bot."""
    await connection.execute(
        "UPDATE bots SET username = $2, title = $3 WHERE id = $1", bot_id, username, title
    )


class ModuleChoice(BaseModel):
    """A module that is on for a bot, with the settings as stored (not validated yet)."""

    model_config = ConfigDict(frozen=True)

    module: str
    settings: dict[str, Any]


async def enabled_modules(connection: Connection, bot_id: int) -> list[ModuleChoice]:
    """In the order in which an update walks them."""
    rows = await connection.fetch(
        "SELECT module, settings FROM bot_modules WHERE bot_id = $1 AND enabled "
        "ORDER BY position, module",
        bot_id,
    )
    return [ModuleChoice(**row) for row in rows]


async def switch_off(connection: Connection, bot_id: int, module: str, notice: str) -> None:
    """The platform switches a module off, with a notice for the panel."""
    await connection.execute(
        "UPDATE bot_modules SET enabled = false, notice = $3, updated_at = now() "
        "WHERE bot_id = $1 AND module = $2",
        bot_id,
        module,
        notice,
    )
    await announce(connection, bot_id)
