"""Broadcasts and their recipients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from bots.modules.broadcasts.drafts import BroadcastDraft
from core.errors import NotFound
from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.customers import Customer

State = Literal["draft", "scheduled", "sending", "done", "cancelled"]


class Broadcast(BaseModel):
    """A broadcast of a bot. `version` counts the changes of its draft. `own_from` is the minute of
    the day that was named for its start, from which on those get it who have a clock of their own,
    by that; None if it is to begin at once."""

    model_config = ConfigDict(frozen=True)

    id: int
    draft: BroadcastDraft
    state: State
    version: int
    created_by: str
    created_at: datetime
    starts_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    own_from: int | None


class Outcome(NamedTuple):
    """Of a durable message: `error` is Telegram's reason for refusing it."""

    state: str
    error: str | None
    sent_at: datetime | None


SELECT = """
SELECT b.id, b.draft, b.state, b.version, b.created_by, b.created_at, b.starts_at, b.started_at,
    b.ended_at, b.own_from FROM broadcasts AS b
"""


def broadcast_of(row: Any) -> Broadcast:
    return Broadcast(**row)


async def create(
    connection: Connection, shop_id: int, bot_id: int, draft: BroadcastDraft, by: str
) -> Broadcast:
    number: int = await connection.fetchval(
        "INSERT INTO broadcasts (shop_id, bot_id, draft, created_by) VALUES ($1, $2, $3, $4) "
        "RETURNING id",
        shop_id,
        bot_id,
        draft.model_dump(mode="json"),
        by,
    )
    return await get(connection, bot_id, number)


async def rewrite(connection: Connection, broadcast: Broadcast, draft: BroadcastDraft) -> None:
    await connection.execute(
        "UPDATE broadcasts SET draft = $2, version = version + 1 WHERE id = $1",
        broadcast.id,
        draft.model_dump(mode="json"),
    )


