"""The real engines for the tests: one PostgreSQL and one ClickHouse for a session of pytest.

Each starts when the first test asks for it. A test works in databases of its own, copied from a
pair that was migrated once:

    @pytest.fixture(scope="session")
    def engines() -> Iterator[Engines]:
        with Engines.running() as running:
            yield running

    @pytest.fixture
    async def stores(engines: Engines) -> AsyncIterator[Stores]:
        async with engines.stores(migrate_all) as fresh:
            yield fresh
"""

import asyncio
import contextlib
import itertools
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from local import ports, postgres, readiness
from local.clickhouse_config import ClickHouseOptions
from tests import memory
from tests.administrator import CUT, Administrator
from tests.originals import ClickHouseOriginal, Done, Original
from tests.programs import Programs, until
from tests.shared_clickhouse import SharedClickHouse

# Brings a pair of empty databases, (database_url, clickhouse_url), to the shape of the product.
Migrate = Callable[[str, str], Awaitable[object]]

# Test data may be lost with the machine, and only then. Autovacuum's workers will not leave
# a database that is to be dropped.
_FAST = (
    "autovacuum=off",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=128MB",
    "dynamic_shared_memory_type=mmap",
    "shared_buffers=128MB",
)
# The superuser, too, on this machine: the one who brings a database back after a test.
_ACCESS = """
host all vitrina 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 trust
"""


@dataclass(frozen=True, slots=True)
class Stores:
    """Databases of one test, in both engines."""

    database_url: str
    clickhouse_url: str
    clickhouse_schema_url: str
    clickhouse_panel_url: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """A database of PostgreSQL as its template is, what was done to it by then, and who brings it
    back to that after a test."""

    done: Done
    keeper: Administrator


@dataclass(frozen=True, slots=True)
class _Template:
    database: str
    original: Original
    clickhouse: ClickHouseOriginal
    # Databases that are as the originals.
    spare: list[_Copy] = field(default_factory=list)
    clickhouse_spare: list[str] = field(default_factory=list)


