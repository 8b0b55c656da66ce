"""A town of shops: every service as a process of its own, on stores that can be killed, too."""

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
from tests.chaos import wire
from tests.chaos.wire import Wire
from tests.conftest import SECRET_KEYS

START_SECONDS = 60.0
STOP_SECONDS = 60.0

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
    ready: Callable[[], Awaitable[bool]] | None = None
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        with self.log.open("ab") as output:
            # pylint: disable-next=consider-using-with  # it outlives this function
            self.process = subprocess.Popen(
                leash.leashed(self.argv),
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

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, STOP_SECONDS)

    async def finish(self, seconds: float) -> int:
        """Waits until it ends by itself; returns the exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, seconds)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


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
    limits: bool = True


@dataclass
class Town:
    """The services by name, and the wires by which they reach the stores."""

    plan: Plan
    folder: Path
    settings: Settings
    control_port: int
    clickhouse: Wire
    postgres: Wire
    pool: Pool
    services: dict[str, Service] = field(default_factory=dict)

    def named(self, prefix: str) -> list[Service]:
        return [each for name, each in self.services.items() if name.startswith(prefix)]

    @property
    def simulator_folder(self) -> Path:
        return self.folder / "simulator"


def _through(url: str, port: int) -> str:
    login, _, rest = url.rpartition("@")
    return f"{login}@127.0.0.1:{port}/{rest.partition('/')[2]}"


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@contextlib.asynccontextmanager
async def running(plan: Plan, folder: Path) -> AsyncIterator[Town]:
    """Everything but the load is started; whatever happens, everything has ended afterwards."""
    services: dict[str, Service] = {}
    try:
        async with contextlib.AsyncExitStack() as stack:
            town = await _build(plan, folder, services, stack)
            yield town
    finally:
        for service in reversed(services.values()):
            if service.is_running:
                service.kill()


async def _build(
    plan: Plan,
    folder: Path,
    services: dict[str, Service],
    stack: contextlib.AsyncExitStack,
) -> Town:
    (folder / "logs").mkdir(parents=True)

    def add(
        name: str,
        argv: list[str],
        env: dict[str, str],
        ready: Callable[[], Awaitable[bool]] | None = None,
    ) -> Service:
        services[name] = Service(name, argv, env, folder / "logs" / f"{name}.log", ready)
        return services[name]

    database = postgres.PostgresOptions(
        folder / "postgres", ports.free_port(), secrets.token_urlsafe(12)
    )
    store = clickhouse.ClickHouseOptions(
        folder / "clickhouse", ports.free_port(), "writing", "reading", "asking"
    )
    direct = database.url()
    await asyncio.gather(
        add(
            "postgres",
            *postgres.command(database),
            ready=lambda: readiness.postgres_answers(direct),
        ).start(),
        add(
            "clickhouse",
            *clickhouse.command(store),
            ready=lambda: readiness.clickhouse_answers(store.url),
        ).start(),
    )
    scripts = core_scripts() + Modules.discover().migrations()
    await migrate(direct, store.url, scripts)
    to_clickhouse = await stack.enter_async_context(
        wire.to(store.port, before=b"INSERT", after=b"X-ClickHouse-Summary")
    )
    to_postgres = await stack.enter_async_context(
        wire.to(database.port, before=b"COMMIT", after=b"COMMIT")
    )
    telegram, control = ports.free_port(), ports.free_port()
    settings = Settings(
        _env_file=None,
        database_url=direct,
        clickhouse_url=store.url,
        clickhouse_panel_url=store.panel_url,
        secret_keys=SECRET_KEYS,
    )
    await seed(settings, plan.bots)
    pool = await postgres_pool.open_pool(direct, size=4)
    stack.push_async_callback(pool.close)
    async with pool.acquire() as connection:
        await connection.execute(_WITNESS)
    common = {
        "VITRINA_DATABASE_URL": _through(direct, to_postgres.port),
        "VITRINA_CLICKHOUSE_URL": _through(store.url, to_clickhouse.port),
        "VITRINA_SECRET_KEYS": SECRET_KEYS,
        "VITRINA_TELEGRAM_SERVER": f"127.0.0.1:{telegram}",
        "VITRINA_TELEGRAM_SERVER_KEY": str(folder / "simulator" / "server_key.pub.pem"),
        "VITRINA_TELEGRAM_API_ID": "1",
        "VITRINA_TELEGRAM_API_HASH": "0" * 32,
        "VITRINA_LOG_LEVEL": "warning",
    }
    add(
        "simulator",
        _python(
            *("cli", "simulate", "load", "--data-dir", str(folder / "simulator")),
            *("--port", str(telegram), "--control-port", str(control)),
            *("--bots", str(plan.bots), "--shoppers", str(plan.shoppers)),
            *("--seconds", str(plan.seconds), "--pause", str(plan.pause)),
            *("--think", str(plan.think), "--abuse", str(plan.abuse), "--seed", str(plan.seed)),
            *("--report", str(folder / "load.json")),
            *([] if plan.limits else ["--no-limits"]),
        ),
        common,
        lambda: readiness.port_answers(control),
    )
    for kind, count in (("worker", plan.workers), ("shipper", plan.shippers)):
        for number in range(1, count + 1):
            port = ports.free_port()
            name = f"{kind}-{number}"
            options = ["--name", name] if kind == "worker" else []
            add(
                name,
                _python("cli", kind, *options),
                common | {"VITRINA_HEALTH_PORT": str(port)},
            )
    intake, watched = ports.free_port(), ports.free_port()
    add(
        "intake",
        _python("cli", "intake"),
        common | {"VITRINA_INTAKE_PORT": str(intake), "VITRINA_HEALTH_PORT": str(watched)},
        lambda: readiness.http_ok(f"http://127.0.0.1:{watched}/ready"),
    )
    for number in range(1, plan.callers + 1):
        async with pool.acquire() as connection, connection.transaction():
            _, key = await write_keys.create(connection, shop_id=number, label="caller")
        record = folder / f"caller-{number}"
        add(
            f"caller-{number}",
            _python(
                *("tests.chaos.caller", "--url", f"http://127.0.0.1:{intake}"),
                *("--record", str(record), "--seconds", str(plan.seconds)),
            ),
            {"VITRINA_WRITE_KEY": key},
        )
    return Town(
        plan=plan,
        folder=folder,
        settings=settings,
        control_port=control,
        clickhouse=to_clickhouse,
        postgres=to_postgres,
        pool=pool,
        services=services,
    )
