"""A set of shops: every service as a process of its own, on stores that can be killed, too."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from cli.demo import seed
from core import postgres as postgres_pool
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Pool
from core.settings import Settings
from core.shop import write_keys
from local import clickhouse, leash, ports, postgres, readiness
from local.clickhouse_config import ClickHouseOptions
from tests.chaos import versions, wire
from tests.chaos.wire import Wire
from tests.conftest import SECRET_KEYS

START_SECONDS = 120.0
_END_SECONDS = 60.0
NO_STORE = " does not answer ("  # the last word of a service that has found none (cli.troubles)
# Of a version that may have other options than this one.
_SEED = """
import asyncio, sys
from cli.demo import seed
from core.settings import Settings
asyncio.run(seed(Settings(_env_file=None), int(sys.argv[1])))
"""

Ready = Callable[[], Awaitable[bool]]

# What PostgreSQL itself saw committed, independently of the shipper: the outbox is emptied.
_WITNESS = """
CREATE TABLE witness (
    shard smallint, pos bigint, shop_id int, event text, occurred_at timestamptz, mode text,
    counted boolean, amount_minor bigint, currency text, quantity int, order_id bigint, props text
);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness SELECT shard, pos, shop_id, event, occurred_at, mode,
        NOT is_staff AND NOT is_test, amount_minor, currency, quantity, order_id, props FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER watch AFTER INSERT ON outbox REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION watch();
