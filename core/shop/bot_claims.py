"""Attempts to connect a bot to another shop than the one that has it: its owners are told."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import ConfigurationError
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bots


class Claim(BaseModel):
    """An attempt to connect the bot to another shop; `knows_token`: with its valid token."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    knows_token: bool
    attempts: int
    last_at: datetime


async def note(connection: Connection, keys: KeyRing, *, token: SecretStr, shop_id: int) -> None:
    """After BotTaken: leaves a notice for the owners of the shop that has the bot, unless the
    request came from the same shop."""
    plain = token.get_secret_value().strip()
    bot_id = bots.bot_id_of(plain)
    owner = await connection.fetchval("SELECT shop_id FROM bots WHERE id = $1", bot_id)
    if owner is None or owner == shop_id:
        return
    try:
        knows_token = hmac.compare_digest(await bots.token_of(connection, keys, bot_id), plain)
    except ConfigurationError:  # sealed with a key that is no longer in the ring
        knows_token = False
    await connection.execute(
        "INSERT INTO bot_claims AS c (bot_id, knows_token) VALUES ($1, $2) "
        "ON CONFLICT (bot_id) DO UPDATE SET knows_token = c.knows_token OR EXCLUDED.knows_token, "
        "attempts = c.attempts + 1, last_at = now()",
        bot_id,
        knows_token,
    )
    await bots.announce_state(connection, bot_id)


async def of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[Claim]:
    """The newest first."""
    rows = await connection.fetch(
        "SELECT c.bot_id, c.knows_token, c.attempts, c.last_at FROM bot_claims AS c "
        "JOIN bots AS b ON b.id = c.bot_id WHERE b.shop_id = ANY($1::int[]) "
        "ORDER BY c.last_at DESC",
        list(shop_ids),
    )
    return [Claim(**row) for row in rows]


async def dismiss(connection: Connection, bot_id: int) -> None:
    """Removes a claim that the owner has read."""
    await connection.execute("DELETE FROM bot_claims WHERE bot_id = $1", bot_id)
    await bots.announce_state(connection, bot_id)
