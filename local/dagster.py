"""Dagster as services: one process with the definitions, shared by the daemon and the page."""

import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from local import readiness
from local.service import Check, Service
from local.workspace import write_private

_DEFINITIONS = "pipelines.definitions"
_CODE_SERVER = "pipelines.code_server"
_DAEMON = "pipelines.daemon"
_STORAGE_VARIABLE = "VITRINA_DAGSTER_DATABASE_URL"
_HEARTBEAT_SECONDS = 180  # the daemon writes one every 30 s; a long tick may delay it
# Dagster's own freshness is shown on its page and alerts nobody: `days_are_fresh` does. Evaluated
# every 30 s, as by default, it would be a large part of the cost of an idle daemon.
_FRESHNESS_SECONDS = 900

# One run at a time: runs share two cores with the bots.
_INSTANCE = f"""\
storage:
  custom:
    module: pipelines.dagster_storage
    class: KeptStorage
    config:
      postgres_url:
        env: {_STORAGE_VARIABLE}
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
    granularity: run
run_monitoring:
  enabled: true
  start_timeout_seconds: 120
  max_runtime_seconds: 3600
retention:
  schedule:
    purge_after_days: 7
  sensor:
    purge_after_days: 1
auto_materialize:
  enabled: false
  use_sensors: false
telemetry:
  enabled: false
nux:
  enabled: false
"""
_CODE_LOCATION = """\
load_from:
  - grpc_server:
      host: 127.0.0.1
      port: {port}
      location_name: vitrina
"""


@dataclass(frozen=True, slots=True)
class DagsterOptions:
    """`storage_url` is PostgreSQL's; `web_port` is None without the web page."""

    home: Path
    storage_url: str
    code_port: int
    web_port: int | None
    env: Mapping[str, str]


def services(options: DagsterOptions, depends_on: tuple[str, ...]) -> list[Service]:
    """The code server, the daemon and, if requested, the web page. Writes their configuration."""
    options.home.mkdir(parents=True, exist_ok=True)
    write_private(options.home / "dagster.yaml", _INSTANCE)
    workspace = options.home / "workspace.yaml"
    write_private(workspace, _CODE_LOCATION.format(port=options.code_port))
    env = {
        **options.env,
        "DAGSTER_HOME": str(options.home),
        "FRESHNESS_DAEMON_INTERVAL_SECONDS": str(_FRESHNESS_SECONDS),
        # Threads of a training that wait for a core would spin, and take it from the bots.
        "OMP_WAIT_POLICY": "passive",
        # SQLAlchemy's default driver is not the one that Dagster installs.
        _STORAGE_VARIABLE: options.storage_url.replace("postgresql:", "postgresql+psycopg2:", 1),
    }
    code_port = options.code_port
    code = Service(
        "dagster-code",
        [sys.executable, "-m", _CODE_SERVER, "--module-name", _DEFINITIONS]
        + ["--host", "127.0.0.1", "--port", str(code_port), "--location-name", "vitrina"],
        env=env,
        ready=lambda: readiness.port_answers(code_port),
        depends_on=depends_on,
        is_later=True,
        address=f"127.0.0.1:{code_port}",
        # It has no state, and its own shutdown takes seconds. A run in it, a process of its own,
        # gets a SIGTERM from the supervisor next and can still record in the storage that it ended.
        stop_signal=signal.SIGKILL,
    )
    daemon = _daemon(options.storage_url, workspace, env)
    if options.web_port is None:
        return [code, daemon]
    web_port = options.web_port
    web = Service(
        "dagster-webserver",
        [sys.executable, "-m", "local.activation", "--port", str(web_port), "--", sys.executable]
        + ["-m", "dagster_webserver", "--workspace", str(workspace)]
        + ["--host", "127.0.0.1", "--port", "{port}"],
        env=env,
        ready=lambda: readiness.port_answers(web_port),
        depends_on=("dagster-code",),
        is_later=True,
        address=f"http://127.0.0.1:{web_port} (loaded when it is opened)",
    )
    return [code, daemon, web]


def _daemon(storage_url: str, workspace: Path, env: Mapping[str, str]) -> Service:
    location, beats = workspace.read_text("utf-8"), _beats(storage_url, since=None)

    async def alive() -> bool:
        # It reads only at its start where the code is.
        return workspace.read_text("utf-8") == location and await beats()

    return Service(
        "dagster-daemon",
        [sys.executable, "-m", _DAEMON, "run", "--workspace", str(workspace)],
        env=env,
        ready=_beats(storage_url, since=time.time()),
        alive=alive,
        depends_on=("dagster-code",),
        is_later=True,
    )


def _beats(storage_url: str, since: float | None) -> Check:
    """Whether the daemon wrote a heartbeat into its storage after `since`, or recently.

    `dagster-daemon liveness-check` does the same and takes seconds of a core to load.
    """

    async def check() -> bool:
        after = since if since is not None else time.time() - _HEARTBEAT_SECONDS
        try:
            connection = await asyncpg.connect(storage_url, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            beat = await connection.fetchval(
                "SELECT max(extract(epoch FROM timestamp AT TIME ZONE 'UTC'))::float8 "
                "FROM daemon_heartbeats",
                timeout=5,
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # at the first start its tables do not exist yet
        finally:
            connection.terminate()
        return beat is not None and beat > after

    return check
