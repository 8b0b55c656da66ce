"""A backup of two running stores, more of everything, and a restore: as it was, each event once."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from cli.backup import _installed
from cli.backups import clickhouse_tables, manifest, postgres_rows, pruning, restoring, taking
from cli.backups.manifest import Manifest
from cli.backups.places import Place
from cli.backups.restoring import Stores
from cli.backups.sealing import BackupDamaged, BackupKey
from cli.backups.taking import _base, _referable
from core import clickhouse, postgres
from core.clickhouse import open_client
from core.errors import ConfigurationError, NotFound, Refused
from core.postgres import Connection
from core.settings import Settings
from ingestion import batches, clusters
from tests.cli.running import vitrina
from tests.engines import Engines, with_database
from tests.factories import create_product, create_shop
from tests.ingestion.rows import counted, recorded, send, write_events

KEY = BackupKey(b"k" * 32)


@pytest.fixture(name="settings")
async def settings_of_migrations(
    engines: Engines, database_url: str, clickhouse_url: str
) -> Settings:
    """As those of `vitrina migrate`: with the user who may change tables."""
    server = await engines.clickhouse()
    return Settings(
        _env_file=None,
        database_url=database_url,
        clickhouse_url=clickhouse_url,
        clickhouse_schema_url=with_database(server.schema_url, clickhouse_url.rpartition("/")[2]),
    )


@pytest.fixture(name="client")
async def opened_client(clickhouse_url: str) -> AsyncIterator[AsyncClient]:
    opened = await clickhouse.open_async_client(clickhouse_url)
    yield opened
    await opened.close()


def tell(_text: str, _done: int, _total: int) -> None:
    return None


async def take(settings: Settings, place: Place, key: BackupKey | None = KEY) -> Manifest:
    return await taking.take(settings, taking.Order(place, key, False, tell))


def order(place: Place, backup: Manifest, key: BackupKey | None = KEY) -> restoring.Order:
    return restoring.Order(place, backup, key, None, tell)


async def ship(connection: Connection, client: AsyncClient) -> None:
    batch = await recorded(connection)
    await send(connection, client, batch)
    await batches.close(connection, batch)


async def sums_of(stores: Stores) -> dict[str, tuple[int, str]]:
    """Counts and checksums of every table that a restore leaves as it was."""
    found: dict[str, tuple[int, str]] = {}
    connection = await postgres.connect(stores.database_url)
    for table in await postgres_rows.tables(connection):
        rows = postgres_rows.RowSums()

        def count(pieces: Iterator[bytes], rows: postgres_rows.RowSums = rows) -> None:
            for _ in rows.counted(pieces):
                pass

        await postgres_rows.copy_out(connection, table, count)
        found[table.name] = (rows.rows, rows.checksum)
    await connection.close()
    with closing(open_client(stores.clickhouse_url)) as client:
        for each in clickhouse_tables.tables(client):
            for part in clickhouse_tables.partitions(client, each.name):
                found[f"{each.name}/{part.id}"] = clickhouse_tables.sums(
                    client, each, each.name, part.id
                )
    return found


async def goes_on(there: Stores, shop_id: int) -> None:
    """The shipper takes over: 59 events were there at the backup's moment, and two more come."""
    restored = await postgres.connect(there.database_url)
    again = await clickhouse.open_async_client(there.clickhouse_url)
    await clusters.adopt(restored, 0)
    await ship(restored, again)
    found = await counted(again)
    assert (found.rows, found.different) == (59, 59)
    await write_events(restored, 2, shop_id=shop_id)
    await ship(restored, again)
    assert (await counted(again)).different == 61
    assert await restored.fetchval("SELECT count(*) FROM shops") == 1
    await create_shop(restored)  # its number follows the restored one's
    await again.close()
    await restored.close()


