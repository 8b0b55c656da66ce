"""What a model knows of a shopper and an abuse at the end of an hour: what the rules measured of
them in the day until then, and what is usual in their shop. The same for learning and for scoring.

A shop's rates are features, so that one model serves all shops, of which most have few labels.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from core.fraud_rules import MEASURED
from core.fraud_words import ABUSES
from core.shop.fraud_models import KnownLabel
from pipelines.clickhouse import ClickHouse
from pipelines.fraud.score import HOURLY

DAY = timedelta(days=1)
SHARE_DAYS = 7
_HOUR = timedelta(hours=1)
_PRIOR = 4.0  # labels' worth of "one in two": a shop with few says little
MEASURES: tuple[str, ...] = tuple(rule.key for rule in MEASURED)
_IS = "is_"
NAMES: tuple[str, ...] = (
    *MEASURES,
    "rules_score",
    "hours",
    "shop_share",
    "shop_confirmed",
    *(f"{_IS}{abuse}" for abuse in sorted(ABUSES)),
)
CASE = (*HOURLY, "abuse")
KEY: dict[str, Any] = {
    "hour": pl.Datetime("ms", "UTC"),
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
}
LABELLED: dict[str, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "abuse": pl.String,
    "labelled_at": pl.Datetime("ms", "UTC"),
    "is_fraud": pl.Boolean,
}
# Of each shopper's day until the end of that hour: `people` has hour, shop_id and buyer_no.
_OF_DAY = """
SELECT p.hour AS hour, s.shop_id AS shop_id, s.buyer_no AS buyer_no, toString(s.rule) AS rule,
    toString(any(s.abuse)) AS abuse, max(s.value) AS value, max(s.contribution) AS contribution,
    toFloat64(uniqExact(s.hour)) AS hours
FROM fraud_signal AS s INNER JOIN people AS p ON p.shop_id = s.shop_id AND p.buyer_no = s.buyer_no
WHERE s.day >= toDate({first:DateTime64(3, 'UTC')}) - 1
    AND s.day <= toDate({last:DateTime64(3, 'UTC')})
    AND s.hour <= p.hour AND s.hour > p.hour - INTERVAL 24 HOUR
GROUP BY hour, shop_id, buyer_no, rule
"""
_BY_DAY = """
SELECT day, shop_id, toString(abuse) AS abuse, toInt64(uniqExact(buyer_no)) AS people
FROM fraud_signal
WHERE day >= toDate({first:DateTime64(3, 'UTC')}) - 7
    AND day <= toDate({last:DateTime64(3, 'UTC')})
GROUP BY GROUPING SETS ((day, shop_id, abuse), (day, shop_id))
"""


def read_features(
    clickhouse: ClickHouse, people: pl.DataFrame, labels: pl.DataFrame
) -> pl.DataFrame:
    """A row for each of `people` (`KEY`) and each abuse of which they had a signal in the day until
    the end of that hour: `CASE` and `NAMES`. `labels` is of `LABELLED`."""
    if people.is_empty():
        return pl.DataFrame(schema=KEY | {"abuse": pl.String} | dict.fromkeys(NAMES, pl.Float64))
    period = {"first": people["hour"].min(), "last": people["hour"].max()}
    return case_features(
        clickhouse.read(_OF_DAY, period, {"people": people.select(list(KEY))}),
        shop_shares(clickhouse.read(_BY_DAY, period)),
        labels,
    )


def case_features(
    signals: pl.DataFrame, shares: pl.DataFrame, labels: pl.DataFrame
) -> pl.DataFrame:
    """As `read_features`. `signals` has hour, shop_id, buyer_no, rule, abuse, value, contribution
    and hours; `shares` day, shop_id, abuse and shop_share."""
    wide = signals.pivot("rule", index=HOURLY, values="value", aggregate_function="max")
    absent = [pl.lit(0.0).alias(name) for name in MEASURES if name not in wide.columns]
    cases = signals.group_by(CASE).agg(
        rules_score=100 * (1 - (1 - pl.col("contribution").sort_by("rule") / 100).product()),
        hours=pl.col("hours").max().cast(pl.Float64),
    )
    return (
        cases.join(wide.with_columns(absent), on=list(HOURLY))
        .with_columns(pl.col(MEASURES).fill_null(0.0), day=pl.col("hour").dt.date())
        .join(shares, on=["day", "shop_id", "abuse"], how="left")
        .pipe(_with_confirmed, labels)
        .with_columns(
            pl.col("shop_share").fill_null(0.0),
            *(
                (pl.col("abuse") == abuse).cast(pl.Float64).alias(f"{_IS}{abuse}")
                for abuse in ABUSES
            ),
        )
        .select(*CASE, *NAMES)
        .sort(CASE)
    )


def shop_shares(by_day: pl.DataFrame) -> pl.DataFrame:
    """Of the shoppers with any signal in the seven days before a day, the share with one of the
    abuse: day, shop_id, abuse and shop_share. `by_day` has day, shop_id, abuse (empty: of any) and
    people."""
    later = by_day.with_columns(
        day=pl.concat_list(pl.col("day").dt.offset_by(f"{n}d") for n in range(1, SHARE_DAYS + 1))
    ).explode("day")
    sums = later.group_by("day", "shop_id", "abuse").agg(pl.col("people").sum())
    everybody = sums.filter(pl.col("abuse") == "").select("day", "shop_id", all="people")
    return sums.join(everybody, on=["day", "shop_id"]).select(
        "day", "shop_id", "abuse", shop_share=pl.col("people") / pl.col("all")
    )


def _with_confirmed(cases: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Adds `shop_confirmed`: of the shop's decisions about the abuse that were known when the hour
    ended, the share that was confirmed, drawn to one in two while there are few."""
    known = (
        labels.sort("labelled_at")
        .with_columns(
            known=pl.int_range(1, pl.len() + 1).over("shop_id", "abuse"),
            confirmed=pl.col("is_fraud").cast(pl.Int64).cum_sum().over("shop_id", "abuse"),
        )
        .select("shop_id", "abuse", "known", "confirmed", "labelled_at")
    )
    confirmed, count = (pl.col(name).fill_null(0) for name in ("confirmed", "known"))
    ended = cases.with_columns(ended_at=pl.col("hour") + _HOUR).sort("ended_at")
    return ended.join_asof(
        known,
        left_on="ended_at",
        right_on="labelled_at",
        by=["shop_id", "abuse"],
        # A decision of that very moment was not known before it.
        allow_exact_matches=False,
        check_sortedness=False,
    ).with_columns(shop_confirmed=(confirmed + _PRIOR / 2) / (count + _PRIOR))


def labelled(rows: Sequence[KnownLabel]) -> pl.DataFrame:
    """Labels as a frame of `LABELLED`."""
    return pl.DataFrame(rows, schema=LABELLED, orient="row").sort("labelled_at")


def words(name: str) -> str | None:
    """The rule whose title says what the feature is; None for one that is no reason by itself."""
    return name if name in MEASURES else None


def until(moment: datetime) -> datetime:
    """The hour that had ended last by then."""
    return moment.replace(minute=0, second=0, microsecond=0) - _HOUR
