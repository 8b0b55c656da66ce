"""The features of clickhouse-connect that the product uses, and curl, against the embedded
server."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timezone
from urllib.parse import urlencode, urlsplit

import aiohttp
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from core.clickhouse import open_async_client, open_client
from local import readiness
from tests.engines import Engines, with_database

EVENTS = "CREATE TABLE events (shop UInt32, event String, at DateTime64(3, 'UTC')) "
ORDERED = (
    "ENGINE = MergeTree ORDER BY (shop, at) SETTINGS non_replicated_deduplication_window = 100"
)
NOON = datetime(2026, 11, 23, 12, 0, 0, 125000, tzinfo=timezone.utc)


@pytest.fixture(name="url")
async def empty_database(engines: Engines) -> AsyncIterator[str]:
    async with engines.clickhouse_database() as url:
        yield url


@pytest.fixture(name="client")
def events_client(url: str) -> Iterator[Client]:
    client = open_client(url)
    client.command(EVENTS + ORDERED)
    yield client
    client.close()


@pytest.fixture(name="panel_url")
async def panel_address(engines: Engines, url: str) -> str:
    return with_database((await engines.clickhouse()).panel_url, urlsplit(url).path.strip("/"))


@pytest.fixture(name="analyst")
async def analyst_client(engines: Engines, url: str, client: Client) -> AsyncIterator[Client]:
    assert client.command("SELECT 1") == 1  # the database is there
    server = await engines.clickhouse()
    analyst = open_client(with_database(server.analyst_url, urlsplit(url).path.strip("/")))
    yield analyst
    analyst.close()


@pytest.fixture(name="panel")
def panel_client(panel_url: str, client: Client) -> Iterator[Client]:
    assert client
    panel = open_client(panel_url)
    yield panel
    panel.close()


def test_query_gives_typed_rows_and_takes_parameters(client: Client) -> None:
    client.insert("events", [[1, "paid", NOON], [2, "started", NOON]])
    result = client.query(
        "SELECT event, at FROM events "
        "WHERE shop = {shop:UInt32} AND event IN {events:Array(String)}",
        parameters={"shop": 1, "events": ["paid", "it's"]},
    )
    assert result.column_names == ("event", "at")
    # Times in UTC come without a time zone, unless the client is told `tz_mode="aware"`.
    assert result.result_rows == [("paid", NOON.replace(tzinfo=None))]


def test_settings_go_with_a_query(client: Client) -> None:
    query = "SELECT getSetting('max_threads')"
    assert client.command(query, settings={"max_threads": 1}) == 1


def test_arrow_goes_in_and_out(client: Client) -> None:
    table = pa.table(
        {
            "shop": pa.array([3, 4], pa.uint32()),
            "event": pa.array(["чай", "book"]),
            "at": pa.array([NOON, NOON], pa.timestamp("ms", tz="UTC")),
        }
    )
    client.insert_arrow("events", table)
    back = client.query_arrow("SELECT shop, event FROM events ORDER BY shop", use_strings=True)
    assert back.to_pydict() == {"shop": [3, 4], "event": ["чай", "book"]}


def test_raw_insert_and_raw_stream_carry_bytes(client: Client) -> None:
    rows = b"7,paid,2026-11-23 12:00:00.125\n8,started,2026-11-23 12:00:01.000\n"
    client.raw_insert("events", ["shop", "event", "at"], insert_block=rows, fmt="CSV")
    with client.raw_stream("SELECT * FROM events ORDER BY shop", fmt="CSVWithNames") as stream:
        text = b"".join(stream).decode()
    assert text == (
        '"shop","event","at"\n'
        '7,"paid","2026-11-23 12:00:00.125"\n8,"started","2026-11-23 12:00:01.000"\n'
    )


def test_an_error_has_its_code_and_its_words(client: Client) -> None:
    with pytest.raises(DatabaseError, match="code: 60.*UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")
    with pytest.raises(DatabaseError, match="(?s)code: 117.*INCORRECT_DATA"):
        client.raw_insert("events", ["shop"], insert_block=b"not a number\n", fmt="CSV")
    assert client.command("SELECT count() FROM events") == 0


async def test_an_error_in_mid_stream_comes_after_200_with_its_tag(url: str) -> None:
    """A reader must look for it, as docs on X-ClickHouse-Exception-Tag say: 200 is no promise."""
    parts = urlsplit(url)
    login = aiohttp.encode_basic_auth(parts.username or "", parts.password or "")
    headers = {"Authorization": login, "Accept-Encoding": "identity"}
    query = (
        "SELECT throwIf(number = 5000000, 'broken in the middle') FROM numbers(9000000) "
        "SETTINGS max_block_size = 10000, max_threads = 1 FORMAT CSV"
    )
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"http://{parts.hostname}:{parts.port}/", data=query) as response:
            assert response.status == 200
            tag = response.headers["X-ClickHouse-Exception-Tag"]
            received = bytearray()
            try:
                async for chunk in response.content.iter_any():
                    received += chunk
            except aiohttp.ClientPayloadError:
                pass  # the server also breaks the connection off; what came before is kept
    ending = bytes(received[-2000:]).decode()
    assert f"__exception__\r\n{tag}" in ending
    assert "broken in the middle" in ending


def test_the_client_sees_an_error_in_mid_stream(client: Client) -> None:
    query = "SELECT throwIf(number = 5000000, 'broken in the middle') FROM numbers(9000000)"
    settings = {"max_block_size": 10_000, "max_threads": 1}
    with pytest.raises(ClickHouseError, match="broken in the middle"):
        client.query(query, settings=settings)


async def test_the_async_client_asks_many_things_at_once(url: str) -> None:
    client = await open_async_client(url)
    try:
        results = await asyncio.gather(
            *(client.query("SELECT {n:UInt32} * 2", parameters={"n": n}) for n in range(20))
        )
        assert [result.result_rows for result in results] == [[(n * 2,)] for n in range(20)]
    finally:
        await client.close()


async def test_curl_talks_to_it(url: str) -> None:
    assert await readiness.clickhouse_answers(url)
    parts = urlsplit(url)
    answer = subprocess.run(
        ["curl", "-sS", "--user", f"{parts.username}:{parts.password}", "--data-binary"]
        + ["SELECT 6 * 7", f"http://{parts.hostname}:{parts.port}/"],
        check=True,
        capture_output=True,
    )
    assert answer.stdout == b"42\n"


def test_the_same_token_counts_once_in_the_table_and_in_its_view(client: Client) -> None:
    client.command(
        "CREATE TABLE sums (shop UInt32, events UInt64) ENGINE = SummingMergeTree ORDER BY shop "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    client.command(
        "CREATE MATERIALIZED VIEW sums_view TO sums AS "
        "SELECT shop, count() AS events FROM events GROUP BY shop"
    )
    settings = {
        "insert_deduplication_token": "0:17-42",
        "deduplicate_blocks_in_dependent_materialized_views": 1,
        "async_insert": 0,
    }
    rows = b"1,paid,2026-11-23 12:00:00\n1,paid,2026-11-23 12:00:00\n"
    for _ in range(3):
        client.raw_insert(
            "events", ["shop", "event", "at"], insert_block=rows, fmt="CSV", settings=settings
        )
    assert client.command("SELECT count() FROM events") == 2
    assert client.command("SELECT sum(events) FROM sums") == 2
    settings["insert_deduplication_token"] = "0:43-44"
    client.raw_insert(
        "events", ["shop", "event", "at"], insert_block=rows, fmt="CSV", settings=settings
    )
    assert client.command("SELECT sum(events) FROM sums") == 4


def test_the_panel_reads(client: Client, panel: Client) -> None:
    client.command("INSERT INTO events SELECT 1, 'paid', now()")
    assert panel.command("SELECT count() FROM events") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM executable('true', 'CSV', 'a String')",
        "SELECT query FROM system.query_log",
        "INSERT INTO events SELECT 1, 'paid', now()",
        "CREATE TABLE mine (a Int8) ENGINE = Memory",
        "TRUNCATE TABLE events",
        "DROP TABLE events",
        "SYSTEM FLUSH LOGS",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1 SETTINGS max_memory_usage = 0",
    ],
)
def test_the_panel_may_not(panel: Client, statement: str) -> None:
    refusals = "ACCESS_DENIED|READONLY|SETTING_CONSTRAINT_VIOLATION|UNKNOWN_TABLE"
    with pytest.raises(DatabaseError, match=refusals):
        panel.command(statement)


@pytest.mark.parametrize("name", ["client", "panel", "analyst"])
@pytest.mark.parametrize(
    "expression",
    [
        "SELECT file('/etc/hostname')",
        "SELECT file('/etc/passwd', 'nothing')",
        "SELECT file('/proc/self/environ')",
        f"SELECT file('{__file__}')",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "INSERT INTO FUNCTION file('/tmp/vitrina.tsv', 'TSV', 'a UInt8') SELECT 1",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/a.csv', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM sqlite('/tmp/a.db', 'b')",
        "SELECT * FROM executable('true', 'CSV', 'a String')",
        "SELECT executable('true')",
        "SELECT catboostEvaluate('/etc/hostname', 1)",
        "SELECT * FROM python('anything')",
        "SELECT * FROM python('anything') SETTINGS allow_python_table_function = 1",
        "CREATE TABLE outside (a UInt8) ENGINE = File(TSV)",
        "CREATE TABLE outside (a UInt8) ENGINE = URL('http://127.0.0.1:1/', 'TSV')",
    ],
)
def test_nobody_reads_what_is_outside_of_the_database(
    request: pytest.FixtureRequest, name: str, expression: str
) -> None:
    user: Client = request.getfixturevalue(name)
    with pytest.raises(DatabaseError) as told:
        rows = user.query(expression).result_rows
        # The second argument of `file` is what it gives where it finds nothing.
        assert rows == [("nothing",)]
        raise DatabaseError("ACCESS_DENIED")
    refusals = ("ACCESS_DENIED", "READONLY", "CANNOT_OPEN_FILE", "CANNOT_STAT", "FILE_DOESNT_EXIST")
    unknown = ("UNKNOWN_FUNCTION", "UNSUPPORTED_METHOD", "UNKNOWN_TABLE_FUNCTION")
    switched_off = ("FUNCTION_NOT_ALLOWED", "QUERY_IS_PROHIBITED")
    assert any(word in str(told.value) for word in (*refusals, *unknown, *switched_off)), told.value


def test_nobody_may_end_the_queries_of_others(client: Client, panel: Client) -> None:
    for user in (client, panel):
        granted = [str(row[0]) for row in user.query("SHOW GRANTS").result_rows]
        assert granted and not any("KILL" in grant for grant in granted)


def test_the_panel_has_limits(panel: Client) -> None:
    with pytest.raises(DatabaseError, match="TOO_MANY_ROWS_OR_BYTES"):
        panel.query("SELECT * FROM numbers(100001)")
    with pytest.raises(DatabaseError, match="TIMEOUT_EXCEEDED"):
        panel.query("SELECT sum(sleepEachRow(1)) FROM numbers(3) SETTINGS max_execution_time = 1")


def test_the_analyst_asks_long_and_changes_nothing(client: Client, analyst: Client) -> None:
    client.command("INSERT INTO events SELECT 1, 'paid', now()")
    assert analyst.command("SELECT count() FROM events") == 1
    assert len(analyst.query("SELECT * FROM numbers(100001)").result_rows) == 100_001
    for statement in (
        "INSERT INTO events SELECT 1, 'paid', now()",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT 1 SETTINGS max_memory_usage = 0",
    ):
        with pytest.raises(DatabaseError, match="ACCESS_DENIED|READONLY|CONSTRAINT_VIOLATION"):
            analyst.command(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count() FROM system.tables",
        "SELECT * FROM file('/etc/hostname')",
        "SELECT * FROM python('anything')",
        # Their structure would be asked for over the network before the quota is looked at.
        "SELECT * FROM url('http://127.0.0.1:1/')",
        "SELECT * FROM hudi('http://127.0.0.1:1/bucket/')",
        "SELECT * FROM remote('127.0.0.1:1', 'a', 'b')",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    ],
)
async def test_nobody_gets_in_as_the_engine_itself(url: str, statement: str) -> None:
    parts = urlsplit(url)
    query = urlencode({"query": statement})
    status, answer = await readiness.http_get(f"http://{parts.hostname}:{parts.port}/?{query}")
    assert status != 200
    refusals = ("ACCESS_DENIED", "QUOTA_EXCEEDED", "CANNOT_OPEN_FILE", "FUNCTION_NOT_ALLOWED")
    assert any(word in answer for word in refusals), answer


def test_the_server_keeps_only_the_query_log(client: Client) -> None:
    client.command("SYSTEM FLUSH LOGS")
    kept = client.query(
        "SELECT name FROM system.tables WHERE database = 'system' AND engine LIKE '%MergeTree'"
    )
    assert kept.result_rows == [("query_log",)]
    created = client.command("SELECT create_table_query FROM system.tables WHERE name='query_log'")
    assert "TTL event_date + toIntervalDay(7)" in str(created)


def test_time_is_utc(client: Client) -> None:
    assert client.command("SELECT timezone()") in ("UTC", "Etc/UTC")
    assert client.command("SELECT toString(toDateTime(0))") == "1970-01-01 00:00:00"
