"""The resources of every run, by the names that assets ask for."""

from collections.abc import Callable

from core.settings import Settings
from pipelines.clickhouse import ClickHouse, ClickHouseTables
from pipelines.postgres import Postgres

# Whatever asks much of ClickHouse takes its turn here: the instance gives each pool one place.
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
