"""Shops and their calendar days, on which every daily figure is based."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandera.polars as pa
import polars as pl

from core.postgres import Connection
from core.shop.history import Change, all_changes, day_start, zone_on
from core.shop.rates import ShopRate, all_rates, on_day
from core.shop.shops import Shop, all_shops
from core.zones import day_of
from core.zones import day_start as start_in_zone
from pipelines.clickhouse import ClickHouse, everything
from pipelines.postgres import Postgres

_MOMENT = pl.Datetime("ms", "UTC")

SHOPS = pa.DataFrameSchema(
    {
        "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
        "timezone": pa.Column(pl.String),
        "currency": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "retention_days": pa.Column(pl.Int64, pa.Check.gt(0)),
        "starts_at": pa.Column(_MOMENT),
        "ends_at": pa.Column(_MOMENT),
        "rates": pa.Column(pl.String),
    },
    checks=[
        pa.Check(
            lambda data: data.lazyframe.select(
                (pl.col("ends_at") - pl.col("starts_at")).is_between(
                    pl.duration(hours=0), pl.duration(hours=52)
                )
            ),
            # 20 to 28 hours unless a shop changes its time zone: that day combines two clocks.
            error="a day is 0 to 52 hours long",
        )
    ],
    unique=["shop_id"],
    strict=True,
)


def day_windows(shops: pl.DataFrame, day: date) -> pl.DataFrame:
    """When the calendar day `day` begins and ends for each shop, in UTC.

    Takes `shop_id` and `timezone`, adds `starts_at` and `ends_at` (exclusive), and `rates` unless
    they are there. The day is 23 or 25 hours long at a clock change.
    """
    if "rates" not in shops.columns:
        shops = shops.with_columns(rates=pl.lit("{}"))
    bounds_of = {
        zone: (start_in_zone(day, zone), start_in_zone(day + timedelta(days=1), zone))
        for zone in shops["timezone"].unique()
    }
    zones = shops["timezone"].to_list()
    return shops.with_columns(
        pl.Series("starts_at", [bounds_of[zone][0] for zone in zones], _MOMENT),
        pl.Series("ends_at", [bounds_of[zone][1] for zone in zones], _MOMENT),
    )


def with_known(shops: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Adds until when data are complete as of `now` (`as_of`): `last_day` and `known_until`.

    `last_day` is the last calendar day that has ended in the shop's time zone: what takes a week to
    be known (a cohort, a funnel step) is known up to it. `known_until` is the end of the shop's day
    of `starts_at`, or now.
    """
    ended = {zone: day_of(now, zone) - timedelta(days=1) for zone in shops["timezone"].unique()}
    days = [ended[zone] for zone in shops["timezone"].to_list()]
    return shops.with_columns(
        pl.Series("last_day", days, pl.Date),
        as_of=pl.lit(now).dt.cast_time_unit("ms"),
        known_until=pl.min_horizontal("ends_at", pl.lit(now).dt.cast_time_unit("ms")),
    )


def read_shops(postgres: Postgres, day: date) -> pl.DataFrame:
    """Every shop with the bounds of its `day`: the frame that `SHOPS` describes."""
    shops, changes, owners_rates = postgres.run(_read)
    columns = {
        "shop_id": pl.UInt32,
        "timezone": pl.String,
        "currency": pl.String,
        "retention_days": pl.Int64,
        "rates": pl.String,
    }
    rows = [
        (
            shop.id,
            shop.timezone,
            shop.currency,
            shop.retention_days,
            _as_json(on_day(owners_rates.get(shop.id, []), shop.currency, day)),
        )
        for shop in shops
    ]
    frame = day_windows(pl.DataFrame(rows, schema=columns, orient="row"), day)
    return _under_old_clocks(frame, day, shops, changes)


async def _read(
    connection: Connection,
) -> tuple[list[Shop], dict[int, list[Change]], dict[int, list[ShopRate]]]:
    shops = await all_shops(connection)
    changes: dict[int, list[Change]] = {}
    for change in await all_changes(connection):
        changes.setdefault(change.shop_id, []).append(change)
    owners_rates: dict[int, list[ShopRate]] = {}
    for rate in await all_rates(connection):
        owners_rates.setdefault(rate.shop_id, []).append(rate)
    return shops, changes, owners_rates


def _as_json(owners_rates: Mapping[str, Decimal]) -> str:
    return json.dumps({currency: f"{rate:f}" for currency, rate in owners_rates.items()})


def _under_old_clocks(
    frame: pl.DataFrame, day: date, shops: Sequence[Shop], changes: Mapping[int, list[Change]]
) -> pl.DataFrame:
    """The windows of shops that changed their time zone: earlier days keep the zone that they
    had."""
    old = [
        (
            shop.id,
            zone_on(day, shop.timezone, changes[shop.id]),
            day_start(day, shop.timezone, changes[shop.id]),
            day_start(day + timedelta(days=1), shop.timezone, changes[shop.id]),
        )
        for shop in shops
        if shop.id in changes
    ]
    names = ("shop_id", "timezone", "starts_at", "ends_at")
    schema = {name: frame.schema[name] for name in names}
    return frame.update(pl.DataFrame(old, schema=schema, orient="row"), on="shop_id")


def still_kept(shops: pl.DataFrame, now: datetime, days: int | None = None) -> pl.DataFrame:
    """The shops whose events of that day are still in ClickHouse; with `days`, those whose data
    with that lifetime are."""
    age = pl.lit(now) - pl.col("starts_at")
    return shops.filter(age < pl.duration(days="retention_days" if days is None else days))


def read_figures(
    clickhouse: ClickHouse, table: str, shops: pl.DataFrame, day: date
) -> pl.DataFrame:
    """The rows of `table` of that day for these shops."""
    return clickhouse.read(
        f"SELECT {everything(table)} FROM {table} WHERE day = {{day:Date}} "
        "AND shop_id IN (SELECT shop_id FROM windows) ORDER BY shop_id",
        {"day": day},
        windows(shops),
    )


def with_stored(
    clickhouse: ClickHouse, table: str, rows: pl.DataFrame, shops: pl.DataFrame, day: date
) -> pl.DataFrame:
    """The rows, with the already stored rows of `table` for these shops and that day."""
    if shops.is_empty():
        return rows
    kept = rows.join(shops, on="shop_id", how="anti")
    return pl.concat([kept, read_figures(clickhouse, table, shops, day)])


def bounds(shops: pl.DataFrame) -> dict[str, Any]:
    """`begin` and `end` of the time that contains every shop's day."""
    return {"begin": shops["starts_at"].min(), "end": shops["ends_at"].max()}


def windows(shops: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The temporary table `windows` for queries that give each shop its own day.

    It has the shop's own currency and its owner's rates too, for queries with `in_base`.
    """
    columns = ("shop_id", "starts_at", "ends_at", "currency", "rates")
    return {"windows": shops.select(pl.col(column) for column in columns if column in shops)}
