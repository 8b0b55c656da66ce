"""Another version of this code, whose commands run on a town's stores."""

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from core.settings import Settings

ROOT = Path(__file__).parents[2]
_TOLD = ("database_url", "clickhouse_url", "clickhouse_schema_url", "secret_keys")


_MIGRATIONS = ("--", ":(glob)**/migrations/**/*.sql")
_DAY = timedelta(days=1)


def version_before() -> str:
    """Of the commits that lack migrations of today's and have the others as they are, so that their
    services can run on this schema: the oldest of the day before the last commit, as somebody who
    updates every night has it; the last one where that day made no migration. Raises
    CalledProcessError where there is no history."""
    last = _committed_at("HEAD")
    found = ""
    for commit in _git("log", "--format=%H", *_MIGRATIONS).split():
        before = f"{commit}^"
        if found and last - _committed_at(before) > _DAY:
            break
        if _lacks_only(before):
            found = before
    assert found, "no version lacks a migration"
    return found


def _lacks_only(commit: str) -> bool:
    changed = _git("diff", "--name-status", "--no-renames", commit, "HEAD", *_MIGRATIONS)
    return {line[0] for line in changed.splitlines()} == {"A"}


def _committed_at(commit: str) -> datetime:
    return datetime.fromisoformat(_git("log", "-1", "--format=%cI", commit).strip())


def take(commit: str, folder: Path) -> None:
    """Another version's code. Raises CalledProcessError if there is no such commit."""
    folder.mkdir()
    with subprocess.Popen(
        ["git", "-C", str(ROOT), "archive", commit], stdout=subprocess.PIPE
    ) as git:
        subprocess.run(["tar", "-x", "-C", str(folder)], stdin=git.stdout, check=True)
    if git.returncode:
        raise subprocess.CalledProcessError(git.returncode, git.args)


async def run_in(folder: Path, settings: Settings, *command: str) -> str:
    """What a command of Python prints, with the code of the folder, on the stores themselves.
    Raises AssertionError if it fails."""
    told = {
        f"VITRINA_{name.upper()}": value.get_secret_value()
        for name in _TOLD
        if (value := getattr(settings, name)) is not None
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        env=os.environ | told,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{command} in {folder} ended with {process.returncode}"
    return said.decode()


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True
    ).stdout
