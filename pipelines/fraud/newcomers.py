"""Bought traffic (rows 1 to 5): newcomers, and the links that brought them. Pure functions."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from core.fraud_rules import BY_KEY
from pipelines.fraud.score import SUBJECT

ENGAGED_WITHIN = timedelta(minutes=10)
ENGAGED_ACTIONS = 2  # different ones
BASELINE_HOURS = 7 * 24
BASELINE_LEAST = 30  # newcomers needed for a meaningful baseline
HASTY = timedelta(seconds=2)
EVEN_GAPS = 0.2  # coefficient of variation
_GAPS_LEAST = 3
_RUN_GAP, _RUN_LEAST = 10, 5
# How much less interest than usual is doubted, and how much in full.
_DOUBTED = (0.6, 0.8)
_BURST_Z = BY_KEY["source_burst"].threshold
_BURST_LEAST, _UNENGAGED_LEAST, _ROBOTS_LEAST, _IDS_LEAST = 30, 50, 30, 20
_Z95 = 1.959964  # of the normal distribution: 95 % between both bounds

_SOURCE = ("shop_id", "source_id")
SOURCE_HOUR = {
    "newcomers": pl.UInt32,
    "engaged": pl.UInt32,
    "robots": pl.UInt32,
    "odd_ids": pl.UInt32,
}


def described(newcomers: pl.DataFrame, moments: pl.DataFrame, known_id: int | None) -> pl.DataFrame:
    """Newcomers with their features: `is_engaged`, `is_robot`, `is_odd_id`, `thinness`.

    `newcomers` has `shop_id`, `buyer_no`, `source_id`, `started_at`, `has_language`, `telegram_id`
    and `has_username` (null if no longer known); `moments` is what they did, with `at`, `event` and
    `action`. `known_id` is the 99th percentile of ids known for over 30 days, if there are enough.
    Thinness is 0 to 2: no username, no language.
    """
    acted = (
        newcomers.select(*SUBJECT, "started_at")
        .join(moments, on=list(SUBJECT))
        .filter(
            pl.col("event").is_in(["button_pressed", "message_received", "webapp_opened"]),
            pl.col("at").is_between(pl.col("started_at"), pl.col("started_at") + ENGAGED_WITHIN),
        )
        .sort(*SUBJECT, "at")
    )
    gap = pl.col("at").diff().dt.total_milliseconds()
    manners = acted.group_by(SUBJECT).agg(
        actions=pl.struct("event", "action").n_unique(),
        hasty=(pl.col("at").min() - pl.col("started_at").first()) < HASTY,
        even=(gap.std() / gap.mean() < EVEN_GAPS) & (gap.count() >= _GAPS_LEAST),
    )
    rows = newcomers.join(manners, on=list(SUBJECT), how="left").with_columns(
        is_engaged=pl.col("actions").fill_null(0) >= ENGAGED_ACTIONS,
        is_robot=pl.col("hasty").fill_null(False) | pl.col("even").fill_null(False),
        thinness=(~pl.col("has_username")).fill_null(False).cast(pl.Int32)
        + (~pl.col("has_language")).cast(pl.Int32),
    )
    fresh = pl.lit(False) if known_id is None else pl.col("telegram_id") > known_id
    return (
        _with_runs(rows)
        .with_columns(is_odd_id=(pl.col("in_run") | fresh).fill_null(False))
        .drop("actions", "hasty", "even", "in_run")
        .sort(*SUBJECT)
    )


def _with_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `in_run`: whether the id is in a run of five or more, each within 10 of the next, from
    one source."""
    leap = (pl.col("telegram_id").diff() > _RUN_GAP).fill_null(True)
    return (
        rows.sort("telegram_id", nulls_last=True)
        .with_columns(run=leap.cast(pl.UInt32).cum_sum().over(_SOURCE))
        .with_columns(in_run=pl.col("telegram_id").count().over(*_SOURCE, "run") >= _RUN_LEAST)
        .with_columns(in_run=pl.col("in_run") & pl.col("telegram_id").is_not_null())
        .drop("run")
    )


def wilson_upper(successes: pl.Expr, trials: pl.Expr) -> pl.Expr:
    """The upper bound of a share, 95 % (Wilson 1927)."""
    share = successes / trials
    z2 = _Z95**2
    spread = _Z95 * (share * (1 - share) / trials + z2 / (4 * trials**2)).sqrt()
    return (share + z2 / (2 * trials) + spread) / (1 + z2 / trials)


