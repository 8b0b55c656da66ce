"""The access log: who asked the panel for what, by month, kept for a set time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.conditions import Conditions
from core.postgres import Connection
from core.shop.access import Place, Visitor

PAGE = 200
Decision = Literal["allowed", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One request. `link_id` and `session_id` None: nobody was in. `path` is the route's template,
    `reasons` are the codes of the answer."""

    at: datetime
    link_id: int | None
    session_id: int | None
    place: Place
    method: str
    path: str
    status: int
    reasons: tuple[str, ...] = ()
    key_id: int | None = None

    @property
    def decision(self) -> Decision:
        return "allowed" if self.status < 400 else "refused" if self.status < 500 else "failed"


_WRITTEN = (
    *("at", "link_id", "session_id", "address", "network", "country", "agent"),
    *("method", "path", "status", "decision", "reasons", "key_id"),
)


async def write(connection: Connection, entries: Sequence[AccessEntry]) -> None:
    """Writes them by one COPY."""
    await connection.copy_records_to_table(
        "access_log",
        columns=_WRITTEN,
        records=[
            (
                entry.at,
                entry.link_id,
                entry.session_id,
                entry.place.address,
                entry.place.network,
                entry.place.country,
                entry.place.agent,
                entry.method,
                entry.path,
                entry.status,
                entry.decision,
                list(entry.reasons),
                entry.key_id,
            )
            for entry in entries
        ],
    )


def _month(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next(month: datetime) -> datetime:
    return _month(month + timedelta(days=32))


_PREFIX = "access_log_"


async def keep_months(connection: Connection, now: datetime, days: int) -> None:
    """Makes the partitions of this month and the next, and drops those whose every entry is more
    than `days` old. Only one process does it at a time; the others leave it be."""
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('access_log'))"):
        return
    tables = {
        row["name"]
        for row in await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits "
            "WHERE inhparent = 'access_log'::regclass"
        )
    }
    for month in (_month(now), _next(_month(now))):
        name = f"{_PREFIX}{month:%Y_%m}"
        if name not in tables:
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF access_log "
                f"FOR VALUES FROM ('{month.isoformat()}') TO ('{_next(month).isoformat()}')"
            )
    for name in sorted(tables):
        month = datetime.strptime(name.removeprefix(_PREFIX), "%Y_%m").replace(tzinfo=UTC)
        if _next(month) <= now - timedelta(days=days):
            await connection.execute(f"DROP TABLE {name}")


class LoggedAccess(BaseModel):
    """A request in the log. `path` is the route's template; what stood in it is not kept."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: datetime
    link_id: int | None
    label: str | None
    session_id: int | None
    address: IPv4Address | IPv6Address | None
    network: str
    country: str
    agent: str
    method: str
    path: str
    status: int
    decision: Decision
    reasons: list[str]
    key_id: int | None


_LOG = """
SELECT a.id, a.at, a.link_id, l.label, a.session_id, a.address, a.network, a.country, a.agent,
    a.method, a.path, a.status, a.decision, a.reasons, a.key_id
FROM access_log AS a LEFT JOIN access_links AS l ON l.id = a.link_id
"""


@dataclass(frozen=True, slots=True)
class LogRange:
    """Entries from `start` to before `end`, of one link and one decision if they are named."""

    start: datetime
    end: datetime
    link_id: int | None = None
    decision: Decision | None = None


def _conditions(visitor: Visitor, chosen: LogRange, before_id: int | None) -> Conditions:
    """As `access_links.MANAGED`; who sees every shop also sees what nobody's session did."""
    conditions = Conditions()
    if visitor.role != "owner":
        conditions.add("l.id = {}", visitor.link_id)
    elif visitor.shop_ids is not None:
        conditions.add("(l.id = {} OR l.shop_ids <@ {}::int[])", visitor.link_id, visitor.shop_ids)
    conditions.add("a.at >= {} AND a.at < {}", chosen.start, chosen.end)
    if chosen.link_id is not None:
        conditions.add("a.link_id = {}", chosen.link_id)
    if chosen.decision is not None:
        conditions.add("a.decision = {}", chosen.decision)
    if before_id is not None:
        conditions.add("a.id < {}", before_id)
    return conditions


async def page(
    connection: Connection,
    visitor: Visitor,
    chosen: LogRange,
    before_id: int | None = None,
    *,
    size: int = PAGE,
) -> list[LoggedAccess]:
    """What the visitor may see of the log, the last written first, so many from before an id."""
    conditions = _conditions(visitor, chosen, before_id)
    rows = await connection.fetch(
        f"{_LOG} WHERE {conditions.sql} ORDER BY a.id DESC LIMIT {int(size)}", *conditions.values
    )
    return [LoggedAccess(**row) for row in rows]
