"""Which model's scores count: the champion and the one in its shadow, who promotes, and what a
retry or a preview makes of them."""

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from core.clickhouse import open_client
from core.errors import NotFound, Refused
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_models
from core.shop.fraud_models import ModelLeaks, ModelUnmeasured
from pipelines.fraud import model_assets, watching
from pipelines.fraud.preview import preview
from pipelines.resources import resources
from tests.api.happenings import happening, record
from tests.pipelines.fraud.test_model import HOUR, NOW, System, change, draft, fill
from tests.pipelines.fraud.test_publication import QUIET, run_asset

BETTER = watching.Week(NOW, 40, 20, 0.9, 0.7, 0.05)
ALIKE = watching.Week(NOW, 40, 20, 0.72, 0.7, 0.05)


def added(settings: Settings, *, by_rule: bool = False, **own: Any) -> int:
    """A model in the shadow; its number."""

    async def add(connection: Connection) -> int:
        number = await fraud_models.add(connection, draft(**own))
        await fraud_models.let_rule_promote(connection, number, by_rule)
        return number

    return change(settings, add)


def promoted_by_rule(system: System, *weeks: watching.Week) -> int | None:
    models = system.postgres.run(fraud_models.scoring)
    seen = watching.Watch(list(weeks), {}, [])
    return model_assets.promote_if_better(system.postgres, models, seen)


def test_one_champion_and_one_in_its_shadow(settings: Settings) -> None:
    async def several(connection: Connection) -> list[str]:
        first = await fraud_models.add(connection, draft())
        second = await fraud_models.add(connection, draft(metrics={"auroc": 0.999}))
        assert [each.state for each in await fraud_models.listed(connection)] == [
            "shadow",
            "retired",
        ]
        with pytest.raises(ModelLeaks):
            await fraud_models.promote(connection, second, "me")
        await fraud_models.promote(connection, second, "me", accepts_leakage=True)
        await fraud_models.promote(connection, first, "me")
        with pytest.raises(NotFound):
            await fraud_models.promote(connection, second + 1, "me")
        third = await fraud_models.add(connection, draft(metrics={}))
        with pytest.raises(ModelUnmeasured):
            await fraud_models.promote(connection, third, "me")
        await fraud_models.promote(connection, third, "me", accepts_unmeasured=True)
        return [each.state for each in await fraud_models.listed(connection)]

    assert change(settings, several) == ["champion", "retired", "retired"]


def test_the_permission_is_the_shadows_and_is_taken_back(settings: Settings) -> None:
    async def by_rules(connection: Connection) -> list[bool]:
        found = []
        first = await fraud_models.add(connection, draft())
        await fraud_models.let_rule_promote(connection, first, True)
        second = await fraud_models.add(connection, draft())
        found.append((await fraud_models.get(connection, second)).by_rule)
        with pytest.raises(Refused, match="not in the shadow"):
            await fraud_models.let_rule_promote(connection, first, True)
        found.append((await fraud_models.let_rule_promote(connection, second, False)).by_rule)
        await fraud_models.let_rule_promote(connection, second, True)
        await fraud_models.retire(connection, second)
        third = await fraud_models.add(connection, draft())
        found.append((await fraud_models.get(connection, third)).by_rule)
        return found

    assert change(settings, by_rules) == [True, False, False]


def test_the_rule_promotes_what_two_later_weeks_show(settings: Settings) -> None:
    system = System(settings)
    number = added(settings)
    assert promoted_by_rule(system, BETTER, BETTER) is None  # a person has not left it to the rule
    change(settings, lambda at: fraud_models.let_rule_promote(at, number, True))
    assert promoted_by_rule(system, BETTER) is None
    assert promoted_by_rule(system, BETTER, ALIKE) is None
    assert promoted_by_rule(system, ALIKE, BETTER, BETTER) == number
    assert system.models()["champion"].promoted_by == fraud_models.BY_RULE


