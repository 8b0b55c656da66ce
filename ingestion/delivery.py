"""One batch into ClickHouse, counted exactly once however often it is sent."""

import asyncio

from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core.clickhouse import MISSING_CODES
from core.errors import VitrinaError
from core.postgres import WHEN_MISSING
from ingestion.batches import Batch
from ingestion.contents import STORED, Rejected

MAX_ROWS = 1_000_000  # the size of a batch is always below it, so a batch is one block
_SECONDS = 120

SETTINGS = {
    "async_insert": 0,
    # The token covers the materialized view, too, whichever of the two an attempt reached.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # One block: if the parser refuses it, nothing of it is written; if it was written, its token is
    # known.
    "input_format_parallel_parsing": 0,
    "max_insert_block_size": MAX_ROWS,
    "min_insert_block_size_rows": MAX_ROWS,
    "min_insert_block_size_bytes": 0,
    # Imported history spans many weeks; a limit would refuse the batch for ever.
    "max_partitions_per_insert_block": 0,
    # Of a block there is nothing to share among threads, or to compile.
    "max_threads": 1,
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
}

# Errors about the content, raised before anything is written. Cut-off input (32, 33) is not among
# them: that is the network's fault. Nor is anything that a view may raise after the table has the
# rows.
_BAD_DATA = {
    6,  # CANNOT_PARSE_TEXT
    69,  # ARGUMENT_OUT_OF_BOUND
    117,  # INCORRECT_DATA
    131,  # TOO_LARGE_STRING_SIZE
    321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    407,  # DECIMAL_OVERFLOW
    467,  # CANNOT_PARSE_BOOL
}


class Undelivered(VitrinaError):
    """ClickHouse is away or does not accept anything now: the same batch is to be sent again."""

    code = "undelivered"
    status = 503


async def deliver(client: AsyncClient, batch: Batch, body: bytes) -> None:
    """Sends the batch, `body` in the Native format; on return each of its rows counts once.

    Raises Undelivered or Rejected. Whatever it raised, and if this process died in it, to send the
    same batch again is safe.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            await client.raw_insert(
                "events",
                STORED,
                body,
                settings=SETTINGS | {"insert_deduplication_token": batch.token},
                fmt="Native",
            )
    except (ClickHouseError, OSError, TimeoutError) as error:
        if isinstance(error, ClickHouseError) and error.code in _BAD_DATA:
            raise Rejected(_first_line(error)) from error
        reason = _first_line(error)
        if isinstance(error, ClickHouseError) and error.code in MISSING_CODES:
            reason = f"{reason}: {WHEN_MISSING}"
        raise Undelivered(reason) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:500]
