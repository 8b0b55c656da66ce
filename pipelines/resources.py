"""The resources of every run, under the names by which assets ask for them."""

from collections.abc import Callable

from core.settings import Settings
from pipelines.clickhouse import ClickHouse, ClickHouseTables
from pipelines.postgres import Postgres

# The pool for heavy use of ClickHouse: the instance gives each pool one slot.
POOL = "clickhouse"


def resources(settings: Callable[[], Settings]) -> dict[str, object]:
    """Nothing is opened or read yet: `settings` is called when a run needs a store."""
    clickhouse = ClickHouse(settings)
    return {
        "clickhouse": clickhouse,
        "clickhouse_for_analysts": ClickHouse(settings, as_analyst=True),
        "clickhouse_tables": ClickHouseTables(clickhouse),
        "postgres": Postgres(settings),
    }
