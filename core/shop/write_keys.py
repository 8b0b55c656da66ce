"""Write keys, with which a shop's own code authenticates to the intake. Only digests are stored."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused, VitrinaError
from core.postgres import Connection
from core.shop import access

PREFIX = "vtw_"
KEYS_A_SHOP = 20  # in use at the same time
_NOTED_EVERY = timedelta(minutes=1)  # how often the last use of a key is recorded


class WriteKeyInvalid(VitrinaError):
    """Missing, unknown and revoked keys answer alike, and those of an archived shop."""

    code = "write_key_invalid"
    status = 401


class TooManyKeys(Refused):
    code = "too_many_write_keys"


class WriteKey(BaseModel):
    """A key as its owner sees it: never the secret, but its last four characters."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    label: str
    key_tail: str
    created_at: datetime
    last_used_at: datetime | None


class Writer(BaseModel):
    """What a key may write for: a shop, and what its events need of it."""

    model_config = ConfigDict(frozen=True)

    key_id: int
    shop_id: int
    retention_days: int


_COLUMNS = "id, shop_id, label, key_tail, created_at, last_used_at"
_WRITER = """
SELECT k.id AS key_id, k.shop_id, s.retention_days,
    coalesce(k.last_used_at < now() - $2::interval, true) AS is_stale
FROM write_keys AS k JOIN shops AS s ON s.id = k.shop_id
WHERE k.key_digest = $1 AND k.revoked_at IS NULL AND s.archived_at IS NULL
"""
# Skips a row that is being updated at this moment: no call waits for another.
_NOTE = """
UPDATE write_keys SET last_used_at = now() WHERE id = (
    SELECT id FROM write_keys WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
)
"""


async def create(connection: Connection, *, shop_id: int, label: str) -> tuple[WriteKey, str]:
    """Makes a key and returns it with its secret, which cannot be retrieved again.

    Raises NotFound without the shop, TooManyKeys at 20 that are in use.
    """
    locked = await connection.fetchval(
        "SELECT id FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id
    )
    if locked is None:
        raise NotFound(f"there is no shop {shop_id}")
    if len(await of_shop(connection, shop_id)) >= KEYS_A_SHOP:
        raise TooManyKeys(f"the shop has {KEYS_A_SHOP} write keys: revoke one that is not used")
    secret = access.new_token(PREFIX)
    row = await connection.fetchrow(
        "INSERT INTO write_keys (shop_id, label, key_digest, key_tail) VALUES ($1, $2, $3, $4) "
        f"RETURNING {_COLUMNS}",
        shop_id,
        label,
        access.digest(secret),
        secret[-4:],
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    return WriteKey(**row), secret


async def of_shop(connection: Connection, shop_id: int) -> list[WriteKey]:
    """The keys that are in use, oldest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM write_keys WHERE shop_id = $1 AND revoked_at IS NULL ORDER BY id",
        shop_id,
    )
    return [WriteKey(**row) for row in rows]


async def revoke(connection: Connection, *, shop_id: int, key_id: int) -> None:
    """Ends a key of the shop; the next call with it is refused. Raises NotFound."""
    revoked = await connection.fetchval(
        "UPDATE write_keys SET revoked_at = now() "
        "WHERE id = $1 AND shop_id = $2 AND revoked_at IS NULL RETURNING id",
        key_id,
        shop_id,
    )
    if revoked is None:
        raise NotFound(f"shop {shop_id} has no write key {key_id}, or it was revoked before")


async def writer(connection: Connection, secret: str) -> Writer:
    """The writer of a key; raises WriteKeyInvalid.

    The time it takes reveals nothing about existing keys: they are found by the SHA-256 of the
    given text, whose beginning nobody can choose.
    """
    row = None
    if access.is_well_formed(secret, PREFIX):
        row = await connection.fetchrow(_WRITER, access.digest(secret), _NOTED_EVERY)
    if row is None:
        raise WriteKeyInvalid(
            "this write key is not valid: send one that the panel or `vitrina writekey create` "
            "made, as `Authorization: Bearer vtw_…`"
        )
    if row["is_stale"]:
        await connection.execute(_NOTE, row["key_id"])
    return Writer(
        key_id=row["key_id"], shop_id=row["shop_id"], retention_days=row["retention_days"]
    )
