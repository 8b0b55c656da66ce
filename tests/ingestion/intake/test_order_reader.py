"""The process that reads a file of past orders."""

import asyncio
import tempfile
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.order_reader import FileOptions, reading
from tests import patience

_HEADER = b"order_id,created_at,currency,product_id,quantity,unit_price,customer_id\n"
_ROW = b"%d,2026-03-10T10:00:00Z,RUB,1,1,10.00,c\n"


async def test_left_in_the_middle_of_a_long_file_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is more in its pipe than anybody has read."""
    started: list[Any] = []
    start = asyncio.create_subprocess_exec

    async def noted(*arguments: Any, **options: Any) -> Any:
        started.append(await start(*arguments, **options))
        return started[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    options = FileOptions("identity", 10**9, datetime(2026, 3, 11, tzinfo=UTC), keep_days=365)
    with tempfile.TemporaryFile() as file:
        file.write(_HEADER + b"".join(_ROW % number for number in range(20_000)))
        file.seek(0)
        async with asyncio.timeout(patience.SECONDS):
            async with reading(file, options) as items:
                await anext(items)
                pipe = vars(started[0].stdout)["_transport"]
                while pipe.is_reading():  # until so much has come that no more is taken
                    await asyncio.sleep(0.01)
    assert started[0].returncode is not None
    assert pipe.is_closing()