async def test_a_restore_is_the_moment_of_the_backup(
    settings: Settings,
    engines: Engines,
    connection: Connection,
    client: AsyncClient,
    tmp_path: Path,
) -> None:
    place = Place.at(str(tmp_path / "backups"), makes=True)
    shop = await create_shop(connection)
    await create_product(connection, shop.id)
    await connection.execute("UPDATE shops SET name = $1", "Чай\tи\nкофе \\ “”")
    await write_events(connection, 30, shop_id=shop.id, age=timedelta(days=40))
    await ship(connection, client)
    first = await take(settings, place)
    await write_events(connection, 20, shop_id=shop.id)
    await ship(connection, client)
    await write_events(connection, 5, shop_id=shop.id)  # one batch arrives and is not closed
    await send(connection, client, await recorded(connection))
    await write_events(connection, 4, shop_id=shop.id)  # and some wait
    here = Stores(settings.database_url.get_secret_value(), settings.migrating_clickhouse_url)
    backup = await take(settings, place)
    before = await sums_of(here)
    assert backup.base == first.id  # the week before is not written again
    assert any(each.path.startswith(first.id) for each in backup.contents())
    await write_events(connection, 9, shop_id=shop.id)

    with pytest.raises(Refused, match="stop the services"):  # the pool of this test
        await restoring.restore(here, order(place, backup), _installed())
    assert pruning.prune(place, 1) == [first.id]
    with pytest.raises(NotFound):
        manifest.read(place, first.id, KEY)
    assert restoring.check(order(place, backup))[0] == len(list(backup.contents()))
    async with engines.stores() as fresh:
        there = Stores(fresh.database_url, fresh.clickhouse_schema_url)
        done = await restoring.restore(there, order(place, backup), _installed())
        assert (done.set_aside, done.repeated, done.sent_again) == (0, 5, 0)
        after = await sums_of(there)
        assert {name.partition("/")[0] for name in before if before[name] != after.get(name)} <= {
            *("events", "live_minute"),  # without the five that go again
            *("shipments", "backups"),
        }
        await goes_on(there, shop.id)
        with pytest.raises(Refused, match="not empty"):
            await restoring.restore(there, order(place, backup), _installed())


