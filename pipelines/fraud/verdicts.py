"""Verdicts for bots, and cases for the clean figures, from what `pipelines.fraud.judgement` says of
the signals. Pure, except for what reads and publishes.

Bots use the last month and forget. The clean figures must not: a day of last year may be computed
again, and what was fraud then is still fraud. So `fraud_case` records the cases, until somebody
withdraws them, or changed rules, applied to signals that still exist, do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from core.fraud_model_rules import MODEL_ABUSES, model_rule
from core.postgres import Connection
from core.shop import risk
from pipelines import departed
from pipelines.clickhouse import ClickHouse, insert
from pipelines.fraud.choices import Choices
from pipelines.fraud.judgement import judged
from pipelines.fraud.schemas import CASE, CASE_KEY, REASON, SHOPPER, VERDICT
from pipelines.fraud.score import SUBJECT
from pipelines.metrics import shape
from pipelines.postgres import Postgres
from pipelines.variants import FLAGGED

FRAUD = ("hold", "block")
KEPT_DAYS = 30
# ClickHouse keeps the signals of a day for 90 days from its beginning.
SIGNAL_DAYS = 89
_HOUR = timedelta(hours=1)
_MOMENT = pl.Datetime("ms", "UTC")

# Everybody whom today's rules could review in any hour. The highest values of all of a person's
# hours together may not occur in one hour, but their score is never below an hour's, and cheaper to
# compute than all hours' scores.
_SIGNALS = """
WITH signals AS (
    SELECT hour, shop_id, buyer_no, toString(rule) AS rule, value FROM fraud_signal
    WHERE day >= toDate({since:DateTime64(3, 'UTC')}) AND hour >= {since:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT hour, shop_id, buyer_no, concat('model_', toString(abuse)) AS rule, score AS value
    FROM fraud_model_score
    WHERE day >= toDate({since:DateTime64(3, 'UTC')}) AND hour >= {since:DateTime64(3, 'UTC')}
        AND model = {champion:UInt32} AND hour >= {promoted_at:DateTime64(3, 'UTC')}
)
SELECT hour, shop_id, buyer_no, rule, value FROM signals
WHERE (shop_id, buyer_no) IN (SELECT shop_id, buyer_no FROM people)
    OR (shop_id, buyer_no) IN (
        SELECT h.shop_id, h.buyer_no
        FROM (
            SELECT shop_id, rule, buyer_no, max(value) AS highest FROM signals
            GROUP BY shop_id, rule, buyer_no
        ) AS h
        INNER JOIN (
            SELECT shop_id, rule, abuse, toFloat64(weight) AS weight,
                toFloat64(start) AS start, toFloat64(threshold) AS threshold,
                toFloat64(review) AS review
            FROM rules
        ) AS r ON r.shop_id = h.shop_id AND r.rule = h.rule
        GROUP BY h.shop_id, h.buyer_no, r.abuse
        HAVING 100 * (1 - exp(sum(log(1 - r.weight * multiIf(
            h.highest >= r.threshold, 1., h.highest <= r.start, 0.,
            (h.highest - r.start) / (r.threshold - r.start)
        ))))) >= any(r.review) - 1e-6
    )
ORDER BY hour, shop_id, buyer_no, rule
"""
# Why the model said what it did, of the hours that the verdicts are from.
_TOLD = """
SELECT m.shop_id AS shop_id, m.buyer_no AS buyer_no, toString(m.abuse) AS abuse, m.told AS told
FROM fraud_model_score AS m INNER JOIN verdicts AS v
    ON v.hour = m.hour AND v.shop_id = m.shop_id AND v.buyer_no = m.buyer_no AND v.abuse = m.abuse
WHERE m.model = {champion:UInt32}
"""
_CASES = """
SELECT shop_id, buyer_no, abuse, score, outcome, seen_at, since, published_at
FROM fraud_case FINAL WHERE outcome IN ('hold', 'block')
"""
_STORED = """
SELECT v.shop_id AS shop_id, v.buyer_no AS buyer_no, c.seen_at AS seen_at,
    c.published_at AS published_at
FROM (SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud') AS v
LEFT JOIN (
    SELECT shop_id, buyer_no, max(seen_at) AS seen_at, max(published_at) AS published_at
    FROM fraud_case FINAL WHERE outcome IN ('hold', 'block') GROUP BY shop_id, buyer_no
) AS c ON c.shop_id = v.shop_id AND c.buyer_no = v.buyer_no
SETTINGS join_use_nulls = 1
"""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is to be published: `verdicts` and `reasons` for bots, the others for the figures."""

    verdicts: pl.DataFrame
    reasons: pl.DataFrame
    cases: pl.DataFrame
    shoppers: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Known:
    """The last publication: the cases that are fraud, and everybody who has ever had a verdict."""

    cases: pl.DataFrame
    shoppers: pl.DataFrame


def decide(signals: pl.DataFrame, known: Known, choices: Choices, now: datetime) -> Verdicts:
    """Verdicts from the signals of the last 30 days, cases from all stored signals and from
    `known`."""
    recent = signals.filter(pl.col("hour") >= now - timedelta(days=KEPT_DAYS))
    verdicts, why = judged(recent, choices)
    seen, _ = judged(signals, choices)
    lasting = cases(seen, known.cases, choices, now)
    return Verdicts(
        shape(verdicts, VERDICT),
        shape(why, REASON),
        lasting,
        shoppers(lasting, known.shoppers, now),
    )


def cases(seen: pl.DataFrame, known: pl.DataFrame, choices: Choices, now: datetime) -> pl.DataFrame:
    """The basis of the clean figures, one row for each shopper and abuse (`schemas.CASE`).

    `seen` is of `judged` from all stored signals, `known` are the cases that were fraud before. A
    known case stays fraud if the signals of its first hour have expired, because no rule can see
    them then; if they have not, today's rules decide. The allow-list and a label `false_positive`
    clear either.
    """
    at = pl.lit(now, _MOMENT)
    cleared = choices.labels.filter(pl.col("label") == "false_positive")
    lasting = (
        known.filter(pl.col("since") - _HOUR < now - timedelta(days=SIGNAL_DAYS))
        .join(choices.allowed, on=list(SUBJECT), how="anti")
        .join(cleared, on=list(CASE_KEY), how="anti")
    )
    is_fraud = pl.col("outcome").is_in(FRAUD)
    current = (
        seen.join(lasting.select(*CASE_KEY, first="since"), on=list(CASE_KEY), how="left")
        .filter(is_fraud | pl.col("first").is_null())
        .with_columns(since=pl.coalesce("first", "since", at))
    )
    carried = lasting.join(current, on=list(CASE_KEY), how="anti")
    left = [frame.select(*CASE_KEY) for frame in (current, carried)]
    gone = known.join(pl.concat(left), on=list(CASE_KEY), how="anti").with_columns(
        score=pl.lit(0.0), outcome=pl.lit("allow")
    )
    rows = [shape(frame.with_columns(published_at=at), CASE) for frame in (current, carried, gone)]
    return pl.concat(rows).sort(CASE_KEY)


def shoppers(cases_now: pl.DataFrame, known: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """One row a shopper for ClickHouse: `fraud` if any outcome is hold or block, else `suspect`.

    `known` are the shoppers who had a verdict before (`shop_id`, `buyer_no`): those without one now
    are `clear`.
    """
    verdict = (
        pl.when(pl.col("outcome").is_in(FRAUD))
        .then(pl.lit("fraud"))
        .when(pl.col("outcome") == "review")
        .then(pl.lit("suspect"))
        .otherwise(pl.lit("clear"))
    )
    gravity = pl.col("verdict").replace_strict({"fraud": 2, "suspect": 1, "clear": 0})
    current = (
        cases_now.with_columns(verdict=verdict)
        .sort(gravity, "score", "abuse", descending=True)
        .unique(SUBJECT, keep="first", maintain_order=True)
        .select(*SUBJECT, "verdict", "abuse", "score", "outcome")
    )
    gone = known.join(current, on=list(SUBJECT), how="anti").select(
        *SUBJECT,
        verdict=pl.lit("clear"),
        abuse=pl.lit(""),
        score=pl.lit(0.0),
        outcome=pl.lit("allow"),
    )
    rows = pl.concat([current, gone]).with_columns(published_at=pl.lit(now, _MOMENT))
    return shape(rows, SHOPPER).sort(SUBJECT)


def read_signals(clickhouse: ClickHouse, choices: Choices, now: datetime) -> pl.DataFrame:
    """All stored signals of everyone whom today's rules could review, or a person confirmed.
    Snoozes are ignored, so there may be some more."""
    counting = choices.rules.filter(~pl.col("is_shadow")).join(choices.limits, on="shop_id")
    numbers = pl.col("weight", "start", "threshold", "review").cast(pl.String)
    people = choices.labels.filter(pl.col("label") == "confirmed").select(SUBJECT).unique()
    return clickhouse.read(
        _SIGNALS,
        {"since": now - timedelta(days=SIGNAL_DAYS)} | choices.of_champion,
        {"rules": counting.select("shop_id", "rule", "abuse", numbers), "people": people},
    )


def read_known(clickhouse: ClickHouse) -> Known:
    """ClickHouse's rows of earlier publications."""
    everybody = clickhouse.read("SELECT shop_id, buyer_no FROM fraud_verdict FINAL")
    return Known(clickhouse.read(_CASES), everybody)


def _told(clickhouse: ClickHouse, made: Verdicts, champion: int) -> dict[tuple[Any, ...], Any]:
    """The features that raised the model's score most, by shop, shopper and the model's rule."""
    by_model = made.reasons.filter(pl.col("rule").is_in(list(MODEL_ABUSES)))
    if by_model.is_empty():
        return {}
    hours = made.verdicts.join(by_model, on=list(CASE_KEY), how="semi").select(
        *CASE_KEY, hour=pl.col("seen_at") - _HOUR
    )
    rows = clickhouse.read(_TOLD, {"champion": champion}, {"verdicts": hours})
    return {
        (shop_id, buyer_no, model_rule(abuse)): json.loads(told)
        for shop_id, buyer_no, abuse, told in rows.iter_rows()
    }


def publish(
    clickhouse: ClickHouse, postgres: Postgres, made: Verdicts, champion: int = 0
) -> list[int]:
    """Publishes to both stores; returns the shops where PostgreSQL's verdicts changed.

    `champion`: the model whose scores are among the signals, for its reasons.
    PostgreSQL in one transaction, then ClickHouse: after a crash in between, the next run makes
    them equal, because it publishes everything again. Shoppers whom an owner has allowed meanwhile
    are allowed.
    """
    rows = [risk.Verdict(**row) for row in made.verdicts.iter_rows(named=True)]
    told = _told(clickhouse, made, champion)
    why = [
        risk.Reason(**row, features=told.get((row["shop_id"], row["buyer_no"], row["rule"]), []))
        for row in made.reasons.iter_rows(named=True)
    ]
    changed, allowed = postgres.change(lambda connection: _in_transaction(connection, rows, why))
    names = pl.DataFrame(allowed, schema=FLAGGED, orient="row")
    tables = {"fraud_case": made.cases, "fraud_verdict": made.shoppers}

    async def store(connection: Connection) -> None:
        async with departed.storing(connection) as gone:
            with clickhouse.opened() as client:
                for table, frame in tables.items():
                    kept = gone.without(_allowing(frame, names))
                    insert(client, table, kept)

    postgres.change(store)
    return changed


def _allowing(rows: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    words = {"outcome": "allow", "verdict": "clear"}
    is_allowed = pl.col("is_allowed").fill_null(False)
    return (
        rows.join(allowed.with_columns(is_allowed=True), on=list(SUBJECT), how="left")
        .with_columns(
            pl.when(is_allowed).then(pl.lit(word)).otherwise(name).alias(name)
            for name, word in words.items()
            if name in rows.columns
        )
        .select(rows.columns)
    )


def unexplained(clickhouse: ClickHouse, postgres: Postgres) -> pl.DataFrame:
    """Shoppers for whom the stores disagree in a way that time does not explain.

    Whoever is on hold or blocked in PostgreSQL must be fraud in ClickHouse (`missing_in` names the
    store without them). Whoever is fraud in ClickHouse alone must have been seen last before the
    period that PostgreSQL covers, as the same publication noted, and be confirmed by nobody; or be
    on the allow-list since.
    """
    published, allowed, labels = postgres.run(_published)
    bots = pl.DataFrame(published, schema=FLAGGED, orient="row")
    figures = clickhouse.read(_STORED)
    confirmed = pl.DataFrame(
        [label[:2] for label in labels if label[3] == "confirmed"], schema=FLAGGED, orient="row"
    )
    was_forgotten = pl.col("seen_at") - _HOUR < pl.col("published_at") - timedelta(days=KEPT_DAYS)
    by_age = figures.filter(was_forgotten).join(confirmed, on=list(SUBJECT), how="anti")
    lost = figures.select(SUBJECT)
    for explained in (bots, by_age, pl.DataFrame(allowed, schema=FLAGGED, orient="row")):
        lost = lost.join(explained, on=list(SUBJECT), how="anti")
    return pl.concat(
        [
            bots.join(figures, on=list(SUBJECT), how="anti").with_columns(
                missing_in=pl.lit("clickhouse")
            ),
            lost.with_columns(missing_in=pl.lit("postgres")),
        ]
    )


async def _published(
    connection: Connection,
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[risk.LabelRow]]:
    return (
        await risk.held_or_blocked(connection),
        await risk.allowed(connection),
        await risk.labels(connection),
    )


async def _in_transaction(
    connection: Connection, verdicts: Sequence[risk.Verdict], why: Sequence[risk.Reason]
) -> tuple[list[int], list[tuple[int, int]]]:
    async with connection.transaction():
        changed = await risk.publish(connection, verdicts, why)
        return changed, await risk.allowed(connection)
