"""Rows of PostgreSQL in its own text format, as they arrive."""

import asyncio
from collections.abc import AsyncIterator

from core.postgres import Pool

_PIECE_BYTES = 1 << 17
_WAITING_PIECES = 8
_SECONDS = 3600


async def copied(pool: Pool, sql: str, *values: object) -> AsyncIterator[bytes]:
    """What COPY says of the query's rows, at one moment, in pieces; ClickHouse reads it as
    TabSeparated. Raises asyncpg's errors; the copy ends when nobody reads on."""
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING_PIECES)

    async def take(data: bytes) -> None:
        await pieces.put(data)

    async def copy() -> None:
        try:
            async with (
                pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                # As long as the reader takes; the API's statements are short otherwise.
                await connection.execute(f"SET LOCAL statement_timeout = '{_SECONDS}s'")
                await connection.copy_from_query(
                    sql, *values, output=take, format="text", timeout=_SECONDS
                )
        except asyncio.CancelledError:
            raise  # nobody reads on: a full queue stays full
        except BaseException:
            await pieces.put(None)
            raise
        await pieces.put(None)

    copying = asyncio.create_task(copy())
    gathered = bytearray()
    try:
        while (piece := await pieces.get()) is not None:
            gathered += piece
            if len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
        await copying
        if gathered:
            yield bytes(gathered)
    finally:
        copying.cancel()
        await asyncio.gather(copying, return_exceptions=True)
