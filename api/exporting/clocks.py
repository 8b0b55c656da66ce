"""Days and clocks of several shops in one query, each by its own time zone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

from api.periods import day_bounds
from core.shop.shops import Shop
from core.zones import last_edge, offsets, seconds

# Before and after it a shop's clock is that of the nearest of these moments.
_CLOCKS_FROM, _CLOCKS_TO = datetime(2000, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def numbers(values: Sequence[int]) -> str:
    """A parameter of a type Array of numbers."""
    return f"[{','.join(map(str, values))}]"


def zones(shops: Sequence[Shop]) -> list[str]:
    """The time zones of the shops, each once."""
    return sorted({shop.timezone for shop in shops}) or ["UTC"]


def moments(shop: Shop, first: date, last: date) -> tuple[datetime, datetime]:
    """When the first day of the shop begins and its last one ends."""
    return day_bounds(first, last, shop.timezone)


def within_days(shops: Sequence[Shop], first: date, last: date) -> tuple[str, dict[str, str]]:
    """SQL: the event `e` is in these days of its shop; with its parameters."""
    conditions: list[str] = []
    parameters: dict[str, str] = {}
    for number, zone in enumerate(zones(shops)):
        start, end = day_bounds(first, last, zone)
        parameters |= {
            f"of_zone{number}": numbers([shop.id for shop in shops if shop.timezone == zone]),
            f"from{number}": f"{start:%Y-%m-%d %H:%M:%S}",
            f"until{number}": f"{end:%Y-%m-%d %H:%M:%S}",
        }
        conditions.append(
            f"(e.shop_id IN {{of_zone{number}:Array(UInt32)}}"
            f" AND e.occurred_at >= {{from{number}:DateTime64(3, 'UTC')}}"
            f" AND e.occurred_at < {{until{number}:DateTime64(3, 'UTC')}})"
        )
    return f"({' OR '.join(conditions)})", parameters


def shift(moment: str, shops: Sequence[Shop]) -> str:
    """SQL of the offset of the clock of the row's shop from UTC at a moment, in seconds; its
    parameters are `clock_parameters`."""
    cases = [
        f"e.shop_id IN {{clock_shops{number}:Array(UInt32)}}, "
        f"transform({last_edge(f'assumeNotNull({moment})', f'clock_since{number}')}, "
        f"{{clock_since{number}:Array(Int64)}}, {{clock_offsets{number}:Array(Int64)}}, toInt64(0))"
        for number in range(len(zones(shops)))
    ]
    return f"multiIf({', '.join(cases)}, toInt64(0))"


def clock_parameters(shops: Sequence[Shop]) -> dict[str, str]:
    """The parameters of `shift`."""
    parameters: dict[str, str] = {}
    for number, zone in enumerate(zones(shops)):
        since, offset_seconds = _clock(zone)
        parameters |= {
            f"clock_shops{number}": numbers([shop.id for shop in shops if shop.timezone == zone]),
            f"clock_since{number}": since,
            f"clock_offsets{number}": offset_seconds,
        }
    return parameters


@cache
def _clock(zone: str) -> tuple[str, str]:
    in_effect = offsets(zone, _CLOCKS_FROM, _CLOCKS_TO)
    return (
        numbers(seconds([since for since, _ in in_effect])),
        numbers([int(offset.total_seconds()) for _, offset in in_effect]),
    )
