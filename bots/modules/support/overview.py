"""Tickets as an owner sees them: the list, what waits, and how well they are served."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from bots.modules.support.store import State, TicketRow
from core.postgres import Connection


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


_LIST = """
SELECT t.id, t.ticket_no, t.buyer_no, coalesce(c.first_name, '') AS buyer_name, t.order_id,
    o.order_no, t.state, t.assignee, t.opened_at, t.waiting_since, t.first_reply_at, t.last_at,
    t.closed_at, t.closed_by, t.closings, t.rating, t.rating_asked_at,
    coalesce(left(m.body, 200), '') AS last_words, m.author AS last_author,
    (SELECT count(*) FROM support_messages WHERE ticket_id = t.id)::int AS messages
FROM support_tickets AS t
LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (t.shop_id, t.buyer_no)
LEFT JOIN orders AS o ON o.id = t.order_id
LEFT JOIN LATERAL (SELECT body, author FROM support_messages WHERE ticket_id = t.id
    ORDER BY id DESC LIMIT 1) AS m ON true
WHERE t.bot_id = $1 AND ($2::text IS NULL OR t.state = $2) AND (NOT $3 OR t.state <> 'closed')
    AND ($4::text IS NULL OR t.assignee = $4) AND ($5::bigint IS NULL OR t.buyer_no = $5)
    AND ($6::bigint IS NULL OR t.order_id = $6) AND ($7::bigint IS NULL OR t.id < $7)
ORDER BY t.id DESC LIMIT $8
"""


async def listed(
    connection: Connection, bot_id: int, wanted: Wanted, *, before: int | None, limit: int
) -> list[TicketRow]:
    """The newest first, below the id `before`."""
    rows = await connection.fetch(
        _LIST,
        bot_id,
        wanted.state,
        wanted.is_open,
        wanted.assignee,
        wanted.buyer_no,
        wanted.order_id,
        before,
        limit,
    )
    return [TicketRow(**row) for row in rows]


async def waiting(connection: Connection, bot_id: int) -> tuple[int, datetime | None]:
    """How many tickets the shop has to answer, and since when the oldest waits."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, min(waiting_since) AS since FROM support_tickets "
        "WHERE bot_id = $1 AND state = 'waiting'",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return row["count"], row["since"]


async def summary(connection: Connection, bot_id: int) -> Summary:
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, "
        "  count(*) FILTER (WHERE state = 'answered') AS answered, "
        "  min(waiting_since) FILTER (WHERE state = 'waiting') AS waiting_since, "
        "  count(*) FILTER (WHERE is_late) AS opened, "
        "  count(*) FILTER (WHERE is_late AND state = 'closed') AS closed, "
        "  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_reply_at "
        "    - opened_at)::float8) FILTER (WHERE is_late) AS first_reply_seconds, "
        "  (avg(rating) FILTER (WHERE is_late))::float8 AS rating, "
        "  count(rating) FILTER (WHERE is_late) AS ratings "
        "FROM (SELECT *, opened_at > now() - interval '30 days' AS is_late "
        "    FROM support_tickets WHERE bot_id = $1) AS t",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return Summary(**row)
