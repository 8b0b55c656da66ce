"""Shops whose sums in their own currency are unknown, because the owner has not set a rate."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog

from api.problems import CLICKHOUSE_ERRORS
from api.resources import Resources
from core.postgres import Connection
from core.shop import rates
from core.shop.shops import Shop

log = structlog.get_logger()

_LOOK_BACK = timedelta(days=30)
_PATIENCE_SECONDS = 3
# Days whose sums are null, and the currencies in which the shop was paid or gave refunds then.
_UNKNOWN = """
SELECT m.shop_id AS shop_id, m.currency AS currency,
    groupUniqArray(m.day) AS days
FROM shop_money_day AS m
INNER JOIN shop_kpi_day AS k ON k.shop_id = m.shop_id AND k.day = m.day
WHERE m.shop_id IN {shops:Array(UInt32)} AND m.day >= {since:Date} AND m.currency != k.currency
    AND (k.gross_sales_minor IS NULL OR k.net_sales_minor IS NULL)
GROUP BY shop_id, currency
ORDER BY shop_id, currency
"""


@dataclass(frozen=True, slots=True)
class MissingRate:
    """For `days` days since `since` the sums in `base_currency` are unknown."""

    shop_id: int
    base_currency: str
    currencies: tuple[str, ...]
    days: int
    since: datetime


async def missing_rates(resources: Resources, shops: Sequence[Shop]) -> list[MissingRate]:
    """For the last 30 days, at most one for each shop. Empty while ClickHouse is away: the panel
    reports that elsewhere, and the other items must not wait for it."""
    since = (datetime.now(UTC) - _LOOK_BACK).date()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            rows = await resources.reader.rows(
                _UNKNOWN, {"shops": [shop.id for shop in shops], "since": since}
            )
    except (*CLICKHOUSE_ERRORS, OSError, TimeoutError) as error:
        log.warning("missing rates could not be read", error=str(error))
        return []
    by_shop: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_shop.setdefault(row["shop_id"], []).append(row)
    async with resources.pool.acquire() as connection:
        found = [
            await _lack(connection, shop, by_shop[shop.id]) for shop in shops if shop.id in by_shop
        ]
    return [each for each in found if each is not None]


async def _lack(
    connection: Connection, shop: Shop, rows: Sequence[dict[str, Any]]
) -> MissingRate | None:
    set_from: dict[str, date] = {}
    for rate in await rates.of_shop(connection, shop.id):
        earliest = set_from.get(rate.currency, rate.valid_from)
        set_from[rate.currency] = min(earliest, rate.valid_from)
    # Days of a rate that has been set since are already being computed again.
    lacking = [
        row
        for row in rows
        if row["currency"] != shop.currency
        and any(day < set_from.get(row["currency"], date.max) for day in row["days"])
    ]
    if not lacking:
        return None
    days = {day for row in lacking for day in row["days"]}
    return MissingRate(
        shop.id,
        shop.currency,
        tuple(row["currency"] for row in lacking),
        len(days),
        datetime.combine(min(days), datetime.min.time(), UTC),
    )
