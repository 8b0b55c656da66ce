"""Bookings and their places: SQL, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bots.modules.bookings.calendar import Slot, Taken, free_places
from core.errors import Conflict, NotFound
from core.events import Bilingual
from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.customers import Customer

State = Literal["held", "requested", "confirmed", "released", "declined", "cancelled", "lost"]
KEEPS: tuple[State, ...] = ("held", "requested", "confirmed")
"""The states in which a booking has its places."""


class TimeTaken(Conflict):
    """Somebody was faster, or there are not so many places."""

    code = "time_taken"
    explained = Bilingual(
        "Это время уже занято. Выберите другое.",
        "This time is taken. Choose another one.",
    )


class Booking(BaseModel):
    """A time that is a shopper's, or was. `order_no` is what people know its order by; `held_until`
    of one that is no order yet."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    buyer_no: int
    product_id: int
    title: str
    places: int
    calendar: int
    starts_at: datetime
    ends_at: datetime
    state: State
    order_id: int | None
    order_no: int | None
    order_status: str | None
    order_stage: str | None
    is_all: bool  # of its order
    held_until: datetime | None
    reason: str
    decided_by: str
    created_at: datetime

    @property
    def slot(self) -> Slot:
        return Slot(self.starts_at, self.ends_at)

    @property
    def is_done(self) -> bool:
        """Whether the shop has said that its order is, and the order is nothing else."""
        is_delivered = self.order_status == "paid" and self.order_stage == "delivered"
        return is_delivered and self.is_all and self.state in KEEPS

    def is_ahead(self, now: datetime) -> bool:
        """Whether the shopper is still to come: they can be reminded of it, and cancel."""
        return self.state in KEEPS and self.starts_at > now and not self.is_done


_SELECT = """
SELECT b.id, b.bot_id, b.buyer_no, b.product_id, b.title, b.places, b.calendar, b.starts_at,
    b.ends_at, b.state, b.order_id, o.order_no, o.status AS order_status,
    o.stage AS order_stage, b.held_until, b.reason, b.decided_by, b.created_at,
    (SELECT count(*) = 1 FROM order_lines AS l WHERE l.order_id = b.order_id) AS is_all
FROM bookings AS b LEFT JOIN orders AS o ON o.id = b.order_id
"""


async def taken(
    connection: Connection, calendar: int, span: Slot, *, but: int | None = None
) -> list[Taken]:
    """Places that are somebody's at a part of a span; those of lapsed choices are free, and so are
    those of the choice that is being changed (`but`)."""
    rows = await connection.fetch(
        "SELECT p.place, lower(p.during) AS starts_at, upper(p.during) AS ends_at "
        "FROM booking_places AS p JOIN bookings AS b ON b.id = p.booking_id "
        "WHERE int8range(p.calendar, p.calendar, '[]') && int8range($1, $1, '[]') "
        "AND p.during && tstzrange($2, $3) AND coalesce(b.held_until > now(), true) "
        "AND b.id IS DISTINCT FROM $4",
        calendar,
        span.starts_at,
        span.ends_at,
        but,
    )
    return [Taken(row["place"], Slot(row["starts_at"], row["ends_at"])) for row in rows]


async def current(
    connection: Connection, bot_id: int, customer: Customer, product_id: int
) -> Booking | None:
    """What the shopper has chosen and not paid for: the choice of today, else that of an order that
    is open."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.shop_id = $1 AND b.buyer_no = $2 AND b.bot_id = $3 "
        "AND b.product_id = $4 AND b.state = ANY($5::text[]) "
        "AND (b.held_until > now() OR o.status = 'created' AND o.expires_at > now()) "
        "ORDER BY b.order_id NULLS FIRST, b.id DESC LIMIT 1",
        customer.shop_id,
        customer.buyer_no,
        bot_id,
        product_id,
        list(KEEPS),
    )
    return None if row is None else Booking(**row)


async def choose(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    *,
    product_id: int,
    title: str,
    slot: Slot,
    places: int,
    calendar: int,
    capacity: int,
    hold: timedelta,
) -> Booking:
    """Keeps so many places for the shopper, in place of what they had chosen before. Raises
    TimeTaken."""
    await _take_turn(connection, calendar)
    await connection.execute(
        "WITH before AS (UPDATE bookings SET state = 'released', held_until = NULL "
        "  WHERE state = 'held' AND order_id IS NULL AND shop_id = $1 AND buyer_no = $2 "
        "  AND product_id = $3 RETURNING id) "
        "DELETE FROM booking_places AS p USING before WHERE p.booking_id = before.id",
        customer.shop_id,
        customer.buyer_no,
        product_id,
    )
    await _clear(connection, calendar)
    number: int = await connection.fetchval(
        "INSERT INTO bookings (shop_id, bot_id, buyer_no, product_id, title, places, calendar, "
        "starts_at, ends_at, state, held_until) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'held', now() + $10::interval) RETURNING id",
        customer.shop_id,
        bot_id,
        customer.buyer_no,
        product_id,
        title,
        places,
        calendar,
        slot.starts_at,
        slot.ends_at,
        hold,
    )
    await _seat(connection, number, calendar, slot, places, capacity)
    return await get(connection, bot_id, number)


async def _take_turn(connection: Connection, calendar: int) -> None:
    """Two who choose of one calendar wait for each other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bookings', $1))", calendar
    )


