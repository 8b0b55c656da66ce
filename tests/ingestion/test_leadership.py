import asyncio

import pytest

from core.postgres import Connection
from ingestion import leadership
from ingestion.leadership import Share
from tests import patience


def test_the_highest_shards_are_left_to_others() -> None:
    share = Share(due=2, led={0, 1, 4, 7})
    assert [shard for shard in sorted(share.led) if share.is_beyond(shard)] == [4, 7]
    assert not share.has_room and Share(due=2, led={3}).has_room


@pytest.mark.parametrize(("shards", "due"), [(1, 1), (3, 3), (0, 0)])
async def test_alone_everything_is_due(
    database_url: str, connection: Connection, shards: int, due: int
) -> None:
    share = Share()
    async with leadership.session(database_url):  # both of this process
        async with leadership.session(database_url):
            await share.count(connection, shards)
    assert share.due == due


@pytest.mark.parametrize(("shards", "due"), [(1, 1), (3, 2), (4, 2)])
async def test_two_divide_the_shards(
    database_url: str, connection: Connection, shards: int, due: int
) -> None:
    share = Share()
    async with leadership.session(database_url):
        await connection.execute("SET application_name = 'vitrina-shipper elsewhere:1'")
        await share.count(connection, shards)
        await connection.execute("RESET application_name")
    assert share.due == due


async def test_what_is_not_due_is_taken_only_if_nobody_does(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "_STANDBY_SECONDS", 0.01)
    stood_by = asyncio.Event()
    share = Share(due=0)

    async def lead() -> None:
        async with leadership.lead(database_url, 0, share, on_standby=stood_by.set):
            assert share.led == {0}

    leading = asyncio.create_task(lead())
    await stood_by.wait()
    assert not leading.done()
    monkeypatch.setattr(leadership, "_LEFT_SECONDS", 0)
    await asyncio.wait_for(leading, patience.SECONDS)
    assert share.led == set()