async def get(
    connection: Connection, bot_id: int, broadcast_id: int, *, lock: bool = False
) -> Broadcast:
    """Raises NotFound, also for another bot's."""
    row = await connection.fetchrow(
        f"{SELECT} WHERE b.id = $1 AND b.bot_id = $2 AND {of_its_shop('b')} "
        f"{'FOR UPDATE OF b' if lock else ''}",
        broadcast_id,
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no broadcast {broadcast_id}")
    return broadcast_of(row)


async def listed(
    connection: Connection, bot_id: int, *, before: int | None, limit: int
) -> list[Broadcast]:
    """The newest first, below the id `before`."""
    rows = await connection.fetch(
        f"{SELECT} WHERE b.bot_id = $1 AND {of_its_shop('b')} AND b.id < $2 "
        "ORDER BY b.id DESC LIMIT $3",
        bot_id,
        before or 2**63 - 1,
        limit,
    )
    return [broadcast_of(row) for row in rows]


async def schedule(
    connection: Connection, broadcast: Broadcast, at: datetime, own_from: int | None = None
) -> None:
    await connection.execute(
        "UPDATE broadcasts SET state = 'scheduled', starts_at = $2, own_from = $3, "
        "missed_at = NULL WHERE id = $1",
        broadcast.id,
        at,
        own_from,
    )


async def take_back(connection: Connection, broadcast: Broadcast) -> None:
    """Before it begins: it is a draft again, and goes to nobody who was entered."""
    await connection.execute(
        "DELETE FROM broadcast_recipients WHERE broadcast_id = $1", broadcast.id
    )
    await connection.execute(
        "UPDATE broadcasts SET state = 'draft', starts_at = NULL WHERE id = $1", broadcast.id
    )


async def miss(connection: Connection, broadcast: Broadcast, now: datetime) -> None:
    """Its evening is over, and it has not begun: it is a draft again."""
    await take_back(connection, broadcast)
    await connection.execute(
        "UPDATE broadcasts SET missed_at = $2 WHERE id = $1", broadcast.id, now
    )


async def missed(connection: Connection, bot_id: int) -> list[tuple[str, datetime]]:
    """Titles of drafts that did not go out at their time, and when that was found out."""
    rows = await connection.fetch(
        f"SELECT b.draft->>'title' AS title, b.missed_at FROM broadcasts AS b WHERE b.bot_id = $1 "
        f"AND {of_its_shop('b')} AND b.state = 'draft' AND b.missed_at IS NOT NULL ORDER BY b.id",
        bot_id,
    )
    return [(row["title"], row["missed_at"]) for row in rows]


async def under_way(connection: Connection, bot_id: int, now: datetime) -> list[Broadcast]:
    """Those that go out, or are to begin, the earliest first; nobody else changes them until the
    transaction ends."""
    rows = await connection.fetch(
        f"{SELECT} WHERE b.bot_id = $1 AND {of_its_shop('b')} AND (b.state = 'sending' "
        "OR b.state = 'scheduled' AND b.starts_at <= $2) ORDER BY b.starts_at, b.id FOR UPDATE",
        bot_id,
        now,
    )
    return [broadcast_of(row) for row in rows]


async def begin(connection: Connection, broadcast: Broadcast) -> None:
    await connection.execute(
        "UPDATE broadcasts SET state = 'sending', started_at = now() WHERE id = $1", broadcast.id
    )


async def end(connection: Connection, broadcast: Broadcast, state: State) -> None:
    await connection.execute(
        "UPDATE broadcasts SET state = $2, ended_at = now() WHERE id = $1", broadcast.id, state
    )


async def queued(connection: Connection, broadcast_id: int) -> int:
    """How many are on their way."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM broadcast_recipients WHERE broadcast_id = $1 AND state = 'queued'",
        broadcast_id,
    )
    return count


async def is_open(connection: Connection, broadcast_id: int) -> bool:
    """Whether somebody waits for it, or is on their way to having it."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM broadcast_recipients WHERE broadcast_id = $1 "
        "AND state IN ('waiting', 'queued'))",
        broadcast_id,
    )
    return found


async def settle(
    connection: Connection, broadcast_id: int, buyer_no: int, state: str, at: datetime
) -> None:
    """What became of a message."""
    await connection.execute(
        "UPDATE broadcast_recipients SET state = $3, "
        "delivered_at = CASE WHEN $3 = 'delivered' THEN $4::timestamptz END "
        "WHERE broadcast_id = $1 AND buyer_no = $2 AND state = 'queued'",
        broadcast_id,
        buyer_no,
        state,
        at,
    )


async def long_queued(connection: Connection, broadcast_id: int) -> list[tuple[int, int]]:
    """Those on their way for over a minute, with their Telegram ids, 0 for who is erased: most have
    been put off, of some nobody was told what became of it."""
    rows = await connection.fetch(
        "SELECT r.buyer_no, greatest(coalesce(c.telegram_id, 0), 0) AS telegram_id "
        "FROM broadcast_recipients AS r "
        "LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (r.shop_id, r.buyer_no) "
        "WHERE r.broadcast_id = $1 AND r.state = 'queued' "
        "AND r.queued_at < now() - interval '1 minute' ORDER BY r.buyer_no",
        broadcast_id,
    )
    return [(row["buyer_no"], row["telegram_id"]) for row in rows]


async def outcomes(
    connection: Connection, bot_id: int, random_ids: Sequence[int]
) -> dict[int, Outcome]:
    """What became of these messages, as far as they are there; removes those that are over."""
    over = await connection.fetch(
        "DELETE FROM outgoing WHERE bot_id = $1 AND random_id = ANY($2::bigint[]) "
        "AND state <> 'pending' RETURNING random_id, state, error, sent_at",
        bot_id,
        list(random_ids),
    )
    pending = await connection.fetch(
        "SELECT random_id, state, error, sent_at FROM outgoing WHERE bot_id = $1 "
        "AND random_id = ANY($2::bigint[])",
        bot_id,
        list(random_ids),
    )
    return {
        row["random_id"]: Outcome(row["state"], row["error"], row["sent_at"])
        for row in (*over, *pending)
    }


