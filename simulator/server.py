"""The simulator as a running service: sockets, control port, demo shoppers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any

import structlog

from simulator import demo
from simulator.control.port import ControlPort
from simulator.crowd import truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.truth import Truth
from simulator.journal import Journal
from simulator.simulator import Simulator, SimulatorOptions
from simulator.world.world import World

log = structlog.get_logger()


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
