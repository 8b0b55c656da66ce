"""Links to the panel as their owners manage them: who has which, new ones, rotating, revoking.

Whoever manages links sees his own and those that open no more shops than his, and never hands out
more than he has: not another shop, not a longer time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.errors import Conflict, NotFound, Refused
from core.postgres import Connection
from core.shop import access, shops
from core.shop.access import Forbidden, LinkOrigin, Role, Visitor

OVERLAP_MINUTES = 7 * 24 * 60
LINKS_LISTED = 500
_TOO_LONG = "your own link ends at {:%Y-%m-%d %H:%M} UTC: another cannot live longer"

# Who acts by the commands of the machine that Vitrina runs on.
OPERATOR = Visitor(link_id=0, label="command", role="owner", shop_ids=None)

# What a visitor may manage or see of links `l`: $1 his own, $2 is he an owner, $3 his shops.
# Null for his shops is all of them; a link for all shops is within no list.
MANAGED = "(l.id = $1 OR ($2::boolean AND ($3::int[] IS NULL OR l.shop_ids <@ $3::int[])))"

LinkState = Literal["active", "replaced", "expired", "revoked"]


class ExpiryBeyondYours(Refused):
    """The new link would live longer than its maker's."""

    code = "expiry_beyond_yours"


class ExpiryPast(Refused):
    code = "expiry_past"


class LinkReplaced(Conflict):
    """The link was rotated before: its successor is the one to rotate."""

    code = "link_replaced"


def scope(visitor: Visitor) -> tuple[int, bool, list[int] | None]:
    """The values of `MANAGED`."""
    return visitor.link_id, visitor.role == "owner", visitor.shop_ids


class LinkDraft(BaseModel):
    """A link to make. `shop_ids` null: every shop that its maker sees. `expires_at` null: as long
    as its maker's own link."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    role: Role
    label: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$", examples=["Anna"])
    shop_ids: list[Annotated[int, Field(gt=0, lt=2**31)]] | None = Field(
        default=None, min_length=1, max_length=1000
    )
    expires_at: AwareDatetime | None = None


class ManagedLink(BaseModel):
    """A link without its token. `state` `replaced`: rotated, and still open until `expires_at`.

    `made_by` is the link whose visitor made it, null for the operator's command. `last_used_at` is
    when anybody last did anything with it; `open_sessions` are those in now; `is_own` marks the
    link of whoever asks.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    label: str
    role: Role
    shop_ids: list[int] | None
    state: LinkState
    origin: LinkOrigin
    made_by: int | None
    replaced_by: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    open_sessions: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link and its token, which is shown this once."""

    link: ManagedLink
    token: str


_STATE = """
CASE WHEN l.revoked_at IS NOT NULL THEN 'revoked'
    WHEN l.expires_at <= now() THEN 'expired'
    WHEN l.replaced_by IS NOT NULL THEN 'replaced'
    ELSE 'active' END
"""
_LINKS = f"""
SELECT l.id, l.label, l.role, l.shop_ids, {_STATE} AS state, l.origin, l.made_by, l.replaced_by,
    l.created_at, l.expires_at, l.revoked_at,
    greatest(l.last_used_at, max(s.last_seen_at)) AS last_used_at, l.id = $1 AS is_own,
    count(s.id) FILTER (WHERE s.ended_at IS NULL AND l.revoked_at IS NULL
        AND (l.expires_at IS NULL OR l.expires_at > now())
        AND s.last_seen_at > now() - $4::interval AND s.created_at > now() - $5::interval
    ) AS open_sessions
FROM access_links AS l LEFT JOIN panel_sessions AS s ON s.link_id = l.id
WHERE {MANAGED}
"""
# What ends with a link, beside its sessions, by the columns that name it.
HANGING = (
    ("owner_chats", "link_id"),
    ("owner_codes", "link_id"),
    ("api_keys", "made_by"),
    ("analyst_keys", "link_id"),
    ("export_schedules", "link_id"),
    ("export_jobs", "link_id"),
    ("export_runs", "link_id"),
)
_BY_LINK = "GROUP BY l.id ORDER BY l.id DESC"


async def managed(
    connection: Connection, visitor: Visitor, *, ended: bool = False
) -> list[ManagedLink]:
    """The links that the visitor may manage, the newest first; with `ended` also those that open
    nothing any more, at most five hundred in all."""
    lasting = "" if ended else "AND l.revoked_at IS NULL AND coalesce(l.expires_at > now(), true)"
    rows = await connection.fetch(
        f"{_LINKS} {lasting} {_BY_LINK} LIMIT $6",
        *scope(visitor),
        access.IDLE,
        access.ABSOLUTE,
        LINKS_LISTED,
    )
    return [ManagedLink(**row) for row in rows]


async def managed_link(connection: Connection, visitor: Visitor, link_id: int) -> ManagedLink:
    """One of them; raises NotFound, whether it does not exist or is not the visitor's to manage."""
    row = await connection.fetchrow(
        f"{_LINKS} AND l.id = $6 {_BY_LINK}",
        *scope(visitor),
        access.IDLE,
        access.ABSOLUTE,
        link_id,
    )
    if row is None:
        raise NotFound(f"there is no link {link_id} among those that you manage")
    return ManagedLink(**row)