async def take_message(connection: Connection, bot_id: int, random_id: int) -> str | None:
    """Removes a message that was sent or given up: the recipient's row knows what became of it, and
    so many would fill the table. The reason for which Telegram refused it, if it did."""
    error: str | None = await connection.fetchval(
        "DELETE FROM outgoing WHERE bot_id = $1 AND random_id = $2 AND state <> 'pending' "
        "RETURNING error",
        bot_id,
        random_id,
    )
    return error


async def cancel_waiting(
    connection: Connection, bot_id: int, broadcast_id: int, purpose: str, still_going: int
) -> None:
    """Takes back whom it has not gone to. So many of what is queued may be on the wire already:
    they still go, so that nobody has it of whom it is not known."""
    await connection.execute(
        "UPDATE broadcast_recipients SET state = 'cancelled' "
        "WHERE broadcast_id = $1 AND state = 'waiting'",
        broadcast_id,
    )
    await connection.execute(
        "WITH gone AS (DELETE FROM outgoing WHERE id IN (SELECT id FROM outgoing "
        "WHERE bot_id = $1 AND state = 'pending' AND purpose = $3 ORDER BY id OFFSET $4) "
        "RETURNING chat_id) "
        "UPDATE broadcast_recipients AS r SET state = 'cancelled', queued_at = NULL "
        "FROM gone JOIN customers AS c ON c.telegram_id = gone.chat_id "
        "WHERE r.broadcast_id = $2 AND (r.shop_id, r.buyer_no) = (c.shop_id, c.buyer_no) "
        "AND r.state = 'queued'",
        bot_id,
        broadcast_id,
        purpose,
        still_going,
    )


async def click(
    connection: Connection, bot_id: int, broadcast_id: int, buyer_no: int, at: datetime
) -> Broadcast | None:
    """The broadcast whose button was pressed, and notes the first press; None for what is not
    theirs."""
    row = await connection.fetchrow(
        f"{SELECT} JOIN broadcast_recipients AS r ON r.broadcast_id = b.id "
        f"WHERE b.id = $1 AND b.bot_id = $2 AND r.buyer_no = $3 AND {of_its_shop('b')}",
        broadcast_id,
        bot_id,
        buyer_no,
    )
    if row is None:
        return None
    await connection.execute(
        "UPDATE broadcast_recipients SET clicked_at = $3 "
        "WHERE broadcast_id = $1 AND buyer_no = $2 AND clicked_at IS NULL",
        broadcast_id,
        buyer_no,
        at,
    )
    return broadcast_of(row)


async def refuses(connection: Connection, customer: Customer) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM broadcast_refusals WHERE shop_id = $1 AND buyer_no = $2)",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


async def refuse(connection: Connection, customer: Customer, *, refused: bool) -> None:
    statement = (
        "INSERT INTO broadcast_refusals (shop_id, buyer_no) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        if refused
        else "DELETE FROM broadcast_refusals WHERE shop_id = $1 AND buyer_no = $2"
    )
    await connection.execute(statement, customer.shop_id, customer.buyer_no)


async def sizes(connection: Connection, shop_id: int) -> Sequence[tuple[str, int]]:
    """How many the daily segments have."""
    rows = await connection.fetch(
        "SELECT segment, count(*) AS people FROM customer_segments WHERE shop_id = $1 "
        "GROUP BY segment ORDER BY count(*) DESC, segment",
        shop_id,
    )
    return [(row["segment"], row["people"]) for row in rows]


async def remove(connection: Connection, broadcast: Broadcast) -> None:
    await connection.execute("DELETE FROM broadcasts WHERE id = $1", broadcast.id)
