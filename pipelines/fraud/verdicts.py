"""Verdicts: the highest score of the last month, the owner's word before it. Pure, but publish."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from core.postgres import Connection
from core.shop import risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud.choices import Choices
from pipelines.fraud.rules import HELD
from pipelines.fraud.score import SUBJECT, outcomes, reasons, scores
from pipelines.postgres import Postgres

KEPT_DAYS = 30
_CASE = (*SUBJECT, "abuse")
VERDICTS: dict[Any, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "verdict": pl.String,
    "abuse": pl.String,
    "score": pl.Float64,
    "outcome": pl.String,
    "published_at": pl.Datetime("ms", "UTC"),
}

# Everybody whose verdict could matter: rules may have been changed since, so somewhat below.
_SIGNALS = """
SELECT hour, shop_id, buyer_no, rule, value FROM fraud_signal
WHERE day >= toDate({since:DateTime64(3, 'UTC')}) AND hour >= {since:DateTime64(3, 'UTC')}
    AND (shop_id, buyer_no) IN (
        SELECT shop_id, buyer_no FROM fraud_signal
        WHERE day >= toDate({since:DateTime64(3, 'UTC')})
        GROUP BY shop_id, buyer_no HAVING max(is_hit)
    )
ORDER BY hour, shop_id, buyer_no, rule
"""


def judged(signals: pl.DataFrame, choices: Choices) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The verdicts and their reasons, from signals by hour and the choices of now.

    Verdicts: a row a shopper and abuse that is not plainly allowed, by the hour with the highest
    score, or that an owner allowed or a person decided otherwise about: `score`, `outcome`,
    `seen_at` (the end of that hour). Shadow rules do not count.
    """
    found = reasons(signals, choices.rules, choices.snoozes).filter(~pl.col("is_shadow"))
    scored = scores(found).drop("shadow_score")
    worst = (
        scored.sort(*_CASE, "score", "hour", descending=[False] * 3 + [True] * 2)
        .unique(_CASE, keep="first", maintain_order=True)
        .with_columns(seen_at=pl.col("hour") + pl.duration(hours=1))
    )
    none = choices.allowed.clear()
    plain = outcomes(worst, choices.limits, none, HELD).filter(pl.col("outcome") != "allow")
    decided = _decided(plain, worst, choices)
    verdicts = outcomes(decided.drop("outcome"), choices.limits, choices.allowed, HELD)
    final = (
        verdicts.join(choices.labels.select(*_CASE, "label"), on=list(_CASE), how="left")
        .with_columns(outcome=_by_label())
        .drop("label")
        .sort(_CASE)
    )
    why = found.join(final.select(*_CASE, "hour"), on=[*_CASE, "hour"], how="semi")
    return final, why.sort(*_CASE, "rule")


def _decided(plain: pl.DataFrame, worst: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """Those flagged, and those whom a person has confirmed whatever their score is by now."""
    confirmed = choices.labels.filter(pl.col("label") == "confirmed")
    kept = worst.join(confirmed, on=list(_CASE), how="semi").with_columns(outcome=pl.lit("allow"))
    return pl.concat([plain, kept.select(plain.columns)]).unique(
        _CASE, keep="first", maintain_order=True
    )


def _by_label() -> pl.Expr:
    top = pl.when(pl.col("abuse").is_in(HELD)).then(pl.lit("hold")).otherwise(pl.lit("block"))
    return (
        pl.when(pl.col("label") == "false_positive")
        .then(pl.lit("allow"))
        .when(pl.col("label") == "confirmed")
        .then(top)
        .otherwise("outcome")
    )


def shoppers(verdicts: pl.DataFrame, known: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """One row a shopper for ClickHouse: `fraud` if something is held or blocked, else `suspect`.

    `known` are the shoppers who had a verdict before (`shop_id`, `buyer_no`): who has none any
    more is `clear`.
    """
    verdict = (
        pl.when(pl.col("outcome").is_in(["hold", "block"]))
        .then(pl.lit("fraud"))
        .when(pl.col("outcome") == "review")
        .then(pl.lit("suspect"))
        .otherwise(pl.lit("clear"))
    )
    gravity = pl.col("verdict").replace_strict({"fraud": 2, "suspect": 1, "clear": 0})
    current = (
        verdicts.with_columns(verdict=verdict)
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
    at = pl.lit(now).cast(pl.Datetime("ms", "UTC"))
    return pl.concat([current, gone]).with_columns(published_at=at).cast(VERDICTS).sort(SUBJECT)


def read_signals(clickhouse: ClickHouse, now: datetime) -> pl.DataFrame:
    """The signals of the last 30 days of everyone whom a rule has hit."""
    return clickhouse.read(_SIGNALS, {"since": now - timedelta(days=KEPT_DAYS)})


def publish(
    clickhouse: ClickHouse,
    postgres: Postgres,
    verdicts: pl.DataFrame,
    why: pl.DataFrame,
) -> list[int]:
    """Both stores get these verdicts; returns the shops where PostgreSQL's changed.

    PostgreSQL in one transaction, then ClickHouse: after a crash in between, the next run makes
    them equal, for it publishes everything again.
    """
    rows = [risk.Verdict(**row) for row in verdicts.drop("hour").iter_rows(named=True)]
    columns = list(risk.Reason.model_fields)
    reasons_of = [risk.Reason(**row) for row in why.select(columns).iter_rows(named=True)]
    changed = postgres.change(lambda connection: _in_transaction(connection, rows, reasons_of))
    known = clickhouse.read("SELECT shop_id, buyer_no FROM fraud_verdict FINAL")
    rows_of = shoppers(verdicts, known, datetime.now(UTC))
    with clickhouse.opened() as client:
        client.insert_arrow("fraud_verdict", rows_of.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return changed


async def published_fraud(connection: Connection) -> list[tuple[int, int]]:
    """Shop and number of everyone whom PostgreSQL's verdicts hold or block."""
    rows = await connection.fetch(
        "SELECT DISTINCT shop_id, buyer_no FROM fraud_verdicts WHERE outcome IN ('hold', 'block')"
    )
    return [tuple(row) for row in rows]


async def _in_transaction(
    connection: Connection, verdicts: Sequence[risk.Verdict], why: Sequence[risk.Reason]
) -> list[int]:
    async with connection.transaction():
        return await risk.publish(connection, verdicts, why)
