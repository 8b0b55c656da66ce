"""`vitrina keys`: the keys that seal tokens and other secrets (VITRINA_SECRET_KEYS)."""

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer

from cli import installation, progress, resealing
from core import postgres
from core.errors import ConfigurationError, Refused
from core.postgres import Connection
from core.secrets import FILE, KeyRing
from core.settings import Settings
from local.workspace import write_private

app = typer.Typer(no_args_is_help=True, help="The keys that seal tokens and other secrets.")

_MOST = 255
_LOCK = 0x6B657973  # two at once would add two keys, or lose one
_LOCK_MILLISECONDS = 10_000
_Result = TypeVar("_Result")


@app.command("list")
def list_keys() -> None:
    """The keys' numbers, and how many stored values each has sealed."""
    settings = installation.settings("counting")
    keys = _ring(settings)
    used = asyncio.run(_with(settings, resealing.in_use))
    for number in sorted({*keys.keys, *used}):
        kept = "" if number in keys.keys else "  MISSING: put it back"
        seals = "  seals" if number == max(keys.keys) else ""
        typer.echo(f"key {number:3}  {used.get(number, 0):8} values{seals}{kept}")


@app.command()
def rotate() -> None:
    """Makes a new key, and seals everything again with it, while bots run. A rotation that was
    stopped is finished first."""
    settings = installation.settings("sealing again")
    done = asyncio.run(_with(settings, lambda connection: _rotate(connection, settings)))
    typer.echo(f"{done.sealed} values are sealed again")
    if done.unreadable:
        raise Refused(
            f"{done.unreadable} values do not open with the keys given: `vitrina keys list` names "
            "the missing key; put it back and run this again"
        )
    typer.echo(
        "the former key still opens backups made before; when none is needed: vitrina keys forget N"
    )


@app.command()
def forget(number: Annotated[int, typer.Argument(help="As `vitrina keys list` shows.")]) -> None:
    """Removes a key that has sealed nothing that is stored."""
    settings = installation.settings("looking")
    asyncio.run(_with(settings, lambda connection: _forget(connection, settings, number)))
    typer.echo(f"key {number} is forgotten; backups from before the rotation need it")


async def _forget(connection: Connection, settings: Settings, number: int) -> None:
    await _lock(connection)
    file, keys = _file(settings), _ring(settings)
    if number not in keys.keys:
        raise ConfigurationError(f"there is no key {number}: see `vitrina keys list`")
    if number == max(keys.keys):
        raise Refused(f"key {number} is the one that seals: rotate first")
    if used := (await resealing.in_use(connection)).get(number):
        raise Refused(f"{used} values are sealed with key {number}: rotate first")
    await resealing.digest_again(connection, keys)  # those of rotations by earlier versions, too
    kept = {each: key for each, key in keys.keys.items() if each != number}
    _replace(file, keys.keys, kept)


async def _lock(connection: Connection) -> None:
    """Raises Refused while another command changes the keys."""
    await connection.execute(f"SET lock_timeout = {_LOCK_MILLISECONDS}")  # one may be just ending
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    except asyncpg.LockNotAvailableError as error:
        raise Refused("another `vitrina keys` changes the keys: run this after its end") from error
    await connection.execute("SET lock_timeout = DEFAULT")


async def _rotate(connection: Connection, settings: Settings) -> resealing.Outcome:
    await _lock(connection)
    keys = _ring(settings)
    newest = max(keys.keys)
    used = await resealing.in_use(connection)
    is_unfinished = any(number != newest for number in used) and len(keys.keys) > 1
    if not is_unfinished:
        if newest == _MOST:
            raise Refused("key 255 is the last number that there is")
        # Services read the file again before they seal, and when they meet a new number.
        _replace(_file(settings), keys.keys, keys.keys | {newest + 1: os.urandom(32)})
        keys.refresh()
        typer.echo(f"key {newest + 1} seals from now on")
    done = await resealing.reseal(
        connection, keys, lambda table: progress.report(f"sealing {table} again", 0, 0)
    )
    # What was written meanwhile by one who had read the former key just before.
    again = await resealing.reseal(connection, keys)
    await resealing.digest_again(connection, keys)
    return resealing.Outcome(done.sealed + again.sealed, again.unreadable)


async def _with(settings: Settings, work: Callable[[Connection], Awaitable[_Result]]) -> _Result:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        await connection.execute("SELECT FROM bots LIMIT 0")  # without tables no key seals anything
        return await work(connection)
    finally:
        await connection.close()


def _ring(settings: Settings) -> KeyRing:
    return KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)


def _file(settings: Settings) -> Path:
    """Raises ConfigurationError if the keys are in the environment, where running services cannot
    see new ones."""
    text = settings.secret_keys.get_secret_value() if settings.secret_keys else ""
    if not text.startswith(FILE):
        raise ConfigurationError(
            "running services cannot see a new key in the environment: put the value of "
            "VITRINA_SECRET_KEYS into a file (mode 600) that all services can read, set "
            "VITRINA_SECRET_KEYS=file:/its/path, and restart them once (docs/operations.md)"
        )
    return Path(text.removeprefix(FILE))


def _replace(file: Path, before: dict[int, bytes], keys: dict[int, bytes]) -> None:
    """Raises Refused if the file no longer has the keys that it had before."""
    if KeyRing.parse(f"{FILE}{file}").keys != before:
        raise Refused(f"{file} was changed meanwhile: nothing was written; run it again")
    owner = file.stat()
    text = ",".join(
        f"{number}:{base64.b64encode(key).decode()}" for number, key in sorted(keys.items())
    )
    write_private(file, f"{text}\n")
    if os.geteuid() == 0:
        os.chown(file, owner.st_uid, owner.st_gid)