def source_hours(people: pl.DataFrame, history: pl.DataFrame, hour: datetime) -> pl.DataFrame:
    """One row for each source that brought somebody: how many, how they behaved, and how unusual
    that is.

    `people` is of `described`; `history` has `newcomers` and `engaged` of the 7 days before by
    `shop_id`, `source_id` and `hour`. `burst_z` = (n − median₇d) / (1.4826·MAD + 1), hours without
    newcomers counted as 0. `engagement_baseline` is the engaged share of the shop's other sources,
    null below 30 people.
    """
    now = people.group_by(_SOURCE).agg(
        newcomers=pl.len(),
        engaged=pl.col("is_engaged").sum(),
        robots=pl.col("is_robot").sum(),
        odd_ids=pl.col("is_odd_id").sum(),
    )
    count = pl.col("newcomers")
    return (
        now.join(_usual(now, history, hour), on=_SOURCE)
        .join(_baselines(now, history), on=_SOURCE)
        .with_columns(
            hour=pl.lit(hour).cast(pl.Datetime("ms", "UTC")),
            burst_z=(count - pl.col("median")) / (1.4826 * pl.col("mad") + 1),
            engagement_bound=wilson_upper(pl.col("engaged"), count.cast(pl.Float64)),
        )
        .with_columns(day=pl.col("hour").dt.date())
        .select(
            *("day", "hour", "shop_id", "source_id"),
            *(pl.col(name).cast(kind) for name, kind in SOURCE_HOUR.items()),
            *("burst_z", "engagement_bound", "engagement_baseline"),
        )
        .sort(*_SOURCE)
    )


def _usual(now: pl.DataFrame, history: pl.DataFrame, hour: datetime) -> pl.DataFrame:
    """Median and median absolute deviation of newcomers an hour, by source."""
    hours = pl.DataFrame(
        {"hour": [hour - timedelta(hours=ago) for ago in range(1, BASELINE_HOURS + 1)]},
        schema={"hour": pl.Datetime("ms", "UTC")},
    )
    count = pl.col("newcomers").cast(pl.Float64).fill_null(0)
    return (
        now.select(_SOURCE)
        .join(hours, how="cross")
        .join(history, on=[*_SOURCE, "hour"], how="left")
        .group_by(_SOURCE)
        .agg(median=count.median(), mad=(count - count.median()).abs().median())
    )


def _baselines(now: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    columns = [*_SOURCE, "newcomers", "engaged"]
    kinds: dict[Any, Any] = {"newcomers": pl.UInt32, "engaged": pl.UInt32}
    by_source = (
        pl.concat([now.select(columns).cast(kinds), history.select(columns).cast(kinds)])
        .group_by(_SOURCE)
        .agg(pl.col("newcomers", "engaged").sum().cast(pl.Int64))
        .with_columns(pl.all().exclude(_SOURCE).sum().over("shop_id").name.prefix("all_"))
    )
    others = pl.col("all_newcomers") - pl.col("newcomers")
    share = (pl.col("all_engaged") - pl.col("engaged")) / others
    return by_source.select(
        *_SOURCE, engagement_baseline=pl.when(others >= BASELINE_LEAST).then(share)
    )


def _doubted() -> pl.Expr:
    """The burst as far as its people lack interest: a post that many saw brings some who stay."""
    z, ramp = pl.col("burst_z"), ((pl.col("lacking") - _DOUBTED[0]) / (_DOUBTED[1] - _DOUBTED[0]))
    in_part = pl.min_horizontal(z, pl.lit(_BURST_Z)) * ramp.clip(0, 1)
    return pl.when(pl.col("lacking") >= _DOUBTED[1]).then(z).otherwise(in_part)


def traffic_signals(people: pl.DataFrame, by_source: pl.DataFrame) -> pl.DataFrame:
    """Each newcomer's signals of bought traffic, one column a rule.

    The signals of a link count only against those of its newcomers who did next to nothing.
    """
    bound, baseline = pl.col("engagement_bound"), pl.col("engagement_baseline")
    lacking = (1 - bound / baseline).clip(0, 1).fill_null(0).fill_nan(0)
    count = pl.col("newcomers")
    is_idle = ~pl.col("is_engaged")
    return (
        people.join(by_source.drop("day", "hour"), on=_SOURCE)
        .with_columns(lacking=lacking)
        .select(
            *SUBJECT,
            source_burst=pl.when(is_idle, count >= _BURST_LEAST).then(_doubted()).otherwise(0.0),
            source_unengaged=pl.when(is_idle, count >= _UNENGAGED_LEAST)
            .then(pl.col("lacking"))
            .otherwise(0.0),
            source_robots=pl.when(is_idle, count >= _ROBOTS_LEAST)
            .then(pl.col("robots") / count)
            .otherwise(0.0),
            robot_timing=pl.col("is_robot").cast(pl.Float64),
            odd_ids=pl.when(pl.col("is_odd_id"), count >= _IDS_LEAST)
            .then(pl.col("odd_ids") / count)
            .otherwise(0.0),
            thin_profile=pl.col("thinness").cast(pl.Float64),
        )
    )
