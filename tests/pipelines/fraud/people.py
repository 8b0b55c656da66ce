"""Hand-made shoppers for the pure functions of fraud."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

HOUR = datetime(2026, 3, 10, 12, tzinfo=UTC)
SHOP = 1

_MOMENT = pl.Datetime("ms", "UTC")
_MOMENTS: dict[str, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "event": pl.String,
    "at": _MOMENT,
    "action": pl.String,
    "product_id": pl.UInt64,
    "likeness": pl.UInt32,
    "has_link": pl.Boolean,
}
_NEWCOMERS: dict[str, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "started_at": _MOMENT,
    "source_id": pl.UInt32,
    "has_language": pl.Boolean,
    "telegram_id": pl.Int64,
    "has_username": pl.Boolean,
}
HISTORY: dict[str, Any] = {
    "hour": _MOMENT,
    "shop_id": pl.UInt32,
    "source_id": pl.UInt32,
    "newcomers": pl.UInt32,
    "engaged": pl.UInt32,
}
Moment = tuple[int, int, str, datetime, str, int, int, bool]


def after(seconds: float) -> datetime:
    """So long after the hour began."""
    return HOUR + timedelta(seconds=seconds)


def did(
    event: str,
    seconds: float,
    buyer_no: int = 1,
    *,
    action: str = "",
    product_id: int = 0,
    likeness: int = 0,
    has_link: bool = False,
) -> Moment:
    """A deed of a shopper, so many seconds after the hour began."""
    return (SHOP, buyer_no, event, after(seconds), action, product_id, likeness, has_link)


def moments(*deeds: Moment | Iterable[Moment]) -> pl.DataFrame:
    rows = [row for each in deeds for row in ([each] if isinstance(each, tuple) else each)]
    return pl.DataFrame(rows, schema=_MOMENTS, orient="row")


Person = tuple[int, int, datetime, int, bool, int | None, bool | None]


def newcomer(
    buyer_no: int,
    *,
    seconds: float = 0,
    source_id: int = 7,
    telegram_id: int | None = None,
    is_thin: bool = False,
) -> Person:
    """Somebody who started first then; ids are far apart unless stated."""
    person = buyer_no * 1_000_003 if telegram_id is None else telegram_id
    return (SHOP, buyer_no, after(seconds), source_id, not is_thin, person, not is_thin)


def newcomers(rows: Iterable[Person]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=_NEWCOMERS, orient="row")


def engaged(buyer_no: int, seconds: float = 0) -> list[Moment]:
    """Two different actions, at a person's pace."""
    return [
        did("button_pressed", seconds + 5, buyer_no, action="catalogue"),
        did("button_pressed", seconds + 14, buyer_no, action="product"),
    ]


def values(frame: pl.DataFrame, rule: str) -> dict[int, float]:
    """A wide frame's values of a rule, by shopper."""
    return dict(frame.select("buyer_no", rule).rows())
