"""What the tables take: measured on the real engine, forecast by hand."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from clickhouse_connect.driver.client import Client
from hypothesis import given
from hypothesis import strategies as st

from core.clickhouse import open_client
from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.soundness import violations
from pipelines.upkeep import compaction, storage
from tests.api.happenings import happening, record

TODAY = date(2026, 3, 31)
NOW = datetime.now(UTC)


def sizes(*rows: tuple[str, date, int | None, int]) -> pl.DataFrame:
    """Table, first day, days kept, bytes."""
    return pl.DataFrame(
        [
            {
                "day": TODAY,
                "table": table,
                "partition": str(first),
                "starts_on": first,
                "kept_days": kept,
                "rows": 1,
                "bytes": size,
                "parts": 1,
            }
            for table, first, kept, size in rows
        ],
        schema={name: column.dtype.type for name, column in storage.STORAGE_DAY.columns.items()},
    )


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_a_table_that_is_kept_for_ever_grows_by_its_days() -> None:
    days = [("money_day", ago(number), None, 10) for number in range(1, 29)]
    (row,) = storage.forecast(sizes(*days), TODAY).to_dicts()
    assert (row["bytes"], row["bytes_a_day"]) == (280, 10)
    assert row["bytes_in_30_days"] == 280 + 300
    assert row["bytes_in_365_days"] == 280 + 3650


def test_a_young_table_is_judged_by_the_days_that_it_has() -> None:
    days = [("money_day", ago(number), None, 10) for number in (0, 1, 2)]  # today is not over
    (row,) = storage.forecast(sizes(*days), TODAY).to_dicts()
    assert (row["bytes"], row["bytes_a_day"]) == (30, 10)


def test_what_runs_out_goes_and_no_more_comes_than_is_kept() -> None:
    weeks = [("events", ago(number), 30, 70) for number in (28, 21, 14, 7)]
    (row,) = storage.forecast(sizes(*weeks), TODAY).to_dicts()
    assert (row["bytes"], row["bytes_a_day"]) == (280, 10)
    # In 30 days all of today's weeks but the last, which ends today, have run out.
    assert row["bytes_in_30_days"] == 300
    assert row["bytes_in_90_days"] == 300
    assert not violations(storage.STORAGE_FORECAST, storage.forecast(sizes(*weeks), TODAY)).height


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60), st.sampled_from([None, 30, 730]))
def test_a_forecast_is_never_negative(days: list[int], kept: int | None) -> None:
    rows = [("t", ago(number), kept, size) for number, size in enumerate(days)]
    found = storage.forecast(sizes(*rows), TODAY)
    assert violations(storage.STORAGE_FORECAST, found).is_empty()


def _opened(settings: Settings) -> Client:
    return open_client(settings.clickhouse_url.get_secret_value())


def test_partitions_are_measured(settings: Settings) -> None:
    client = _opened(settings)
    record(
        settings.clickhouse_url.get_secret_value(),
        happening("message_received", 1, at=NOW - timedelta(days=1), retention_days=90),
    )
    client.command("INSERT INTO money_day (day, shop_id) VALUES ('2026-03-10', 1)")
    client.command("INSERT INTO rfm_day (day, shop_id) VALUES (today(), 1)")
    client.close()
    found = storage.read_storage(ClickHouse(lambda: settings))
    assert violations(storage.STORAGE_DAY, found).is_empty()
    kept = {row["table"]: (row["starts_on"], row["kept_days"]) for row in found.to_dicts()}
    day = (NOW - timedelta(days=1)).date()
    assert kept == {
        "events": (day - timedelta(days=day.weekday()), 90),
        "late_events": (day.replace(day=1), 731),  # stored a day after it happened
        "live_minute": (day, 2),
        "money_day": (date(2026, 3, 10), None),
        "rfm_day": (NOW.date(), 40),
    }


def test_cold_weeks_become_one_part_without_what_was_erased(settings: Settings) -> None:
    client = _opened(settings)
    url = settings.clickhouse_url.get_secret_value()
    client.command("SYSTEM STOP MERGES events")
    cold, warm = NOW - timedelta(days=60), NOW - timedelta(days=1)
    for at in (cold, cold, warm, warm):
        record(url, happening("message_received", 1, at=at, retention_days=365))
    client.command("SYSTEM START MERGES events")
    (done,) = compaction.compact(client, NOW.date())
    assert done.parts == 2 and 0 < done.after < done.before
    assert not compaction.compact(client, NOW.date())

    client.command(
        "DELETE FROM events WHERE occurred_at < now() - INTERVAL 30 DAY AND pos = "
        "(SELECT min(pos) FROM events WHERE occurred_at < now() - INTERVAL 30 DAY)",
        settings={"lightweight_deletes_sync": 2, "allow_nondeterministic_mutations": 1},
    )
    (done,) = compaction.compact(client, NOW.date())
    rows = client.query(
        "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table = 'events' AND toDate(max_time) < today() - 30"
    ).result_rows
    client.close()
    assert done.parts == 1 and rows == [(1,)]
