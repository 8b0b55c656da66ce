"""The worker: takes leases on bots, hosts each of them, and lets go of them when it is told to."""

import asyncio
import os
import socket
import time
from contextlib import suppress

import structlog
from prometheus_client import CollectorRegistry

from bots.runtime import leases
from bots.runtime.host import Host, Worker
from bots.runtime.leases import HEARTBEAT_SECONDS, TTL, Lease
from bots.runtime.metrics import Metrics
from bots.runtime.outage import AWAY
from bots.runtime.server import Server
from bots.sdk.loading import load
from core import health
from core.modules import Modules
from core.postgres import BOTS_CHANNEL, Connection, connect, open_pool
from core.secrets import KeyRing
from core.settings import Settings

log = structlog.get_logger()

_CONNECTIONS = 20
_RESERVED = 4  # for leases, sessions and the outboxes, beside the updates' transactions
_MOST_BOTS = 500
POLL_SECONDS = 1.0
_STOP_SECONDS = 4.0
_POOL_SECONDS = 0.3


async def run(settings: Settings, *, name: str) -> None:
    """Runs a worker until it is cancelled; then lets its bots go, within 5 seconds.

    `name` must not be another running worker's: a process of the same name takes over its bots.
    Without one it is the host's name and the process's number.
    Raises ConfigurationError if a setting is missing.
    """
    name = name or f"{socket.gethostname()}-{os.getpid()}"
    server = Server.of(settings)
    secret_keys = settings.secret_keys
    keys = KeyRing.parse(secret_keys.get_secret_value() if secret_keys else None)
    modules = load(Modules.discover())
    url = settings.database_url.get_secret_value()
    pool = await open_pool(
        ending_what_hangs(url), size=_CONNECTIONS, application=f"vitrina worker {name}"
    )
    slots = asyncio.Semaphore(_CONNECTIONS - _RESERVED)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    fleet = Fleet(Worker(name, pool, keys, server, modules, slots, metrics), url)
    try:
        async with health.serve(settings.health_host, settings.health_port, fleet.checks, registry):
            await fleet.run()
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), _POOL_SECONDS)
        pool.terminate()


def ending_what_hangs(url: str) -> str:
    """The URL with a server-side bound for open transactions: a worker that is frozen in the
    middle of one would keep its bots from changing hands."""
    milliseconds = round(TTL.total_seconds() * 1000)
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}idle_in_transaction_session_timeout={milliseconds}"


class Fleet:
    """The bots of one worker."""

    def __init__(self, worker: Worker, database_url: str) -> None:
        self._worker = worker
        self._database_url = database_url
        self._hosts: dict[int, tuple[Host, asyncio.Task[None]]] = {}
        self._renewed_at: dict[int, float] = {}
        self._share = _MOST_BOTS
        self._look = asyncio.Event()  # there may be bots to take
        self._looked_at: float | None = None
        self._is_first_look = True

    async def checks(self) -> dict[str, bool]:
        """Whether the worker reaches PostgreSQL and has looked for bots."""
        looked = self._looked_at
        fresh = looked is not None and time.monotonic() - looked < TTL.total_seconds()
        return {"bots": fresh}

    async def run(self) -> None:
        """Until cancelled; then every bot is let go."""
        try:
            async with asyncio.TaskGroup() as group:
                for chore in (self._keep_leases(), self._keep_looking(), self._listen()):
                    group.create_task(chore)
        finally:
            await self._stop_all()

    async def _keep_leases(self) -> None:
        """The heartbeat. A lease that could not be renewed within its time may be another's."""
        while True:
            began = time.monotonic()
            held = [host.lease for host, _ in self._hosts.values()]
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    kept = await self._beat(held)
            except AWAY as error:
                log.warning("leases were not renewed", error=repr(error))
                await asyncio.sleep(HEARTBEAT_SECONDS / 6)
            else:
                for lease in held:
                    if lease.bot_id in kept:
                        self._renewed_at[lease.bot_id] = began
                    else:
                        self._lose(lease.bot_id)
                await asyncio.sleep(HEARTBEAT_SECONDS)
            for bot_id, renewed_at in list(self._renewed_at.items()):
                if time.monotonic() - renewed_at > TTL.total_seconds():
                    self._lose(bot_id)

    async def _beat(self, held: list[Lease]) -> set[int]:
        async with self._worker.pool.acquire() as connection:
            self._share = await leases.fair_share(connection, self._worker.name)
            return await leases.renew(connection, self._worker.name, held)

    def _lose(self, bot_id: int) -> None:
        """Stops writing and sending for the bot at once."""
        self._renewed_at.pop(bot_id, None)
        entry = self._hosts.get(bot_id)
        if entry is not None:
            entry[0].lose()

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._take_and_give()
                self._looked_at = time.monotonic()
            except AWAY as error:
                log.warning("could not look for bots", error=repr(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._look.wait()
            self._look.clear()

    async def _take_and_give(self) -> None:
        """Takes free bots up to this worker's share, and gives back what is over it."""
        if self._is_first_look:
            await self._beat([])
        share = min(self._share, _MOST_BOTS)
        for host, _ in list(self._hosts.values())[share:]:
            log.info("bot given back for a fair share", bot_id=host.lease.bot_id)
            host.stop()
        room = share - len(self._hosts)
        if room <= 0:
            return
        began = time.monotonic()
        async with self._worker.pool.acquire() as connection:
            taken = await leases.take(
                connection, self._worker.name, limit=room, own_too=self._is_first_look
            )
        self._is_first_look = False
        for lease in taken:
            self._renewed_at[lease.bot_id] = began
            host = Host(self._worker, lease)
            self._hosts[lease.bot_id] = host, asyncio.create_task(self._host(host))

    async def _host(self, host: Host) -> None:
        lease = host.lease
        try:
            await host.run()
        except Exception:  # pylint: disable=broad-exception-caught  # the other bots go on
            log.exception("a bot's host failed", bot_id=lease.bot_id)
            await asyncio.sleep(POLL_SECONDS)  # not again at once, whoever takes it
        finally:
            with suppress(*AWAY):
                async with asyncio.timeout(0.5), self._worker.pool.acquire() as connection:
                    await leases.release(connection, lease)
            entry = self._hosts.get(lease.bot_id)
            if entry is not None and entry[0] is host:  # and not taken again in the meantime
                del self._hosts[lease.bot_id]
                self._renewed_at.pop(lease.bot_id, None)

    async def _listen(self) -> None:
        """Hears of new and changed bots; listens again whenever the connection is lost."""
        while True:
            with suppress(*AWAY):
                connection = await connect(self._database_url)
                try:
                    await self._hear(connection)
                finally:
                    connection.terminate()
            await asyncio.sleep(0.5)

    async def _hear(self, connection: Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        await connection.add_listener(BOTS_CHANNEL, self._on_notice)
        self._look.set()
        for host, _ in self._hosts.values():
            host.changed()  # a notice may have been missed
        await lost.wait()

    def _on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        text = str(payload)
        entry = self._hosts.get(int(text)) if text.isdigit() else None
        if entry is not None:
            entry[0].changed()
        else:
            self._look.set()

    async def _stop_all(self) -> None:
        for host, _ in self._hosts.values():
            host.stop()
        tasks = [task for _, task in self._hosts.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(*AWAY):
            async with asyncio.timeout(0.5), self._worker.pool.acquire() as connection:
                await leases.leave(connection, self._worker.name)
        log.info("worker stopped", worker=self._worker.name)
