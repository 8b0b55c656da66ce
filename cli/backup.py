"""`vitrina backup` and `vitrina restore`: both stores, of one moment."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import asyncpg
import typer

from cli import installation, progress
from core import postgres
from core.errors import ConfigurationError
from core.migrations import Migration, core_scripts
from core.modules import Modules

if TYPE_CHECKING:
    from cli.backups.restoring import Order
    from cli.backups.sealing import BackupKey
    from core.settings import Settings
    from ingestion.reconciling import Reconciled

app = typer.Typer(no_args_is_help=True, help="Backups of both stores, of one moment.")

Where = Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix (keys: AWS_…).")]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="The file of the key that encrypts it.")
]
Backup = Annotated[str, typer.Option("--backup", help="As `list` shows. Default: the newest.")]


def register(parent: typer.Typer) -> None:
    """Adds the commands."""
    parent.add_typer(app, name="backup")
    parent.command()(restore)


@app.command("key")
def make_key(file: Annotated[Path, typer.Argument(help="The new file.")]) -> None:
    """Makes a key for backups; keep a copy where the backups are not."""
    from cli.backups.sealing import BackupKey

    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigurationError(f"{file} exists: a key is never replaced") from error
    with os.fdopen(made, "w", encoding="utf-8") as opened:
        opened.write(f"{BackupKey.make()}\n")
    typer.echo(f"{file}: without it nobody can restore what it encrypts")


@app.command()
def create(
    where: Where,
    key: KeyFile = None,
    full: Annotated[
        bool, typer.Option("--full", help="Refer to nothing of earlier backups.")
    ] = False,
    keep: Annotated[
        int, typer.Option(min=0, help="Delete all but the newest so many. Default: none.")
    ] = 0,
) -> None:
    """Backs up both stores while everything runs."""
    from cli.backups import pruning, taking
    from cli.backups.places import Place

    settings = installation.settings("backing up")
    opened = _key(key)
    before = os.umask(0o077)  # it has what shoppers wrote and bought
    try:
        place = Place.at(where, makes=True)
        order = taking.Order(place, opened, full, progress.report)
        made = asyncio.run(taking.take(settings, order))
    finally:
        os.umask(before)
    rows = sum(each.rows for each in made.contents())
    typer.echo(
        f"backup {made.id}: {rows} rows of both stores, {made.own_bytes} bytes written"
        + (f", the rest shared with {made.base} and before" if made.base else "")
        + ("" if made.is_encrypted else "; NOT ENCRYPTED: --key FILE encrypts it")
    )
    typer.echo("not in it: VITRINA_SECRET_KEYS and other settings, export files, Dagster's history")
    if keep:
        for gone in pruning.prune(place, keep):
            typer.echo(f"backup {gone} deleted")


@app.command("list")
def list_backups(where: Where, key: KeyFile = None) -> None:
    """The complete backups in a place."""
    from cli.backups import manifest
    from cli.backups.places import Place

    place, opened = Place.at(where), _key(key)
    for backup in manifest.complete(place):
        needed = manifest.key_of(manifest.unproven(place, backup), opened)
        found = manifest.read(place, backup, needed)
        shared = f"refers to {found.base}" if found.base else "full"
        sealed = "encrypted" if found.is_encrypted else "not encrypted"
        typer.echo(f"{found.id}  {found.own_bytes:14} bytes  {sealed}, {shared}")


@app.command()
def verify(
    where: Where,
    backup: Backup = "",
    key: KeyFile = None,
    by_restore: Annotated[
        bool,
        typer.Option("--restore", help="Also restore it into temporary engines, and compare."),
    ] = False,
) -> None:
    """Checks a backup: every file, or by a restore counts and checksums of every table."""
    from cli.backups import manifest, restoring
    from cli.backups.places import Place

    place = Place.at(where)
    opened = _key(key)
    found = manifest.read(place, backup or manifest.newest(place), opened)
    progress.begin("verifying")
    order = restoring.Order(place, found, opened, None, progress.report)
    files, size = restoring.check(order)
    typer.echo(f"backup {found.id}: {files} files, {size} bytes, all as they were written")
    if by_restore:
        asyncio.run(_restored_elsewhere(order))
        typer.echo(f"backup {found.id}: restored, and equal in counts and checksums")
        asyncio.run(_note_verified(installation.of_service(), found.id))


async def _restored_elsewhere(order: "Order") -> None:
    from cli.backups import restoring, temporary

    async with temporary.engines() as stores:
        await restoring.restore(stores, order, _installed())


async def _note_verified(settings: "Settings", backup: str) -> None:
    """For the operator's checks; a backup may be verified where its stores are not."""
    try:
        connection = await postgres.connect(settings.database_url.get_secret_value())
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return
    try:
        await connection.execute("UPDATE backups SET verified_at = now() WHERE id = $1", backup)
    finally:
        await connection.close()


def restore(
    where: Annotated[str, typer.Argument(help="The place of the backups.")] = "",
    backup: Backup = "",
    key: KeyFile = None,
    only: Annotated[
        Literal["postgres", "clickhouse"] | None,
        typer.Option(help="One store, beside the other as it is."),
    ] = None,
    reconcile: Annotated[
        bool,
        typer.Option(
            "--reconcile", help="Restore nothing: make the stores agree after one was restored."
        ),
    ] = False,
) -> None:
    """Puts a backup into empty stores, and makes the stores agree: each event once."""
    from cli.backups import manifest, restoring
    from cli.backups.places import Place

    if bool(where) == reconcile:
        raise ConfigurationError("name the place of a backup, or --reconcile")
    settings = installation.settings("restoring")
    if reconcile:
        _tell(asyncio.run(_reconcile(settings)))
        return
    place = Place.at(where)
    opened = _key(key)
    found = manifest.read(place, backup or manifest.newest(place), opened)
    _require_secret_keys(settings, found.secret_keys)
    order = restoring.Order(place, found, opened, only, progress.report)
    stores = restoring.Stores(
        settings.database_url.get_secret_value(), settings.migrating_clickhouse_url
    )
    done = asyncio.run(restoring.restore(stores, order, _installed()))
    typer.echo(f"backup {found.id} of {found.made_at:%Y-%m-%d %H:%M:%S} UTC is restored")
    _tell(done)


async def _reconcile(settings: "Settings") -> "Reconciled":
    from core.clickhouse import open_client
    from ingestion.reconciling import reconcile

    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        with closing(open_client(settings.migrating_clickhouse_url)) as client:
            return await reconcile(connection, client)
    finally:
        await connection.close()


def _tell(done: "Reconciled") -> None:
    if done.is_nothing:
        typer.echo("the stores agree")
    if done.set_aside:
        typer.echo(
            f"{done.set_aside} events of ClickHouse are of a later time than PostgreSQL: moved to "
            f"its table {done.table}; drop it when nobody needs it"
        )
    if done.repeated or done.sent_again:
        typer.echo(f"{done.repeated + done.sent_again} events are shipped again, once each")
    if done.days:
        first, last = done.days
        typer.echo(f"figures of these days hold them still: vitrina kpi --from {first} --to {last}")
    typer.echo("start the services, and look: vitrina health")


def _installed() -> list[Migration]:
    return core_scripts() + Modules.discover().migrations()


def _key(file: Path | None) -> "BackupKey | None":
    from cli.backups.sealing import BackupKey

    return None if file is None else BackupKey.read(file)


def _require_secret_keys(settings: "Settings", fingerprints: tuple[str, ...]) -> None:
    from cli.backups import secret_keys

    secret_keys.require(settings, fingerprints)
