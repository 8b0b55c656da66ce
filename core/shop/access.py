"""Access to the panel: secret links, and the sessions they open. Only digests are stored."""

import base64
import hashlib
import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, VitrinaError
from core.postgres import Connection

Role = Literal["owner", "analyst", "viewer"]

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_PREFIX = "vtr_"
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
    """A visitor of the panel. `shop_ids` None means every shop."""

    model_config = ConfigDict(frozen=True)

    link_id: int
    label: str
    role: Role
    shop_ids: list[int] | None

    def sees(self, shop_id: int) -> bool:
        return self.shop_ids is None or shop_id in self.shop_ids


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


async def create_link(
    connection: Connection,
    *,
    label: str,
    role: Role,
    shop_ids: list[int] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Makes a link and returns its token, which cannot be retrieved again."""
    token = new_token()
    await connection.execute(
        "INSERT INTO access_links (label, role, token_digest, shop_ids, expires_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        label,
        role,
        digest(token),
        shop_ids,
        expires_at,
    )
    return token


_VALID_LINK = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"


async def is_valid(connection: Connection, token: str) -> bool:
    """Whether the link would let somebody in."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT 1 FROM access_links WHERE token_digest = $1 AND {_VALID_LINK})",
        digest(token),
    )
    return found


async def revoke_link(connection: Connection, link_id: int) -> None:
    """Ends a link; its sessions and their live streams end with it. Raises NotFound."""
    revoked = await connection.fetchval(
        "UPDATE access_links SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL "
        "RETURNING id",
        link_id,
    )
    if revoked is None:
        raise NotFound(f"there is no link {link_id}, or it was revoked before")
    await connection.execute("DELETE FROM panel_sessions WHERE link_id = $1", link_id)


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
        f"WHERE {_VALID_LINK} ORDER BY id"
    )
    return [Link(**row) for row in rows]


async def enter(connection: Connection, token: str) -> str:
    """Opens a session for a link's token and returns the cookie's value; raises LinkInvalid."""
    link_id = None
    if is_well_formed(token):
        link_id = await connection.fetchval(
            "UPDATE access_links SET last_used_at = now() "
            f"WHERE token_digest = $1 AND {_VALID_LINK} RETURNING id",
            digest(token),
        )
    if link_id is None:
        raise LinkInvalid("this link does not open the panel: ask for a new one")
    cookie = f"vts_{_encode(secrets.token_bytes(_BYTES))}"
    await connection.execute(
        "INSERT INTO panel_sessions (digest, link_id) VALUES ($1, $2)", digest(cookie), link_id
    )
    return cookie


_OPEN_SESSION = (
    "l.id = s.link_id AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now()) "
    "AND s.last_seen_at > now() - $2::interval AND s.created_at > now() - $3::interval"
)


async def visitor(connection: Connection, cookie: str | None) -> Visitor:
    """The visitor that a cookie belongs to; raises SessionMissing if it has expired or its link was
    revoked."""
    row = None
    if cookie:
        row = await connection.fetchrow(
            "UPDATE panel_sessions AS s SET last_seen_at = now() FROM access_links AS l "
            f"WHERE s.digest = $1 AND {_OPEN_SESSION} "
            "RETURNING l.id AS link_id, l.label, l.role, l.shop_ids",
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
        "SELECT s.digest, l.id AS link_id, l.label, l.role, l.shop_ids "
        "FROM panel_sessions AS s, access_links AS l "
        f"WHERE s.digest = ANY($1::bytea[]) AND {_OPEN_SESSION}",
        list(digests),
        IDLE,
        ABSOLUTE,
    )
    return {digests[row["digest"]]: Visitor.model_validate(dict(row)) for row in rows}


async def leave(connection: Connection, cookie: str | None) -> None:
    """Ends a session; harmless if there is none."""
    if cookie:
        await connection.execute("DELETE FROM panel_sessions WHERE digest = $1", digest(cookie))
