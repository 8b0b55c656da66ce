"""The simulator as a running service: sockets, control port, demo shoppers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field

from simulator import accounts, botfather, demo, truth
from simulator.connection import Connection, Services
from simulator.control import ControlPort
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.journal import Journal
from simulator.keys import KeyStore
from simulator.limits import Limits
from simulator.methods import all_methods
from simulator.server_key import ServerKey
from simulator.sessions import Sessions
from simulator.transport import Transport
from simulator.truth import Truth
from simulator.world import World

HOUSEKEEPING_SECONDS = 30.0

log = structlog.get_logger()


class SimulatorOptions(BaseModel):
    """Everything `serve` needs; nothing is read from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Where MTProto is served; 0 lets the system choose."""
    data_centres: tuple[int, ...] = Field(default=(2,), min_length=1, max_length=5)
    """Their numbers, the first of them at `port`, the rest at free ones. An account lives in the
    first unless it is moved (`move`), and is sent there from the others when it signs in."""
    control_port: int = Field(default=0, ge=0, le=65535)
    shops: int = Field(default=0, ge=0, le=demo.MOST_BOTS)
    """How many of the demo bots exist and have shoppers."""
    seed: int = 1
    visitors_per_minute: float = Field(default=30.0, ge=0)
    """Visitors who come unbidden to each shop; 0 leaves the shops without them."""
    shoppers: int = Field(default=0, ge=0)
    """A fixed number of people in their place, spread over the shops, who come again and again."""
    pause_seconds: float = Field(default=10.0, gt=0)
    """Between two visits of one of those shoppers: the mean."""
    crowd: CrowdOptions = CrowdOptions()
    limits: bool = True
    """Whether bots meet Telegram's own limits on what they send (see `limits`)."""


@asynccontextmanager
async def running(options: SimulatorOptions) -> AsyncIterator["Simulator"]:
    """The service, ready on entry and stopped cleanly on exit.

    Raises OSError if a port is taken, DataDirectoryInUse if the folder is.
    """
    options.data_dir.mkdir(parents=True, exist_ok=True)
    options.data_dir.chmod(0o700)  # tokens and what people wrote
    async with AsyncExitStack() as stack:
        journal = Journal(options.data_dir)
        stack.callback(journal.close)
        simulator = Simulator(options, journal)
        if options.shops and (options.visitors_per_minute or options.shoppers):
            # Before any bot can connect and write to them.
            simulator.crowd = stack.enter_context(_crowd(simulator.world, options))
        await stack.enter_async_context(simulator.serving())
        control = ControlPort(simulator)
        simulator.control_port = await stack.enter_async_context(
            control.listening(options.host, options.control_port)
        )
        await stack.enter_async_context(background(simulator.keep_house()))
        if simulator.crowd is not None:
            await stack.enter_async_context(background(_visits(simulator.crowd, options)))
        log.info("simulator_ready", port=simulator.port, control_port=simulator.control_port)
        yield simulator
    log.info("simulator_stopped")


@contextmanager
def _crowd(world: World, options: SimulatorOptions) -> Iterator[Crowd]:
    writer = Truth(options.data_dir / truth.FOLDER)
    bots = [each.id for each in demo.fleet(options.shops)]
    try:
        yield Crowd(world, writer, options.crowd, seed=options.seed, bot_ids=bots)
    finally:
        writer.close()


async def _visits(crowd: Crowd, options: SimulatorOptions) -> None:
    if options.shoppers:
        await crowd.come_again(options.shoppers, options.pause_seconds)
    else:
        await crowd.come(options.visitors_per_minute)


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that lasts as long as the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def serve(options: SimulatorOptions) -> None:
    """Run until SIGTERM, SIGINT or cancellation; the control port answers once all is ready."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(options):
        await stop.wait()


class Simulator:
    """The server and what the control port reaches of it."""

    def __init__(self, options: SimulatorOptions, journal: Journal) -> None:
        self.options = options
        self.ports: dict[int, int] = {}
        """Of the data centres, by their numbers."""
        self.control_port = 0
        self.world = World(journal)
        self.world.homes.first = options.data_centres[0]
        self.world.faults.random.seed(options.seed)
        self.limits = Limits(options.limits)
        self.keys = KeyStore(journal)
        self.sessions = Sessions(self.world, self.keys)
        self.world.sign_out = self.sessions.sign_out
        self.connections: dict[Connection, None] = {}
        """In the order in which they came."""
        self._serving: set[asyncio.Task[None]] = set()
        self.crowd: Crowd | None = None
        with self.world.change() as change:
            botfather.settle(change.db)
        for bot in demo.fleet(options.shops):
            with self.world.change() as change:
                accounts.put_bot(change.db, bot.id, bot.token, bot.name, bot.username)

    @property
    def port(self) -> int:
        """Of the first data centre."""
        return self.ports[self.options.data_centres[0]]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Accept MTProto connections."""
        options = self.options
        services = Services(
            world=self.world,
            server_key=ServerKey.load_or_create(options.data_dir),
            keys=self.keys,
            sessions=self.sessions,
            methods=all_methods(self.keys, options.host, self.ports),
            limits=self.limits,
        )
        servers = []
        for number in options.data_centres:
            server = await asyncio.start_server(
                partial(self._accept, services, number),
                options.host,
                0 if self.ports else options.port,
                backlog=1024,
            )
            servers.append(server)
            self.ports[number] = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            for server in servers:
                server.close()
            calls = list(services.calls)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            for connection in list(self.connections):
                connection.abort()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(
        self,
        services: Services,
        data_centre: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        connection = Connection(services, Transport(reader, writer), data_centre)
        task = asyncio.create_task(self._serve(connection))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, connection: Connection) -> None:
        self.connections[connection] = None
        try:
            await connection.run()
        finally:
            del self.connections[connection]

    async def keep_house(self) -> None:
        """Forget now and then what nobody will ask for again."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            self.sessions.sweep()
            self.limits.sweep()
            self.world.journal.prune()
