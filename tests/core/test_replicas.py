"""Scripts as a database of replicas takes them; no package for tests has servers that replicate."""

import re
from pathlib import Path
from unittest.mock import AsyncMock, patch

import pytest

from core import clickhouse
from core.errors import ConfigurationError
from core.migrations import core_scripts, replicas, split_statements
from core.migrations.replicas import create_database, database_statement, replicated

STATEMENTS = [
    statement
    for script in core_scripts()
    if script.store == "clickhouse"
    for statement in split_statements(script.sql)
]


def test_each_kind_of_table_becomes_the_replicated_one() -> None:
    assert replicated("CREATE TABLE t (n Int8) ENGINE = MergeTree ORDER BY n") == (
        "CREATE TABLE t (n Int8) ENGINE = ReplicatedMergeTree ORDER BY n"
    )
    made = replicated("CREATE TABLE IF NOT EXISTS t (n Int8)\nENGINE=ReplacingMergeTree(n)")
    assert made.endswith("ENGINE = ReplicatedReplacingMergeTree(n)")
    assert replicated(made) == made


def test_tokens_are_kept_for_as_long_as_clickhouse_may_be_away() -> None:
    made = replicated(
        "CREATE TABLE t (n Int8) ENGINE = MergeTree ORDER BY n "
        "SETTINGS non_replicated_deduplication_window = 10000"
    )
    assert "SETTINGS replicated_deduplication_window_seconds = 2592000, " in made
    assert made.endswith(", replicated_deduplication_window = 10000")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t ADD COLUMN m Int8",
        "CREATE MATERIALIZED VIEW v TO t AS SELECT 1",
        "INSERT INTO t SELECT 'ENGINE = MergeTree'",
        "CREATE TABLE t (n Int8) ENGINE = Memory",
    ],
)
def test_all_else_stays(statement: str) -> None:
    assert replicated(statement) == statement


async def test_the_server_reads_every_statement_as_rewritten(clickhouse_url: str) -> None:
    client = await clickhouse.open_async_client(clickhouse_url)
    made = [replicated(statement) for statement in STATEMENTS]
    created = [statement for statement in made if re.match("CREATE TABLE", statement)]
    assert created and all("ENGINE = Replicated" in statement for statement in created)
    assert not any("non_replicated" in statement for statement in made)
    doc = (Path(__file__).parents[2] / "docs/scaling.md").read_text("utf-8")
    documented = re.findall(r"`(SYSTEM DROP [^`]+)`", doc)
    assert len(documented) == 2
    for statement in [*created, *documented, database_statement("vitrina", "shops")]:
        await client.raw_query(f"EXPLAIN AST {statement}")
    await client.close()


async def test_one_server_s_own_database_is_not_taken_for_a_replicated_one(
    clickhouse_url: str,
) -> None:
    client = await clickhouse.open_async_client(clickhouse_url)
    assert not replicas.is_replicated(await client.query(replicas.ENGINE))
    await client.close()
    with pytest.raises(ConfigurationError, match="of the engine Atomic"):
        await create_database(clickhouse_url, "shops")


@pytest.mark.parametrize("engines", [[], [("Replicated",)]])
async def test_a_server_that_lost_its_disk_is_given_the_database_again(
    engines: list[tuple[str]],
) -> None:
    """Whether it is asked itself, or one that has the database."""
    client = AsyncMock()
    client.query.return_value.result_rows = engines
    with patch.object(clickhouse, "open_async_client", AsyncMock(return_value=client)):
        await create_database("http://schema:p@127.0.0.1:1/vitrina", "shops")
    client.command.assert_awaited_once_with(database_statement("vitrina", "shops"))
    assert " IF NOT EXISTS vitrina ON CLUSTER shops " in database_statement("vitrina", "shops")


@pytest.mark.parametrize(("name", "cluster"), [("a-b", "c"), ("a", "c d"), ("a'", "c")])
def test_a_name_that_would_have_to_be_quoted_is_refused(name: str, cluster: str) -> None:
    with pytest.raises(ConfigurationError, match="letters, digits and _ only"):
        database_statement(name, cluster)
