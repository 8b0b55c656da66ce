"""Weeks of events that no longer change are merged into one part each.

Measured (bench/pipelines.py --recompress), bytes an event: 11.8 in twenty parts, 10.5 in one; with
ZSTD(3) the same, with ZSTD(9) 10.3, which is not worth rewriting for. Merging also removes from
disk rows that were only masked: erased ones, and those that moved to another retention class.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clickhouse_connect.driver.client import Client

# Late events still come to younger weeks, and each would be merged again.
COLD_AFTER = timedelta(days=21)
_AT_ONCE = 8

_WEEKS = """
SELECT partition_id, partition, sum(bytes_on_disk) AS bytes, count() AS parts
FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'events'
    AND toDate(max_time) < {cold:Date}
GROUP BY partition_id, partition
HAVING parts > 1 OR max(has_lightweight_delete) > 0
ORDER BY parts DESC, bytes DESC
LIMIT {limit:UInt8}
"""
_BYTES = """
SELECT sum(bytes_on_disk) FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'events'
    AND partition_id = {partition_id:String}
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """A partition of `events`, and its bytes on disk before and after."""

    partition: str
    parts: int
    before: int
    after: int


def compact(client: Client, today: date) -> list[Merged]:
    """Merges the cold weeks that gain most by it, some at a time; safe to repeat."""
    found = client.query(_WEEKS, parameters={"cold": today - COLD_AFTER, "limit": _AT_ONCE})
    return [_merge(client, *row) for row in found.result_rows]


def _merge(client: Client, partition_id: str, partition: str, before: int, parts: int) -> Merged:
    client.command(
        f"OPTIMIZE TABLE events PARTITION ID '{partition_id}' FINAL",
        settings={"alter_sync": 1, "receive_timeout": 3600},
    )
    ((after,),) = client.query(_BYTES, parameters={"partition_id": partition_id}).result_rows
    return Merged(partition, parts, before, after)
