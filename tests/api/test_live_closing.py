"""How soon a live stream ends with the right to see it: within a second, whether somebody takes the
link away or its time is over."""

import asyncio
import time
from statistics import median

import pytest

from core.postgres import Connection, Pool
from tests.api.conftest import Panel
from tests.api.test_live import stream

BEAT_SECONDS = 0.5
ROUNDS = 3
LASTS_SECONDS = 0.3
_ENDS = {
    "revoked": "UPDATE access_links SET revoked_at = now() WHERE revoked_at IS NULL",
    "expired": "UPDATE access_links SET expires_at = clock_timestamp() + "
    f"interval '{LASTS_SECONDS} s' WHERE revoked_at IS NULL",
}


async def _beat(pool: Pool, slowness: list[float]) -> None:
    """How many times as long half a second with a question to PostgreSQL takes here, meanwhile."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(BEAT_SECONDS)
        await pool.fetchval("SELECT 1")
        slowness.append((time.monotonic() - began) / BEAT_SECONDS)


@pytest.mark.parametrize("how", _ENDS)
async def test_a_stream_ends_within_a_second(
    how: str, counting_panel: Panel, connection: Connection
) -> None:
    """On a machine where half a second lasts half a second; on a slower one, that much later."""
    slowness = [1.0]
    beating = asyncio.create_task(_beat(counting_panel.pool, slowness))
    took = []
    try:
        for _ in range(ROUNDS):
            async with counting_panel.visitor("viewer") as client, stream(client) as following:
                assert await following() is not None
                before = time.monotonic()
                await connection.execute(_ENDS[how])
                ends = before + LASTS_SECONDS if how == "expired" else time.monotonic()
                while await following() is not None:
                    pass
                took.append(time.monotonic() - ends)
        await asyncio.sleep(BEAT_SECONDS)  # so that a beat has the last round in it
    finally:
        beating.cancel()
    assert median(took) < 1.0 * max(slowness), (took, slowness)
