"""Web hooks: the secret in a module's address, and the calls that were processed."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import access

PREFIX = "vth_"
OVERLAP = timedelta(days=1)  # the former address works while the sender learns the new one
KEPT = timedelta(days=90)  # a replay after that time would be processed again


class Hook(BaseModel):
    """The address of a bot's module for calls: `path` on the panel's own address."""

    model_config = ConfigDict(frozen=True)

    path: str
    created_at: datetime
    last_call_at: datetime | None


def _row(bot_id: int, module: str) -> str:
    return f"hook_secrets|{bot_id}|{module}"


async def of(connection: Connection, keys: KeyRing, bot_id: int, module: str) -> Hook:
    """The module's address, created if there is none."""
    row = await connection.fetchrow(
        "SELECT sealed, created_at FROM hook_secrets "
        "WHERE bot_id = $1 AND module = $2 AND ends_at IS NULL",
        bot_id,
        module,
    )
    if row is None:
        return await _make(connection, keys, bot_id, module)
    secret = keys.open(row["sealed"], _row(bot_id, module)).decode()
    return await _hook(connection, bot_id, module, secret, row["created_at"])


async def rotate(connection: Connection, keys: KeyRing, bot_id: int, module: str) -> Hook:
    """A new address; the former one works for one more day, older ones no longer."""
    await connection.execute(
        "DELETE FROM hook_secrets WHERE bot_id = $1 AND module = $2 AND ends_at IS NOT NULL",
        bot_id,
        module,
    )
    await connection.execute(
        "UPDATE hook_secrets SET ends_at = now() + $3::interval WHERE bot_id = $1 AND module = $2",
        bot_id,
        module,
        OVERLAP,
    )
    return await _make(connection, keys, bot_id, module)


async def _make(connection: Connection, keys: KeyRing, bot_id: int, module: str) -> Hook:
    secret = access.new_token(PREFIX)
    row = await connection.fetchrow(
        "INSERT INTO hook_secrets (digest, bot_id, module, sealed) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (bot_id, module) WHERE ends_at IS NULL DO NOTHING RETURNING created_at",
        access.digest(secret),
        bot_id,
        module,
        keys.seal(secret.encode(), _row(bot_id, module)),
    )
    if row is None:  # another request has made it at this moment
        return await of(connection, keys, bot_id, module)
    return await _hook(connection, bot_id, module, secret, row["created_at"])


async def _hook(
    connection: Connection, bot_id: int, module: str, secret: str, created_at: datetime
) -> Hook:
    last_call_at = await connection.fetchval(
        "SELECT max(received_at) FROM hook_calls WHERE bot_id = $1 AND module = $2",
        bot_id,
        module,
    )
    path = f"/hooks/{bot_id}/{module}/{secret}"
    return Hook(path=path, created_at=created_at, last_call_at=last_call_at)


async def opens(connection: Connection, bot_id: int, module: str, secret: str) -> bool:
    """Whether this is the module's secret and the module is on for the bot; the answer does not say
    which is not. Secrets are found by SHA-256, whose beginning nobody can choose."""
    if not access.is_well_formed(secret, PREFIX):
        return False
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM hook_secrets AS h JOIN bot_modules AS m USING (bot_id, module) "
        "JOIN bots AS b ON b.id = h.bot_id WHERE h.digest = $1 AND h.bot_id = $2 "
        "AND h.module = $3 AND (h.ends_at IS NULL OR h.ends_at > now()) AND m.enabled "
        "AND b.removed_at IS NULL)",
        access.digest(secret),
        bot_id,
        module,
    )
    return found


async def is_first(connection: Connection, bot_id: int, module: str, natural_key: str) -> bool:
    """Records a call in the transaction that processes it; False if it was processed before."""
    noted = await connection.fetchval(
        "INSERT INTO hook_calls (bot_id, module, natural_key) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING RETURNING true",
        bot_id,
        module,
        natural_key,
    )
    return noted is not None


async def forget_old(connection: Connection) -> None:
    """Deletes calls that are too old to be repeated, and addresses that have expired."""
    await connection.execute(
        "DELETE FROM hook_calls WHERE received_at < now() - $1::interval", KEPT
    )
    await connection.execute("DELETE FROM hook_secrets WHERE ends_at < now()")
