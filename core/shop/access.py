"""Access to the panel: secret links, and the sessions they open. Only digests are stored."""

import base64
import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, VitrinaError
from core.postgres import SESSIONS_CHANNEL, Connection
from core.shop import customers

Role = Literal["owner", "analyst", "viewer"]
LinkOrigin = Literal["command", "panel", "bot"]
EndReason = Literal["left", "entered_again", "revoked", "ended"]

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_PREFIX = "vtr_"
SESSION_PREFIX = "vts_"
_BYTES = 32


class LinkInvalid(VitrinaError):
    """Unknown, expired and revoked links answer alike."""

    code = "link_invalid"
    status = 401


class SessionMissing(VitrinaError):
    code = "session_missing"
    status = 401


class Forbidden(VitrinaError):
    code = "forbidden"
    status = 403


class Visitor(BaseModel):
    """A visitor of the panel. `shop_ids` None means every shop; `session_id` 0 is none, `key_id` is
    the key that a program came with."""

    model_config = ConfigDict(frozen=True)

    link_id: int
    session_id: int = 0
    label: str
    role: Role
    shop_ids: list[int] | None
    key_id: int | None = None

    def sees(self, shop_id: int) -> bool:
        return self.shop_ids is None or shop_id in self.shop_ids


@dataclass(frozen=True, slots=True)
class Place:
    """From where a request comes: its address, the network and country (ISO 3166-1) that it belongs
    to, the family of its browser or program. Empty: unknown."""

    address: IPv4Address | IPv6Address | None = None
    network: str = ""
    country: str = ""
    agent: str = ""


NOWHERE = Place()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_token(prefix: str = _PREFIX) -> str:
    """The prefix, 32 random bytes and their CRC-32, in base64url."""
    data = secrets.token_bytes(_BYTES)
    return prefix + _encode(data + zlib.crc32(data).to_bytes(4, "big"))


def is_well_formed(token: str, prefix: str = _PREFIX) -> bool:
    """Whether the checksum fits: a link truncated in copying is detected without asking the
    store."""
    encoded = token.removeprefix(prefix)
    try:
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False
    body, check = data[:_BYTES], data[_BYTES:]
    return (
        token.startswith(prefix)
        and len(check) == 4
        and zlib.crc32(body).to_bytes(4, "big") == check
    )


def digest(secret: str) -> bytes:
    """What is stored for a secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


async def insert_link(
    connection: Connection,
    *,
    label: str,
    role: Role,
    shop_ids: list[int] | None = None,
    expires_at: datetime | None = None,
    origin: LinkOrigin = "command",
    made_by: int | None = None,
    enter_within: timedelta | None = None,
) -> tuple[int, str]:
    """Makes a link and returns its id and its token, which cannot be retrieved again.

    `enter_within`: how long it opens sessions, which may go on longer; None: as long as it lives.
    """
    token = new_token()
    link_id: int = await connection.fetchval(
        "INSERT INTO access_links (label, role, token_digest, shop_ids, expires_at, origin, "
        "made_by, enter_until) VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8::interval) "
        "RETURNING id",
        label,
        role,
        digest(token),
        shop_ids,
        expires_at,
        origin,
        made_by,
        enter_within,
    )
    return link_id, token


async def create_link(
    connection: Connection,
    *,
    label: str,
    role: Role,
    shop_ids: list[int] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Makes a link as the operator's commands do, and returns its token."""
    _, token = await insert_link(
        connection, label=label, role=role, shop_ids=shop_ids, expires_at=expires_at
    )
    return token


_LIVE_LINK = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
_VALID_LINK = f"{_LIVE_LINK} AND (enter_until IS NULL OR enter_until > now())"


async def is_valid(connection: Connection, token: str) -> bool:
    """Whether the link would let somebody in."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT 1 FROM access_links WHERE token_digest = $1 AND {_VALID_LINK})",
        digest(token),
    )
    return found


async def revoke_link(connection: Connection, link_id: int) -> None:
    """Ends a link and what its owner's chat was handed out; their sessions and live streams end
    with them. Raises NotFound."""
    revoked = await connection.fetchval(
        "UPDATE access_links SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL "
        "RETURNING id",
        link_id,
    )
    if revoked is None:
        raise NotFound(f"there is no link {link_id}, or it was revoked before")
    await connection.execute(
        "WITH of_bot AS (UPDATE access_links SET revoked_at = now() WHERE made_by = $1 "
        "    AND origin = 'bot' AND revoked_at IS NULL RETURNING id) "
        "UPDATE panel_sessions SET ended_at = now(), end_reason = 'revoked' "
        "WHERE (link_id = $1 OR link_id IN (SELECT id FROM of_bot)) AND ended_at IS NULL",
        link_id,
    )
    decided = await connection.fetch(
        "SELECT DISTINCT telegram_id FROM owner_chats WHERE link_id = $1", link_id
    )
    await customers.unmark_staff(connection, [row["telegram_id"] for row in decided])
    await announce(connection)


async def lasting_link(connection: Connection, link_id: int) -> int:
    """The link that what is made with this one hangs on: for one that a bot handed out, which is
    short-lived, the link that its owner's chat was bound with; for others themselves."""
    found: int = await connection.fetchval(
        "SELECT CASE origin WHEN 'bot' THEN coalesce(made_by, id) ELSE id END "
        "FROM access_links WHERE id = $1",
        link_id,
    )
    return found