async def test_a_backup_that_a_restore_has_proven_is_noted(
    settings: Settings,
    engines: Engines,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engines of `vitrina backup verify --restore` take seconds to start: it has others."""

    @asynccontextmanager
    async def others() -> AsyncIterator[Stores]:
        yield Stores(fresh.database_url, fresh.clickhouse_schema_url)

    monkeypatch.setattr("cli.backups.temporary.engines", others)
    await create_shop(connection)
    place, file = tmp_path / "backups", tmp_path / "backup.key"
    file.write_text(BackupKey.make(), "utf-8")
    key = BackupKey.read(file)
    backup = await take(settings, Place.at(str(place), makes=True), key)
    noted = "SELECT verified_at > finished_at FROM backups"
    assert await connection.fetchval(noted) is None
    environment = {"VITRINA_DATABASE_URL": settings.database_url.get_secret_value()}
    async with engines.stores() as fresh:
        ran = vitrina(environment, "backup", "verify", str(place), "--key", str(file), "--restore")
        assert ran.returncode == 0, ran
        restored = await postgres.connect(fresh.database_url)
        assert await restored.fetchval("SELECT count(*) FROM shops") == 1
        await restored.close()
    assert ran.stdout.splitlines()[-1] == (
        f"backup {backup.id}: restored, and equal in counts and checksums"
    )
    assert await connection.fetchval(noted) is True


async def test_what_cannot_be_restored_says_why(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    place = Place.at(str(tmp_path), makes=True)
    await create_shop(connection)
    backup = await take(settings, place)
    with pytest.raises(ConfigurationError, match="not the key"):
        manifest.read(place, backup.id, BackupKey(b"x" * 32))
    with pytest.raises(ConfigurationError, match="is encrypted"):
        manifest.read(place, backup.id, None)
    newer = backup.schema_scripts[-1].model_copy(update={"number": 999, "name": "0999_x.sql"})
    later = backup.model_copy(update={"schema_scripts": (*backup.schema_scripts, newer)})
    with pytest.raises(ConfigurationError, match="restore it with the version that made it"):
        restoring.scripts_of(later, _installed())
    mine = [each for each in _installed() if each.store == "postgres"]
    await restoring.require_no_newer(connection, mine)
    with pytest.raises(Refused, match=f"beyond the backup .{mine[-1].name}"):
        await restoring.require_no_newer(connection, mine[:-1])
    file = tmp_path / backup.postgres[0].contents.path
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(BackupDamaged):
        restoring.check(order(place, backup))
    (tmp_path / backup.id / manifest.FILE).write_text('{"manifest": "{')
    with pytest.raises(BackupDamaged, match="manifest"):
        manifest.read(place, backup.id, KEY)
    assert await connection.fetchval("SELECT id FROM backups") == backup.id


async def test_the_next_backup_refers_to_what_is_whole_and_of_its_key(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    place = Place.at(str(tmp_path), makes=True)
    await create_shop(connection)
    with closing(open_client(settings.migrating_clickhouse_url)) as client:
        client.command("INSERT INTO late_events SELECT 1, now(), 1")
        # of a day without figures: NULLs
        client.command("INSERT INTO shop_kpi_day (shop_id, day) VALUES (1, '2026-03-09')")
    first = await take(settings, place)
    assert _base(taking.Order(place, KEY, False, tell)) == first
    assert _base(taking.Order(place, BackupKey(b"x" * 32), False, tell)) is None
    assert _base(taking.Order(place, None, False, tell)) is None
    assert {name for name, *_ in _referable(place, first)} == {"late_events", "shop_kpi_day"}
    late, kpis = (
        tmp_path / each.contents.path for table in first.clickhouse for each in table.partitions
    )
    kpis.write_bytes(kpis.read_bytes()[:-1])
    assert {name for name, *_ in _referable(place, first)} == {"late_events"}
    shutil.rmtree(late.parent.parent)
    assert not _referable(place, first)
    (tmp_path / first.id / manifest.FILE).write_text("{")
    assert _base(taking.Order(place, KEY, False, tell)) is None


async def test_what_has_expired_is_there_until_it_is_compared(settings: Settings) -> None:
    with closing(open_client(settings.migrating_clickhouse_url)) as client:
        (late,) = (each for each in clickhouse_tables.tables(client) if each.name == "late_events")
        for each in clickhouse_tables.tables(client):
            assert clickhouse_tables.sums(client, each, each.name, "none") == (0, "00")
        client.command("SYSTEM STOP MERGES late_events")
        client.command("INSERT INTO late_events SELECT 1, now() - INTERVAL 3 YEAR, 1")
        (expired,) = clickhouse_tables.partitions(client, late.name)
        clickhouse_tables.freeze(client, [late])
        with pytest.raises(ClickHouseError, match="ABORTED|ancelled"):
            client.command(f"OPTIMIZE TABLE {late.frozen} FINAL")
        found = [clickhouse_tables.sums(client, late, late.frozen, expired.id)]
        pieces = list(clickhouse_tables.read(client, late, expired.id))
        with clickhouse_tables.filling(client, late) as beside:
            clickhouse_tables.fill(client, late, beside, iter(pieces))
            client.command(f"OPTIMIZE TABLE {beside} FINAL")
            found.append(clickhouse_tables.sums(client, late, beside, expired.id))
        assert found[0] == found[1] and found[0][0] == 1


def test_replicas_are_refused_before_anything_is_written() -> None:
    client = Mock()
    client.query.return_value.result_rows = [("Atomic",)]
    taking.refuse_replicas(client)
    client.query.return_value.result_rows = [("Replicated",)]
    with pytest.raises(Refused, match="BACKUP DATABASE"):
        taking.refuse_replicas(client)
    client.command.assert_not_called()


def test_events_are_of_no_earlier_moment_than_what_counts_them() -> None:
    client = Mock(spec=Client)
    named = [clickhouse_tables.Table(name, ()) for name in ("arrivals", "events", "live_minute")]
    clickhouse_tables.freeze(client, named)
    made = [call.args[0] for call in client.command.call_args_list if "CLONE" in call.args[0]]
    assert made[-1].endswith("CLONE AS events") and len(made) == 3


async def test_a_failed_backup_leaves_nothing(
    settings: Settings, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    place = Place.at(str(tmp_path), makes=True)
    monkeypatch.setattr(clickhouse_tables, "sums", fail)
    await write_events(connection, 1)
    with closing(open_client(settings.migrating_clickhouse_url)) as client:
        client.command("INSERT INTO late_events SELECT 1, now(), 1")
        with pytest.raises(OSError, match="No space"):
            await asyncio.wait_for(take(settings, place), 60)
        assert not list(tmp_path.iterdir())
        left = client.query("SHOW TABLES LIKE 'staging_%'").result_rows
    assert not left
