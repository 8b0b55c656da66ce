"""Every table for export, in every format: exactly what is stored, and nobody's names but to
owners."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import httpx
import polars as pl
import pytest
import zstandard

from api.exporting import catalogue, workbook
from api.exporting.columns import heading
from api.exporting.formats import Layout
from core.clickhouse import open_client
from core.postgres import Connection
from core.shop.shops import Shop
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import NOON, happening, paid, record
from tests.api.test_api_keys import key_of, owner_of
from tests.factories import create_bot, create_customer, create_shop

DAYS = f"from={NOON:%Y-%m-%d}&to={NOON:%Y-%m-%d}"
ODD = "=1+1\t\"a\", 'б'\n\\N;"


@dataclass(frozen=True)
class Sold:
    """A shop in Moscow with an order of NOON's day, and one of the day before."""

    panel: Panel
    shop: Shop
    owner: httpx.AsyncClient
    analyst: httpx.AsyncClient

    async def get(self, path: str, *, by: httpx.AsyncClient | None = None) -> bytes:
        response = await (by or self.owner).get(f"/api/v1/exports/{path}")
        assert response.status_code == 200, response.text
        return response.content

    async def rows(self, path: str, *, by: httpx.AsyncClient | None = None) -> list[dict[str, str]]:
        text = (await self.get(path, by=by)).decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))


async def order_of(
    connection: Connection, of: tuple[int, int, int, int], number: int, at: datetime
) -> None:
    """A paid order of the shop, bot, buyer and product `of`, with a promo code and in Stars."""
    shop_id, bot_id, buyer_no, product_id = of
    order = await connection.fetchval(
        "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, status, currency, "
        "total_minor, discount_minor, note, created_at, paid_at) "
        "VALUES ($1, $2, $3, $4, 'paid', 'USD', 199905, 95, '@call', $5, $5) RETURNING id",
        *(shop_id, number, bot_id, buyer_no, at),
    )
    await connection.execute(
        "INSERT INTO order_lines (order_id, line, product_id, title, unit_price_minor, "
        "quantity) VALUES ($1, 1, $2, '-5% off', 200000, 1)",
        order,
        product_id,
    )
    await connection.execute(
        "INSERT INTO order_adjustments (order_id, position, kind, label, source, "
        "amount_minor) VALUES ($1, 1, 'promo', '+SUMMER', 'promo', -95)",
        order,
    )
    await connection.execute(
        "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, "
        "amount_minor, currency, status, created_at) "
        "VALUES ($1, 'stars', $2, 77, 250, 'XTR', 'succeeded', $3)",
        *(order, f"charge-{number}", at),
    )


