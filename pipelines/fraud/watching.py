"""Watching the models: is the one in the shadow better on later weeks, do features and scores
drift, and how right is the queue, by rule and week."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score

from core.fraud_rules import MEASURED
from core.shop.fraud_models import KnownLabel, ScoringModel
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import drift, forest
from pipelines.fraud.case_features import CASE, MEASURES, labelled
from pipelines.fraud.trailing import Numbers
from pipelines.fraud.training import read_examples, read_population, truth

LEAST_OF_WEEK = 10  # labels of either kind
WEEKS_NEEDED = 2
_WEEK = timedelta(days=7)
_DRAWS = 200
_ABUSE_OF: dict[str, str] = {rule.key: rule.abuse for rule in MEASURED}
# Of cases that have a label: what a model said in the hour that was judged.
_SCORES = """
SELECT m.hour AS hour, m.shop_id AS shop_id, m.buyer_no AS buyer_no, toString(m.abuse) AS abuse,
    m.score AS score
FROM fraud_model_score AS m INNER JOIN cases AS c
    ON c.hour = m.hour AND c.shop_id = m.shop_id AND c.buyer_no = m.buyer_no AND c.abuse = m.abuse
WHERE m.model = {model:UInt32}
"""


@dataclass(frozen=True, slots=True)
class Week:
    """A whole week after what a model has learned from: the average precision of the model and of
    what counts now (the champion, else the rules), and the spread of their difference (one standard
    deviation)."""

    since: datetime
    cases: int
    frauds: int
    challenger: float
    champion: float
    spread: float

    @property
    def is_better(self) -> bool:
        """By more than its spread."""
        return self.challenger - self.champion > self.spread

    def __str__(self) -> str:
        return (
            f"week of {self.since:%Y-%m-%d}: average precision {self.challenger:.3f} against "
            f"{self.champion:.3f} (spread {self.spread:.3f}), {self.frauds} of {self.cases} frauds"
        )


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the decisions of a week about cases that a rule pointed at, how many confirmed it."""

    week: datetime
    rule: str
    decided: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Watch:
    """All that was seen: the later weeks of the model in the shadow, the drift of each model, and
    the queue's precision."""

    weeks: list[Week]
    drift: Mapping[int, Mapping[str, float]]
    precision: list[Precision]

    @property
    def is_ready(self) -> bool:
        """Whether the model in the shadow is better on enough later weeks, and on the last ones."""
        last = self.weeks[-WEEKS_NEEDED:]
        return len(last) == WEEKS_NEEDED and all(week.is_better for week in last)

    def drifted(self, number: int) -> dict[str, float]:
        """What has drifted for a model, the worst first."""
        found = self.drift.get(number, {})
        return {name: index for name, index in found.items() if index > drift.DRIFTED}


def watch(
    clickhouse: ClickHouse,
    models: Sequence[ScoringModel],
    rows: Sequence[KnownLabel],
    now: datetime,
) -> Watch:
    """What can be said at that moment, from the labels known by then."""
    labels = labelled(rows)
    examples = read_examples(clickhouse, labels)
    by_state = {model.state: model for model in models}
    weeks: list[Week] = []
    if shadow := by_state.get("shadow"):
        cases = examples.filter(pl.col("hour") >= shadow.window_until)
        weeks = list(_weeks(clickhouse, cases, shadow, by_state.get("champion"), now))
    population = read_population(clickhouse, labels, now) if models else examples.clear()
    return Watch(
        weeks=weeks,
        drift={model.id: _drift(model, population) for model in models},
        precision=precision_by_week(examples, now),
    )


def _weeks(
    clickhouse: ClickHouse,
    cases: pl.DataFrame,
    shadow: ScoringModel,
    champion: ScoringModel | None,
    now: datetime,
) -> Iterator[Week]:
    rows = _with_score(clickhouse, cases, shadow, "challenger").with_columns(
        champion=pl.col("rules_score")
    )
    if champion is not None:
        rows = _with_score(clickhouse, rows.drop("champion"), champion, "champion")
    yield from later_weeks(rows, shadow.window_until, now)


def _with_score(
    clickhouse: ClickHouse, cases: pl.DataFrame, model: ScoringModel, name: str
) -> pl.DataFrame:
    if cases.is_empty():
        return cases.with_columns(pl.lit(0.0).alias(name))
    scores = clickhouse.read(_SCORES, {"model": model.id}, {"cases": cases.select(CASE)})
    return cases.join(scores.rename({"score": name}), on=list(CASE))


def later_weeks(rows: pl.DataFrame, since: datetime, now: datetime) -> Iterator[Week]:
    """The whole weeks from `since` to `now` with enough labels; `rows` has hour, is_fraud,
    challenger and champion (scores)."""
    begin = since
    while begin + _WEEK <= now:
        week = rows.filter(pl.col("hour") >= begin, pl.col("hour") < begin + _WEEK)
        known = truth(week)
        frauds = int(known.sum())
        if min(frauds, week.height - frauds) >= LEAST_OF_WEEK:
            scores = week["challenger"].to_numpy(), week["champion"].to_numpy()
            ours, theirs = (float(average_precision_score(known, each)) for each in scores)
            yield Week(begin, week.height, frauds, ours, theirs, _spread(known, *scores))
        begin += _WEEK


def _spread(known: Numbers, challenger: Numbers, champion: Numbers) -> float:
    """Of the difference, over cases drawn again and again."""
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_DRAWS):
        drawn = chance.integers(0, len(known), len(known))
        if 0 < known[drawn].sum() < len(drawn):
            ours, theirs = (
                average_precision_score(known[drawn], each[drawn])
                for each in (challenger, champion)
            )
            found.append(ours - theirs)
    return float(np.std(found))


def _drift(model: ScoringModel, population: pl.DataFrame) -> dict[str, float]:
    if population.is_empty():
        return {}
    absent = [pl.lit(0.0).alias(name) for name in model.features if name not in population.columns]
    features = population.with_columns(absent).select(pl.col(model.features).cast(pl.Float32))
    score = forest.load(model.trees).probability(features.to_numpy())
    return drift.indices(model.reference, population.with_columns(score=pl.Series(score)))


def precision_by_week(examples: pl.DataFrame, now: datetime, weeks: int = 8) -> list[Precision]:
    """By the week of the decision, back from `now`, and by rule with a signal in the judged day, of
    the abuse that was decided about: of other abuses the decision says nothing."""
    long = (
        examples.filter(pl.col("labelled_at") > now - weeks * _WEEK)
        .with_columns(
            ago=(pl.lit(now) - pl.col("labelled_at")).dt.total_seconds() // _WEEK.total_seconds()
        )
        .unpivot(MEASURES, index=["ago", "abuse", "is_fraud"], variable_name="rule")
        .filter(
            pl.col("value") > 0,
            pl.col("rule").replace_strict(_ABUSE_OF, return_dtype=pl.String) == pl.col("abuse"),
        )
        .group_by("ago", "rule")
        .agg(decided=pl.len(), confirmed=pl.col("is_fraud").sum())
        .sort("ago", "rule")
    )
    return [
        Precision(
            now - (int(row["ago"]) + 1) * _WEEK, row["rule"], row["decided"], row["confirmed"]
        )
        for row in long.iter_rows(named=True)
    ]
