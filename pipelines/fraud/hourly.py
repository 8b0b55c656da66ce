"""An hour's tables from its sources: signals and scores. Pure."""

from datetime import timedelta

import pandera.polars as pa
import polars as pl

from core.fraud_rules import HELD
from pipelines.fraud import day_windows, schemas
from pipelines.fraud.arrivals import arrival_signals
from pipelines.fraud.choices import Choices
from pipelines.fraud.links import link_signals
from pipelines.fraud.newcomers import described, source_hours, traffic_signals
from pipelines.fraud.score import outcomes, reasons, scores
from pipelines.fraud.shoppers import as_signals, shopper_signals
from pipelines.fraud.sources import Hour
from pipelines.metrics import shape

SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "fraud_signal": schemas.SIGNAL,
    "fraud_score": schemas.SCORE,
    "fraud_source_hour": schemas.SOURCE_HOUR,
    # Written last, so that its rows show that the other tables are complete.
    "fraud_hour_events": schemas.HOUR_EVENTS,
}
INPUTS: dict[str, pa.DataFrameSchema] = {
    "moments": schemas.MOMENTS,
    "newcomers": schemas.NEWCOMERS,
    "counts": schemas.COUNTS,
    "refunds": schemas.REFUNDS,
    "history": schemas.HISTORY,
    "catalogue": schemas.CATALOGUE,
    "pace": schemas.PACE,
    "troubles": schemas.TROUBLES,
    "orders": schemas.ORDERS,
    "arrivals": schemas.ARRIVALS,
    "shares": schemas.SHARES,
    "ties": schemas.TIES,
    "suspected": schemas.SUSPECTED,
}


def signals_of(hour: Hour) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The signals of every rule for every shopper (`score.SIGNALS`), and the sources of the
    newcomers."""
    people = described(hour.newcomers, hour.moments, hour.known_id)
    by_source = source_hours(people, hour.history, hour.begin)
    wide = shopper_signals(hour.moments, hour.counts, hour.refunds, hour.catalogue, hour.begin)
    signals = as_signals([traffic_signals(people, by_source), *wide, *day_signals(hour)])
    begin = pl.lit(hour.begin).cast(pl.Datetime("ms", "UTC"))
    return signals.with_columns(hour=begin), by_source


def day_signals(hour: Hour) -> list[pl.DataFrame]:
    """The signals of days and of links between people, one column a rule."""
    end = hour.begin + timedelta(hours=1)
    return [
        day_windows.pace_signals(hour.pace, hour.catalogue),
        day_windows.trouble_signals(hour.troubles, hour.shares),
        day_windows.refund_excess(hour.refunds, hour.shares),
        day_windows.unpaid_signals(hour.orders, end),
        day_windows.bought_together(hour.orders, end),
        arrival_signals(hour.arrivals, hour.begin),
        link_signals(hour.ties, hour.suspected, hour.moments),
    ]


def tables(hour: Hour, choices: Choices) -> dict[str, pl.DataFrame]:
    """The hour's rows by table, in the shape of `SCHEMAS`.

    Snoozes are applied at publication only: they end, while measured signals stay.
    """
    signals, by_source = signals_of(hour)
    found = reasons(signals, choices.rules, choices.snoozes.clear())
    scored = outcomes(scores(found), choices.limits, choices.allowed, HELD)
    counted = pl.DataFrame({"hour": [hour.begin], "events": [hour.events]})
    rows = {
        "fraud_signal": found,
        "fraud_score": scored,
        "fraud_source_hour": by_source,
        "fraud_hour_events": counted,
    }
    return {
        name: shape(frame.with_columns(day=pl.col("hour").dt.date()), SCHEMAS[name])
        for name, frame in rows.items()
    }