async def make(connection: Connection, visitor: Visitor, draft: LinkDraft) -> MadeLink:
    """Makes a link within what the visitor has.

    Raises Forbidden for a visitor who is no owner, NotFound for a shop that he does not see,
    ExpiryPast, ExpiryBeyondYours.
    """
    if visitor.role != "owner":
        raise Forbidden("only an owner's link may make another")
    chosen = visitor.shop_ids if draft.shop_ids is None else sorted(set(draft.shop_ids))
    for shop_id in chosen or ():
        if not visitor.sees(shop_id):
            raise NotFound(f"there is no shop {shop_id} among those that you see")
        await shops.get(connection, shop_id)
    link_id, token = await access.insert_link(
        connection,
        label=draft.label,
        role=draft.role,
        shop_ids=chosen,
        expires_at=await _expiry(connection, visitor, draft.expires_at),
        origin="panel",
        made_by=visitor.link_id,
    )
    return MadeLink(await managed_link(connection, visitor, link_id), token)


async def _latest(connection: Connection, visitor: Visitor) -> datetime | None:
    """When what the visitor has ends; None: never. What the bot handed out stands for the link that
    its chat was bound with."""
    latest: datetime | None = await connection.fetchval(
        "SELECT expires_at FROM access_links WHERE id = $1",
        await access.lasting_link(connection, visitor.link_id),
    )
    return latest


async def _expiry(
    connection: Connection, visitor: Visitor, wanted: datetime | None
) -> datetime | None:
    """When a link ends that the visitor makes."""
    if wanted is not None and wanted <= await connection.fetchval("SELECT now()"):
        raise ExpiryPast("the link would have expired already: name a later time")
    latest = await _latest(connection, visitor)
    if wanted is not None and latest is not None and wanted > latest:
        raise ExpiryBeyondYours(_TOO_LONG.format(latest))
    return wanted or latest


async def rotate(
    connection: Connection, visitor: Visitor, link_id: int, overlap: timedelta
) -> MadeLink:
    """Replaces a link by a new one of the same role, shops, label and expiry. The old one opens the
    panel for `overlap` more, and its sessions end with it; no overlap ends both at once. Owners'
    chats that were bound by the old one belong to the new, and so do the links that they were
    handed out, keys, and exports with their schedules and limits.

    Raises NotFound for what the visitor does not manage or has ended, LinkReplaced,
    ExpiryBeyondYours for another's link that lives longer than his own.
    """
    await connection.execute("SELECT FROM access_links WHERE id = $1 FOR UPDATE", link_id)
    old = await managed_link(connection, visitor, link_id)
    if old.state == "replaced":
        raise LinkReplaced(f"link {link_id} was replaced by {old.replaced_by}: rotate that one")
    if old.state != "active":
        raise NotFound(f"link {link_id} opens nothing any more: make a new one")
    latest = None if old.is_own else await _latest(connection, visitor)
    if latest is not None and (old.expires_at is None or old.expires_at > latest):
        raise ExpiryBeyondYours(_TOO_LONG.format(latest))
    new_id, token = await access.insert_link(
        connection,
        label=old.label,
        role=old.role,
        shop_ids=old.shop_ids,
        expires_at=old.expires_at,
        origin="panel" if old.origin == "bot" else old.origin,
        made_by=old.made_by if old.is_own else visitor.link_id or None,
    )
    await connection.execute(
        "UPDATE access_links SET replaced_by = $2, "
        "expires_at = least(expires_at, now() + $3::interval) WHERE id = $1",
        link_id,
        new_id,
        overlap,
    )
    await _hand_over(connection, link_id, new_id, old.expires_at)
    if not overlap:
        await access.revoke_link(connection, link_id)
    return MadeLink(await managed_link(connection, visitor, new_id), token)


async def _hand_over(
    connection: Connection, old_id: int, new_id: int, expires_at: datetime | None
) -> None:
    """Hangs on the new link what hung on the old one, which will end before."""
    for table, column in HANGING:
        await connection.execute(
            f"UPDATE {table} SET {column} = $2 WHERE {column} = $1", old_id, new_id
        )
    await connection.execute(
        "UPDATE access_links SET made_by = $2, expires_at = least(expires_at, $3) "
        "WHERE made_by = $1 AND origin = 'bot'",
        old_id,
        new_id,
        expires_at,
    )


async def revoke(connection: Connection, visitor: Visitor, link_id: int) -> None:
    """Ends a link with its sessions and live streams; raises NotFound."""
    await managed_link(connection, visitor, link_id)
    await access.revoke_link(connection, link_id)