"""


@dataclass(slots=True)
class Service:
    """A process that is started again when it was killed. `ready` says when it works."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    ready: Ready | None = None
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    """Whose code it runs; the one that the test itself runs if None."""

    async def start(self) -> None:
        with self.log.open("ab") as output:
            # pylint: disable-next=consider-using-with  # it outlives this function
            self.process = subprocess.Popen(
                leash.leashed(self.argv),
                cwd=self.folder,
                env=os.environ | self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.ready is None:
            return
        async with asyncio.timeout(START_SECONDS):
            while not await self.ready():
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def finish(self, seconds: float) -> int:
        """Waits until it ends by itself; returns the exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, seconds)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    async def end(self) -> None:
        """By SIGTERM, as Docker does. Raises AssertionError if it does not end well."""
        assert self.process is not None
        self.process.terminate()
        code = await self.finish(_END_SECONDS)
        assert code == 0, f"{self.name} ended with {code}"

    async def revive(self) -> bool:
        """Starts it again if it has ended for want of a store, as Docker does; returns whether it
        has. Raises AssertionError if it has ended in another way."""
        if self.is_running:
            return False
        code = await self.finish(0)
        last = self.log.read_text("utf-8", "replace").rstrip().rpartition("\n")[2]
        assert code == 1 and NO_STORE in last, f"{self.name} ended with {code}: {last}"
        await self.start()
        return True


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the town is, and for how long its people shop."""

    seconds: float
    workers: int = 2
    shippers: int = 2
    bots: int = 4
    shoppers: int = 40
    pause: float = 3.0
    think: float = 0.4
    abuse: float = 0.0
    callers: int = 1
    seed: int = 1
    since: str = ""
    """A commit whose code makes the stores and runs the services at first."""
    has_api: bool = False


@dataclass
class Town:
    """The services by name, and the wires by which they reach the stores."""

    plan: Plan
    folder: Path
    settings: Settings
    clickhouse: Wire
    postgres: Wire
    pool: Pool
    services: dict[str, Service]
    telegram_port: int = field(default_factory=ports.free_port)
    control_port: int = field(default_factory=ports.free_port)
    api_port: int = field(default_factory=ports.free_port)

    @property
    def previous(self) -> Path | None:
        return previous_code(self.folder) if self.plan.since else None

    def named(self, prefix: str) -> list[Service]:
        return [each for name, each in self.services.items() if name.startswith(prefix)]

    def updated(self) -> list[Service]:
        """Those that an update replaces, in its order."""
        return [
            each for kind in ("shipper", "worker", "api", "intake") for each in self.named(kind)
        ]

    @property
    def simulator_folder(self) -> Path:
        return self.folder / "simulator"

    @property
    def environment(self) -> dict[str, str]:
        """Of every service: both stores are reached by the wires."""
        database = self.settings.database_url.get_secret_value()
        store = self.settings.clickhouse_url.get_secret_value()
        return {
            "VITRINA_DATABASE_URL": _through(database, self.postgres.port),
            "VITRINA_CLICKHOUSE_URL": _through(store, self.clickhouse.port),
            "VITRINA_SECRET_KEYS": secret_keys(self.plan, self.folder),
            "VITRINA_TELEGRAM_SERVER": f"127.0.0.1:{self.telegram_port}",
            "VITRINA_TELEGRAM_SERVER_KEY": str(self.simulator_folder / "server_key.pub.pem"),
            "VITRINA_TELEGRAM_API_ID": "1",
            "VITRINA_TELEGRAM_API_HASH": "0" * 32,
            "VITRINA_LOG_LEVEL": "warning",
            "VITRINA_ONLINE_FRAUD": "off",  # its crowd is in a hurry
        }

    def add(
        self, name: str, argv: list[str], env: dict[str, str], ready: Ready | None = None
    ) -> Service:
        """One that is not started yet."""
        log = self.folder / "logs" / f"{name}.log"
        self.services[name] = Service(name, argv, self.environment | env, log, ready)
        return self.services[name]


def _through(url: str, port: int) -> str:
    login, _, rest = url.rpartition("@")
    return f"{login}@127.0.0.1:{port}/{rest.partition('/')[2]}"


def previous_code(folder: Path) -> Path:
    """Where a town has the code of `Plan.since`."""
    return folder / "previous"


def key_file(folder: Path) -> Path:
    """The keys that seal what is secret, for all services of a town."""
    return folder / "secret-keys"


def secret_keys(plan: Plan, folder: Path) -> str:
    """The setting. Not as a file where a version before runs, which may know none."""
    return SECRET_KEYS if plan.since else f"file:{key_file(folder)}"


def _write_keys(folder: Path) -> None:
    keys = key_file(folder)
    keys.write_text(SECRET_KEYS)
    keys.chmod(0o600)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@contextlib.asynccontextmanager
async def running(plan: Plan, folder: Path) -> AsyncIterator[Town]:
    """The stores run, the services are there to be started; afterwards everything has ended."""
    services: dict[str, Service] = {}
    try:
        async with _stores(plan, folder, services) as town:
            _add_simulator(town)
            for number in range(1, plan.workers + 1):
                name = f"worker-{number}"
                town.add(name, _python("cli", "worker", "--name", name), _watched())
            for number in range(1, plan.shippers + 1):
                town.add(f"shipper-{number}", _python("cli", "shipper"), _watched())
            await _add_callers(town)
            if plan.has_api:
                add_api(town, "api", town.api_port)
            for service in town.updated():
                service.folder = town.previous
            yield town
    finally:
        for service in reversed(services.values()):
            if service.is_running:
                service.kill()


@contextlib.asynccontextmanager
async def _stores(plan: Plan, folder: Path, services: dict[str, Service]) -> AsyncIterator[Town]:
    """Both, migrated and seeded, behind their wires."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    database = postgres.PostgresOptions(
        folder / "postgres", ports.free_port(), secrets.token_urlsafe(12)
    )
    store = ClickHouseOptions(
        folder / "clickhouse", ports.free_port(), "writing", "changing", "reading", "asking"
    )
    for name, command, ready in (
        (
            "postgres",
            postgres.command(database),
            lambda: readiness.postgres_answers(database.url()),
        ),
        (
            "clickhouse",
            clickhouse.command(store),
            lambda: readiness.clickhouse_answers(store.url),
        ),
    ):
        services[name] = Service(name, *command, logs / f"{name}.log", ready)
    await asyncio.gather(*(service.start() for service in services.values()))
    _write_keys(folder)
    settings = Settings(
        _env_file=None,
        database_url=database.url(),
        clickhouse_url=store.url,
        clickhouse_panel_url=store.panel_url,
        clickhouse_schema_url=store.schema_url,
        secret_keys=secret_keys(plan, folder),
    )
    if plan.since:
        await asyncio.to_thread(versions.take, plan.since, previous_code(folder))
        await versions.run_in(previous_code(folder), settings, "-m", "cli", "migrate")
    else:
        await bring_up_to_date(settings)
    witness = await postgres_pool.connect(database.url())
    await witness.execute(_WITNESS)  # before the first product is put on sale, which is an event
    await witness.close()
    if plan.since:
        await versions.run_in(previous_code(folder), settings, "-c", _SEED, str(plan.bots))
    else:
        await seed(settings, plan.bots)
    async with (
        wire.to(store.port, before=_sends_rows, after=_has_written) as to_clickhouse,
        wire.to(database.port, before=_commits, after=_commits) as to_postgres,
        await postgres_pool.open_pool(database.url(), size=6) as pool,
    ):
        yield Town(plan, folder, settings, to_clickhouse, to_postgres, pool, services)


async def bring_up_to_date(settings: Settings) -> int:
    """Both stores get this version's schema; returns how many scripts that took."""
    scripts = core_scripts() + Modules.discover().migrations()
    return len(
        await migrate(
            settings.database_url.get_secret_value(), settings.migrating_clickhouse_url, scripts
        )
    )


def _sends_rows(request: bytes) -> bool:
    return b"INSERT" in request


def _has_written(answer: bytes) -> bool:
    """ClickHouse tells of rows in a header, of a batch that it knew already 0 of them."""
    return b'"written_rows":"' in answer and b'"written_rows":"0"' not in answer


def _commits(message: bytes) -> bool:
    """A client's statement, or the server's word that it was done."""
    return b"COMMIT" in message


def _watched() -> dict[str, str]:
    return {"VITRINA_HEALTH_PORT": str(ports.free_port())}


def _add_simulator(town: Town) -> None:
    plan = town.plan
    town.add(
        "simulator",
        _python(
            *("cli", "simulate", "load", "--data-dir", str(town.simulator_folder)),
            *("--port", str(town.telegram_port), "--control-port", str(town.control_port)),
            *("--bots", str(plan.bots), "--shoppers", str(plan.shoppers)),
            *("--seconds", str(plan.seconds), "--pause", str(plan.pause)),
            *("--think", str(plan.think), "--abuse", str(plan.abuse), "--seed", str(plan.seed)),
            *("--report", str(town.folder / "load.json")),
        ),
        {},
        lambda: readiness.port_answers(town.control_port),
    )


def add_api(town: Town, name: str, port: int) -> Service:
    """An API that is not started yet."""
    read_by = town.settings.clickhouse_panel_url
    assert read_by is not None
    return town.add(
        name,
        _python("cli", "api"),
        {
            "VITRINA_API_PORT": str(port),
            "VITRINA_CLICKHOUSE_PANEL_URL": _through(
                read_by.get_secret_value(), town.clickhouse.port
            ),
            "VITRINA_DASHBOARD_DIR": str(versions.ROOT / "dashboard/dist"),
            "VITRINA_EXPORTS_DIR": str(town.folder / "exports"),
        },
        lambda: _is_api_ready(port),
    )


async def _is_api_ready(port: int) -> bool:
    """Also of the version before, whose addresses may be older."""
    panel = f"http://127.0.0.1:{port}"
    ready = [await readiness.http_ok(f"{panel}/api{part}/ready") for part in ("/v1", "")]
    return any(ready)


async def _add_callers(town: Town) -> None:
    """The intake, and shops' own code that reports to it."""
    port, watched = ports.free_port(), _watched()
    ready = f"http://127.0.0.1:{watched['VITRINA_HEALTH_PORT']}/ready"
    town.add(
        "intake",
        _python("cli", "intake"),
        watched | {"VITRINA_INTAKE_PORT": str(port)},
        lambda: readiness.http_ok(ready),
    )
    for number in range(1, town.plan.callers + 1):
        async with town.pool.acquire() as connection, connection.transaction():
            _, key = await write_keys.create(connection, shop_id=number, label="caller")
        name = f"caller-{number}"
        town.add(
            name,
            _python(
                *("tests.chaos.caller", "--url", f"http://127.0.0.1:{port}"),
                *("--record", str(town.folder / name), "--seconds", str(town.plan.seconds)),
            ),
            {"VITRINA_WRITE_KEY": key},
        )
