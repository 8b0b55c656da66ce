"""Whose turn it is to get a broadcast: by the shop's clock, or by their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from bots.modules.broadcasts import clocks
from bots.modules.broadcasts.clocks import Clock
from bots.modules.broadcasts.store import Broadcast
from core.postgres import Connection
from core.shop import customers
from core.shop.customers import Customer


class Recipient(BaseModel):
    """Somebody whose turn it is; `customer` is None for who is erased."""

    model_config = ConfigDict(frozen=True)

    text_no: int
    state: str
    customer: Customer | None


_CUSTOMER = ", ".join(f"c.{name}" for name in customers.COLUMNS.split(", "))
# Whose turn it is, and whether they are to have it at all: as of now, not of when it began.
# Those with a clock of their own ($7: by which it is a time for it) have it by that, whatever time
# it is in the shop; the others while it is a time for it there.
_NEXT = f"""
    SELECT r.buyer_no FROM broadcast_recipients AS r
    LEFT JOIN broadcast_clocks AS k ON (k.shop_id, k.buyer_no) = ($3, r.buyer_no)
    WHERE r.broadcast_id = $1 AND r.state = 'waiting'
        AND (k.buyer_no IS NULL OR {clocks.STORED} = ANY ($7::text[]))
    ORDER BY r.buyer_no LIMIT $2
"""
_NEXT_BY_OWN_CLOCK = f"""
    SELECT r.buyer_no FROM broadcast_clocks AS k
    JOIN broadcast_recipients AS r ON (r.broadcast_id, r.buyer_no) = ($1, k.buyer_no)
    WHERE k.shop_id = $3 AND {clocks.STORED} = ANY ($7::text[]) AND r.state = 'waiting'
    ORDER BY r.buyer_no LIMIT $2
"""
_TAKE = f"""
WITH next AS ({{next}}), judged AS (
    SELECT next.buyer_no, CASE
        WHEN c.buyer_no IS NULL OR c.telegram_id <= 0 OR c.blocked_at IS NOT NULL THEN 'gone'
        WHEN EXISTS (SELECT FROM broadcast_refusals AS n
            WHERE (n.shop_id, n.buyer_no) = (c.shop_id, c.buyer_no)) THEN 'left'
        WHEN $4 <= (SELECT count(*) FROM broadcast_recipients AS o
            WHERE (o.shop_id, o.buyer_no) = (c.shop_id, c.buyer_no) AND o.broadcast_id <> $1
            AND o.queued_at > $5::timestamptz - make_interval(days => $6)) THEN 'capped'
        ELSE 'queued' END AS state
    FROM next LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = ($3, next.buyer_no)
), taken AS (
    UPDATE broadcast_recipients AS r SET state = judged.state,
        queued_at = CASE WHEN judged.state = 'queued' THEN $5 END
    FROM judged WHERE r.broadcast_id = $1 AND r.buyer_no = judged.buyer_no
    RETURNING r.buyer_no AS taken_no, r.text_no, r.state
)
SELECT taken.text_no, taken.state, {_CUSTOMER}
FROM taken LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = ($3, taken.taken_no)
ORDER BY taken.taken_no
"""


class Turn(NamedTuple):
    """Whose turn it may be: at most so many, those with the shop's clock if it is a time for it by
    that (`is_open`), and those with one of the `clocks`; nobody who had `cap` within `cap_days`."""

    most: int
    is_open: bool
    clocks: Sequence[Clock]
    cap: int
    cap_days: int


async def take(
    connection: Connection, broadcast: Broadcast, shop_id: int, turn: Turn, now: datetime
) -> list[Recipient]:
    """The next ones, no longer waiting; those who are not to have it say why in `state`."""
    rows = await connection.fetch(
        _TAKE.format(next=_NEXT if turn.is_open else _NEXT_BY_OWN_CLOCK),
        broadcast.id,
        turn.most,
        shop_id,
        turn.cap,
        now,
        turn.cap_days,
        [str(each) for each in turn.clocks],
    )
    found = []
    for row in rows:
        values = dict(row)
        text_no, state = values.pop("text_no"), values.pop("state")
        customer = Customer(**values) if values["buyer_no"] is not None else None
        found.append(Recipient(text_no=text_no, state=state, customer=customer))
    return found
