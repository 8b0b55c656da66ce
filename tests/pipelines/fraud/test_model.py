"""The model from end to end: labels, training, shadow, promotion, scores and reasons."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import dagster as dg
import numpy as np
import polars as pl
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from core.clickhouse import open_client
from core.errors import Refused
from core.fraud_words import reason_words
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_models, risk
from core.shop.fraud_models import StoredModel
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import (
    assets,
    drift,
    forest,
    gradient,
    model_assets,
    model_scores,
    past_hours,
    training,
    verdicts,
    watching,
)
from pipelines.fraud.case_features import MEASURES, NAMES, labelled, shop_shares
from pipelines.fraud.choices import read_choices
from pipelines.fraud.model_scores import read_cases, scored
from pipelines.fraud.preview import preview
from pipelines.postgres import Postgres
from tests.pipelines.fraud.stored import Row, keep
from tests.pipelines.fraud.test_publication import run_asset

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
DAYS = 24
A_DAY = 4  # cases, every second of them confirmed
Result = TypeVar("Result")


def values_of(is_fraud: bool, number: int) -> dict[str, float]:
    """What rules cannot tell: thieves' payments fail at small sums, honest ones' more often."""
    failed = 2.5 + (number % 3) / 2
    return {"failed_payments": failed, "small_failures": 2.5 if is_fraud else 1.0}


def decisions() -> list[tuple[int, datetime, bool]]:
    """Shopper, when it was decided, and whether it is fraud; every tenth is a person's mistake."""
    count = DAYS * A_DAY
    return [
        (
            number,
            NOW - timedelta(days=DAYS - number / A_DAY),
            (number % 2 == 1) != (number % 10 == 0),
        )
        for number in range(1, count + 1)
    ]


