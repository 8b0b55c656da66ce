"""`vitrina simulate` and the shops that `vitrina seed` makes for it."""

import pytest

from core.postgres import Connection
from tests.cli.running import vitrina


async def test_a_fleet_of_demo_shops_is_seeded(
    environment: dict[str, str], connection: Connection
) -> None:
    assert vitrina(environment, "seed", "--bots", "5").returncode == 0
    assert vitrina(environment, "seed", "--bots", "6").stdout.count("already there") == 5
    bots = await connection.fetch("SELECT id FROM bots ORDER BY id")
    assert [row["id"] for row in bots] == [7_000_000_001 + each for each in range(6)]
    sold = await connection.fetch(
        "SELECT shop_id, count(*) AS products, count(stock) AS limited FROM products "
        "GROUP BY shop_id ORDER BY shop_id"
    )
    assert [(row["products"], row["limited"]) for row in sold] == [
        (11, 0),
        (8, 0),
        (11, 3),
        (8, 3),
        (11, 3),
        (8, 3),
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["serve", "--mix", "buyer"], "write --mix as name=weight"),
        (["load", "--mix", "king=1"], "roles_king"),
        (["load", "--abuses", "flood=-1"], "greater than or equal to 0"),
        (["truth", "--data-dir", "/nowhere"], "holds no truth"),
        (["compare", "--data-dir", "/nowhere"], "has `vitrina up` run there?"),
        (["audit", "--control", "127.0.0.1"], "write --control as host:port"),
        (["audit", "--control", "127.0.0.1:1"], "no simulator's control port at 127.0.0.1:1"),
        (["transcript", "@demo_tea_bot", "--data-dir", "/nowhere"], "runs no simulator"),
        (["chat", "@demo_tea_bot", "--data-dir", "/nowhere"], "has `vitrina up` run there?"),
    ],
)
def test_what_is_wrong_is_one_line(command: list[str], words: str) -> None:
    refused = vitrina({}, "simulate", *command)
    assert refused.returncode == 1
    assert words in refused.stderr and "Traceback" not in refused.stderr
