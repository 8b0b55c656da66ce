"""The audience of a day (metrics 1 to 9, 12, 13). Pure functions of frames."""

from datetime import date, timedelta

import polars as pl

from core.events import ACTIVITY, BOT_BLOCKED, BOT_STARTED, BOT_UNBLOCKED
from core.visits import VISIT_PAUSE
from pipelines.metrics import ratio

MONTH_DAYS = 30
WEEK_DAYS = 7
ACTIVATION = timedelta(hours=24)

_SHOPPER = ("shop_id", "buyer_no")
_SOMEBODY = pl.col("buyer_no") > 0


def audience_day(  # pylint: disable=too-many-arguments  # each input is one frame
    *,
    shops: pl.DataFrame,
    day: date,
    today: pl.DataFrame,
    month: pl.DataFrame,
    begun: pl.DataFrame,
    views: pl.DataFrame,
    switchers: pl.DataFrame,
    standing: pl.DataFrame,
) -> pl.DataFrame:
    """One row a shop, including shops without activity.

    `today` is the folded day; `month` has `last_day` and `days` (active ones of the last 30) by
    shopper; `begun` is how many `sessions` each shopper began in the day; `views` has `first_at`
    and `last_at` of product views by shopper, until the second day after; `switchers` are the
    shoppers who blocked or unblocked the bot in the day: whether they had started it before
    (`was_known`) and had it blocked (`was_blocked`); `standing` has by shop how many had started it
    when the day began (`ever_before`), and had it blocked then (`blocked_before`).
    """
    rows = shops.select("shop_id", "starts_at", "last_day")
    for part in (
        _people(today),
        _passed(today),
        _month(month, day),
        begun.group_by("shop_id").agg(pl.col("sessions").sum()),
        _activated(today, views),
        _blocking(today, switchers),
        standing,
    ):
        rows = rows.join(part, on="shop_id", how="left")
    counted = pl.all().exclude("shop_id", "starts_at", "last_day")
    is_over = pl.col("last_day") >= day + timedelta(days=1)  # 24 h after its last newcomer
    return (
        rows.with_columns(counted.fill_null(0))
        .with_columns(
            pl.lit(day).alias("day"),
            ever_started=pl.col("ever_before") + pl.col("new_users"),
            blocked_now=pl.col("blocked_before") + pl.col("blocked_change"),
            reachable_before=pl.col("ever_before") - pl.col("blocked_before"),
        )
        .with_columns(
            reachable_users=pl.col("ever_started").cast(pl.Int64) - pl.col("blocked_now"),
            stickiness=ratio(pl.col("active_days") / MONTH_DAYS, "mau"),
            blocked_share=ratio("blocked_now", "ever_started"),
            block_rate=ratio("blocking_reachable", "reachable_before"),
            activation=pl.when(is_over).then(ratio("activated", "new_users")),
            gate_pass_rate=ratio("gates_passed", "gates_shown"),
            captcha_pass_rate=ratio("captchas_passed", "captchas_shown"),
        )
    )


def _people(today: pl.DataFrame) -> pl.DataFrame:
    is_start = pl.col("event") == BOT_STARTED.name
    is_active = pl.col("event").is_in(ACTIVITY) & _SOMEBODY
    return today.group_by("shop_id").agg(
        new_users=pl.col("buyer_no").filter(is_start, pl.col("first_starts") > 0).n_unique(),
        starts=pl.col("events").filter(is_start).sum(),
        dau=pl.col("buyer_no").filter(is_active).n_unique(),
    )


def _passed(today: pl.DataFrame) -> pl.DataFrame:
    """Of those who were shown a gate or a captcha that day, how many passed it that day."""
    of = {
        shopper: (pl.col("event") == event).any()
        for shopper, event in (
            ("gates_shown", "gate_shown"),
            ("gates_passed", "gate_passed"),
            ("captchas_shown", "captcha_shown"),
            ("captchas_passed", "captcha_passed"),
        )
    }
    by_shopper = today.filter(_SOMEBODY).group_by(_SHOPPER).agg(**of)
    return by_shopper.group_by("shop_id").agg(
        pl.col("gates_shown", "captchas_shown").sum(),
        gates_passed=(pl.col("gates_shown") & pl.col("gates_passed")).sum(),
        captchas_passed=(pl.col("captchas_shown") & pl.col("captchas_passed")).sum(),
    )


