"""Keys by which analysts ask ClickHouse through the API, as its read-only user.

That user sees every shop, so only links that see every shop make keys, and a key ends with its
link.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.errors import Conflict, NotFound
from core.postgres import Connection
from core.shop.access import (
    Forbidden,
    Visitor,
    digest,
    is_well_formed,
    lasting_link,
    new_token,
)
from core.shop.access_links import MANAGED, ExpiryPast, scope

PREFIX = "vta_"
OVERLAP_MINUTES = 7 * 24 * 60
_LISTED = 200


class AnalystKeyNotFound(NotFound):
    """There is no such key among those that the visitor manages."""

    code = "analyst_key_not_found"


class AnalystKeyEnded(Conflict):
    """The key has expired, or another has taken its place: there is nothing to rotate."""

    code = "analyst_key_ended"


class EveryShopNeeded(Forbidden):
    """ClickHouse's analyst sees every shop: whoever hands that out must see every shop."""

    code = "every_shop_needed"

    def __init__(self) -> None:
        super().__init__("an analyst's key opens every shop: it takes a link to every shop")


class AnalystKeyDraft(BaseModel):
    """A key to make, for whom, and until when; null: as long as the link that makes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    label: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    expires_at: AwareDatetime | None = None


class AnalystKey(BaseModel):
    """A key without its secret. `used_at` is when it was used last, to the minute."""

    model_config = ConfigDict(frozen=True)

    id: int
    label: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = "k.id, k.label, k.created_at, k.expires_at, k.used_at, k.revoked_at"


def require_every_shop(visitor: Visitor) -> None:
    """Raises EveryShopNeeded."""
    if visitor.shop_ids is not None:
        raise EveryShopNeeded


async def listed(connection: Connection, visitor: Visitor) -> list[AnalystKey]:
    """The keys of links that the visitor manages, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM analyst_keys AS k JOIN access_links AS l ON l.id = k.link_id "
        f"WHERE {MANAGED} ORDER BY k.id DESC LIMIT {_LISTED}",
        *scope(visitor),
    )
    return [AnalystKey(**row) for row in rows]


async def create(
    connection: Connection, visitor: Visitor, draft: AnalystKeyDraft
) -> tuple[AnalystKey, str]:
    """A new key, and its secret, which cannot be seen again. Raises EveryShopNeeded,
    ExpiryPast."""
    require_every_shop(visitor)
    if draft.expires_at is not None and await connection.fetchval(
        "SELECT $1 <= now()", draft.expires_at
    ):
        raise ExpiryPast("the key would have ended already: choose a later time")
    secret = new_token(PREFIX)
    row = await connection.fetchrow(
        "INSERT INTO analyst_keys AS k (link_id, label, digest, expires_at) "
        f"VALUES ($1, $2, $3, $4) RETURNING {_COLUMNS}",
        await lasting_link(connection, visitor.link_id),
        draft.label,
        digest(secret),
        draft.expires_at,
    )
    assert row is not None  # RETURNING of an INSERT
    return AnalystKey(**row), secret


async def _managed(connection: Connection, visitor: Visitor, key_id: int) -> AnalystKey:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM analyst_keys AS k JOIN access_links AS l ON l.id = k.link_id "
        f"WHERE {MANAGED} AND k.id = $4 AND k.revoked_at IS NULL FOR UPDATE OF k",
        *scope(visitor),
        key_id,
    )
    if row is None:
        raise AnalystKeyNotFound(f"there is no key {key_id} among those that you manage")
    return AnalystKey(**row)


async def to_rotate(connection: Connection, visitor: Visitor, key_id: int) -> AnalystKey:
    """The key, if another may take its place. Raises AnalystKeyNotFound, AnalystKeyEnded."""
    key = await _managed(connection, visitor, key_id)
    has_ended = await connection.fetchval(
        "SELECT replaced_by IS NOT NULL OR coalesce(expires_at <= now(), false) "
        "FROM analyst_keys WHERE id = $1",
        key_id,
    )
    if has_ended:
        raise AnalystKeyEnded(f"key {key_id} has expired or was replaced: make a new one")
    return key


async def rotate(
    connection: Connection, visitor: Visitor, key_id: int, overlap: timedelta
) -> tuple[AnalystKey, str]:
    """Another key in a key's place, which goes on working for the overlap. Raises
    AnalystKeyNotFound, AnalystKeyEnded, EveryShopNeeded."""
    old = await to_rotate(connection, visitor, key_id)
    draft = AnalystKeyDraft(label=old.label, expires_at=old.expires_at)
    key, secret = await create(connection, visitor, draft)
    await connection.execute(
        "UPDATE analyst_keys SET expires_at = least(expires_at, now() + $2::interval), "
        "replaced_by = $3 WHERE id = $1",
        key_id,
        overlap,
        key.id,
    )
    return key, secret


async def revoke(connection: Connection, visitor: Visitor, key_id: int) -> None:
    """Ends a key at once; raises AnalystKeyNotFound."""
    await _managed(connection, visitor, key_id)
    await connection.execute("UPDATE analyst_keys SET revoked_at = now() WHERE id = $1", key_id)


async def opens(connection: Connection, secret: str) -> bool:
    """Whether a key lets its bearer ask; notes when that was."""
    if not is_well_formed(secret, PREFIX):
        return False
    found = await connection.fetchrow(
        "SELECT k.id, k.used_at IS NULL OR k.used_at < now() - interval '1 minute' AS is_old "
        "FROM analyst_keys AS k JOIN access_links AS l ON l.id = k.link_id "
        "WHERE k.digest = $1 AND k.revoked_at IS NULL "
        "AND (k.expires_at IS NULL OR k.expires_at > now()) AND l.revoked_at IS NULL "
        "AND l.role = 'owner' AND l.shop_ids IS NULL "
        "AND (l.expires_at IS NULL OR l.expires_at > now())",
        digest(secret),
    )
    if found is None:
        return False
    if found["is_old"]:
        await connection.execute(
            "UPDATE analyst_keys SET used_at = now() WHERE id = $1", found["id"]
        )
    return True
