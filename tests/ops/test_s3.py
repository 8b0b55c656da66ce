"""Old weeks and backups in a store that speaks S3, as docs/scaling.md and docs/backups.md say."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from cli.backups.places import Place
from cli.backups.sealing import BackupKey
from core.clickhouse import open_client
from core.migrations import apply_to_clickhouse, core_scripts
from local import clickhouse
from local.clickhouse_config import ClickHouseOptions
from local.readiness import clickhouse_answers
from tests import patience
from tests.local.servers import clickhouse_options, serving
from tests.ops import s3

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).parents[2]
TIERS = ROOT / "ops/clickhouse/tiers/tiers.xml"
_ROWS = 50_000
# Events of the middle of a week.
_FILL = """
INSERT INTO events (shop_id, event, occurred_at, retention_days, amount_minor, currency, pos)
SELECT 1 + number % 7, 'order_paid',
    toDateTime64(toMonday(today() - toIntervalDay({days:UInt32})), 3, 'UTC') + INTERVAL 2 DAY
        + toIntervalSecond(number), 365, number % 1000, 'RUB', {first:UInt64} + number
FROM numbers({rows:UInt32})
"""
_SUMS = """
SELECT count(), sum(amount_minor), uniqExact(pos), sum(cityHash64(shop_id, occurred_at, pos))
FROM events
"""
_PARTS = """
SELECT partition, groupUniqArray(disk_name), sum(rows) FROM system.parts
WHERE database = currentDatabase() AND table = 'events' AND active
GROUP BY partition ORDER BY min(max_time)
"""
_SIZE = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND disk_name = 'old_weeks_read'"
BY_AGE = re.search(
    r"^    (ALTER TABLE events MODIFY TTL .+)$", (ROOT / "docs/scaling.md").read_text("utf-8"), re.M
)


@dataclass(frozen=True)
class Tiered:
    """A server with two tiers: its users' addresses, and how it is run."""

    options: ClickHouseOptions
    console: Path
    variables: dict[str, str]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """Until the context ends, by `kill -9`; as the user who may change tables."""
        argv, variables = clickhouse.command(self.options)
        url = self.options.schema_url
        async with serving(
            (argv, variables | self.variables), self.console, lambda: clickhouse_answers(url)
        ):
            client = open_client(url)
            try:
                yield client
            finally:
                client.close()


@pytest.fixture(name="bucket")
def empty_bucket(tmp_path: Path) -> Iterator[s3.Bucket]:
    with s3.serving(tmp_path) as bucket:
        yield bucket


def tiered(folder: Path, bucket: s3.Bucket, move_factor: str = "0.2") -> Tiered:
    """With the file that docs/scaling.md names; only its share of free room is another."""
    options = clickhouse_options(folder / "data")
    overlay = options.data_dir / "run/config.d"
    overlay.mkdir(parents=True)
    text = TIERS.read_text("utf-8").replace("/var/lib/clickhouse", str(options.data_dir / "store"))
    written = "<move_factor>0.2</move_factor>"
    assert written in text
    (overlay / TIERS.name).write_text(
        text.replace(written, f"<move_factor>{move_factor}</move_factor>"), "utf-8"
    )
    return Tiered(
        options,
        folder / "console",
        {
            "VITRINA_CLICKHOUSE_S3_ADDRESS": f"{bucket.address}/clickhouse/",
            "VITRINA_CLICKHOUSE_S3_KEY": s3.KEY,
            "VITRINA_CLICKHOUSE_S3_SECRET": s3.SECRET,
        },
    )


async def fill(server: Tiered, client: Client) -> None:
    """The schema as it is migrated, events of twenty weeks ago, and more of them of this week."""
    for script in core_scripts():
        if script.store == "clickhouse":
            await apply_to_clickhouse(server.options.schema_url, script)
    for days, rows in ((140, _ROWS), (0, 3 * _ROWS)):
        client.command(_FILL, parameters={"days": days, "rows": rows, "first": days << 32})


