"""Downloads: exactly the recorded rows, complete or visibly failed."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import AsyncMock

import httpx
import polars as pl
import pytest

from api.exporting import querying
from api.exporting.download import Download
from api.exporting.engine import Reader
from api.exports import Query
from api.reader import Reader as Figures
from core.clickhouse import open_client
from core.postgres import Connection
from core.shop.shops import Shop
from tests.api.conftest import Panel, assert_problem, eventually
from tests.api.happenings import NOON, happening, paid, record
from tests.factories import create_shop

MANY = 300_000
COLUMNS = [
    "order_id",
    "shop_id",
    "paid_at",
    "buyer_no",
    "amount_minor",
    "currency",
    "amount",
    "quantity",
    "first_source",
    "last_source",
    "gross_minor",
    "discount_minor",
    "tax_minor",
    "shipping_minor",
    "returned_minor",
    "returned_tax_minor",
    "returned_shipping_minor",
    "net_sales_minor",
    "net_sales",
]


@pytest.fixture(name="client")
async def entered_analyst(counting_panel: Panel) -> AsyncIterator[httpx.AsyncClient]:
    async with counting_panel.visitor("analyst") as client:
        yield client


def address(dataset: str, first: datetime, last: datetime | None = None, shops: str = "") -> str:
    last = last or first
    return f"/api/v1/exports/{dataset}?from={first:%Y-%m-%d}&to={last:%Y-%m-%d}&shops={shops}"


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


async def record_orders(connection: Connection, clickhouse_url: str) -> tuple[Shop, Shop]:
    """Two shops in different zones; three orders of NOON's day by their own clocks."""
    moscow = await create_shop(connection, timezone="Europe/Moscow")
    york = await create_shop(connection, timezone="America/New_York", currency="USD")
    source: int = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'insta-1') RETURNING id", moscow.id
    )
    midnight = NOON.replace(hour=0)
    record(
        clickhouse_url,
        paid(
            moscow.id, 250, 5, at=midnight - timedelta(hours=3), order_id=1, first_source_id=source
        ),
        paid(moscow.id, 7, 6, at=midnight + timedelta(hours=21), order_id=2),  # the next day there
        paid(york.id, 5, 7, at=NOON, order_id=3, currency="USD", quantity=2, last_source_id=99),
        paid(york.id, 199_905, 7, at=NOON + timedelta(hours=1), order_id=4, currency="USD"),
        paid(york.id, 1, 7, order_id=5, is_staff=True),
        paid(york.id, 1, 7, order_id=6, is_test=True),
        happening("order_created", york.id, 7, order_id=7),
    )
    return moscow, york


def expected(moscow: Shop, york: Shop) -> list[dict[str, Any]]:
    def row(order_id: int, shop: Shop, at: datetime, **values: Any) -> dict[str, Any]:
        sources = {"first_source": "", "last_source": ""}
        minor, amount = values["amount_minor"], values["amount"]
        worth = {name: 0 for name in COLUMNS if name.endswith("_minor")} | {
            "gross_minor": minor,
            "net_sales_minor": minor,
            "net_sales": amount,
        }
        return {"order_id": order_id, "shop_id": shop.id, "at": at} | sources | worth | values

    return [
        row(
            1,
            moscow,
            NOON.replace(hour=0) - timedelta(hours=3),
            buyer_no=5,
            amount_minor=250,
            currency="XTR",
            amount="250",
            quantity=1,
            first_source="insta-1",
        ),
        row(3, york, NOON, buyer_no=7, amount_minor=5, currency="USD", amount="0.05", quantity=2),
        row(
            4,
            york,
            NOON + timedelta(hours=1),
            buyer_no=7,
            amount_minor=199_905,
            currency="USD",
            amount="1999.05",
            quantity=1,
        ),
    ]


async def test_orders_are_the_rows_recorded_by_each_shops_calendar(
    client: httpx.AsyncClient, connection: Connection, clickhouse_url: str
) -> None:
    moscow, york = await record_orders(connection, clickhouse_url)
    response = await client.get(address("sales.csv", NOON))
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == (
        f'attachment; filename="vitrina-sales-{NOON:%Y-%m-%d}-{NOON:%Y-%m-%d}.csv"'
    )
    assert not response.content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(response)
    assert list(rows[0]) == COLUMNS
    assert rows[0]["paid_at"] == f"{NOON:%Y-%m-%d}T00:00:00+03:00"
    assert [
        {"at": datetime.fromisoformat(row.pop("paid_at")).astimezone(UTC), **row} for row in rows
    ] == [
        {name: value if name == "at" else str(value) for name, value in row.items()}
        for row in expected(moscow, york)
    ]