def _month(month: pl.DataFrame, day: date) -> pl.DataFrame:
    in_week = pl.col("last_day") > day - timedelta(days=WEEK_DAYS)
    return month.group_by("shop_id").agg(
        wau=in_week.sum(), mau=pl.len(), active_days=pl.col("days").sum()
    )


def sessions(moments: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """How many sessions each shopper began in the day: more than 30 minutes without activity end
    one.

    `moments` has `at` of each activity, from 30 minutes before the day: a session that lasts over
    midnight began the day before, and is counted there.
    """
    is_other = pl.any_horizontal(pl.col(key) != pl.col(key).shift(1) for key in _SHOPPER)
    is_idle = pl.col("at") - pl.col("at").shift(1) > VISIT_PAUSE
    return (
        moments.sort(*_SHOPPER, "at")
        .filter((is_other | is_idle).fill_null(True))
        .join(shops.select("shop_id", "starts_at"), on="shop_id")
        .filter(pl.col("at") >= pl.col("starts_at"))
        .group_by(_SHOPPER)
        .agg(sessions=pl.len().cast(pl.UInt64))
    )


def _activated(today: pl.DataFrame, views: pl.DataFrame) -> pl.DataFrame:
    """New users who saw a product within 24 hours of their first start."""
    # A row of views is at most a day long, so one of its ends shows whether it meets the 24 hours.
    seen = (pl.col("last_at") >= pl.col("started_at")) & (
        pl.col("first_at") <= pl.col("started_at") + ACTIVATION
    )
    return (
        _newcomers(today)
        .join(views, on=_SHOPPER)
        .filter(seen)
        .group_by("shop_id")
        .agg(activated=pl.col("buyer_no").n_unique())
    )


def _blocking(today: pl.DataFrame, switchers: pl.DataFrame) -> pl.DataFrame:
    """Who blocked the bot, and the net increase of those who have it blocked.

    A shopper who blocks and unblocks it within a day is counted as blocking, and adds nothing to
    the increase. Shoppers who never started the bot are not counted, because they are no audience
    to lose. The rate relates to those who were reachable when the day began, so new users of the
    day are not counted in it either.
    """
    newcomers = _newcomers(today).select(*_SHOPPER, is_new=True)
    switched = (
        today.filter(pl.col("event").is_in([BOT_BLOCKED.name, BOT_UNBLOCKED.name]), _SOMEBODY)
        # of two events at the same moment, unblocking counts as the later one
        .sort("last_at", "event")
        .group_by(_SHOPPER, maintain_order=True)
        .agg(
            blocks=(pl.col("event") == BOT_BLOCKED.name).any(),
            ends_blocked=pl.col("event").last() == BOT_BLOCKED.name,
        )
        .join(switchers, on=_SHOPPER, how="left")
        .join(newcomers, on=_SHOPPER, how="left")
        .with_columns(pl.col("was_blocked", "was_known", "is_new").fill_null(False))
        .filter(pl.col("was_known") | pl.col("is_new"))
        # A shopper who had it blocked before their first start was not counted as blocking it yet.
        .with_columns(was_blocked=pl.col("was_blocked") & pl.col("was_known"))
    )
    change = pl.col("ends_blocked").cast(pl.Int64) - pl.col("was_blocked").cast(pl.Int64)
    blocks = pl.col("blocks") & ~pl.col("was_blocked")
    return switched.group_by("shop_id").agg(
        blocking=blocks.sum(),
        blocking_reachable=(blocks & pl.col("was_known")).sum(),
        blocked_change=change.sum(),
    )


def _newcomers(today: pl.DataFrame) -> pl.DataFrame:
    return (
        today.filter(pl.col("event") == BOT_STARTED.name, pl.col("first_starts") > 0)
        .group_by(_SHOPPER)
        .agg(pl.col("first_at").min().alias("started_at"))
    )
