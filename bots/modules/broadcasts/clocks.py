"""What time it is where a shopper is. Telegram does not tell, so it is asked of who wants it so."""

from datetime import datetime, timedelta

from bots.modules.broadcasts import hours
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.postgres import Connection
from core.shop.customers import Customer

HOURS_AHEAD = range(24)
"""By how many hours of 24 a clock may be ahead of UTC: which day it is there does not matter."""
_DAY = 1440


def minute_of(at: datetime, hours_ahead: int) -> int:
    """The minute of the day by this clock; `at` is in UTC."""
    return (at.hour * 60 + at.minute + hours_ahead * 60) % _DAY


def open_ones(
    settings: BroadcastsSettings,
    at: datetime,
    own_from: int | None,
    starts_at: datetime | None = None,
) -> list[int]:
    """The clocks by which a broadcast goes out then, of those who have one of their own: within the
    hours of the settings, on its first day from the minute on that was named for its start."""
    is_later_day = starts_at is not None and at >= starts_at + timedelta(days=1)
    begins, ends = _hours(settings, None if is_later_day else own_from)
    return [each for each in HOURS_AHEAD if begins <= minute_of(at, each) < ends]


def opens_at(
    settings: BroadcastsSettings, at: datetime, hours_ahead: int, own_from: int | None
) -> datetime:
    """The first moment from `at` on at which it goes out by this clock."""
    begins, ends = _hours(settings, own_from)
    minute = minute_of(at, hours_ahead)
    return at if begins <= minute < ends else at + timedelta(minutes=(begins - minute) % _DAY)


def _hours(settings: BroadcastsSettings, own_from: int | None) -> tuple[int, int]:
    """Minutes of the day. A start that was named for the night, or so late that next to nothing of
    the day is left, is one at the hours' beginning."""
    begins, ends = settings.from_hour * 60, settings.until_hour * 60
    latest = ends - hours.LEAST // timedelta(minutes=1)
    return (own_from if own_from is not None and begins < own_from <= latest else begins), ends


async def of_shopper(connection: Connection, customer: Customer) -> int | None:
    """None for who has the shop's."""
    found: int | None = await connection.fetchval(
        "SELECT hours_ahead FROM broadcast_clocks WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


async def tell(connection: Connection, customer: Customer, hours_ahead: int) -> None:
    await connection.execute(
        "INSERT INTO broadcast_clocks (shop_id, buyer_no, hours_ahead) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no) "
        "DO UPDATE SET hours_ahead = EXCLUDED.hours_ahead, told_at = now()",
        customer.shop_id,
        customer.buyer_no,
        hours_ahead,
    )


async def forget(connection: Connection, customer: Customer) -> None:
    """The shop's clock counts again."""
    await connection.execute(
        "DELETE FROM broadcast_clocks WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
