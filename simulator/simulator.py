"""The simulator: the world, the sockets that serve it, and what the control port controls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from simulator import demo
from simulator.crowd import clerk
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.journal import Journal
from simulator.wire.connection import Connection, Services
from simulator.wire.keys import KeyStore
from simulator.wire.server_key import ServerKey
from simulator.wire.sessions import Sessions
from simulator.wire.transport import Transport
from simulator.world import accounts, botfather
from simulator.world.calls import Api
from simulator.world.limits import Limits
from simulator.world.methods import all_methods
from simulator.world.world import World

HOUSEKEEPING_SECONDS = 30.0


class SimulatorOptions(BaseModel):
    """Everything `serve` needs; nothing is read from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Where MTProto is served; 0 lets the system choose."""
    data_centres: tuple[int, ...] = Field(default=(2,), min_length=1, max_length=5)
    """The data centres' numbers; the first is at `port`, the others at free ports. An account lives
    in the first unless it is moved (`move`), and is sent there from the others when it signs in."""
    control_port: int = Field(default=0, ge=0, le=65535)
    shops: int = Field(default=0, ge=0, le=demo.MOST_BOTS)
    """How many of the demo bots exist and have shoppers."""
    seed: int = 1
    visitors_per_minute: float = Field(default=30.0, ge=0)
    """Visitors a minute who come to each shop; 0 leaves the shops without them."""
    shoppers: int = Field(default=0, ge=0)
    """Instead, a fixed number of people, spread over the shops, who come again and again."""
    pause_seconds: float = Field(default=10.0, gt=0)
    """The mean pause between two visits of one of those shoppers."""
    crowd: CrowdOptions = CrowdOptions()
    limits: bool = True
    """Whether bots meet Telegram's own limits on what they send (see `limits`)."""


class Simulator:
    """The server and what the control port controls."""

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
        self.sessions = Sessions(self.world, self.world.faults, self.keys)
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
                if bot in demo.DEMO_BOTS:
                    clerk.settle(change, bot)

    @property
    def port(self) -> int:
        """Of the first data centre."""
        return self.ports[self.options.data_centres[0]]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Accept MTProto connections."""
        options = self.options
        methods = all_methods(self.keys, options.host, self.ports)
        api = Api(self.world, methods, self.limits)
        services = Services(
            server_key=ServerKey.load_or_create(options.data_dir),
            keys=self.keys,
            sessions=self.sessions,
            faults=self.world.faults,
            answer=api.answer,
            received=self.world.calls,
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
            calls = list(services.running)
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
        """Periodically forget what nobody will ask for again."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            self.sessions.sweep()
            self.limits.sweep()
            self.world.journal.prune()
