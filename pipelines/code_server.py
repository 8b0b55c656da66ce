"""Dagster's code server, as `dagster api grpc`: `python -m pipelines.code_server --module-name …`.

Dagster starts each run as a new process, which loads the definitions and their libraries: ten
seconds of a core for a small shop's hour that takes half of one. Here runs are forked from a
process in which all of that is loaded already; it starts with the first run and does nothing else.
"""

import multiprocessing
from typing import Any

import click
from dagster._cli.api import grpc_command
from dagster._grpc import server
from grpc import _common

_LOOK_SECONDS = 5  # whether a run or the server itself has ended, which take 0.1 s and 0.5 s else
# What a run needs beside the definitions, too.
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
    """Serves until it is told to end."""
    _common.MAXIMUM_WAIT_TIMEOUT = _LOOK_SECONDS
    server.CLEANUP_TICK = _LOOK_SECONDS
    server.DagsterApiServer = _ForkingServer  # type: ignore[misc]  # the command makes no other
    click.Command.main(grpc_command)


if __name__ == "__main__":
    main()