async def _clear(connection: Connection, calendar: int) -> None:
    """Lapsed choices give their places back."""
    await connection.execute(
        "UPDATE bookings SET state = 'released', held_until = NULL "
        "WHERE calendar = $1 AND held_until <= now()",
        calendar,
    )
    await connection.execute(
        "DELETE FROM booking_places AS p USING bookings AS b "
        "WHERE b.id = p.booking_id AND b.calendar = $1 AND b.state <> ALL($2::text[])",
        calendar,
        list(KEEPS),
    )


async def _seat(
    connection: Connection, number: int, calendar: int, slot: Slot, places: int, capacity: int
) -> None:
    free = free_places(slot, await taken(connection, calendar, slot, but=number), capacity)
    if len(free) < places:
        raise TimeTaken("this time is taken")
    await connection.executemany(
        "INSERT INTO booking_places (booking_id, calendar, place, during) "
        "VALUES ($1, $2, $3, tstzrange($4, $5))",
        [(number, calendar, place, slot.starts_at, slot.ends_at) for place in free[:places]],
    )


async def seat_again(connection: Connection, booking: Booking, capacity: int) -> None:
    """Gives a booking whose places went back the same time once more. Raises TimeTaken."""
    await _take_turn(connection, booking.calendar)
    await _clear(connection, booking.calendar)
    await _seat(connection, booking.id, booking.calendar, booking.slot, booking.places, capacity)


async def release_lapsed(connection: Connection, bot_id: int) -> None:
    """Choices that were not ordered in time give their places back."""
    calendars = await connection.fetch(
        "SELECT DISTINCT calendar FROM bookings WHERE bot_id = $1 AND held_until <= now() "
        "ORDER BY calendar",
        bot_id,
    )
    for row in calendars:
        await _take_turn(connection, row["calendar"])
        await _clear(connection, row["calendar"])


async def attach(
    connection: Connection, order_id: int, buyer_no: int, shop_id: int, product_ids: Sequence[int]
) -> list[Booking]:
    """What the shopper has chosen of these products becomes the order's."""
    rows = await connection.fetch(
        "UPDATE bookings SET order_id = $1, held_until = NULL WHERE state = 'held' "
        "AND order_id IS NULL AND shop_id = $2 AND buyer_no = $3 AND held_until > now() "
        "AND product_id = ANY($4::bigint[]) RETURNING id, bot_id",
        order_id,
        shop_id,
        buyer_no,
        list(product_ids),
    )
    return [await get(connection, row["bot_id"], row["id"]) for row in rows]


async def get(connection: Connection, bot_id: int, number: int, *, lock: bool = False) -> Booking:
    """Raises NotFound. With `lock`, nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.id = $1 AND b.bot_id = $2 AND {of_its_shop('b')} "
        f"{'FOR UPDATE OF b' if lock else ''}",
        number,
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no booking {number}")
    return Booking(**row)


async def of_order(connection: Connection, order_id: int) -> list[Booking]:
    """The earliest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.order_id = $1 ORDER BY b.starts_at, b.id", order_id
    )
    return [Booking(**row) for row in rows]


async def move(
    connection: Connection, booking: Booking, state: State, *, reason: str = "", by: str = ""
) -> Booking:
    """Puts a booking into another state; out of those that keep places, they are free."""
    await connection.execute(
        "UPDATE bookings SET state = $2, held_until = NULL, reason = $3, decided_by = $4 "
        "WHERE id = $1",
        booking.id,
        state,
        reason,
        by,
    )
    if state not in KEEPS:
        await connection.execute("DELETE FROM booking_places WHERE booking_id = $1", booking.id)
    return await get(connection, booking.bot_id, booking.id)


async def listed(
    connection: Connection,
    bot_id: int,
    *,
    since: datetime | None,
    until: datetime | None,
    state: State | None,
    after: int | None,
    limit: int,
) -> list[Booking]:
    """By when they begin, behind the booking `after`; what never became an order is left out."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.bot_id = $1 AND b.order_id IS NOT NULL AND {of_its_shop('b')} "
        "AND ($2::timestamptz IS NULL OR b.starts_at >= $2) "
        "AND ($3::timestamptz IS NULL OR b.starts_at < $3) "
        "AND ($4::text IS NULL OR b.state = $4) "
        "AND ($5::bigint IS NULL OR (b.starts_at, b.id) > "
        "  (SELECT starts_at, id FROM bookings WHERE id = $5)) "
        "ORDER BY b.starts_at, b.id LIMIT $6",
        bot_id,
        since,
        until,
        state,
        after,
        limit,
    )
    return [Booking(**row) for row in rows]


async def waiting(connection: Connection, bot_id: int, state: State) -> dict[str, Any]:
    """How many are in a state, and since when the oldest is there: `count`, `since`."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, min(created_at) AS since FROM bookings AS b "
        "WHERE bot_id = $1 AND state = $2 AND starts_at > now() - interval '7 days' "
        f"AND {of_its_shop('b')}",
        bot_id,
        state,
    )
    assert row is not None  # an aggregate always gives a row
    return dict(row)
