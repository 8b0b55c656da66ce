"""Keys with which programs read: of few shops, of one scope, for a time. Only digests are stored.

A key hangs on the link of whoever made it: it ends with that link, and moves along when the link is
rotated.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused, VitrinaError
from core.postgres import Connection
from core.shop import access
from core.shop.access import Visitor
from core.shop.access_links import MANAGED, ExpiryPast, scope

PREFIX = "vtk_"
KEYS_A_LINK = 20  # in use at the same time
_NOTED_EVERY = timedelta(minutes=1)  # how often the last use of a key is recorded

KeyScope = Literal["figures", "orders", "customers", "sheet"]


class ApiKeyInvalid(VitrinaError):
    """Missing, unknown, expired and revoked keys answer alike."""

    code = "api_key_invalid"
    status = 401

    def __init__(self) -> None:
        super().__init__("this key is not valid: make a new one in the panel (/api/v1/api-keys)")


class TooManyApiKeys(Refused):
    code = "too_many_api_keys"

    def __init__(self) -> None:
        super().__init__(f"this link has {KEYS_A_LINK} keys: revoke one that is not used")


class ApiKey(BaseModel):
    """A key as its owner sees it: never the secret, but its last four characters. `made_by` is the
    link it hangs on. `requests` counts what the access log has of it."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_ids: list[int]
    label: str
    scope: KeyScope
    key_tail: str
    made_by: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    requests: int


class KeyHolder(Visitor):
    """Who comes with a key: he sees what an analyst sees, of the key's shops, in its scope."""

    scope: KeyScope


_LIVE = (
    "k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) "
    "AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now())"
)
_SELECT = f"""
SELECT k.id, k.shop_ids, k.label, k.scope, k.key_tail, k.made_by, k.created_at, k.expires_at,
    k.last_used_at,
    (SELECT count(*) FROM access_log AS a WHERE a.key_id = k.id) AS requests
FROM api_keys AS k JOIN access_links AS l ON l.id = k.made_by
WHERE {MANAGED} AND {_LIVE}
"""


async def create(
    connection: Connection,
    visitor: Visitor,
    *,
    shop_ids: Sequence[int],
    label: str,
    key_scope: KeyScope,
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    """Makes a key for shops that the visitor sees, and returns it with its secret, which cannot be
    retrieved again. Raises TooManyApiKeys, ExpiryPast."""
    if expires_at is not None and await connection.fetchval("SELECT $1 <= now()", expires_at):
        raise ExpiryPast("the key would have ended already: choose a later time")
    made_by = await access.lasting_link(connection, visitor.link_id)
    await connection.execute("SELECT FROM access_links WHERE id = $1 FOR NO KEY UPDATE", made_by)
    count = await connection.fetchval(
        "SELECT count(*) FROM api_keys WHERE made_by = $1 AND revoked_at IS NULL "
        "AND (expires_at IS NULL OR expires_at > now())",
        made_by,
    )
    if count >= KEYS_A_LINK:
        raise TooManyApiKeys
    secret = access.new_token(PREFIX)
    row = await connection.fetchrow(
        "INSERT INTO api_keys (shop_ids, made_by, label, scope, key_digest, key_tail, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id, shop_ids, label, scope, key_tail, "
        "made_by, created_at, expires_at, last_used_at, 0 AS requests",
        sorted(set(shop_ids)),
        made_by,
        label,
        key_scope,
        access.digest(secret),
        secret[-4:],
        expires_at,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    return ApiKey(**row), secret


async def managed(connection: Connection, visitor: Visitor) -> list[ApiKey]:
    """The keys in use of links that the visitor manages, oldest first."""
    rows = await connection.fetch(f"{_SELECT} ORDER BY k.id", *scope(visitor))
    return [ApiKey(**row) for row in rows]


async def revoke(connection: Connection, visitor: Visitor, key_id: int) -> None:
    """Ends a key; the next request with it is refused. Raises NotFound."""
    revoked = await connection.fetchval(
        "UPDATE api_keys AS k SET revoked_at = now() FROM access_links AS l "
        f"WHERE l.id = k.made_by AND {MANAGED} AND k.id = $4 AND k.revoked_at IS NULL "
        "RETURNING k.id",
        *scope(visitor),
        key_id,
    )
    if revoked is None:
        raise NotFound(f"there is no key {key_id} among those that you manage, or it was revoked")


async def holder(connection: Connection, secret: str) -> KeyHolder:
    """Who comes with this key; raises ApiKeyInvalid.

    Keys are found by the SHA-256 of the given text, whose beginning nobody can choose. The shops
    are those that the key and its link have in common.
    """
    row = None
    if access.is_well_formed(secret, PREFIX):
        row = await connection.fetchrow(
            "SELECT k.id AS key_id, k.scope, k.label, l.id AS link_id, "
            "CASE WHEN l.shop_ids IS NULL THEN k.shop_ids ELSE ARRAY(SELECT unnest(k.shop_ids) "
            "    INTERSECT SELECT unnest(l.shop_ids)) END AS shop_ids, "
            "coalesce(k.last_used_at < now() - $2::interval, true) AS is_stale "
            "FROM api_keys AS k JOIN access_links AS l ON l.id = k.made_by "
            f"WHERE k.key_digest = $1 AND {_LIVE}",
            access.digest(secret),
            _NOTED_EVERY,
        )
    if row is None:
        raise ApiKeyInvalid
    if row["is_stale"]:
        await connection.execute(
            "UPDATE api_keys SET last_used_at = now() WHERE id = (SELECT id FROM api_keys "
            "WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)",
            row["key_id"],
        )
    return KeyHolder(
        link_id=row["link_id"],
        key_id=row["key_id"],
        label=row["label"],
        role="analyst",
        shop_ids=row["shop_ids"],
        scope=row["scope"],
    )
