"""Bots by the hour (49) and the health of the data itself by the day (50). Pure functions of
frames."""

from datetime import date, timedelta

import polars as pl

from pipelines.metrics import ratio

SILENCE = timedelta(seconds=60)

_BOT = ("shop_id", "bot_id")
_BOT_HOUR = ("shop_id", "bot_id", "hour")


def service_hour(
    *,
    shops: pl.DataFrame,
    day: date,
    handled: pl.DataFrame,
    beats: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each bot and hour (UTC) of the day in which it did something or should have run.

    `handled` has by bot and hour what ClickHouse counts; `beats` the moments `at` of heartbeats
    and, with `is_stop`, those when a bot was stopped on purpose: of the days before, only the last
    one.
    """
    watched = bot_minutes(beats, shops)
    rows = handled.join(watched, on=_BOT_HOUR, how="full", coalesce=True)
    measured = ("reply_p50_us", "reply_p95_us", "reply_p99_us")
    return (
        rows.join(shops.select("shop_id"), on="shop_id")
        .with_columns(pl.all().exclude(*_BOT_HOUR, *measured).fill_null(0))
        .with_columns(
            pl.lit(day).alias("day"),
            error_share=ratio("errors", "updates"),
            uptime=1 - ratio("down_minutes", "minutes"),
        )
    )


def bot_minutes(beats: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """By bot and hour: whole `minutes` in which the bot should have run, `down_minutes` of them.

    A bot should run from its first heartbeat until it is stopped, or the day is over; a bot that
    fell silent days ago should still run. A minute is down if at its start the last heartbeat was
    more than 60 seconds old.
    """
    minute = pl.datetime_ranges("first_minute", "span_end", "1m", closed="left")
    return (
        beats.join(shops.select("shop_id", "starts_at", "known_until"), on="shop_id")
        .sort(*_BOT, "at", "is_stop")
        .with_columns(next_at=pl.col("at").shift(-1).over(_BOT))
        .with_columns(
            span_end=pl.min_horizontal(pl.coalesce("next_at", "known_until"), "known_until")
        )
        .filter(~pl.col("is_stop"))
        .with_columns(
            # The first minute of the day that begins with the heartbeat or after it.
            first_minute=pl.max_horizontal(
                (pl.col("at") + pl.duration(milliseconds=59_999)).dt.truncate("1m"), "starts_at"
            )
        )
        .filter(pl.col("first_minute") < pl.col("span_end"))
        .select(*_BOT, "at", minute=minute)
        .explode("minute")
        .with_columns(
            hour=pl.col("minute").dt.truncate("1h"),
            is_down=pl.col("minute") - pl.col("at") > SILENCE,
        )
        .group_by(_BOT_HOUR)
        .agg(minutes=pl.len(), down_minutes=pl.col("is_down").sum())
    )


def health_day(
    *,
    shops: pl.DataFrame,
    day: date,
    arrived: pl.DataFrame,
    folded: pl.DataFrame,
    booked: pl.DataFrame,
    counted: pl.DataFrame,
    newcomers: pl.DataFrame,
    flagged: pl.DataFrame,
) -> pl.DataFrame:
    """One row a shop.

    `arrived` has `events`, distinct `identities` and `lag_p95_ms`; `folded` from how many events
    the figures were computed, `folded_from`; `booked` the orders that PostgreSQL has as paid in the
    day and `counted` those that ClickHouse has, both by shop and currency: `paid_orders`,
    `paid_total_minor`; `newcomers` the day's new users, of whom `flagged` are fraud.
    """
    frauds = newcomers.join(flagged, on=["shop_id", "buyer_no"], how="semi")
    keys = ["shop_id", "currency"]
    difference = (
        booked.join(counted, on=keys, how="full", coalesce=True, suffix="_counted")
        .with_columns(pl.col("^paid_.*$").fill_null(0))
        .group_by("shop_id")
        .agg(
            order_difference=_distance("paid_orders"),
            paid_total_difference_minor=_distance("paid_total_minor"),
        )
    )
    rows = shops.select("shop_id")
    for part in (
        arrived,
        folded,
        difference,
        newcomers.group_by("shop_id").agg(new_users=pl.len()),
        frauds.group_by("shop_id").agg(fraud_new_users=pl.len()),
    ):
        rows = rows.join(part, on="shop_id", how="left")
    return rows.with_columns(pl.all().exclude("shop_id", "lag_p95_ms").fill_null(0)).with_columns(
        pl.lit(day).alias("day"),
        duplicates=pl.col("events") - pl.col("identities"),
        fraud_share=ratio("fraud_new_users", "new_users"),
    )


def _distance(column: str) -> pl.Expr:
    """Σ of absolute differences, so that a shop's currencies never offset each other."""
    return (pl.col(column) - pl.col(f"{column}_counted")).abs().sum()
