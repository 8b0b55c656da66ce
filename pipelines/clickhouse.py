"""ClickHouse as a Dagster resource, and the IO manager that replaces a partition as a whole."""

import asyncio
import io
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import date, datetime
from typing import Any

import dagster as dg
import polars as pl
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError
from clickhouse_connect.driver.external import ExternalData

from core import people_day
from core.clickhouse import open_client
from core.postgres import connect
from core.settings import Settings
from pipelines import departed

_STAGING = "staging_"
# LowCardinality comes as plain strings: Polars reads no dictionary that grows from block to block,
# and 270,000 rows with two such columns take the same 93 ms.
_WIRE = {
    "output_format_arrow_compression_method": "none",
    "output_format_arrow_string_as_string": 1,
}
# Read and written by Polars itself: PyArrow would be a fifth of the image. The form that has an end
# of its own, without which an answer that broke off is refused.
_FORMAT = "Arrow"
_DROP_STAGING_AFTER_HOURS = 24
_HOURS_LOCK = 0x686F7572  # any number of ours
_OTHERS = (
    "SELECT * FROM {} WHERE day = toDate({{hour:DateTime64(3, 'UTC')}}) "
    "AND hour != {{hour:DateTime64(3, 'UTC')}}"
)
# Read over many days at once, so that a part for each would cost more than its rows.
BY_MONTH = frozenset({people_day.TABLE})
# Bitmaps are written and read as lists of numbers, which are no column of `*`.
_AS_LISTS = {people_day.TABLE: "*, arraySort(bitmapToArray(people)) AS people_numbers"}
# Rows that are converted to Arrow and sent at once: a bitmap of few people takes a kilobyte of
# ClickHouse's memory on its way into a part.
_INSERT_ROWS = 200_000


class ClickHouse:
    """Reads and writes frames by Arrow; `settings` is called when the first one is needed.

    One client is kept, because opening one asks the server for all its settings: 15 ms each time,
    and a day's figures are 80 reads and writes. Threads may use it at the same time.
    """

    def __init__(self, settings: Callable[[], Settings], *, as_analyst: bool = False) -> None:
        self._settings = settings
        self._as_analyst = as_analyst
        self._lock = threading.Lock()
        self._kept: Client | None = None

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with self._lock:
            if self._kept is None:
                self._kept = self._open()
            client = self._kept
        try:
            yield client
        except OperationalError:  # a server that was away may come back as another version
            with self._lock:
                self._kept = None
            raise

    def _open(self) -> Client:
        settings = self._settings()
        url = settings.clickhouse_url.get_secret_value()
        client = open_client(
            settings.analyst_clickhouse_url if self._as_analyst else url, in_body=True
        )
        weakref.finalize(self, client.close)
        return client

    @contextmanager
    def opened(self) -> Iterator[Client]:
        """A client, for queries that neither read a frame nor replace a partition."""
        with self._client() as client:
            yield client

    def read(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        frames: Mapping[str, pl.DataFrame] | None = None,
    ) -> pl.DataFrame:
        """The query's result. The query can read `frames` as temporary tables of those names."""
        external = _external(frames) if frames else None
        with self._client() as client:
            told = client.raw_query(
                sql,
                parameters=dict(parameters or {}),
                settings=_WIRE,
                fmt=_FORMAT,
                external_data=external,
            )
        return pl.read_ipc(io.BytesIO(told))

    def replace_partition(self, table: str, day: str, frame: pl.DataFrame) -> None:
        """Replaces everything that `table` has of `day` (YYYY-MM-DD) by `frame`, in one atomic
        step.

        The rows first go to a staging table for this write alone, so a write that fails or is
        killed changes nothing, and running it again gives the same rows. The table must be
        PARTITION BY its column `day`, or be one of `BY_MONTH`, of which the rest of the month is
        kept: who changes these takes turns (`core.people_day.in_turn`). Rows of who has left
        meanwhile are not stored (`pipelines.departed`). This starts an event loop, so that it must
        not be called from inside one. Raises ValueError if a row is of another day.
        """
        if not frame.select((pl.col("day") == pl.lit(day).str.to_date()).all()).item():
            raise ValueError(f"{table}: rows of another day than {day}")
        if "shop_id" in frame.columns:
            asyncio.run(
                self._replace_in_turn(table, day, lambda: frame, of_hours="hour" in frame.columns)
            )
        else:  # the platform's own
            self._replace(table, day, frame)

    def replace_hour(self, table: str, hour: datetime, frame: pl.DataFrame) -> None:
        """Replaces everything that `table` has of that hour (UTC) by `frame`; other hours of its
        day stay, for writers of hours take turns. Otherwise as `replace_partition`, of a table with
        a column `hour`."""

        def of_day() -> pl.DataFrame:
            return pl.concat([self.read(_OTHERS.format(table), {"hour": hour}), frame])

        self.replace_hours(table, hour.date(), of_day)

    def replace_hours(self, table: str, day: date, made: Callable[[], pl.DataFrame]) -> None:
        """Replaces everything that `table`, which has a column `hour`, has of the day (UTC) by what
        `made` gives. It is called once no other writer of hours can change anything, so what it
        reads still stands when the day is swapped; it must not start an event loop. Otherwise as
        `replace_partition`."""
        asyncio.run(self._replace_in_turn(table, day.isoformat(), made, of_hours=True))

    async def _replace_in_turn(
        self, table: str, day: str, made: Callable[[], pl.DataFrame], *, of_hours: bool
    ) -> None:
        connection = await connect(self._settings().database_url.get_secret_value())
        try:
            async with AsyncExitStack() as turns:
                gone = await turns.enter_async_context(departed.storing(connection))
                if table in BY_MONTH:
                    await turns.enter_async_context(people_day.in_turn(connection))
                if of_hours:  # the connection's end gives it back
                    await connection.execute("SELECT pg_advisory_lock($1)", _HOURS_LOCK)
                self._replace(table, day, gone.without(made()))
        finally:
            await connection.close()

    def _replace(self, table: str, day: str, frame: pl.DataFrame) -> None:
        with self._client() as client:
            _drop_abandoned(client)
            partition = partition_of(table, date.fromisoformat(day))
            is_day = partition == day
            if frame.is_empty() and is_day:  # an empty source is refused by REPLACE PARTITION
                client.command(f"ALTER TABLE {table} DROP PARTITION '{day}'")
                return
            staging = f"{_STAGING}{table}_{uuid.uuid4().hex}"
            client.command(f"CREATE TABLE {staging} AS {table}")
            try:
                if not is_day:
                    _keep_others(client, table, staging, day)
                for piece in frame.iter_slices(_INSERT_ROWS):
                    insert(client, staging, piece)
                client.command(
                    f"ALTER TABLE {table} REPLACE PARTITION '{partition}' FROM {staging}"
                )
            finally:
                client.command(f"DROP TABLE {staging}")