async def test_parquet_holds_the_same_rows(
    client: httpx.AsyncClient, connection: Connection, clickhouse_url: str
) -> None:
    moscow, york = await record_orders(connection, clickhouse_url)
    response = await client.get(address("sales.parquet", NOON))
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    frame = pl.read_parquet(io.BytesIO(response.content))
    assert frame.columns == COLUMNS
    rows = [{"at": row.pop("paid_at"), **row} for row in frame.to_dicts()]
    exact = ("amount", "net_sales")
    assert rows == [
        {**row, **{name: Decimal(row[name]) for name in exact}} for row in expected(moscow, york)
    ]


async def test_an_export_holds_only_what_the_visitor_sees(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    moscow, york = await record_orders(connection, clickhouse_url)
    async with counting_panel.visitor("analyst", [moscow.id]) as client:
        assert [
            row["order_id"] for row in rows_of(await client.get(address("sales.csv", NOON)))
        ] == ["1"]
        for dataset in ("sales.csv", "shop_kpi_day.parquet", "shop_money_day.csv"):
            response = await client.get(address(dataset, NOON, shops=str(york.id)))
            assert_problem(response, 404, "shop_not_found")
    response = await counting_panel.client.get(address("sales.csv", NOON))
    assert_problem(response, 401, "session_missing")


async def test_daily_figures_are_exported_as_they_stand(
    client: httpx.AsyncClient, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection)
    day = NOON.date()
    writer = open_client(clickhouse_url)
    try:
        for before in range(3):
            values = [day - timedelta(days=before), shop.id, "Europe/Moscow", "XTR"]
            names = ["day", "shop_id", "timezone", "currency", "paid_orders", "net_sales_minor"]
            writer.insert("shop_kpi_day", [[*values, before + 1, None]], names)
    finally:
        writer.close()
    url = address("shop_kpi_day.csv", NOON - timedelta(days=1), NOON)
    rows = rows_of(await client.get(url))
    assert [row["day"] for row in rows] == [f"{day - timedelta(days=1)}", f"{day}"]
    assert [row["paid_orders"] for row in rows] == ["2", "1"]
    frame = pl.read_parquet(io.BytesIO((await client.get(url.replace(".csv", ".parquet"))).content))
    assert frame.columns == list(rows[0])
    assert frame["net_sales_minor"].to_list() == [None, None]


async def test_daily_money_is_exported_by_currency(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    day = NOON.date()
    writer = open_client(clickhouse_url)
    try:
        for before in range(2):
            at = day - timedelta(days=before)
            writer.insert(
                "shop_money_day",
                [
                    [at, shop.id, "XTR", 250 - before],
                    [at, shop.id, "USD", -1999],
                    [at, other.id, "XTR", 7],
                ],
                ["day", "shop_id", "currency", "net_sales_minor"],
            )
    finally:
        writer.close()
    async with counting_panel.visitor("viewer", [shop.id]) as client:
        response = await client.get(address("shop_money_day.csv", NOON))
        assert f"vitrina-shop_money_day-{day}-{day}.csv" in response.headers["content-disposition"]
        rows = rows_of(response)
        assert [
            (row["day"], row["shop_id"], row["currency"], row["net_sales_minor"]) for row in rows
        ] == [(f"{day}", f"{shop.id}", "USD", "-1999"), (f"{day}", f"{shop.id}", "XTR", "250")]
        url = address("shop_money_day.parquet", NOON - timedelta(days=1), NOON)
        frame = pl.read_parquet(io.BytesIO((await client.get(url)).content))
    assert frame.columns == list(rows[0])
    assert frame["net_sales_minor"].to_list() == [-1999, 249, -1999, 250]


async def test_an_empty_export_has_its_header(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    header = ",".join(f'"{name}"' for name in COLUMNS)
    assert (await client.get(address("sales.csv", NOON))).text.strip() == header
    await create_shop(connection)
    assert (await client.get(address("sales.csv", NOON))).text.strip() == header


async def fill(connection: Connection, clickhouse_url: str) -> Shop:
    """A shop with MANY orders."""
    shop = await create_shop(connection)
    writer = open_client(clickhouse_url)
    try:
        writer.command(
            "INSERT INTO events (shop_id, event, occurred_at, buyer_no, order_id, amount_minor, "
            "currency, quantity, retention_days, pos) "
            "SELECT {shop:UInt32}, 'order_paid', {at:DateTime64(3, 'UTC')}, number % 1000, "
            "number, number % 977, 'RUB', 1, 730, number FROM numbers({many:UInt32})",
            parameters={"shop": shop.id, "at": f"{NOON:%Y-%m-%d %H:%M:%S}", "many": MANY},
        )
    finally:
        writer.close()
    return shop


async def test_there_is_no_limit_on_rows(
    client: httpx.AsyncClient, connection: Connection, clickhouse_url: str
) -> None:
    await fill(connection, clickhouse_url)
    response = await client.get(address("sales.csv", NOON))
    frame = pl.read_csv(io.BytesIO(response.content), schema_overrides={"amount": pl.String})
    assert len(frame) == MANY
    assert frame["amount_minor"].sum() == sum(number % 977 for number in range(MANY))
    majors = sum(map(Decimal, frame["amount"].to_list()))
    assert majors * 100 == frame["amount_minor"].sum()


async def test_an_error_midway_cuts_the_download(
    counting_panel: Panel,
    client: httpx.AsyncClient,
    connection: Connection,
    clickhouse_url: str,
) -> None:
    await fill(connection, clickhouse_url)
    counting_panel.resources.exporter.settings |= {
        "max_result_rows": f"{MANY // 2}",
        "result_overflow_mode": "throw",
        "max_block_size": "5000",
        "max_threads": "1",
    }
    for file_format in ("csv", "jsonl"):
        received = bytearray()  # bytes would be copied whole with each part
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            async with client.stream("GET", address(f"sales.{file_format}", NOON)) as response:
                assert response.status_code == 200
                async for part in response.aiter_bytes():
                    received += part
        assert b"DB::Exception" not in received  # the engine's words are for the log
        assert b"__exception__" not in received


async def test_a_large_file_is_moved_by_the_kernel_and_is_whole(
    client: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_shop(connection)
    rows = 50_000
    large = Query(f"SELECT number, repeat('x', 60) AS text FROM numbers({rows})", {})
    monkeypatch.setattr(querying, "_query", AsyncMock(return_value=large))
    moved: list[int] = []
    move = Reader.move

    async def noting(reader: Reader, pipe: int, size: int) -> None:
        moved.append(size)
        await move(reader, pipe, size)

    monkeypatch.setattr(Reader, "move", noting)
    response = await client.get(address("sales.csv", NOON))
    lines = [f'{number},"{"x" * 60}"' for number in range(rows)]
    assert response.text == "\r\n".join(['"number","text"', *lines, ""])
    assert sum(moved) > len(response.content) * 0.9


async def test_exports_beside_others_leave_processors_to_the_panel(counting_panel: Panel) -> None:
    exporter = counting_panel.resources.exporter
    query = Query("SELECT toString(getSetting('max_threads'))", {})

    async def read(download: Download) -> bytes:
        return b"".join([piece async for piece in download.chunks()])

    first, second = [await exporter.start_as(query, "TSV") for _ in range(2)]
    alone, beside = await read(first), await read(second)
    first.close()
    second.close()
    assert beside == b"1\n"
    third = await exporter.start_as(query, "TSV")
    assert await read(third) == alone
    third.close()


async def test_an_error_before_the_first_row_is_a_problem(
    client: httpx.AsyncClient, connection: Connection, clickhouse_url: str
) -> None:
    await create_shop(connection)
    url = address("shop_kpi_day.csv", NOON)
    assert (await client.get(url)).status_code == 200
    writer = open_client(clickhouse_url)
    writer.command("DROP TABLE shop_kpi_day")
    writer.close()
    response = await client.get(url)
    assert_problem(response, 503, "export_failed")
    assert "shop_kpi_day" not in response.text


async def test_a_cancelled_download_cancels_its_query(
    counting_panel: Panel,
    client: httpx.AsyncClient,
    connection: Connection,
    clickhouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fill(connection, clickhouse_url)
    endless = Query("SELECT number, sleepEachRow(0.001) FROM numbers(100000000)", {})
    monkeypatch.setattr(querying, "_query", AsyncMock(return_value=endless))
    counting_panel.resources.exporter.settings["max_block_size"] = "100"
    watcher = Figures(clickhouse_url)

    async def running() -> bool:
        rows = await watcher.rows(
            "SELECT count() AS queries FROM system.processes WHERE query LIKE {pattern:String} "
            "AND current_database = currentDatabase()",
            {"pattern": "SELECT number, sleepEachRow%"},
        )
        return bool(rows[0]["queries"])

    async def stopped() -> bool:
        return not await running()

    try:
        async with client.stream("GET", address("sales.csv", NOON)):
            await eventually(running)
        await eventually(stopped)
    finally:
        await watcher.close()