async def announce(connection: Connection) -> None:
    """Has every API look at once which sessions are still open, when the transaction commits."""
    await connection.execute("SELECT pg_notify($1, '')", SESSIONS_CHANNEL)


class Link(BaseModel):
    """A link as its makers see it: never its token."""

    model_config = ConfigDict(frozen=True)

    id: int
    label: str
    role: Role
    shop_ids: list[int] | None
    expires_at: datetime | None
    last_used_at: datetime | None


async def valid_links(connection: Connection) -> list[Link]:
    """The links that open the panel, oldest first."""
    rows = await connection.fetch(
        "SELECT id, label, role, shop_ids, expires_at, last_used_at FROM access_links "
        f"WHERE {_LIVE_LINK} ORDER BY id"
    )
    return [Link(**row) for row in rows]


async def enter(connection: Connection, token: str, place: Place = NOWHERE) -> str:
    """Opens a session for a link's token and returns the cookie's value; raises LinkInvalid.

    A link that the bot handed out opens one session only: it stays readable in the chat.
    """
    link_id = None
    if is_well_formed(token):
        link_id = await connection.fetchval(
            "UPDATE access_links SET last_used_at = now(), "
            "enter_until = CASE origin WHEN 'bot' THEN now() ELSE enter_until END "
            f"WHERE token_digest = $1 AND {_VALID_LINK} RETURNING id",
            digest(token),
        )
    if link_id is None:
        raise LinkInvalid("this link does not open the panel: ask for a new one")
    return await open_session(connection, link_id, place)


async def open_session(connection: Connection, link_id: int, place: Place) -> str:
    """Opens a session of a link that was looked at, and returns its secret."""
    cookie = f"{SESSION_PREFIX}{_encode(secrets.token_bytes(_BYTES))}"
    await connection.execute(
        "INSERT INTO panel_sessions (digest, link_id, address, network, country, agent) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        digest(cookie),
        link_id,
        place.address,
        place.network,
        place.country,
        place.agent,
    )
    return cookie


# $2 and $3 are how long a session lives unused, and at all.
_OPEN_SESSION = (
    "l.id = s.link_id AND s.ended_at IS NULL AND l.revoked_at IS NULL "
    "AND (l.expires_at IS NULL OR l.expires_at > now()) "
    "AND s.last_seen_at > now() - $2::interval AND s.created_at > now() - $3::interval"
)
_VISITOR = "l.id AS link_id, s.id AS session_id, l.label, l.role, l.shop_ids"


_LOOK_UP = (
    f"SELECT {_VISITOR} FROM panel_sessions AS s, access_links AS l "
    f"WHERE s.digest = $1 AND {_OPEN_SESSION}"
)
_NOTE = (
    "UPDATE panel_sessions AS s SET last_seen_at = now() FROM access_links AS l "
    f"WHERE s.digest = $1 AND {_OPEN_SESSION} RETURNING {_VISITOR}"
)


async def visitor(connection: Connection, cookie: str | None, *, is_noted: bool = False) -> Visitor:
    """The visitor that a cookie belongs to; raises SessionMissing if it has expired or its link was
    revoked.

    It counts as activity, which holds the session's row until the transaction ends, unless
    `is_noted`: somebody has noted it already.
    """
    row = None
    if cookie:
        row = await connection.fetchrow(
            _LOOK_UP if is_noted else _NOTE,
            digest(cookie),
            IDLE,
            ABSOLUTE,
        )
    if row is None:
        raise SessionMissing("open the panel with your secret link")
    return Visitor(**row)


async def visitors(connection: Connection, cookies: Sequence[str]) -> dict[str, Visitor]:
    """The visitors whose sessions are still open, by cookie; unlike `visitor`, this does not count
    as activity."""
    digests = {digest(cookie): cookie for cookie in cookies}
    rows = await connection.fetch(
        f"SELECT s.digest, {_VISITOR} FROM panel_sessions AS s, access_links AS l "
        f"WHERE s.digest = ANY($1::bytea[]) AND {_OPEN_SESSION}",
        list(digests),
        IDLE,
        ABSOLUTE,
    )
    return {digests[row["digest"]]: Visitor.model_validate(dict(row)) for row in rows}


async def leave(connection: Connection, cookie: str | None, reason: EndReason = "left") -> None:
    """Ends a session; harmless if there is none."""
    if not cookie:
        return
    ended = await connection.fetchval(
        "UPDATE panel_sessions SET ended_at = now(), end_reason = $2 "
        "WHERE digest = $1 AND ended_at IS NULL RETURNING id",
        digest(cookie),
        reason,
    )
    if ended is not None:
        await announce(connection)
