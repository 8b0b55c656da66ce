"""Dagster's code server, as `dagster api grpc`: `python -m pipelines.code_server --module-name …`.

Dagster starts each run as a new process, which loads the definitions and their libraries. That
takes ten seconds of a core, for an hour of a small shop that takes half a second. Here runs are
forked from a process that has them loaded; it starts with the first run and does nothing else.
"""

import multiprocessing
from typing import Any

import click
from dagster._cli.api import grpc_command
from dagster._grpc import server
from grpc import _common

# how often it checks whether a run or the server itself has ended; the defaults are 0.1 s and 0.5 s
_LOOK_SECONDS = 5
# What a run needs besides the definitions.
_LOADED = (
    "pipelines.definitions",
    "pipelines.dagster_storage",
    "dagster._core.execution.api",
    "dagster._grpc.impl",
)


class _ForkingServer(server.DagsterApiServer):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_LOADED))
        self._mp_ctx = context  # type: ignore[assignment]  # its own choice, "spawn", is no setting


def main() -> None:
    """Serves until a signal stops it."""
    _common.MAXIMUM_WAIT_TIMEOUT = _LOOK_SECONDS
    server.CLEANUP_TICK = _LOOK_SECONDS
    server.DagsterApiServer = _ForkingServer  # type: ignore[misc]  # the command makes no other
    click.Command.main(grpc_command)


if __name__ == "__main__":
    main()
