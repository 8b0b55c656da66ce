"""Training on what people decided: from labels, each known at its own time, to a model to store.

A label teaches what was known when its shopper stood in the queue: the worst hour of that abuse in
the thirty days before the decision. The last weeks are kept back: a model of what was known before
them is measured on the shoppers whose hour came later; then one is trained on everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from core.errors import Refused
from core.fraud_rules import MEASURED
from core.shop.fraud_models import KnownLabel, ModelDraft
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import forest, gradient
from pipelines.fraud.case_features import CASE, NAMES, labelled, read_features
from pipelines.fraud.drift import reference_of
from pipelines.fraud.forest import Matrix

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)
_MOST_WEEKS = 4  # kept back, until there are enough labels in them
LEAST_TESTED = 10  # of either kind
_POPULATION = 20_000  # shoppers of a week that stand for everybody
# The worst hour of each label's shopper and abuse that had ended when it was decided.
_WORST = """
SELECT l.shop_id AS shop_id, l.buyer_no AS buyer_no, l.abuse AS abuse,
    argMax(s.hour, (s.score, s.hour)) AS hour
FROM fraud_score AS s INNER JOIN labels AS l
    ON l.shop_id = s.shop_id AND l.buyer_no = s.buyer_no AND l.abuse = s.abuse
WHERE s.hour + INTERVAL 1 HOUR <= l.labelled_at AND s.hour > l.labelled_at - INTERVAL 30 DAY
GROUP BY shop_id, buyer_no, abuse
"""
_POPULATION_OF_WEEK = f"""
SELECT max(s.hour) AS hour, shop_id, buyer_no FROM fraud_signal AS s
WHERE day > toDate({{until:DateTime64(3, 'UTC')}}) - 7
    AND day <= toDate({{until:DateTime64(3, 'UTC')}})
    AND s.hour < {{until:DateTime64(3, 'UTC')}}
GROUP BY day, shop_id, buyer_no ORDER BY cityHash64(shop_id, buyer_no, day) LIMIT {_POPULATION}
"""


@dataclass(frozen=True, slots=True)
class Tested:
    """How a model of what was known before `since` did on what came later; nothing without enough
    labels of either kind."""

    since: datetime | None = None
    cases: int = 0
    frauds: int = 0
    auroc: float | None = None
    average_precision: float | None = None
    rules_average_precision: float | None = None

    def as_metrics(self) -> dict[str, Any]:
        if self.since is None:
            return {}
        return {
            "tested_from": self.since.isoformat(),
            "tested": self.cases,
            "tested_frauds": self.frauds,
            "auroc": self.auroc,
            "average_precision": self.average_precision,
            "rules_average_precision": self.rules_average_precision,
        }


def train(clickhouse: ClickHouse, rows: Sequence[KnownLabel], until: datetime) -> ModelDraft:
    """A model from the labels known at `until`. Raises Refused if there are too few, in words."""
    labels = labelled(rows)
    require_enough(labels, "")
    examples = read_examples(clickhouse, labels)
    require_enough(
        examples, ", whose signals are still stored: those of older or unmeasured shoppers are gone"
    )
    tested = held_out(examples, until)
    model = gradient.portable(gradient.fit(matrix(examples), truth(examples)))
    population = read_population(clickhouse, labels, until)
    scores = pl.Series("score", model.probability(matrix(population)))
    return ModelDraft(
        window_from=examples["labelled_at"].min(),
        window_until=until,
        labels=examples.height,
        frauds=int(examples["is_fraud"].sum()),
        shops=examples["shop_id"].n_unique(),
        features=list(NAMES),
        metrics=tested.as_metrics(),
        reference=reference_of(population.select(NAMES).with_columns(scores)),
        versions={
            "rules": {rule.key: rule.version for rule in MEASURED},
            "scikit-learn": version("scikit-learn"),
        },
        trees=forest.dump(model),
        is_calibrated=model.is_calibrated,
    )


def read_population(clickhouse: ClickHouse, labels: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """The features of everybody, or of a part drawn at random, on the seven days until then."""
    people = clickhouse.read(_POPULATION_OF_WEEK, {"until": until})
    return read_features(clickhouse, people, labels)


def read_examples(clickhouse: ClickHouse, labels: pl.DataFrame) -> pl.DataFrame:
    """Labels (`case_features.LABELLED`) with the features of their shopper's worst hour, in the
    order of the decisions; without those of whom nothing was measured in time."""
    key = ["shop_id", "buyer_no", "abuse"]
    if labels.is_empty():
        nobody = read_features(clickhouse, labels.select(key).clear(), labels)
        return nobody.join(labels, on=key)
    worst = clickhouse.read(_WORST, frames={"labels": labels.select(*key, "labelled_at")})
    features = read_features(clickhouse, worst.select("hour", "shop_id", "buyer_no"), labels)
    return worst.join(features, on=list(CASE)).join(labels, on=key).sort("labelled_at", *key)


def require_enough(rows: pl.DataFrame, note: str) -> None:
    """Raises Refused below the fewest of either kind that teach anything."""
    frauds = int(rows["is_fraud"].sum())
    least = gradient.LEAST_OF_EACH
    if min(frauds, rows.height - frauds) < least:
        raise Refused(
            f"a model needs at least {least} confirmed shoppers and {least} false positives{note}; "
            f"there are {frauds} and {rows.height - frauds}. Decide about more cases of the queue"
        )


def held_out(examples: pl.DataFrame, until: datetime) -> Tested:
    """Trains on what was known before the last week (two, three, four, until it has enough labels)
    and measures on the shoppers whose hour came later."""
    for weeks in range(1, _MOST_WEEKS + 1):
        since = until - weeks * _WEEK
        early = examples.filter(pl.col("labelled_at") <= since)
        late = examples.filter(pl.col("hour") >= since)
        is_enough = gradient.is_learnable(truth(early)) and _least(late) >= LEAST_TESTED
        if is_enough:
            return _tested(early, late, since)
    return Tested()


def _tested(early: pl.DataFrame, late: pl.DataFrame, since: datetime) -> Tested:
    known = truth(late)
    odds = gradient.fit(matrix(early), truth(early)).odds(matrix(late))
    return Tested(
        since=since,
        cases=late.height,
        frauds=int(known.sum()),
        auroc=float(roc_auc_score(known, odds)),
        average_precision=float(average_precision_score(known, odds)),
        rules_average_precision=float(average_precision_score(known, late["rules_score"])),
    )


def _least(rows: pl.DataFrame) -> int:
    frauds = int(rows["is_fraud"].sum())
    return min(frauds, rows.height - frauds)


def matrix(rows: pl.DataFrame) -> Matrix:
    """The features as the trees take them."""
    return rows.select(pl.col(NAMES).cast(pl.Float32)).to_numpy()


def truth(rows: pl.DataFrame) -> Any:
    """1 for confirmed, 0 for a false positive."""
    return rows["is_fraud"].cast(pl.Float64).to_numpy()
