"""The one rule of visits for bots, intake and figures: a pause of more than half an hour ends
one."""

from datetime import timedelta

VISIT_PAUSE = timedelta(minutes=30)
_SECONDS = int(VISIT_PAUSE.total_seconds())
# The same pause for each store, to be used in a statement.
POSTGRES_PAUSE = f"interval '{_SECONDS} seconds'"
CLICKHOUSE_PAUSE = f"INTERVAL {_SECONDS} SECOND"
