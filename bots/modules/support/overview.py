"""Tickets as an owner sees them: the list, what waits, and how well they are served."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from bots.modules.support.store import State, TicketRow
from core.conditions import Conditions
from core.postgres import Connection
from core.shop.bots import of_its_shop


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets of a bot; `open`: those that are not closed."""

    state: State | None = None
    is_open: bool = False
    assignee: str | None = None
    buyer_no: int | None = None
    order_id: int | None = None


class Summary(BaseModel):
    """How a bot's tickets of the last 30 days are served."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    answered: int
    waiting_since: datetime | None
    opened: int = Field(description="Within 30 days")
    closed: int = Field(description="Of those")
    first_reply_seconds: float | None = Field(
        description="Median of the time to the first answer, of those that have one"
    )
    rating: float | None = Field(description="Mean, 1 to 5")
    ratings: int


_SHOWN = """
t.id, t.ticket_no, t.buyer_no, coalesce(c.first_name, '') AS buyer_name, t.order_id,
o.order_no, t.state, t.assignee, t.opened_at, t.waiting_since, t.first_reply_at, t.last_at,
t.closed_at, t.closed_by, t.closings, t.rating, t.rating_asked_at,
coalesce(left(m.body, 200), '') AS last_words, m.author AS last_author,
(SELECT count(*) FROM support_messages WHERE ticket_id = t.id)::int AS messages
"""
_OF_TICKETS = """
LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (t.shop_id, t.buyer_no)
LEFT JOIN orders AS o ON o.id = t.order_id
LEFT JOIN LATERAL (SELECT body, author FROM support_messages WHERE ticket_id = t.id
    ORDER BY id DESC LIMIT 1) AS m ON true
"""


def _conditions(bot_id: int, wanted: Wanted) -> Conditions:
    """Over `t`."""
    where = Conditions()
    where.add("t.bot_id = {}", bot_id)
    where.add(of_its_shop("t"))
    if wanted.state is not None:
        where.add("t.state = {}", wanted.state)
    if wanted.is_open:
        where.add("t.state IN ('waiting', 'answered')")
    if wanted.assignee is not None:
        where.add("t.assignee = {}", wanted.assignee)
    if wanted.buyer_no is not None:
        where.add("t.buyer_no = {}", wanted.buyer_no)
    if wanted.order_id is not None:
        where.add("t.order_id = {}", wanted.order_id)
    return where


async def listed(
    connection: Connection, bot_id: int, wanted: Wanted, *, before: int | None, limit: int
) -> list[TicketRow]:
    """The newest first, below the id `before`."""
    where = _conditions(bot_id, wanted)
    if before is not None:
        where.add("t.id < {}", before)
    page = (
        f"SELECT * FROM support_tickets AS t WHERE {where.sql} ORDER BY t.id DESC "
        f"LIMIT {int(limit)}"
    )
    rows = await connection.fetch(
        f"SELECT {_SHOWN} FROM ({page}) AS t {_OF_TICKETS} ORDER BY t.id DESC", *where.values
    )
    return [TicketRow(**row) for row in rows]


async def count(connection: Connection, bot_id: int, wanted: Wanted) -> int:
    where = _conditions(bot_id, wanted)
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM support_tickets AS t WHERE {where.sql}", *where.values
    )
    return found


async def waiting(connection: Connection, bot_id: int) -> tuple[int, datetime | None]:
    """How many tickets the shop has to answer, and since when the oldest waits."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, min(waiting_since) AS since FROM support_tickets AS t "
        f"WHERE bot_id = $1 AND state = 'waiting' AND {of_its_shop('t')}",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return row["count"], row["since"]


async def summary(connection: Connection, bot_id: int) -> Summary:
    row = await connection.fetchrow(
        "SELECT * FROM ("
        "  SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, "
        "    count(*) FILTER (WHERE state = 'answered') AS answered, "
        "    min(waiting_since) FILTER (WHERE state = 'waiting') AS waiting_since "
        "  FROM support_tickets AS t WHERE bot_id = $1 AND state IN ('waiting', 'answered') "
        f"    AND {of_its_shop('t')}"
        ") AS open_now, ("
        "  SELECT count(*) AS opened, count(*) FILTER (WHERE state = 'closed') AS closed, "
        "    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_reply_at "
        "      - opened_at)::float8) AS first_reply_seconds, "
        "    avg(rating)::float8 AS rating, count(rating) AS ratings "
        "  FROM support_tickets AS t WHERE bot_id = $1 AND opened_at > now() - interval '30 days' "
        f"    AND {of_its_shop('t')}"
        ") AS late",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return Summary(**row)