def test_the_rule_leaves_doubtful_models_to_a_person(settings: Settings) -> None:
    system = System(settings)
    doubts: list[dict[str, Any]] = [
        {"metrics": {}},
        {"metrics": {"auroc": 0.999}},
        {"is_calibrated": False},
    ]
    for doubt in doubts:
        added(settings, by_rule=True, **doubt)
        assert promoted_by_rule(system, BETTER, BETTER) is None


def test_the_rule_looks_again_before_it_promotes(settings: Settings) -> None:
    system = System(settings)
    seen = watching.Watch([BETTER, BETTER], {}, [])
    former = added(settings)
    number = added(settings, by_rule=True)
    compared = system.postgres.run(fraud_models.scoring)
    # Meanwhile another one has come to count: what was compared with the rules says nothing of it.
    change(settings, lambda at: fraud_models.promote(at, former, "me"))
    assert model_assets.promote_if_better(system.postgres, compared, seen) is None
    compared = system.postgres.run(fraud_models.scoring)
    change(settings, lambda at: fraud_models.let_rule_promote(at, number, False))
    assert model_assets.promote_if_better(system.postgres, compared, seen) is None
    change(settings, lambda at: fraud_models.let_rule_promote(at, number, True))
    change(settings, lambda at: fraud_models.retire(at, number))
    assert model_assets.promote_if_better(system.postgres, compared, seen) is None
    assert system.models()["champion"].id == former


def test_a_check_names_models_that_were_never_measured(settings: Settings) -> None:
    number = added(settings, metrics={})
    run = run_asset(settings, model_assets.fraud_model)
    (check,) = [
        each for each in run.get_asset_check_evaluations() if each.check_name == "no_leakage"
    ]
    assert check.passed and check.description == f"not measured: {number}"


def test_a_retry_trains_no_second_model(
    settings: Settings, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, shop_id)
    watch = watching.watch
    failed: list[bool] = []

    def fails_once(*arguments: Any) -> watching.Watch:
        if not failed:
            failed.append(True)
            raise RuntimeError("ClickHouse is away")
        return watch(*arguments)

    monkeypatch.setattr(watching, "watch", fails_once)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        run = dg.materialize(
            [model_assets.fraud_model],
            resources=resources(lambda: settings),
            instance=instance,
            run_config=QUIET | {"ops": {"fraud_model": {"config": {"again": True}}}},
        )
    assert run.success and failed
    assert len(System(settings).postgres.run(fraud_models.listed)) == 1


def test_an_hour_without_models_reads_no_labels(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fraud_models, "known_labels", None)
    key = f"{HOUR:%Y-%m-%d-%H:00}"
    assert run_asset(settings, model_assets.fraud_model_score, partition_key=key).success


def test_a_models_rule_is_previewed_by_the_one_that_counts(
    settings: Settings, shop_id: int
) -> None:
    system = System(settings)
    assert system.postgres.run(fraud_models.previewed) == 0
    champion = added(settings)
    assert system.postgres.run(fraud_models.previewed) == champion
    change(settings, lambda at: fraud_models.promote(at, champion, "me"))
    shadow = added(settings)
    assert system.postgres.run(fraud_models.previewed) == champion
    url = settings.clickhouse_url.get_secret_value()
    client = open_client(url)
    client.insert(
        "fraud_model_score",
        [
            [HOUR.date(), HOUR, shop_id, number, "flood", model, 0.95, "[]"]
            for model, number in ((champion, 1), (shadow, 1), (shadow, 2))
        ],
        column_names=["day", "hour", "shop_id", "buyer_no", "abuse", "model", "score", "told"],
    )
    client.close()
    # Shopper 4 came in an hour that no model has scored.
    before = HOUR - timedelta(hours=1)
    moments = ((1, HOUR), (2, HOUR), (3, HOUR + timedelta(minutes=59)), (4, before))
    record(url, *(happening("message_received", shop_id, who, at=at) for who, at in moments))
    until = HOUR + timedelta(hours=1)
    seen = preview(system.clickhouse, "model_flood", until, shop_id=shop_id, model=champion)
    assert (seen.hits, seen.users) == (1, 3)
    assert preview(system.clickhouse, "links", until, shop_id=shop_id).users == 4
