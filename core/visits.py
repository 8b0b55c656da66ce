"""The one definition of a visit for bots, intake and figures: it ends with half an hour without
activity."""

from datetime import timedelta

VISIT_PAUSE = timedelta(minutes=30)
_SECONDS = int(VISIT_PAUSE.total_seconds())
# The same half hour for each store, to be used in a statement.
POSTGRES_PAUSE = f"interval '{_SECONDS} seconds'"
CLICKHOUSE_PAUSE = f"INTERVAL {_SECONDS} SECOND"
