"""`vitrina` in this process, as an operator types it: what it prints and how it ends."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from typer.testing import CliRunner, Result

from cli.main import app
from tests.logging_state import logging_kept


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended. `fault` is an exception that nobody foresaw."""

    returncode: int
    stdout: str
    stderr: str
    fault: BaseException | None


def vitrina(environment: dict[str, str], *command: str) -> Ran:
    """Runs a command with no other VITRINA_… variables; from an async test in a thread, for it has
    an event loop of its own."""
    cleared: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("VITRINA_")
    }
    runner = CliRunner(env=cleared | environment)
    with logging_kept():  # a command writes its logs to its own stderr
        if not _in_a_loop():
            result: Result = runner.invoke(app, list(command))
        else:
            with ThreadPoolExecutor(1) as alone:
                result = alone.submit(runner.invoke, app, list(command)).result()
    fault = None if isinstance(result.exception, SystemExit) else result.exception
    return Ran(result.exit_code, result.stdout, result.stderr, fault)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
