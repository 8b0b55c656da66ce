"""Publications: which verdicts are published, what stays in the figures, and what is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from core.fraud_rules import RULES
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_settings, risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import assets, verdicts
from pipelines.fraud.choices import LABELS, LIMITS, Choices, read_choices
from pipelines.fraud.judgement import judged
from pipelines.fraud.rules import OVERRIDES, rules_of_shops
from pipelines.fraud.score import SNOOZES
from pipelines.fraud.sources import Hour, read_hour
from pipelines.fraud.verdicts import (
    Verdicts,
    decide,
    publish,
    read_known,
    read_signals,
    unexplained,
)
from pipelines.postgres import Postgres
from pipelines.resources import resources
from pipelines.variants import FLAGGED, read_flagged
from tests.pipelines.fraud.stored import Row, keep
from tests.properties import examples

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
SPAM = {"same_texts": 5.0, "links": 5.0}  # 80
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def rows_of(
    shop_id: int, buyer_no: int, values: dict[str, float], hour: datetime = HOUR
) -> list[Row]:
    return [(hour, shop_id, buyer_no, rule, value) for rule, value in values.items()]


def change(settings: Settings, work: Callable[[Connection], Awaitable[object]]) -> None:
    Postgres(lambda: settings).change(work)


class System:
    """Both stores, at any time."""

    def __init__(self, settings: Settings) -> None:
        self.clickhouse = ClickHouse(lambda: settings)
        self.postgres = Postgres(lambda: settings)

    def publish(self, days: float) -> None:
        """What the asset does, so many days from now."""
        now = NOW + timedelta(days=days)
        choices = self.postgres.run(read_choices)
        signals = read_signals(self.clickhouse, choices, now)
        made = decide(signals, read_known(self.clickhouse), choices, now)
        publish(self.clickhouse, self.postgres, made)
        assert self.unexplained() == []

    def unexplained(self) -> list[tuple[object, ...]]:
        return unexplained(self.clickhouse, self.postgres).rows()

    def fraud(self) -> list[int]:
        """Shoppers whom the clean figures leave out."""
        return sorted(read_flagged(self.clickhouse)["buyer_no"].to_list())

    def blocked(self) -> list[int]:
        return sorted(buyer for _, buyer in self.postgres.run(risk.held_or_blocked))


@pytest.fixture(name="system")
def both_stores(settings: Settings) -> System:
    return System(settings)


def run_asset(
    settings: Settings,
    *chosen: dg.AssetsDefinition | dg.AssetChecksDefinition,
    partition_key: str | None = None,
) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        return dg.materialize(
            list(chosen),
            resources=resources(lambda: settings),
            instance=instance,
            run_config=QUIET,
            partition_key=partition_key,
            raise_on_error=False,
        )


def test_the_figures_remember_what_bots_forget(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM, HOUR - timedelta(days=31)))
    result = run_asset(settings, assets.fraud_verdicts, assets.verdicts_agree)
    assert result.success and all(check.passed for check in result.get_asset_check_evaluations())
    assert (system.blocked(), system.fraud()) == ([], [1])


def test_a_year_of_a_fraud(settings: Settings, system: System, shop_id: int) -> None:
    keep(settings, [*rows_of(shop_id, 1, SPAM), *rows_of(shop_id, 2, SPAM)])
    system.publish(0)
    assert (system.blocked(), system.fraud()) == ([1, 2], [1, 2])
    system.publish(31)
    assert (system.blocked(), system.fraud()) == ([], [1, 2])
    system.publish(100)
    system.publish(366)
    assert (system.blocked(), system.fraud()) == ([], [1, 2])

    # People alone can take it back then.
    async def decide_about_both(connection: Connection) -> None:
        await risk.allow(connection, shop_id, 1)
        await risk.label(
            connection, shop_id=shop_id, buyer_no=2, abuse="flood", decided="false_positive"
        )

    change(settings, decide_about_both)
    system.publish(367)
    assert system.fraud() == []


def test_changed_rules_clear_what_they_still_see(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    off = fraud_settings.RuleChange(shop_id=shop_id, rule="links", is_on=False)
    system.publish(0)
    system.publish(31)
    change(settings, lambda connection: fraud_settings.change_rule(connection, off))
    system.publish(32)
    assert system.fraud() == []
    system.publish(100)
    assert system.fraud() == []


def test_changed_rules_leave_what_they_cannot_see(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    off = fraud_settings.RuleChange(shop_id=shop_id, rule="links", is_on=False)
    system.publish(0)
    system.publish(100)
    change(settings, lambda connection: fraud_settings.change_rule(connection, off))
    system.publish(101)
    assert system.fraud() == [1]


def test_who_is_confirmed_is_fraud_in_both_stores(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    system.publish(0)

    async def confirm(connection: Connection) -> None:
        for buyer_no in (1, 2):
            await risk.label(
                connection, shop_id=shop_id, buyer_no=buyer_no, abuse="flood", decided="confirmed"
            )

    change(settings, confirm)
    for days in (0, 31, 100):
        system.publish(days)
        assert (system.blocked(), system.fraud()) == ([1, 2], [1, 2])


def test_an_owner_who_allows_meanwhile_is_heard(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    choices = system.postgres.run(read_choices)
    made = decide(
        read_signals(system.clickhouse, choices, NOW), read_known(system.clickhouse), choices, NOW
    )
    change(settings, lambda connection: risk.allow(connection, shop_id, 1))
    publish(system.clickhouse, system.postgres, made)
    assert (system.blocked(), system.fraud(), system.unexplained()) == ([], [], [])


def test_a_missed_publication_is_told_from_age(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    system.publish(0)
    # PostgreSQL lost it.
    change(settings, lambda connection: connection.execute("DELETE FROM fraud_verdicts"))
    assert system.unexplained() == [(shop_id, 1, "postgres")]
    system.publish(0)
    # ClickHouse lost it.
    with system.clickhouse.opened() as client:
        client.command("TRUNCATE TABLE fraud_verdict")
    assert system.unexplained() == [(shop_id, 1, "clickhouse")]


def test_two_signals_below_their_thresholds_are_a_score(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, {"flood": 29.0, "long_flood": 140.0}))
    system.publish(0)
    assert system.blocked() == [1]
    why = system.postgres.run(lambda connection: risk.reasons_of(connection, shop_id, [1]))
    assert {reason.rule for reason in why} == {"flood", "long_flood"}


_KEYS = [rule.key for rule in RULES]
_PEOPLE = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 2), st.sampled_from(_KEYS), st.floats(0.01, 1.4)),
    unique_by=lambda row: row[:3],
    max_size=40,
)
_OWN = st.dictionaries(
    st.sampled_from(_KEYS), st.tuples(st.booleans(), st.floats(0, 1), st.floats(0.3, 2)), max_size=5
)
_NUMBERS = iter(range(1, 1_000_000))


@examples(40, allow=[HealthCheck.function_scoped_fixture])
@given(_PEOPLE, _OWN, st.floats(1, 100))
def test_everybody_is_published_whom_the_scores_would_review(
    settings: Settings,
    people: list[tuple[int, int, str, float]],
    own: dict[str, tuple[bool, float, float]],
    review: float,
) -> None:
    shop_id = next(_NUMBERS)  # the stores are the same for all examples
    base = {rule.key: rule.threshold for rule in RULES}
    rows: list[Row] = [
        (HOUR - timedelta(days=20 * ago), shop_id, buyer, rule, share * base[rule])
        for buyer, ago, rule, share in people
    ]
    keep(settings, rows)
    overrides = [
        (shop_id, rule, is_on, None, weight, share * base[rule])
        for rule, (is_on, weight, share) in own.items()
    ]
    limits = pl.DataFrame([(shop_id, review, 100.0)], schema=LIMITS, orient="row")
    choices = Choices(
        rules=rules_of_shops(limits, pl.DataFrame(overrides, schema=OVERRIDES, orient="row")),
        limits=limits,
        allowed=pl.DataFrame(schema=FLAGGED),
        snoozes=pl.DataFrame(schema=SNOOZES),
        labels=pl.DataFrame(schema=LABELS),
    )
    clickhouse = ClickHouse(lambda: settings)
    everything = clickhouse.read(
        "SELECT hour, shop_id, buyer_no, rule, value FROM fraud_signal "
        "WHERE shop_id = {shop:UInt32}",
        {"shop": shop_id},
    )
    wanted, _ = judged(everything, choices)
    found, _ = judged(read_signals(clickhouse, choices, NOW), choices)
    score = pl.col("score").round(9)  # of factors in another order, the last digit may differ
    assert found.with_columns(score).rows() == wanted.with_columns(score).rows()


def test_an_unsound_publication_is_refused(
    settings: Settings, system: System, shop_id: int
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))
    system.publish(0)
    keep(settings, rows_of(shop_id, 1, {"links": 7.0}))  # twice in an hour
    result = run_asset(settings, assets.fraud_verdicts)
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert not result.success and not checks["input_is_sound"].passed
    assert checks["input_is_sound"].metadata["offending"]
    assert system.blocked() == [1]


def test_verdicts_that_cannot_be_are_refused(
    settings: Settings, system: System, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(settings, rows_of(shop_id, 1, SPAM))

    def broken(*given_: Any) -> Verdicts:
        made = decide(*given_)
        return replace(
            made,
            verdicts=made.verdicts.with_columns(outcome=pl.lit("ban")),
            shoppers=made.shoppers.with_columns(verdict=pl.lit("clear")),
        )

    monkeypatch.setattr(verdicts, "decide", broken)
    result = run_asset(settings, assets.fraud_verdicts)
    failed = {
        check.check_name for check in result.get_asset_check_evaluations() if not check.passed
    }
    assert failed == {"verdicts_are_sound", "shoppers_are_sound"}
    assert (system.blocked(), system.fraud()) == ([], [])


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("refunds", {"shop_id": 1, "buyer_no": 1, "refunds": 0, "orders": 3}),
        ("catalogue", {"shop_id": 1, "on_sale": 0}),
        (
            "history",
            {"hour": HOUR, "shop_id": 1, "source_id": 7, "newcomers": 3, "engaged": 4},
        ),
    ],
)
def test_an_hour_of_unsound_inputs_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, row: dict[str, object]
) -> None:
    def broken(*given_: Any) -> Hour:
        hour = read_hour(*given_)
        frame: pl.DataFrame = getattr(hour, name)
        frames: dict[str, Any] = {name: pl.DataFrame([row], schema=frame.schema)}
        return replace(hour, **frames)

    monkeypatch.setattr(assets, "read_hour", broken)
    result = run_asset(settings, assets.fraud_hour, partition_key=f"{HOUR:%Y-%m-%d-%H:00}")
    (check,) = [
        each for each in result.get_asset_check_evaluations() if each.check_name == "input_is_sound"
    ]
    assert not result.success and not check.passed