def first(client: Client, query: str, **settings: int) -> Sequence[Any]:
    row = client.query(query, settings=settings).first_row
    assert row is not None
    return row


def disks(client: Client) -> list[set[str]]:
    """Where each week's parts are, the oldest first."""
    return [set(found) for _, found, _ in client.query(_PARTS).result_rows]


async def until_moved(client: Client, expected: list[set[str]]) -> None:
    async with asyncio.timeout(patience.SECONDS):
        while disks(client) != expected:
            await asyncio.sleep(0.2)


HERE, THERE = {"default"}, {"old_weeks_read"}


async def test_a_week_moves_there_and_is_read_from_there_and_moves_back(
    tmp_path: Path, bucket: s3.Bucket
) -> None:
    server = tiered(tmp_path, bucket)
    async with server.running() as client:
        await fill(server, client)
        sums = first(client, _SUMS)
        assert sums[:3] == (4 * _ROWS, sums[1], 4 * _ROWS) and disks(client) == [HERE, HERE]
        assert not bucket.objects()
        old, _, rows = first(client, _PARTS)
        client.command(f"ALTER TABLE events MOVE PARTITION {old} TO VOLUME 'there'")
        assert disks(client) == [THERE, HERE] and rows == _ROWS
        ((size,),) = client.query(_SIZE).result_rows
        assert sum(bucket.objects().values()) >= 0.9 * size > 0
        assert first(client, _SUMS) == sums
        client.command("CREATE TABLE frozen CLONE AS events")  # as a backup does
        client.command("DROP TABLE frozen SYNC")
    async with server.running() as client:  # it was killed
        assert disks(client) == [THERE, HERE]
        assert first(client, _SUMS, enable_filesystem_cache=0) == sums
        # What comes late for that week is written here, and counted with it.
        client.command(_FILL, parameters={"days": 140, "rows": 10, "first": 1})
        assert disks(client) == [HERE | THERE, HERE]
        assert first(client, _SUMS)[0] == sums[0] + 10
        client.command(f"ALTER TABLE events MOVE PARTITION {old} TO DISK 'default'")
        assert disks(client) == [HERE, HERE]
        assert first(client, _SUMS)[0] == sums[0] + 10
        client.command("DROP TABLE events SYNC")
        assert not bucket.objects()


async def test_by_age_weeks_move_by_themselves(tmp_path: Path, bucket: s3.Bucket) -> None:
    server = tiered(tmp_path, bucket)
    async with server.running() as client:
        await fill(server, client)
        sums = first(client, _SUMS)
        assert BY_AGE is not None
        client.command(BY_AGE[1])
        await until_moved(client, [THERE, HERE])
        assert first(client, _SUMS, enable_filesystem_cache=0) == sums


async def test_when_room_is_scarce_weeks_move_by_themselves(
    tmp_path: Path, bucket: s3.Bucket
) -> None:
    server = tiered(tmp_path, bucket, move_factor="0.9999999")
    async with server.running() as client:
        await fill(server, client)
        sums = first(client, _SUMS)
        await until_moved(client, [THERE, THERE])
        assert first(client, _SUMS) == sums


def test_a_backup_s_files_are_kept_in_s3(
    bucket: s3.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": s3.KEY,
        "AWS_SECRET_ACCESS_KEY": s3.SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": bucket.endpoint,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    key = BackupKey(b"k" * 32)
    place = Place.at(f"s3://{bucket.name}/backups")
    large = [bytes([number % 251]) * (1 << 20) for number in range(20)]  # in several uploads
    stored = place.write("first/large", iter(large), key)
    place.put_text("first/manifest.json", b"{}")
    assert place.folders() == ["first"]
    assert place.sizes("first") == {"first/large": stored.bytes, "first/manifest.json": 2}
    assert b"".join(place.read(stored, key)) == b"".join(large)
    assert place.get_text("second/manifest.json") is None
    place.delete(place.files("first"))
    assert not place.folders() and not bucket.objects()