def insert(client: Client, table: str, frame: pl.DataFrame) -> None:
    """Appends the frame to the columns of its names."""
    block = io.BytesIO()
    # In Arrow's older types: ClickHouse does not accept the string views of Polars.
    frame.write_ipc(block, compat_level=pl.CompatLevel.oldest())
    client.raw_insert(table, frame.columns, block.getvalue(), fmt=_FORMAT)


def partition_of(table: str, day: date) -> str:
    """The partition that has the table's rows of the day."""
    return str(day.replace(day=1) if table in BY_MONTH else day)


def _keep_others(client: Client, table: str, staging: str, day: str) -> None:
    """Puts the rest of the day's month into the staging table: as links to the same files."""
    month = partition_of(table, date.fromisoformat(day))
    client.command(f"ALTER TABLE {staging} ATTACH PARTITION '{month}' FROM {table}")
    client.command(
        f"DELETE FROM {staging} WHERE day = '{day}'", settings={"lightweight_deletes_sync": 2}
    )


def everything(table: str) -> str:
    """What to select for all columns of a daily table, in the order of its schema."""
    return _AS_LISTS.get(table, "*")


def _external(frames: Mapping[str, pl.DataFrame]) -> ExternalData:
    external = ExternalData()
    for name, frame in frames.items():
        buffer = io.BytesIO()
        frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
        external.add_file(
            file_name=name,
            data=buffer.getvalue(),
            fmt="ArrowStream",
            structure=[f"{column} {_TYPES[dtype]}" for column, dtype in frame.schema.items()],
        )
    return external


_TYPES: Mapping[pl.DataType | type[pl.DataType], str] = {
    pl.Date: "Date",
    pl.UInt32: "UInt32",
    pl.UInt64: "UInt64",
    pl.Int64: "Int64",
    pl.String: "String",
    pl.Datetime("ms", "UTC"): "DateTime64(3, 'UTC')",
}


def _drop_abandoned(client: Client) -> None:
    """Drops staging tables of writers that were killed; one in use is minutes old."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND startsWith(name, {prefix:String}) "
        "AND metadata_modification_time < now() - toIntervalHour({hours:Int32})",
        parameters={"prefix": _STAGING, "hours": _DROP_STAGING_AFTER_HOURS},
    )
    for (name,) in found.result_rows:
        client.command(f"DROP TABLE IF EXISTS {name}")


class ClickHouseTables(dg.IOManager):
    """Stores a daily asset in the ClickHouse table of its name, one partition a day."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        self._clickhouse.replace_partition(
            context.asset_key.path[-1], context.asset_partition_key, obj
        )
        context.add_output_metadata({"dagster/row_count": obj.height})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        table = context.asset_key.path[-1]
        return self._clickhouse.read(
            f"SELECT {everything(table)} FROM {table} WHERE day = {{day:Date}} ORDER BY ALL",
            {"day": context.asset_partition_key},
        )