@pytest.fixture(name="sold")
async def shop_that_sold(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> AsyncIterator[Sold]:
    shop = await create_shop(connection, timezone="Europe/Moscow", currency="USD")
    bot = await create_bot(connection, shop)
    buyer = await create_customer(connection, shop.id)
    await connection.execute(
        "UPDATE customers SET first_name = $2, first_seen_at = $3 WHERE shop_id = $1",
        shop.id,
        ODD,
        NOON,
    )
    product = await connection.fetchval(
        "INSERT INTO products (shop_id, title, price_minor, currency) "
        "VALUES ($1, '-5% off', 199905, 'USD') RETURNING id",
        shop.id,
    )
    for number, at in enumerate((NOON, NOON - timedelta(days=1)), 1):
        await order_of(connection, (shop.id, bot.id, buyer.buyer_no, product), number, at)
    record(
        clickhouse_url,
        paid(shop.id, 199_905, buyer.buyer_no, at=NOON, order_id=1, currency="USD"),
        happening("first_start", shop.id, buyer.buyer_no, props='{"a":1}'),
    )
    async with (
        counting_panel.visitor("owner", [shop.id]) as owner,
        counting_panel.visitor("analyst", [shop.id]) as analyst,
    ):
        yield Sold(counting_panel, shop, owner, analyst)


async def test_orders_have_exact_amounts_and_the_shops_clock(sold: Sold) -> None:
    (order,) = await sold.rows(f"orders.csv?{DAYS}")
    assert (order["order_no"], order["total"], order["discount"]) == ("1", "1999.05", "0.95")
    assert datetime.fromisoformat(order["created_at"]) == NOON
    assert order["created_at"].endswith("+03:00")
    assert order["note"] == "'@call"
    assert len(await sold.rows("orders.csv")) == 2
    (line,) = await sold.rows(f"order_lines.csv?{DAYS}")
    assert (line["title"], line["unit_price"], line["amount"]) == ("'-5% off", "2000", "2000")
    (adjustment,) = await sold.rows(f"order_adjustments.csv?{DAYS}")
    assert (adjustment["label"], adjustment["amount"]) == ("'+SUMMER", "-0.95")
    (payment,) = await sold.rows(f"payments.csv?{DAYS}")
    assert (payment["amount"], payment["currency"]) == ("250", "XTR")
    assert payment["payer_telegram_id"] == "77"


async def test_people_are_in_an_owners_files_alone(sold: Sold) -> None:
    (known,) = await sold.rows("customers.csv")
    assert known["first_name"] == f"'{ODD}"
    of_owners = {key for key, table in catalogue.TABLES.items() if table.owners_only}
    for table in catalogue.TABLES.values():
        if table.key in of_owners:
            continue
        hidden = {each.name for each in table.columns if each.is_personal}
        frame = pl.read_parquet(io.BytesIO(await sold.get(f"{table.key}.parquet", by=sold.analyst)))
        assert not hidden & set(frame.columns), table.key
        assert frame.columns, table.key
    listed = {each["key"]: each for each in (await sold.analyst.get("/api/v1/exports")).json()}
    assert set(listed) == set(catalogue.TABLES) - of_owners
    names = {each["name"] for each in listed["customers"]["columns"]}
    assert "buyer_no" in names and "first_name" not in names


async def test_a_viewer_takes_figures_and_no_rows(sold: Sold) -> None:
    """Neither as a file, nor in the background, nor counted."""
    figures = {key for key, table in catalogue.TABLES.items() if table.is_of_figures} - {"rfm_day"}
    async with sold.panel.visitor("viewer", [sold.shop.id]) as viewer:
        listed = (await viewer.get("/api/v1/exports")).json()
        assert {each["key"] for each in listed} == figures
        assert (await viewer.get("/api/v1/exports/shop_kpi_day.csv")).status_code == 200
        days = {"from": "2026-01-01", "to": "2026-01-02"}
        for key in sorted(catalogue.TABLES.keys() - figures):
            for answer in (
                await viewer.get(f"/api/v1/exports/{key}.csv"),
                await viewer.get(f"/api/v1/exports/{key}/estimate"),
                await viewer.post("/api/v1/exports/jobs", json={"table": key} | days),
            ):
                assert_problem(answer, 403, "forbidden")


async def test_an_analyst_has_no_file_of_what_only_owners_see(sold: Sold) -> None:
    """Neither as a file, nor in the background, nor counted; an owner has."""
    days = {"from": "2026-01-01", "to": "2026-01-02"}
    for key in ("staff_actions", "webhook_deliveries"):
        await sold.get(f"{key}.csv")
        for answer in (
            await sold.analyst.get(f"/api/v1/exports/{key}.csv"),
            await sold.analyst.get(f"/api/v1/exports/{key}/estimate"),
            await sold.analyst.post("/api/v1/exports/jobs", json={"table": key} | days),
        ):
            assert_problem(answer, 403, "forbidden")


async def test_a_russian_excel_gets_what_it_reads(sold: Sold) -> None:
    query = "headings=ru&separator=semicolon&decimal=comma&bom=true"
    body = await sold.get(f"order_adjustments.csv?{DAYS}&{query}")
    assert body.startswith("\ufeff".encode())
    assert body.count(b"\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    assert (row["Сумма"], row["Название"]) == ("-0,95", "'+SUMMER")


async def test_parquet_has_times_and_decimals(sold: Sold) -> None:
    frame = pl.read_parquet(io.BytesIO(await sold.get(f"orders.parquet?{DAYS}")))
    assert frame.schema["total"] == pl.Decimal(38, 4)
    assert frame["total"].to_list() == [Decimal("1999.05")]
    assert frame.schema["created_at"] == pl.Datetime("ms", "UTC")
    assert frame["created_at"].to_list() == [NOON]
    assert frame["note"].to_list() == ["@call"]  # no spreadsheet reads it
    sales = pl.read_parquet(io.BytesIO(await sold.get(f"sales.parquet?{DAYS}")))
    assert sales["net_sales"].to_list() == [Decimal("1999.05")]
    assert sales.schema["paid_at"] == pl.Datetime("ms", "UTC")
    assert sales["paid_at"].to_list() == [NOON]


async def test_figures_of_a_day_that_goes_on_say_as_of_when(
    sold: Sold, clickhouse_url: str
) -> None:
    with open_client(clickhouse_url) as client:
        client.command(f"INSERT INTO shop_kpi_day (shop_id, day) VALUES ({sold.shop.id}, today())")
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # goes on, whatever the shop's clock
    named = {
        days: (await sold.owner.get(f"/api/v1/exports/shop_kpi_day.csv?{days}")).headers[
            "content-disposition"
        ]
        for days in (DAYS, f"from={NOON:%Y-%m-%d}&to={tomorrow}")
    }
    over, going_on = named.values()
    assert re.search(r"-as-of-\d{8}T\d{4}Z\.csv", going_on)
    assert "as-of" not in over


async def test_json_lines_can_be_packed(sold: Sold) -> None:
    plain = await sold.get("customers.jsonl")
    assert [json.loads(line)["first_name"] for line in plain.splitlines()] == [ODD]
    assert gzip.decompress(await sold.get("customers.jsonl?packing=gzip")) == plain
    packed = await sold.get("customers.jsonl?packing=zstd")
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == plain


def cells(book: bytes) -> list[list[str]]:
    """The rows of a workbook as texts."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [
        ["".join(cell.itertext()) for cell in row.iter(f"{space}c")]
        for row in sheet.iter(f"{space}row")
    ]


async def test_a_workbook_has_texts_as_texts_and_times_of_the_shops_clock(sold: Sold) -> None:
    head, row = cells(await sold.get(f"order_adjustments.xlsx?{DAYS}&headings=en"))
    found = dict(zip(head, row, strict=False))
    assert found["Label"] == "+SUMMER"
    assert float(found["Amount"]) == -0.95
    local = NOON.replace(tzinfo=None) + timedelta(hours=3)
    days = (local - datetime(1899, 12, 30)) / timedelta(days=1)
    assert float(found["Created"]) == pytest.approx(days, abs=1e-6)


async def test_more_than_a_worksheet_holds_is_refused(
    sold: Sold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1)
    response = await sold.owner.get("/api/v1/exports/orders.xlsx")
    assert_problem(response, 422, "too_many_rows")
    assert "Parquet" in response.json()["explained"]["ru"]


async def test_events_are_exported_whole_in_utc(sold: Sold) -> None:
    rows = await sold.rows("events.csv")
    assert sorted(row["event"] for row in rows) == ["first_start", "order_paid"]
    assert {row["props"] for row in rows if row["event"] == "first_start"} == {'{"a":1}'}
    at = datetime.fromisoformat(rows[0]["occurred_at"])
    assert at.tzinfo is not None and at.utcoffset() == timedelta(0)


async def test_what_does_not_fit_a_format_says_so(sold: Sold) -> None:
    for path in (
        "orders.parquet?packing=gzip",
        "orders.xlsx?decimal=comma",
        "orders.jsonl?headings=ru",
        "orders.csv?from=2026-02-02&to=2026-02-01",
        "orders.csv?from=2026-02-30",
        "orders.doc",
    ):
        assert_problem(await sold.owner.get(f"/api/v1/exports/{path}"), 422, "request_invalid")
    response = await sold.owner.get("/api/v1/exports/passwords.csv")
    assert_problem(response, 404, "export_table_unknown")


async def test_columns_are_chosen_and_stand_in_that_order(sold: Sold) -> None:
    """Also without those that the rows are ordered by, and of a table of ClickHouse."""
    whole = await sold.rows("orders.csv")
    for columns in ("total,status", "order_no,shop_id"):
        found = await sold.rows(f"orders.csv?columns={columns}")
        names = columns.split(",")
        assert [list(row) for row in found] == [names] * len(whole)
        assert found == [{name: row[name] for name in names} for row in whole]
    events = await sold.rows(f"events.csv?{DAYS}&columns=event")
    assert events and {tuple(row) for row in events} == {("event",)}
    for who, columns in ((sold.owner, "no_such"), (sold.analyst, "note")):
        refused = await who.get(f"/api/v1/exports/orders.csv?columns={columns}")
        assert_problem(refused, 422, "export_column_unknown")
    for columns in ("total,total", "Total", "a b"):
        refused = await sold.owner.get(f"/api/v1/exports/orders.csv?columns={columns}")
        assert refused.status_code == 422


async def test_every_column_has_titles_of_its_own(sold: Sold) -> None:
    for table in catalogue.TABLES.values():
        columns = await sold.panel.resources.export_columns.of(table)
        for language in ("ru", "en"):
            layout = Layout(headings=language)
            titles = [heading(each, layout) for each in columns]
            assert len(set(titles)) == len(titles), (table.key, language, titles)
        untitled = [each.name for each in columns if each.title.ru == each.name.replace("_", " ")]
        assert not untitled, table.key


async def test_daily_tables_are_all_exported_as_they_stand(sold: Sold) -> None:
    figures = [table for table in catalogue.TABLES.values() if table.is_of_figures]
    assert len(figures) > 15
    for table in figures:
        header = (await sold.get(f"{table.key}.csv")).decode().strip().split(",")
        described = await sold.panel.resources.export_columns.of(table)
        assert header == [f'"{each.name}"' for each in described], table.key


async def test_a_metrics_query_is_a_file_as_well(sold: Sold) -> None:
    query = f"metrics=net_sales_minor,starts&{DAYS}"
    answer = (await sold.analyst.get(f"/api/v1/metrics/query?{query}")).json()
    response = await sold.analyst.get(f"/api/v1/metrics/query.csv?{query}&headings=en")
    assert response.status_code == 200, response.text
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    told = [
        (series["metric"], point["value"])
        for series in answer["series"]
        for point in series["points"]
    ]
    assert [(row["Metric"], float(row["Value"])) for row in rows] == told
    assert ("net_sales_minor", 199_905) in told
    assert {row["Day"] for row in rows} == {f"{NOON + timedelta(hours=3):%Y-%m-%d}"}
    broken = await sold.analyst.get(f"/api/v1/metrics/query.parquet?{query}&packing=zstd")
    assert_problem(broken, 422, "request_invalid")


async def test_columns_are_chosen_in_files_of_figures_as_well(
    sold: Sold, connection: Connection
) -> None:
    visitor = await owner_of(connection, [sold.shop.id])
    _, secret = await key_of(connection, visitor, key_scope="sheet")
    query = f"metrics=starts,net_sales_minor&{DAYS}"
    for path in ("/api/v1/metrics/query", f"/api/v1/sheets/{secret}/metrics"):
        full = await sold.owner.get(f"{path}.csv?{query}")
        rows = list(csv.DictReader(io.StringIO(full.text, newline="")))
        few = await sold.owner.get(f"{path}.csv?{query}&columns=value,metric")
        told = list(csv.reader(io.StringIO(few.text, newline="")))
        assert told == [
            ["value", "metric"],
            *([row["value"], row["metric"]] for row in rows),
        ]
        refused = await sold.owner.get(f"{path}.csv?{query}&columns=value,nonsense")
        assert_problem(refused, 422, "export_column_unknown")


@pytest.mark.parametrize("key", ["orders", "events", "sales", "products", "audience_day"])
async def test_an_estimate_is_as_many_rows_as_the_file_has(sold: Sold, key: str) -> None:
    estimate = json.loads(await sold.get(f"{key}/estimate?{DAYS}"))
    assert estimate == {"rows": len(await sold.rows(f"{key}.csv?{DAYS}"))}
