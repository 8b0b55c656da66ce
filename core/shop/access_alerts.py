"""Alerts about access: a link used from too many places or from two at once, guessing of links,
unusual exports. Each is one row until its owner answers it: revoke, or it was me."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound
from core.postgres import STATES_CHANNEL, Connection
from core.shop import access
from core.shop.access import Visitor
from core.shop.access_links import MANAGED, scope

AlertKind = Literal["places", "travel", "guessing", "exports", "export_size", "declined"]
Answer = Literal["revoked", "was_me"]


class NothingToRevoke(Conflict):
    """Guessing used no link: there is none to revoke."""

    code = "nothing_to_revoke"


@dataclass(frozen=True, slots=True)
class Alert:
    """What is unusual: `value` reached `threshold`. `subject` tells causes of one kind apart: an
    address, the data set that was exported, or what an owner was asked to confirm."""

    kind: AlertKind
    value: float
    threshold: float
    link_id: int | None = None
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class StoredAlert(BaseModel):
    """An alert. `kind`: `places` (a link used from many networks, countries or programs within a
    day), `travel` (from two places farther apart than anybody travels), `guessing` (wrong links
    from one address, or from all), `exports` (many within an hour), `export_size` (one much larger
    than usual), `declined` (an owner said in his bot's chat that a request of this link was not
    his; `subject` is which). `value` reached `threshold`, `times` times. `answer` null: it is
    open."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: AlertKind
    link_id: int | None
    label: str | None
    subject: str
    value: float
    threshold: float
    details: dict[str, Any]
    times: int
    first_at: datetime
    last_at: datetime
    answer: Answer | None
    answered_at: datetime | None


def named(label: str, link_id: int) -> str:
    """A link as owners are told of it: labels may be alike, numbers are not."""
    return f"{label} (#{link_id})"


async def raise_alert(connection: Connection, alert: Alert) -> None:
    """Stores it, or counts it again while it is open; panels that are open are told."""
    await connection.execute(
        "INSERT INTO access_alerts AS a (kind, link_id, subject, value, threshold, details) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (kind, (coalesce(link_id, 0)), subject) WHERE answered_at IS NULL "
        "DO UPDATE SET times = a.times + 1, last_at = now(), "
        "value = greatest(a.value, EXCLUDED.value), threshold = EXCLUDED.threshold, "
        "details = EXCLUDED.details",
        alert.kind,
        alert.link_id,
        alert.subject,
        alert.value,
        alert.threshold,
        dict(alert.details),
    )
    # Whoever manages the link sees all of its shops.
    await connection.execute(
        "SELECT pg_notify($1, s.id::text) FROM shops AS s WHERE s.id = ANY(coalesce("
        "(SELECT shop_ids FROM access_links WHERE id = $2), ARRAY(SELECT id FROM shops)))",
        STATES_CHANNEL,
        alert.link_id,
    )


# What no link did concerns those who see every shop.
_ALERTS = f"""
SELECT a.id, a.kind, a.link_id, l.label, a.subject, a.value, a.threshold, a.details, a.times,
    a.first_at, a.last_at, a.answer, a.answered_at
FROM access_alerts AS a LEFT JOIN access_links AS l ON l.id = a.link_id
WHERE $2::boolean AND ({MANAGED} OR (a.link_id IS NULL AND $3::int[] IS NULL))
"""


async def of_visitor(
    connection: Connection, visitor: Visitor, *, answered: bool = False
) -> list[StoredAlert]:
    """The open alerts that an owner may answer, or those that were answered; the newest first, at
    most two hundred. Nobody else has any."""
    which = "a.answered_at IS NOT NULL" if answered else "a.answered_at IS NULL"
    rows = await connection.fetch(
        f"{_ALERTS} AND {which} ORDER BY a.last_at DESC, a.id DESC LIMIT 200", *scope(visitor)
    )
    return [StoredAlert(**row) for row in rows]


_UNTOLD = "told_at IS NULL AND answered_at IS NULL AND kind <> 'declined'"


async def untold(connection: Connection, *, besides: Collection[int] = ()) -> list[int]:
    """The numbers of open alerts that owners' chats were not told of, the oldest hundred besides
    those. What an owner said in his chat himself is not among them."""
    rows = await connection.fetch(
        f"SELECT id FROM access_alerts WHERE {_UNTOLD} AND id <> ALL($1::bigint[]) "
        "ORDER BY id LIMIT 100",
        list(besides),
    )
    return [row["id"] for row in rows]


async def find_untold(
    connection: Connection, alert_id: int
) -> tuple[StoredAlert, list[int] | None] | None:
    """An alert of `untold`, with the shops of the link that it is about (None: every shop). None if
    it has been answered, or everybody told, meanwhile."""
    row = await connection.fetchrow(
        "SELECT a.id, a.kind, a.link_id, l.label, l.shop_ids, a.subject, a.value, a.threshold, "
        "a.details, a.times, a.first_at, a.last_at, a.answer, a.answered_at "
        "FROM access_alerts AS a LEFT JOIN access_links AS l ON l.id = a.link_id "
        f"WHERE {_UNTOLD} AND a.id = $1",
        alert_id,
    )
    return None if row is None else (StoredAlert.model_validate(dict(row)), row["shop_ids"])


async def note_told(connection: Connection, alert_id: int) -> None:
    """Every chat that the alert concerns has been told of it."""
    await connection.execute("UPDATE access_alerts SET told_at = now() WHERE id = $1", alert_id)


async def open_link(connection: Connection, visitor: Visitor, alert_id: int) -> int | None:
    """The link of an open alert that he may answer; None if there is neither."""
    link_id: int | None = await connection.fetchval(
        f"SELECT link_id FROM ({_ALERTS} AND a.id = $4 AND a.answered_at IS NULL) AS found",
        *scope(visitor),
        alert_id,
    )
    return link_id


async def holds_exports_of(connection: Connection, visitor: Visitor, alert_id: int) -> bool:
    """Whether exports by the visitor's own link wait for an owner while this alert is open."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM access_alerts WHERE id = $1 AND link_id = $2 "
        "AND kind = 'export_size' AND answered_at IS NULL)",
        alert_id,
        visitor.link_id,
    )
    return found


async def answer(connection: Connection, visitor: Visitor, alert_id: int, said: Answer) -> None:
    """Revokes the link, or accepts the places that it was used from; either closes the alert.

    Raises NotFound for what is not open or not his, NothingToRevoke.
    """
    row = await connection.fetchrow(
        f"{_ALERTS} AND a.id = $4 AND a.answered_at IS NULL FOR UPDATE OF a",
        *scope(visitor),
        alert_id,
    )
    if row is None:
        raise NotFound(f"there is no open alert {alert_id} among those that you see")
    link_id: int | None = row["link_id"]
    if said == "was_me":
        if row["kind"] in ("places", "travel"):
            await connection.execute(
                "UPDATE link_places SET accepted_at = now() WHERE link_id = $1", link_id
            )
    elif link_id is None:
        raise NothingToRevoke("nobody came in by this: there is no link to revoke")
    elif await connection.fetchval(
        "SELECT revoked_at IS NULL FROM access_links WHERE id = $1", link_id
    ):
        await access.revoke_link(connection, link_id)
    # A revoked link leaves nothing to be alarmed about.
    closed = "link_id = $3" if said == "revoked" else "id = $3"
    await connection.execute(
        "UPDATE access_alerts SET answer = $1, answered_at = now(), answered_by = $2 "
        f"WHERE answered_at IS NULL AND {closed}",
        said,
        visitor.link_id,
        link_id if said == "revoked" else alert_id,
    )