def was_seen(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


def fill(settings: Settings, shop_id: int) -> None:
    """Signals, scores and decisions of three weeks and a half."""
    decided = decisions()
    signals: list[Row] = []
    scores = []
    for number, moment, _ in decided:
        hour = was_seen(moment)
        values = values_of(number % 2 == 1, number)
        signals += [(hour, shop_id, number, rule, value) for rule, value in values.items()]
        scores.append([hour.date(), hour, shop_id, number, "payment", 66.0, 66.0, "review"])
    for number, kind in ((901, True), (902, False)):  # of this hour, whom nobody has judged
        values = values_of(kind, 1)
        signals += [(HOUR, shop_id, number, rule, value) for rule, value in values.items()]
    keep(settings, signals)
    client = open_client(settings.clickhouse_url.get_secret_value())
    columns = ["day", "hour", "shop_id", "buyer_no", "abuse", "score", "shadow_score", "outcome"]
    client.insert("fraud_score", scores, column_names=columns)
    client.close()

    async def decide(connection: Connection) -> None:
        await connection.executemany(
            "INSERT INTO fraud_labels (shop_id, buyer_no, abuse, label, labelled_at) "
            "VALUES ($1, $2, 'payment', $3, $4)",
            [
                (shop_id, number, "confirmed" if is_fraud else "false_positive", moment)
                for number, moment, is_fraud in decided
            ],
        )

    change(settings, decide)


def change(settings: Settings, work: Callable[[Connection], Awaitable[Result]]) -> Result:
    async def in_transaction(connection: Connection) -> Result:
        async with connection.transaction():
            return await work(connection)

    return Postgres(lambda: settings).change(in_transaction)


class System:
    """Both stores."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clickhouse = ClickHouse(lambda: settings)
        self.postgres = Postgres(lambda: settings)

    def models(self) -> dict[str, StoredModel]:
        return {model.state: model for model in self.postgres.run(fraud_models.listed)}

    def publish(self) -> None:
        choices = self.postgres.run(read_choices)
        signals = verdicts.read_signals(self.clickhouse, choices, NOW)
        made = verdicts.decide(signals, verdicts.read_known(self.clickhouse), choices, NOW)
        verdicts.publish(self.clickhouse, self.postgres, made, choices.champion)

    def reasons(self, shop_id: int, buyer_no: int) -> list[risk.Reason]:
        return self.postgres.run(lambda at: risk.reasons_of(at, shop_id, [buyer_no]))


def promote(system: System, number: int, **more: bool) -> StoredModel:
    return change(system.settings, lambda at: fraud_models.promote(at, number, "the owner", **more))


def test_from_decisions_to_scores_with_reasons(settings: Settings, shop_id: int) -> None:
    system = System(settings)
    fill(settings, shop_id)
    seen = watching.watch(system.clickhouse, [], [], NOW)
    assert (seen.weeks, seen.drift, seen.precision) == ([], {}, [])
    run = run_asset(settings, model_assets.fraud_model)
    assert run.success
    model = system.models()["shadow"]
    assert (model.labels, model.shops, model.features) == (DAYS * A_DAY, 1, list(NAMES))
    # Every tenth decision was a mistake.
    assert 0.8 < model.metrics["auroc"] < fraud_models.LEAKAGE
    assert model.metrics["average_precision"] >= model.metrics["rules_average_precision"]
    assert not model.is_calibrated  # of 96 decisions the latest fifth has too few
    labels = system.postgres.run(lambda at: fraud_models.known_labels(at, NOW))
    models = system.postgres.run(fraud_models.scoring)
    rows = scored(read_cases(system.clickhouse, HOUR, labels), models)
    by_person = dict(rows.select("buyer_no", "score").rows())
    assert by_person[901] > 0.7 > 0.4 > by_person[902]
    system.clickhouse.replace_hour("fraud_model_score", HOUR, rows)
    # What its rule's threshold would have hit is said before it is promoted.
    until = HOUR + timedelta(hours=1)
    for threshold, hits in ((0.7, 1), (0.01, 2)):
        would_hit = preview(
            system.clickhouse, "model_payment", until, threshold=threshold, model=model.id
        )
        assert would_hit.hits == hits
    _in_shadow_then_promoted(system, shop_id, model)


def _in_shadow_then_promoted(system: System, shop_id: int, model: StoredModel) -> None:
    system.publish()
    assert not system.reasons(shop_id, 901)
    lower = "INSERT INTO fraud_rules (shop_id, rule, threshold) VALUES ($1, 'model_payment', 0.7)"
    change(system.settings, lambda at: at.execute(lower, shop_id))
    system.publish()
    assert not system.reasons(shop_id, 901)
    assert promote(system, model.id).promoted_by == "the owner"
    # It acts on what comes, not on hours that had begun before.
    system.publish()
    assert not system.reasons(shop_id, 901)
    earlier = "UPDATE fraud_models SET promoted_at = $1 WHERE state = 'champion'"
    change(system.settings, lambda at: at.execute(earlier, HOUR))
    system.publish()
    (by_model, *_) = system.reasons(shop_id, 901)
    assert by_model.rule == "model_payment"
    assert [told.feature for told in by_model.features][0] == "small_failures"
    assert not system.reasons(shop_id, 902)
    words = reason_words(
        *(by_model.rule, by_model.value, by_model.threshold, by_model.window_seconds),
        [(told.feature, told.value) for told in by_model.features],
    )
    assert "above all: Failed payments of small orders in a week: 2.5" in words.en
    assert "прежде всего: Неудачные оплаты маленьких заказов за неделю: 2,5" in words.ru
    change(system.settings, lambda at: fraud_models.retire(at, model.id))
    system.publish()
    assert not system.reasons(shop_id, 901)


def test_a_decision_is_known_from_its_own_time_on(settings: Settings, shop_id: int) -> None:
    system = System(settings)
    fill(settings, shop_id)
    then = NOW - timedelta(days=10)
    labels = system.postgres.run(lambda at: fraud_models.known_labels(at, then))
    assert {moment <= then for *_, moment, _ in labels} == {True}
    early = training.read_examples(system.clickhouse, labelled(labels))
    assert early.select((pl.col("hour") + timedelta(hours=1) <= pl.col("labelled_at")).all()).item()
    # Whatever is decided later, features of then are as they were.
    everything = system.postgres.run(lambda at: fraud_models.known_labels(at, NOW))
    late = training.read_examples(system.clickhouse, labelled(everything))
    again = late.filter(pl.col("labelled_at") <= then)
    assert again.select(early.columns).equals(early)
    first, last = late["shop_confirmed"][0], late["shop_confirmed"][-1]
    assert first == 0.5 and 0.4 < last < 0.6
    # A model of then has a later week at once, in which it is compared with the rules.
    trained = model_assets.train_if_due(system.clickhouse, system.postgres, then, again=True)
    assert f"on {len(labels)} labels" in trained.note
    _score_by(system, trained.model, then)
    models = system.postgres.run(fraud_models.scoring)
    (week,) = watching.watch(system.clickhouse, models, everything, NOW).weeks
    assert week.since == then and week.cases == 7 * A_DAY
    assert week.challenger > week.champion


def _score_by(system: System, model: int | None, since: datetime) -> None:
    assert model is not None
    days = [since.date() + timedelta(days=number) for number in range(9)]
    stores = system.clickhouse, system.postgres
    assert list(past_hours.score_by_model(*stores, model, days)) == [""] * 9


def test_too_few_decisions_are_said_in_words(settings: Settings) -> None:
    system = System(settings)
    with pytest.raises(
        Refused, match="at least 20 confirmed shoppers and 20 false positives; there"
    ):
        training.train(system.clickhouse, [], NOW)
    trained = model_assets.train_if_due(system.clickhouse, system.postgres, NOW, again=False)
    assert trained.model is None and trained.note.startswith("not trained: a model needs")
    assert not system.models()


def draft(**own: Any) -> fraud_models.ModelDraft:
    usual: dict[str, Any] = {
        "window_from": NOW,
        "window_until": NOW,
        "labels": 40,
        "frauds": 20,
        "shops": 1,
        "features": ["links"],
        "metrics": {"auroc": 0.8, "average_precision": 0.7, "rules_average_precision": 0.6},
        "reference": {},
        "versions": {},
        "trees": b"",
        "is_calibrated": True,
    }
    return fraud_models.ModelDraft(**(usual | own))


def test_a_broken_model_stops_neither_another_nor_the_rules(
    settings: Settings, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = System(settings)
    keep(settings, [(HOUR, shop_id, 7, rule, 5.0) for rule in ("same_texts", "links")])
    table = np.arange(400, dtype=np.float32).reshape(-1, 1)
    trees = forest.dump(gradient.portable(gradient.fit(table, (table[:, 0] > 200).astype(float))))
    sound = change(settings, lambda at: fraud_models.add(at, draft(trees=trees)))
    promote(system, sound)
    broken = change(settings, lambda at: fraud_models.add(at, draft(trees=b"")))
    hour = f"{HOUR:%Y-%m-%d-%H:00}"

    def scored_by() -> tuple[list[int], dict[str, str]]:
        """Whose scores the hour has, and what is wrong with whom."""
        chosen = (model_assets.fraud_model_score, assets.fraud_verdicts)
        run = run_asset(settings, *chosen, partition_key=hour)
        assert run.success
        (check,) = [
            each
            for each in run.get_asset_check_evaluations()
            if each.check_name == "rows_are_sound"
        ]
        found = check.metadata["broken"].value
        assert isinstance(found, dict) and check.passed == (not found)
        rows = system.clickhouse.read("SELECT DISTINCT model FROM fraud_model_score ORDER BY model")
        return rows["model"].to_list(), found

    models, wrong = scored_by()
    assert models == [sound] and "these are no trees" in wrong.pop(str(broken)) and not wrong
    blocked = system.postgres.run(risk.held_or_blocked)
    assert blocked == [(shop_id, 7)]
    promote(system, broken)
    models, wrong = scored_by()
    assert not models and set(wrong) == {str(broken)}
    promote(system, sound)
    assert scored_by() == ([sound], {})

    def too_large(*_: object) -> pl.DataFrame:
        raise DatabaseError("memory limit exceeded")

    monkeypatch.setattr(model_scores, "read_cases", too_large)
    monkeypatch.setattr(model_assets, "_RETRY", dg.RetryPolicy(max_retries=0))
    _, wrong = scored_by()
    assert wrong == {"all": "DatabaseError: memory limit exceeded"}
    assert system.postgres.run(risk.held_or_blocked) == blocked


def test_later_weeks_are_whole_and_have_both_kinds() -> None:
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    chance = np.random.default_rng(3)
    is_fraud = np.arange(120) % 2 == 0
    rows = pl.DataFrame(
        {
            "hour": [begin + timedelta(hours=3 * number) for number in range(120)],
            "is_fraud": is_fraud,
            "challenger": is_fraud + chance.normal(0, 0.4, 120),
            "champion": chance.normal(0, 1, 120),
        }
    )
    weeks = list(watching.later_weeks(rows, begin, begin + timedelta(days=15)))
    assert [week.cases for week in weeks] == [56, 56]
    assert all(week.is_better for week in weeks)
    assert not list(watching.later_weeks(rows, begin, begin + timedelta(days=6)))


def test_a_decision_about_payments_says_nothing_about_spam() -> None:
    judged = {name: [0.0] for name in MEASURES} | {"failed_payments": [3.0], "links": [3.0]}
    rows = pl.DataFrame(judged).with_columns(
        abuse=pl.lit("payment"), is_fraud=False, labelled_at=pl.lit(NOW - timedelta(days=1))
    )
    (found,) = watching.precision_by_week(rows, NOW)
    assert (found.rule, found.decided, found.confirmed) == ("failed_payments", 1, 0)


def test_the_spread_of_a_column_is_compared_with_then() -> None:
    chance = np.random.default_rng(1)
    then = pl.DataFrame({"a": chance.normal(0, 1, 2000), "b": chance.poisson(0.2, 2000)})
    now = pl.DataFrame({"a": chance.normal(1, 1, 2000), "b": chance.poisson(0.2, 2000)})
    reference = drift.reference_of(then)
    found = drift.indices(reference, now)
    assert list(found) == ["a", "b"]
    assert found["a"] > drift.DRIFTED > drift.MOVED > found["b"]
    assert not drift.indices(reference, now.head(50))


def test_a_shop_is_compared_with_its_own_last_week() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC).date()
    by_day = pl.DataFrame(
        [(day, 1, "flood", 3), (day, 1, "", 12)],
        schema={"day": pl.Date, "shop_id": pl.UInt32, "abuse": pl.String, "people": pl.Int64},
        orient="row",
    )
    shares = shop_shares(by_day).filter(pl.col("abuse") == "flood").sort("day")
    assert shares["day"].to_list() == [day + timedelta(days=n) for n in range(1, 8)]
    assert shares["shop_share"].to_list() == [0.25] * 7


def test_stored_trees_score_as_grown_and_bad_ones_are_refused() -> None:
    chance = np.random.default_rng(2)
    table = chance.normal(size=(400, 3)).astype(np.float32)
    table[chance.random(table.shape) < 0.1] = np.nan
    known = (np.nan_to_num(table[:, 0]) > 0.3).astype(float)
    grown = gradient.fit(table, known)
    stored = forest.load(forest.dump(gradient.portable(grown)))
    np.testing.assert_allclose(stored.probability(table), grown.probability(table), rtol=1e-12)
    trees = stored.trees
    assert isinstance(trees, forest.Forest)
    left = np.minimum(trees.left, 1)  # pylint: disable=no-member  # a Forest, as asserted
    looping = replace(trees, left=left)
    with pytest.raises(ValueError, match="leads nowhere"):
        forest.load(forest.dump(replace(stored, trees=looping)))
    with pytest.raises(ValueError, match="no trees"):
        forest.load(b"PK not at all")
