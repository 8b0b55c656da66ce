"""An hour through Dagster: from hand-made events to both stores, and to the clean figures."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from core import postgres
from core.errors import NotFound, Refused
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_settings, risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import assets, past_hours
from pipelines.fraud.against_truth import LABEL_DELAY, Evaluation, evaluate, read_truth
from pipelines.fraud.evaluation_assets import fraud_evaluation
from pipelines.fraud.hourly import INPUTS
from pipelines.fraud.preview import preview
from pipelines.fraud.sources import Hour
from pipelines.postgres import Postgres
from pipelines.resources import resources
from pipelines.variants import read_flagged
from tests.factories import create_customer, create_shop
from tests.pipelines.fraud.honest import bought_long_ago, honest_trouble, left_bills
from tests.pipelines.fraud.stored import keep
from tests.pipelines.kpis.happenings import Happened, store

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def at(seconds: float) -> datetime:
    return HOUR + timedelta(seconds=seconds)


def spam(shop_id: int, buyer_no: int, times: int = 3) -> list[Happened]:
    said = {"kind": "text", "length": 64, "likeness": 9, "link": True}
    return [
        Happened("message_received", buyer_no, shop_id, at(10 * n), props=said)
        for n in range(times)
    ]


def hoarding(shop_id: int, buyer_no: int) -> list[Happened]:
    """Three orders checked out, one of them paid: two are open."""
    asked = [
        Happened("payment_initiated", buyer_no, shop_id, at(60 * n), order_id=n)
        for n in range(1, 4)
    ]
    return [*asked, Happened("order_paid", buyer_no, shop_id, at(300), order_id=2)]


def forgery(shop_id: int, buyer_no: int) -> list[Happened]:
    """Two presses of what the bot cannot have shown, two of what is out of date, one of the shop's
    own code."""
    nobodys: dict[str, Any] = {"kind": "button", "module": ""}
    rows = [
        Happened("update_handled", buyer_no, shop_id, at(n), outcome="ok", props=props)
        for n, props in enumerate(2 * [nobodys, nobodys | {"made_up": True}], 1)
    ]
    checked = [
        Happened("update_handled", buyer_no, shop_id, at(n), props={"kind": "precheckout"})
        for n in (4, 5, 6, 7)
    ]
    asked = Happened("payment_initiated", buyer_no, shop_id, at(4), order_id=9)
    held = Happened("payment_failed", buyer_no, shop_id, at(8), order_id=9, outcome="mismatch")
    press = Happened("button_pressed", buyer_no, shop_id, at(1), props={"action": ""})
    return [*rows, *checked, asked, held, press]


def refunding(shop_id: int, buyer_no: int) -> list[Happened]:
    """Three refunds of four orders, two of them months ago."""
    rows = []
    for order, days in enumerate((60, 40, 1, 0), 1):
        moment = at(5) - timedelta(days=days)
        rows.append(Happened("order_paid", buyer_no, shop_id, moment, order_id=order))
        if order != 2:
            back = moment + timedelta(minutes=5)
            rows.append(Happened("refund_completed", buyer_no, shop_id, back, order_id=order))
    return rows


def run_hour(settings: Settings, hour: datetime = HOUR) -> dg.ExecuteInProcessResult:
    return _run(settings, [assets.fraud_hour], partition_key=f"{hour:%Y-%m-%d-%H:00}")


def publish(settings: Settings) -> dict[str, Any]:
    result = _run(settings, [assets.fraud_verdicts, assets.verdicts_agree])
    assert all(check.passed for check in result.get_asset_check_evaluations())
    (made,) = result.asset_materializations_for_node("fraud_verdicts")
    return {name: value.value for name, value in made.metadata.items()}


def _run(settings: Settings, chosen: list[Any], **more: Any) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        return dg.materialize(
            chosen,
            resources=resources(lambda: settings),
            instance=instance,
            run_config=QUIET | more.pop("run_config", {}),
            **more,
        )


async def _people(settings: Settings) -> tuple[int, list[int]]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        shop = await create_shop(connection)
        people = [
            await create_customer(connection, shop.id, telegram_id=number)
            for number in range(101, 107)
        ]
        return shop.id, [person.buyer_no for person in people]
    finally:
        await connection.close()


async def _verdicts(settings: Settings, shop_id: int) -> dict[int, tuple[str, str]]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        rows = await risk.verdicts_of(connection, shop_id)
        return {row.buyer_no: (row.abuse, row.outcome) for row in rows}
    finally:
        await connection.close()


def rows_of(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    return ClickHouse(lambda: settings).read(f"SELECT * FROM {table} ORDER BY ALL").rows()


def _events(shop_id: int, people: list[int]) -> list[Happened]:
    spammer, hoarder, forger, refunder, honest, tester = people
    tested = [replace(each, is_test=True) for each in spam(shop_id, tester)]
    return [
        *spam(shop_id, spammer),
        *left_bills(HOUR, shop_id, spammer),
        *hoarding(shop_id, hoarder),
        *forgery(shop_id, forger),
        *refunding(shop_id, refunder),
        *spam(shop_id, honest, times=1),
        *honest_trouble(HOUR, shop_id, honest),
        *tested,
    ]


def _again(settings: Settings, clickhouse: ClickHouse) -> int:
    """Scores the hour, which is complete, again: how many signals."""
    wanted = partial(past_hours.hours_to_score, clickhouse, HOUR, HOUR)
    assert not wanted(again=False) and not wanted(again=True, shop_id=99)
    (scored,) = past_hours.score(settings, wanted(again=True))
    assert (scored.hour, scored.fault) == (HOUR, "")
    return scored.signals


def test_from_events_to_verdicts_and_clean_figures(settings: Settings, tmp_path: Path) -> None:
    shop_id, people = asyncio.run(_people(settings))
    spammer, hoarder, forger, refunder, *_ = people
    bought_long_ago(settings, HOUR, shop_id, spammer)
    store(settings.clickhouse_url.get_secret_value(), _events(shop_id, people))
    assert all(check.passed for check in run_hour(settings).get_asset_check_evaluations())
    signals = {
        (row[3], row[5]): row[7]
        for row in rows_of(settings, "fraud_signal")
        if row[5] not in ("flood", "long_flood")
    }
    assert signals == {
        (spammer, "same_texts"): 3.0,
        (spammer, "links"): 3.0,
        (hoarder, "open_orders"): 2.0,
        (forger, "unknown_buttons"): 2.0,
        (forger, "refused_checks"): 3.0,  # four checks, one of them let through
        (forger, "mismatched_payments"): 1.0,
        (refunder, "refund_share"): 0.75,
        (refunder, "refund_excess"): pytest.approx(3.48, abs=0.01),
    }
    made = publish(settings)
    assert (made["block"], made["hold"], made["shops_changed"]) == (1, 3, 1)
    expected = {
        spammer: ("flood", "block"),
        hoarder: ("stock", "hold"),
        forger: ("payment", "hold"),
        refunder: ("refund", "hold"),
    }
    assert asyncio.run(_verdicts(settings, shop_id)) == expected
    clickhouse = ClickHouse(lambda: settings)
    assert set(read_flagged(clickhouse).rows()) == {(shop_id, buyer) for buyer in expected}

    # The same hour again: the same rows, the same verdicts, and nobody is told.
    before = rows_of(settings, "fraud_signal"), rows_of(settings, "fraud_score")
    assert _again(settings, clickhouse) == len(before[0])
    assert (rows_of(settings, "fraud_signal"), rows_of(settings, "fraud_score")) == before
    assert publish(settings)["shops_changed"] == 0
    # Another hour of the day leaves this one alone; nothing happened in it.
    run_hour(settings, HOUR + timedelta(hours=1))
    assert rows_of(settings, "fraud_signal") == before[0]

    # Whoever is allowed is fraud no more, there as well.
    asyncio.run(_allow(settings, shop_id, spammer))
    publish(settings)
    assert (shop_id, spammer) not in set(read_flagged(clickhouse).rows())

    _preview(clickhouse, shop_id)
    _evaluate(settings, tmp_path)
    _evaluate_by_labels(settings, shop_id, people, tmp_path)


def _preview(clickhouse: ClickHouse, shop_id: int) -> None:
    seen = preview(clickhouse, "links", NOW, shop_id=shop_id)
    assert (seen.hits, seen.users, seen.share) == (1, 5, 0.2)
    assert preview(clickhouse, "links", NOW, threshold=4).hits == 0
    # The shop's own threshold, unless another one is asked about.
    own = [fraud_settings.RuleChange(shop_id=shop_id, rule="links", threshold=4)]
    seen = preview(clickhouse, "links", NOW, shop_id=shop_id, changes=own)
    assert (seen.threshold, seen.hits) == (4, 0)
    seen = preview(clickhouse, "links", NOW, shop_id=shop_id, threshold=3, changes=own)
    assert (seen.threshold, seen.hits) == (3, 1)
    assert preview(clickhouse, "links", NOW, changes=own).hits == 0
    assert preview(clickhouse, "same_texts", NOW, changes=own).hits == 1
    assert preview(clickhouse, "links", NOW, shop_id=shop_id + 1).share is None
    with pytest.raises(NotFound, match="there is no rule typo"):
        preview(clickhouse, "typo", NOW)


def _evaluate(settings: Settings, folder: Path) -> None:
    """The people above against what they are."""
    abuses = ["spam", "hoard", "forgery", "refund", None]
    lines = [
        json.dumps({"kind": "person", "telegram_id": 101 + number, "abuse": abuse})
        for number, abuse in enumerate(abuses)
    ]
    (folder / "2026-03-10.jsonl").write_text("\n".join(lines) + '\n{"kind":"visit"}\n', "utf-8")
    config = {"folder": str(folder), "pictures": str(folder / "pictures")}
    result = _run(
        settings,
        [fraud_evaluation],
        run_config={"ops": {"fraud_evaluation": {"config": config}}},
    )
    (made,) = result.asset_materializations_for_node("fraud_evaluation")
    table = made.metadata["rules"]
    assert isinstance(table, dg.TableMetadataValue)
    found = {record.data["abuse"]: record.data["recall"] for record in table.records}
    assert found == dict.fromkeys(("any", "flood", "payment", "refund", "stock"), "1.0")
    # Five people are too few for a model, and the tripwire says so.
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert all(check.passed for check in checks.values())
    assert "the model needs" in (checks["no_leakage"].description or "")
    assert "data:image/png" in str(made.metadata["scores"].value)


def _evaluate_by_labels(settings: Settings, shop_id: int, people: list[int], folder: Path) -> None:
    """By what was decided in the queue: two confirmed, one of whom no rule saw; one mistaken."""
    _, hoarder, forger, _, honest, _ = people
    decided: list[tuple[int, str, risk.Label]] = [
        (hoarder, "stock", "confirmed"),
        (honest, "flood", "confirmed"),
        (forger, "payment", "confirmed"),
        (forger, "payment", "false_positive"),  # on second thoughts
    ]

    async def label(connection: Connection) -> None:
        for buyer_no, abuse, word in decided:
            await risk.label(
                connection, shop_id=shop_id, buyer_no=buyer_no, abuse=abuse, decided=word
            )

    def evaluated(config: dict[str, Any], *, is_refused: bool = False) -> dg.ExecuteInProcessResult:
        op = {"config": config | {"pictures": str(folder / "labels")}}
        return _run(
            settings,
            [fraud_evaluation],
            run_config={"ops": {"fraud_evaluation": op}},
            raise_on_error=not is_refused,
        )

    for config in ({}, {"labels": True, "folder": str(folder)}, {"labels": True}):
        assert not evaluated(config, is_refused=True).success
    Postgres(lambda: settings).change(label)
    (made,) = evaluated({"labels": True}).asset_materializations_for_node("fraud_evaluation")
    table = made.metadata["rules"]
    assert isinstance(table, dg.TableMetadataValue)
    found = {
        row.data["abuse"]: (row.data["people"], row.data["abusers"], row.data["recall"])
        for row in table.records
    }
    assert found == {
        "any": ("3", "2", "0.5"),
        "flood": ("3", "1", "0.0"),
        "stock": ("3", "1", "1.0"),
    }


def test_a_label_and_a_training_signal_come_before_the_split(
    settings: Settings, tmp_path: Path
) -> None:
    """Thirty people an hour apart; every third abuses, which is seen two days after the visit."""
    begin = NOW - timedelta(days=10)
    visits = [begin + timedelta(hours=number) for number in range(30)]
    people = pl.DataFrame(
        [(1, n, "spam" if n % 3 == 0 else "", at) for n, at in enumerate(visits, 1)],
        schema={
            "shop_id": pl.UInt32,
            "buyer_no": pl.UInt64,
            "abuse": pl.String,
            "seen_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    hours = [at.replace(minute=0, second=0, microsecond=0) for at in visits]
    keep(
        settings,
        [
            (hour + timedelta(days=2), 1, n, "links", 9.0)
            for n, hour in enumerate(hours, 1)
            if n % 3 == 0
        ],
    )
    clickhouse = ClickHouse(lambda: settings)

    def trained(delay: timedelta) -> Evaluation:
        known = people.with_columns(labelled_at=pl.col("seen_at") + delay)
        return evaluate(clickhouse, known, tmp_path)

    found = trained(LABEL_DELAY)
    # Nothing could be known of those whom it would have learnt from.
    assert found.model is None and "no hour in which abusers were seen" in found.no_model
    assert trained(timedelta(days=30)).model is None


async def _allow(settings: Settings, shop_id: int, buyer_no: int) -> None:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await risk.allow(connection, shop_id, buyer_no)
    finally:
        await connection.close()


def test_the_assets_say_everything() -> None:
    specs = [
        spec
        for asset in (assets.fraud_hour, assets.fraud_verdicts, fraud_evaluation)
        for spec in asset.specs
    ]
    assert len(specs) == 6
    for spec in specs:
        shown = spec.metadata["dagster/column_schema"]
        assert isinstance(shown, dg.TableSchema) and spec.owners
        assert all(column.description for column in shown.columns)
    for asset in (assets.fraud_hour, assets.fraud_verdicts, fraud_evaluation):
        assert asset.op.retry_policy is not None


def test_every_frame_of_an_hour_has_a_schema() -> None:
    frames = {field.name for field in fields(Hour) if field.type is pl.DataFrame}
    assert frames == set(INPUTS)
    assert all(schema.strict for schema in INPUTS.values())


def test_a_truth_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no truth"):
        read_truth(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"kind":"person",\n', "utf-8")
    with pytest.raises(Refused, match="line 1 is no JSON"):
        read_truth(tmp_path)


def asked_hours(monkeypatch: pytest.MonkeyPatch, hour: int, *grown: datetime) -> list[str | None]:
    """What is asked for at 13 past, if those hours hold more than they were scored from."""
    moment = datetime(2026, 3, 10, hour, 13, tzinfo=UTC)
    monkeypatch.setattr(assets, "unscored", lambda clickhouse, first, last: list(grown))
    context = dg.build_schedule_context(scheduled_execution_time=moment)
    found = assets.fraud_hourly(context, clickhouse=object())
    assert isinstance(found, Iterator)
    return [each.partition_key for each in found if isinstance(each, dg.RunRequest)]


def test_the_schedule_asks_for_hours_with_news_the_older_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, latest = (datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in (3, 4))
    both = asked_hours(monkeypatch, 5, before, latest)
    assert both == ["2026-03-10-03:00", "2026-03-10-04:00"]
    assert asked_hours(monkeypatch, 5, latest) == ["2026-03-10-04:00"]
    assert not asked_hours(monkeypatch, 5)


def test_verdicts_are_published_once_a_day_whatever_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert asked_hours(monkeypatch, 0) == ["2026-03-09-23:00"]
