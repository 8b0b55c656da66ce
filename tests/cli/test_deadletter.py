"""`vitrina deadletter` and `vitrina shards` as an operator types them."""

import pytest

from core.postgres import Connection
from tests.cli.running import vitrina
from tests.factories import create_shop
from tests.ingestion.rows import write_events
from tests.ingestion.test_deadletters import bury


async def test_letters_are_listed_shown_and_sent_again(
    environment: dict[str, str], connection: Connection
) -> None:
    shops = [(await create_shop(connection)).id for _ in range(2)]
    first, second = [await bury(connection, shop_id=shop) for shop in shops]
    listed = vitrina(environment, "deadletter", "list", "--shop", str(shops[1])).stdout
    assert f"{second}  " in listed and "a text of 20000 bytes" in listed and "1 of 1" in listed
    assert f'"shop_id": {shops[0]}' in vitrina(environment, "deadletter", "show", str(first)).stdout
    assert "1 sent again" in vitrina(environment, "deadletter", "replay", str(first)).stdout
    assert "not among" in vitrina(environment, "deadletter", "replay", str(first)).stderr
    assert "1 sent again" in vitrina(environment, "deadletter", "replay", "--all").stdout
    assert vitrina(environment, "deadletter", "list").stdout == "no dead letters\n"
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 2


@pytest.mark.parametrize("words", [[], ["1", "--all"]])
async def test_which_letters_must_be_said(environment: dict[str, str], words: list[str]) -> None:
    refused = vitrina(environment, "deadletter", "replay", *words)
    assert refused.returncode == 1 and "--all" in refused.stderr


async def test_shards_are_listed_and_added(
    environment: dict[str, str], connection: Connection
) -> None:
    await write_events(connection, 3)
    listed = vitrina(environment, "shards", "list").stdout
    assert "shard 0: nobody leads it; 3 wait" in listed
    assert vitrina(environment, "shards", "set", "2").stdout == "2 shards\n"
    assert "shard 1: nobody leads it; 0 wait" in vitrina(environment, "shards", "list").stdout
    assert "from 2 to 256" in vitrina(environment, "shards", "set", "1").stderr
