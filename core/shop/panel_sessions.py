"""Sessions of the panel: who is in now, from which devices, and who was."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access
from core.shop.access import EndReason, Role, Visitor
from core.shop.access_links import MANAGED, scope

PAGE = 100

Ending = EndReason | Literal["expired"]


class PanelSession(BaseModel):
    """A session. `is_own` marks that of whoever asks. `agent` is the browser's or program's family
    and its system; `network`, and `country` (ISO 3166-1) where it is known, are those that it was
    opened from. `end_reason` null: it is open."""

    model_config = ConfigDict(frozen=True)

    id: int
    link_id: int
    label: str
    role: Role
    shop_ids: list[int] | None
    is_own: bool
    created_at: datetime
    last_seen_at: datetime
    address: IPv4Address | IPv6Address | None
    network: str
    country: str
    agent: str
    end_reason: Ending | None


class Device(BaseModel):
    """What a link was opened with and from where, in the last 90 days."""

    model_config = ConfigDict(frozen=True)

    link_id: int
    label: str
    agent: str
    network: str
    country: str
    sessions: int
    first_seen_at: datetime
    last_seen_at: datetime


_IS_OPEN = (
    "(s.ended_at IS NULL AND l.revoked_at IS NULL "
    "AND (l.expires_at IS NULL OR l.expires_at > now()) AND s.last_seen_at > now() - $4::interval "
    "AND s.created_at > now() - $5::interval)"
)
_SESSIONS = f"""
SELECT s.id, s.link_id, l.label, l.role, l.shop_ids, s.id = $6 AS is_own, s.created_at,
    s.last_seen_at, s.address, s.network, s.country, s.agent,
    CASE WHEN {_IS_OPEN} THEN NULL WHEN s.end_reason IS NOT NULL THEN s.end_reason
        WHEN l.revoked_at IS NOT NULL THEN 'revoked' ELSE 'expired' END AS end_reason
FROM panel_sessions AS s JOIN access_links AS l ON l.id = s.link_id
WHERE {MANAGED}
"""


async def open_now(connection: Connection, visitor: Visitor) -> list[PanelSession]:
    """Who is in now, of those whom the visitor may see; the last to have done something first."""
    rows = await connection.fetch(
        f"{_SESSIONS} AND {_IS_OPEN} ORDER BY s.last_seen_at DESC, s.id DESC LIMIT 1000",
        *_values(visitor),
    )
    return [PanelSession(**row) for row in rows]


async def history(
    connection: Connection, visitor: Visitor, *, before: int | None = None
) -> list[PanelSession]:
    """Who is in and who was, the newest first, a page of a hundred from before an id."""
    rows = await connection.fetch(
        f"{_SESSIONS} AND ($7::bigint IS NULL OR s.id < $7) ORDER BY s.id DESC LIMIT {PAGE}",
        *_values(visitor),
        before,
    )
    return [PanelSession(**row) for row in rows]


def _values(visitor: Visitor) -> tuple[object, ...]:
    return *scope(visitor), access.IDLE, access.ABSOLUTE, visitor.session_id


async def devices(connection: Connection, visitor: Visitor) -> list[Device]:
    """Each pair of program and network by link, the last seen first."""
    rows = await connection.fetch(
        "SELECT l.id AS link_id, l.label, s.agent, s.network, max(s.country) AS country, "
        "count(*) AS sessions, min(s.created_at) AS first_seen_at, "
        "max(s.last_seen_at) AS last_seen_at "
        "FROM panel_sessions AS s JOIN access_links AS l ON l.id = s.link_id "
        f"WHERE {MANAGED} GROUP BY l.id, s.agent, s.network "
        "ORDER BY max(s.last_seen_at) DESC, l.id LIMIT 1000",
        *scope(visitor),
    )
    return [Device(**row) for row in rows]


_END = f"""
UPDATE panel_sessions AS s SET ended_at = now(), end_reason = 'ended' FROM access_links AS l
WHERE l.id = s.link_id AND s.ended_at IS NULL AND {MANAGED}
"""


async def end(connection: Connection, visitor: Visitor, session_id: int) -> None:
    """Ends one session, and its live streams within a second. Raises NotFound."""
    ended = await connection.fetchval(
        f"{_END} AND s.id = $4 RETURNING s.id", *scope(visitor), session_id
    )
    if ended is None:
        raise NotFound("there is no such session among those that you see, or it has ended")
    await access.announce(connection)


async def end_others(connection: Connection, visitor: Visitor, link_id: int | None = None) -> int:
    """Ends every session that the visitor may see, of one link or of all, except his own; how
    many. Raises NotFound if there is no such link among his."""
    if link_id is not None and not await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM access_links AS l WHERE {MANAGED} AND l.id = $4)",
        *scope(visitor),
        link_id,
    ):
        raise NotFound(f"there is no link {link_id} among those that you manage")
    ended = await connection.fetch(
        f"{_END} AND s.id <> $4 AND ($5::bigint IS NULL OR l.id = $5) RETURNING s.id",
        *scope(visitor),
        visitor.session_id,
        link_id,
    )
    await access.announce(connection)
    return len(ended)
