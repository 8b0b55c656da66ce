from datetime import date
from typing import Any

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

import pipelines.clickhouse
from core.clickhouse import open_client
from core.settings import Settings
from pipelines.activity.people_day import PEOPLE_DAY_SCHEMA
from pipelines.clickhouse import ClickHouse, everything

MONEY: Any = {
    "day": pl.Date,
    "shop_id": pl.UInt32,
    "currency": pl.String,
    "buyers": pl.UInt32,
    "paid_orders": pl.UInt32,
    "units": pl.UInt64,
    "gross_sales_minor": pl.Int64,
    "discounts_minor": pl.Int64,
    "returns_minor": pl.Int64,
    "net_sales_minor": pl.Int64,
    "paid_total_minor": pl.Int64,
    "aov_minor": pl.Decimal(18, 4),
    "arpu_minor": pl.Decimal(18, 4),
    "arppu_minor": pl.Decimal(18, 4),
}


def money(day: date, *gross: int) -> pl.DataFrame:
    rows = [
        (day, shop_id, "XTR", 1, 1, 1, amount, 0, 0, amount, amount, None, None, None)
        for shop_id, amount in enumerate(gross, start=1)
    ]
    return pl.DataFrame(rows, schema=MONEY, orient="row")


@pytest.fixture(name="clickhouse")
def resource(settings: Settings) -> ClickHouse:
    return ClickHouse(lambda: settings)


def stored(clickhouse: ClickHouse, day: date) -> list[int]:
    sql = "SELECT gross_sales_minor FROM shop_money_day WHERE day = {day:Date} ORDER BY shop_id"
    return clickhouse.read(sql, {"day": day})["gross_sales_minor"].to_list()


def tables(settings: Settings) -> set[Any]:
    client = open_client(settings.clickhouse_url.get_secret_value())
    rows = client.query("SHOW TABLES").result_rows
    client.close()
    return {name for (name,) in rows}


def test_a_day_is_replaced_whole_and_no_other(clickhouse: ClickHouse, settings: Settings) -> None:
    monday, tuesday = date(2026, 3, 9), date(2026, 3, 10)
    before = tables(settings)
    clickhouse.replace_partition("shop_money_day", "2026-03-09", money(monday, 1, 2, 3))
    clickhouse.replace_partition("shop_money_day", "2026-03-10", money(tuesday, 4))
    clickhouse.replace_partition("shop_money_day", "2026-03-09", money(monday, 5, 6))
    assert (stored(clickhouse, monday), stored(clickhouse, tuesday)) == ([5, 6], [4])
    clickhouse.replace_partition("shop_money_day", "2026-03-09", money(monday))
    assert (stored(clickhouse, monday), stored(clickhouse, tuesday)) == ([], [4])
    assert tables(settings) == before  # nothing of the staging is left


def test_a_large_day_is_sent_in_pieces_and_swapped_in_whole(
    clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday = date(2026, 3, 9)
    sent: list[int] = []
    insert = pipelines.clickhouse.insert

    def watched(client: Client, table: str, frame: pl.DataFrame) -> None:
        sent.append(frame.height)
        insert(client, table, frame)

    monkeypatch.setattr(pipelines.clickhouse, "insert", watched)
    monkeypatch.setattr(pipelines.clickhouse, "_INSERT_ROWS", 2)
    clickhouse.replace_partition("shop_money_day", "2026-03-09", money(monday, 1, 2, 3, 4, 5))
    assert sent == [2, 2, 1]
    assert stored(clickhouse, monday) == [1, 2, 3, 4, 5]


def test_a_write_that_fails_changes_nothing(clickhouse: ClickHouse, settings: Settings) -> None:
    monday = date(2026, 3, 9)
    before = tables(settings)
    clickhouse.replace_partition("shop_money_day", "2026-03-09", money(monday, 1))
    with pytest.raises(ValueError, match="another day"):
        clickhouse.replace_partition("shop_money_day", "2026-03-10", money(monday, 2))
    with pytest.raises(DatabaseError):
        unknown = money(monday, 2).with_columns(unknown=pl.lit("column"))
        clickhouse.replace_partition("shop_money_day", "2026-03-09", unknown)
    assert stored(clickhouse, monday) == [1]
    assert tables(settings) == before


def test_frames_can_be_joined(clickhouse: ClickHouse) -> None:
    shops = pl.DataFrame({"shop_id": [7, 9]}, schema={"shop_id": pl.UInt32})
    read = clickhouse.read("SELECT sum(shop_id) AS total FROM wanted", frames={"wanted": shops})
    assert read["total"].to_list() == [16]


def test_abandoned_staging_is_dropped_and_a_live_one_is_not(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = money(date(2026, 3, 9), 1)
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.command("CREATE TABLE staging_of_another AS shop_money_day")
    client.close()
    clickhouse.replace_partition("shop_money_day", "2026-03-09", day)
    assert "staging_of_another" in tables(settings)
    monkeypatch.setattr("pipelines.clickhouse._DROP_STAGING_AFTER_HOURS", -1)  # an hour from now
    clickhouse.replace_partition("shop_money_day", "2026-03-09", day)
    assert "staging_of_another" not in tables(settings)


def people(day: date, *numbers: int) -> pl.DataFrame:
    """A day of the roll-up whose shoppers pressed Start."""
    columns = {
        "day": day,
        "shop_id": 1,
        "event": "bot_started",
        "events": len(numbers),
        "people_numbers": list(numbers),
    }
    types = {name: column.dtype.type for name, column in PEOPLE_DAY_SCHEMA.columns.items()}
    return pl.DataFrame([columns], schema={name: types[name] for name in columns}, orient="row")


def test_a_day_of_a_table_by_month_is_replaced_and_the_rest_of_its_month_stays(
    clickhouse: ClickHouse, settings: Settings
) -> None:
    before = tables(settings)
    days = [date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    for number, day in enumerate(days):
        clickhouse.replace_partition("people_day", str(day), people(day, 7, number))
    clickhouse.replace_partition("people_day", "2026-03-31", people(days[1], 8, 9, 10))
    found = clickhouse.read(
        f"SELECT {everything('people_day')} FROM people_day ORDER BY day"
    ).select("day", "people_numbers")
    assert found.rows() == [(days[0], [0, 7]), (days[1], [8, 9, 10]), (days[2], [2, 7])]
    assert tables(settings) == before


def test_an_answer_of_many_blocks_is_read_whole(clickhouse: ClickHouse) -> None:
    """Each block brings names that those before it had not."""
    sql = (
        "SELECT toLowCardinality(toString(intDiv(number, 3))) AS name, number "
        "FROM numbers(200000) ORDER BY number SETTINGS max_block_size = 20000"
    )
    frame = clickhouse.read(sql)
    assert frame.schema == {"name": pl.String, "number": pl.UInt64}
    assert frame["number"].to_list() == list(range(200_000))
    assert frame["name"].to_list() == [str(number // 3) for number in range(200_000)]


def test_an_answer_that_broke_off_is_refused(
    clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clickhouse.opened() as client:
        whole = client.raw_query

        def cut(*arguments: Any, **named: Any) -> bytes:
            return whole(*arguments, **named)[:-20]

        monkeypatch.setattr(client, "raw_query", cut)
    with pytest.raises(pl.exceptions.ComputeError):
        clickhouse.read("SELECT number FROM numbers(10)")
