"""One batch from PostgreSQL into ClickHouse, streamed: no row is decoded on the way."""

import asyncio
from collections.abc import AsyncIterator

from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core.errors import VitrinaError
from core.postgres import Connection
from ingestion.batches import COLUMNS, Batch, copy_query

MAX_ROWS = 1_000_000  # a batch is always under it, and thus one block
_CHUNKS_AHEAD = 8  # of what PostgreSQL sends at once, some 64 KiB
_SECONDS = 120

SETTINGS = {
    "async_insert": 0,
    # The token covers the materialized view, too, whichever of the two an attempt reached.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # One block: refused by the parser, nothing of it is written; written, it is known by its token.
    "input_format_parallel_parsing": 0,
    "max_insert_block_size": MAX_ROWS,
    "min_insert_block_size_rows": MAX_ROWS,
    "min_insert_block_size_bytes": 0,
    # Imported history spans many weeks; a limit would refuse the batch for ever.
    "max_partitions_per_insert_block": 0,
    "date_time_input_format": "basic",
}

# What the parser says of the content, before anything is written. Cut-off input (32, 33) is not
# among them: that is the network's doing.
_BAD_DATA = {
    6,  # CANNOT_PARSE_TEXT
    25,  # CANNOT_PARSE_ESCAPE_SEQUENCE
    26,  # CANNOT_PARSE_QUOTED_STRING
    27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38,  # CANNOT_PARSE_DATE
    41,  # CANNOT_PARSE_DATETIME
    69,  # ARGUMENT_OUT_OF_BOUND
    72,  # CANNOT_PARSE_NUMBER
    117,  # INCORRECT_DATA
    131,  # TOO_LARGE_STRING_SIZE
    321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    407,  # DECIMAL_OVERFLOW
    467,  # CANNOT_PARSE_BOOL
}


class Undelivered(VitrinaError):
    """ClickHouse is away or will not take anything now: the same batch is to be sent again."""

    code = "undelivered"
    status = 503


class Rejected(VitrinaError):
    """ClickHouse cannot read a row of the batch, and has taken nothing of it."""

    code = "rejected"
    status = 422


class BatchChanged(VitrinaError):
    """The outbox no longer holds what was recorded. To send the rest would hide a loss."""

    code = "batch_changed"
    status = 500


async def deliver(connection: Connection, client: AsyncClient, batch: Batch) -> None:
    """Sends the batch; on return ClickHouse has counted each of its rows exactly once.

    Raises Undelivered or Rejected for ClickHouse, BatchChanged, and what COPY raises for
    PostgreSQL. Whatever it raised, and if this process died in it, to send the same batch again
    is safe.
    """
    pipe = _Pipe()
    reading = asyncio.create_task(_read(connection, batch, pipe))

    async def body() -> AsyncIterator[bytes]:
        while chunk := await pipe.chunks.get():
            yield chunk
        await reading  # if it failed, the request is cut off here and not ended

    try:
        async with asyncio.timeout(_SECONDS):
            await client.raw_insert(
                "events",
                COLUMNS,
                body(),
                settings=SETTINGS | {"insert_deduplication_token": batch.token},
                fmt="TabSeparated",
            )
    except (ClickHouseError, OSError, TimeoutError) as error:
        if reading.done() and (cause := reading.exception()):
            raise cause from error
        if isinstance(error, ClickHouseError) and error.code in _BAD_DATA:
            raise Rejected(_first_line(error)) from error
        raise Undelivered(_first_line(error)) from error
    finally:
        pipe.close()
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.exception()  # was raised above if it matters


class _Pipe:
    """From COPY to the request, a few chunks ahead; once closed, what still comes is dropped.

    COPY is thus read to its end even when nobody wants it any more: a cancelled one leaves the
    connection in a state that asyncpg itself does not know.
    """

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[bytes] = asyncio.Queue(_CHUNKS_AHEAD)
        self._closed = False

    async def write(self, chunk: bytes) -> None:
        if not self._closed:
            await self.chunks.put(chunk)

    def close(self) -> None:
        self._closed = True
        while not self.chunks.empty():
            self.chunks.get_nowait()


async def _read(connection: Connection, batch: Batch, pipe: _Pipe) -> None:
    try:
        status = await connection.copy_from_query(copy_query(batch), output=pipe.write)
        if (rows := int(status.split()[-1])) != batch.rows:
            raise BatchChanged(
                f"shard {batch.shard}: {batch.rows} rows were recorded after {batch.start} up to "
                f"{batch.end}, and {rows} are there: look for who deletes from the outbox"
            )
    finally:
        await pipe.write(b"")


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:500]
