"""Another version of this code, whose commands run on a town's stores."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from core.settings import Settings

ROOT = Path(__file__).parents[2]
_TOLD = ("database_url", "clickhouse_url", "clickhouse_schema_url", "secret_keys")


def version_before() -> str:
    """The last commit that lacks a migration of today's and has the others as they are, so that its
    services can run on this schema. Raises CalledProcessError where there is no history."""
    migrations = ("--", ":(glob)**/migrations/**/*.sql")
    for commit in _git("log", "--format=%H", *migrations).decode().split():
        before = f"{commit}^"
        changed = _git("diff", "--name-status", "--no-renames", before, "HEAD", *migrations)
        kinds = {line[0] for line in changed.decode().splitlines()}
        if kinds == {"A"}:
            return before
    raise AssertionError("no version lacks a migration")


def take(commit: str, folder: Path) -> None:
    """Another version's code. Raises CalledProcessError if there is no such commit."""
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=_git("archive", commit), check=True)


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


def _git(*arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True
    ).stdout