class Engines:
    """Starts what is asked for, hands out fresh databases, stops everything at the end.

    ClickHouse may be one that other processes of tests use as well; `name` tells their databases
    from each other.
    """

    def __init__(
        self, folder: Path, name: str = "", shared: SharedClickHouse | None = None
    ) -> None:
        self._folder = folder
        self._name = f"{name}_" if name else ""
        self._programs = Programs(folder)
        self._shared = shared
        self._postgres: postgres.PostgresOptions | None = None
        self._clickhouse: ClickHouseOptions | None = None
        self._clickhouse_client: Client | None = None
        self._administrator: Administrator | None = None
        self._templates: dict[Migrate, _Template] = {}
        self._numbers = itertools.count(1)

    @classmethod
    @contextlib.contextmanager
    def running(cls, name: str = "", shared: SharedClickHouse | None = None) -> Iterator["Engines"]:
        """For a fixture of the session; the engines also die with pytest if it is killed."""
        with memory.folder_of_this_process() as folder:
            engines = cls(folder, name, shared)
            try:
                yield engines
            finally:
                engines.stop()

    def stop(self) -> None:
        """Ends the engines; nothing of them is needed any more, so without ceremony."""
        if self._clickhouse_client is not None:
            self._clickhouse_client.close()
            self._clickhouse_client = None
        for copy in (copy for template in self._templates.values() for copy in template.spare):
            copy.keeper.close()
        self._templates.clear()
        if self._administrator is not None:
            self._administrator.close()
            self._administrator = None
        self._programs.stop()

    async def postgres(self) -> postgres.PostgresOptions:
        """The running PostgreSQL server."""
        if self._postgres is None:
            access = self._folder / "access"
            access.write_text(_ACCESS)
            options = postgres.PostgresOptions(
                self._folder / "postgres",
                ports.free_port(),
                secrets.token_urlsafe(12),
                (*_FAST, f"hba_file={access}"),
            )
            # The immediate shutdown, unlike a kill, leaves no shared memory behind.
            log = self._programs.start(postgres.command(options), ending=signal.SIGQUIT)
            await until(
                lambda: readiness.postgres_answers(options.url()), log, self._programs.ended
            )
            self._postgres = options
            # Thousands of connections are opened, and each would hash the password 4096 times.
            await self._sql(
                "SET scram_iterations = 1; "
                f"ALTER ROLE {postgres.USER} PASSWORD '{options.password}'"
            )
        return self._postgres

    async def clickhouse(self) -> ClickHouseOptions:
        """The running ClickHouse server, with databases named `test_…`."""
        if self._clickhouse is None:
            server = self._shared or SharedClickHouse.start(self._programs, self._folder)
            await server.until_ready(self._programs.ended)
            self._clickhouse = server.options
        return self._clickhouse

    @contextlib.asynccontextmanager
    async def database(self, migrate: Migrate | None = None) -> AsyncIterator[str]:
        """The URL of a fresh PostgreSQL database: empty, or as `migrate` leaves it."""
        server = await self.postgres()
        name = self._fresh_name()
        if migrate is None:
            await self._create(name, "template1")
            try:
                yield server.url(name)
            finally:
                await self._drop(name)
            return
        template = await self._template(migrate)
        copy = await self._copy(template, name)
        try:
            yield server.url(name)
        finally:
            if now := await self._restored(template.original, copy):
                template.spare.append(_Copy(now, copy.keeper))
            else:
                copy.keeper.close()
                await self._drop(name)

    async def _create(self, name: str, template: str) -> None:
        await self._sql(
            f"CREATE DATABASE {name} OWNER {postgres.USER} TEMPLATE {template} STRATEGY FILE_COPY"
        )

    async def _drop(self, name: str) -> None:
        await self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    async def _copy(self, template: _Template, name: str) -> _Copy:
        """A name of its own: what a test left running must not find the next test's rows."""
        if template.spare:
            copy = template.spare.pop()
            await copy.keeper.rename(name)
            return copy
        await self._create(name, template.database)
        keeper = Administrator((await self.postgres()).port, name)
        return _Copy(template.original.fresh, keeper)

    @staticmethod
    async def _restored(original: Original, copy: _Copy) -> Done | None:
        """What is done to it by now; None if it is not known to be as it was."""
        try:
            return await copy.keeper.do(lambda keeping: original.restore(keeping, copy.done))
        except CUT:
            return None

    def _fresh_name(self) -> str:
        return f"test_{self._name}{next(self._numbers)}"

    @contextlib.asynccontextmanager
    async def clickhouse_database(self, migrate: Migrate | None = None) -> AsyncIterator[str]:
        """The URL of a fresh ClickHouse database: empty, or as `migrate` leaves it."""
        server = await self.clickhouse()
        template = await self._template(migrate) if migrate else None
        client = await self._client()
        if template and template.clickhouse_spare:
            name = template.clickhouse_spare.pop()
        else:
            name = self._fresh_name()
            client.command(f"CREATE DATABASE {name}")
            if template:
                template.clickhouse.copy(client, name)
        try:
            yield with_database(server.url, name)
        finally:
            if template and template.clickhouse.restore(client, name):
                template.clickhouse_spare.append(name)
            else:
                client.command(f"DROP DATABASE {name} SYNC")

    @contextlib.asynccontextmanager
    async def stores(self, migrate: Migrate | None = None) -> AsyncIterator[Stores]:
        """Fresh databases in both engines: empty, or as `migrate` leaves them."""
        await asyncio.gather(self.postgres(), self.clickhouse())
        async with (
            self.database(migrate) as database_url,
            self.clickhouse_database(migrate) as clickhouse_url,
        ):
            name, server = urlsplit(clickhouse_url).path.strip("/"), await self.clickhouse()
            schema_url, panel_url = server.schema_url, server.panel_url
            yield Stores(
                database_url,
                clickhouse_url,
                with_database(schema_url, name),
                with_database(panel_url, name),
            )

    async def _template(self, migrate: Migrate) -> _Template:
        """The migrated pair that the fresh databases are copied from, made by the first test."""
        if migrate not in self._templates:
            number = len(self._templates)
            name, clickhouse_name = f"template_{number}", f"test_{self._name}template_{number}"
            await self._create(name, "template1")
            (await self._client()).command(f"CREATE DATABASE {clickhouse_name}")
            server = await self.postgres()
            url = with_database((await self.clickhouse()).schema_url, clickhouse_name)
            await migrate(server.url(name), url)
            connection = await asyncpg.connect(server.url(name))
            original = await Original.of(connection)
            await connection.close()
            clickhouse_original = ClickHouseOriginal.of(await self._client(), clickhouse_name)
            self._templates[migrate] = _Template(name, original, clickhouse_original)
        return self._templates[migrate]

    async def _sql(self, statement: str) -> None:
        if self._administrator is None:
            self._administrator = Administrator((await self.postgres()).port, "postgres")
        await self._administrator.execute(statement)

    async def _client(self) -> Client:
        if self._clickhouse_client is None:
            self._clickhouse_client = open_client((await self.clickhouse()).schema_url)
        return self._clickhouse_client


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
