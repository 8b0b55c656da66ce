"""Hours that were scored too early or never, from the sensor to right scores."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg

from core.settings import Settings
from core.shop import risk
from pipelines.clickhouse import ClickHouse
from pipelines.definitions import defs
from pipelines.fraud.assets import JOB_NAME, fraud_hour, fraud_verdicts
from pipelines.fraud.reopening import AT_ONCE, chosen, grown_hours, late_fraud
from pipelines.postgres import Postgres
from pipelines.resources import resources
from tests.pipelines.fraud.test_publication import QUIET
from tests.pipelines.kpis.happenings import Happened, start, store

NOW = datetime.now(UTC)
THIS_HOUR = NOW.replace(minute=0, second=0, microsecond=0)
STALLED = THIS_HOUR - timedelta(hours=10)


def label(hour: datetime) -> str:
    return f"{hour:%Y-%m-%d-%H:00}"


def flood(shop_id: int, at: datetime) -> list[Happened]:
    """200 presses in 50 s."""
    return [
        Happened("button_pressed", 1, shop_id, at + timedelta(milliseconds=250 * n))
        for n in range(200)
    ]


def ask(settings: Settings, cursor: str | None = None) -> tuple[list[str], list[str], str | None]:
    """Partitions, run keys and the cursor that the sensor leaves."""
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources=resources(lambda: settings),
            repository_def=defs().get_repository_def(),
        )
        tick = late_fraud.evaluate_tick(context)
    requests = tick.run_requests or []
    return (
        [str(each.partition_key) for each in requests],
        [str(each.run_key) for each in requests],
        tick.cursor,
    )


def score(settings: Settings, *hours: datetime) -> None:
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        for hour in hours:
            dg.materialize(
                [fraud_hour, fraud_verdicts],
                resources=resources(lambda: settings),
                instance=instance,
                run_config=QUIET,
                partition_key=label(hour),
            )


def test_a_flood_that_was_shipped_hours_later_is_scored(settings: Settings, shop_id: int) -> None:
    url = settings.clickhouse_url.get_secret_value()
    assert ask(settings)[0] == []  # nothing happened: there is nobody to score
    # Scored when only one shopper's start had been shipped, and the hour after it.
    store(url, [start(9, at=STALLED + timedelta(minutes=1), shop_id=shop_id)])
    assert ask(settings)[0] == [label(STALLED)]
    score(settings, STALLED)
    assert ask(settings)[0] == []

    store(url, flood(shop_id, STALLED + timedelta(minutes=10)))
    hours, keys, cursor = ask(settings)
    assert hours == [label(STALLED)]
    # What is under way or failed is not asked for again within the clock's hour.
    assert keys == [f"{label(STALLED)} at {label(datetime.now(UTC))}"]
    assert ask(settings, cursor)[0] == []
    earlier = json.dumps({label(STALLED): label(THIS_HOUR - timedelta(hours=1))})
    assert ask(settings, earlier)[0] == hours
    score(settings, STALLED)
    assert Postgres(lambda: settings).run(risk.held_or_blocked) == [(shop_id, 1)]
    assert ask(settings, cursor)[0] == []


def test_the_hours_around_look_at_an_event_as_well(settings: Settings, shop_id: int) -> None:
    url = settings.clickhouse_url.get_secret_value()
    hours = [STALLED + timedelta(hours=n) for n in (-2, -1, 0, 1, 2)]
    store(url, [start(1, at=hour + timedelta(minutes=30), shop_id=shop_id) for hour in hours])
    score(settings, *hours)
    assert ask(settings)[0] == []
    # In the first ten minutes the newcomers of the hour before still show what they do.
    store(url, [start(2, at=STALLED + timedelta(minutes=5), shop_id=shop_id)])
    assert ask(settings)[0] == [label(hour) for hour in hours[1:4]]
    score(settings, *hours[1:4])
    store(url, [start(2, at=STALLED + timedelta(minutes=15), shop_id=shop_id)])
    assert ask(settings)[0] == [label(hour) for hour in hours[2:4]]


def test_the_schedules_own_hours_and_old_ones_are_left(settings: Settings, shop_id: int) -> None:
    ago = {hours: THIS_HOUR - timedelta(hours=hours) for hours in (0, 1, 2, 3, 168, 169)}
    moments = [start(1, at=hour, shop_id=shop_id) for hour in ago.values()]
    tester = Happened("bot_started", 1, shop_id, ago[3] - timedelta(hours=1), is_test=True)
    store(settings.clickhouse_url.get_secret_value(), [*moments, tester])
    assert grown_hours(ClickHouse(lambda: settings), NOW) == [label(ago[168]), label(ago[3])]


def test_the_oldest_first_and_refused_hours_starve_nobody() -> None:
    grown = [f"2026-03-10-{hour:02}:00" for hour in range(20)]
    first = chosen(grown, {}, (), "A")
    assert first == grown[:AT_ONCE]
    # All of them are refused: the others come first, whatever the clock says.
    asked = dict.fromkeys(first, "A")
    second = chosen(grown, asked, (), "B")
    assert second == grown[AT_ONCE : 2 * AT_ONCE]
    asked |= dict.fromkeys(second, "B")
    third = chosen(grown, asked, (), "B")
    assert third == grown[2 * AT_ONCE : 3 * AT_ONCE]
    asked |= dict.fromkeys(third, "B")
    # Then those that were refused longest ago, once in a clock hour.
    assert chosen(grown, asked, (), "B") == [*grown[18:], *grown[:4]]
    assert chosen(grown, dict.fromkeys(grown, "B"), (), "B") == []


def test_runs_under_way_take_places() -> None:
    grown = [f"2026-03-10-{hour:02}:00" for hour in range(20)]
    assert chosen(grown, {}, set(grown[:2]), "A") == grown[2:AT_ONCE]
    assert chosen(grown, {}, set(grown[: AT_ONCE + 1]), "A") == []


def test_it_looks_without_being_asked() -> None:
    sensors = {sensor.name: sensor for sensor in defs().get_repository_def().sensor_defs}
    assert sensors["late_fraud"].default_status is dg.DefaultSensorStatus.RUNNING
    assert sensors["late_fraud"].job_name == JOB_NAME
