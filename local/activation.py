"""A web page that is loaded when somebody opens it (socket activation, as systemd calls it).

    python -m local.activation --port P -- PROGRAM … {port} …

Listens on 127.0.0.1. The first request starts the program, with a port of its own in place of
`{port}`, and waits until it answers there; from then on bytes are forwarded in both directions.
When nobody has been connected for a while, the program ends. A connection without data, such as a
health check, starts nothing.
"""

import argparse
import asyncio
import contextlib
import signal
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import Process
from collections.abc import Sequence
from dataclasses import dataclass

from local import leash, ports, readiness

IDLE_SECONDS = 600.0
_START_SECONDS = 180.0
_POLL_SECONDS = 0.1
_STOP_SECONDS = 2.0
_PIECE_BYTES = 65_536
_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\nThe page could not be started; its log says why.\n"
)


@dataclass(frozen=True, slots=True)
class _Running:
    process: Process
    port: int


class Activation:
    """The program, while it is needed. `argv` has `{port}` in place of its port."""

    def __init__(self, argv: Sequence[str], *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._argv = argv
        self._idle_seconds = idle_seconds
        self._running: _Running | None = None
        self._starting = asyncio.Lock()
        self._connected = 0
        self._left = asyncio.Event()

    async def serve(self, port: int) -> None:
        """Listens until it is cancelled, and then ends the program."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", port)
        try:
            await self._end_when_idle()
        finally:
            server.close()
            await self._end()

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                if first := await reader.read(_PIECE_BYTES):
                    await self._serve_one(first, reader, writer)
        finally:
            writer.close()

    async def _serve_one(self, first: bytes, reader: StreamReader, writer: StreamWriter) -> None:
        self._connected += 1
        try:
            await self._pass_on(first, reader, writer)
        finally:
            self._connected -= 1
            self._left.set()

    async def _pass_on(self, first: bytes, reader: StreamReader, writer: StreamWriter) -> None:
        running = await self._wanted()
        if running is None:
            writer.write(_AWAY)
            await writer.drain()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", running.port)
        inner_writer.write(first)
        asking = asyncio.create_task(_copy(reader, inner_writer))
        try:
            await _copy(inner_reader, writer)
        finally:
            asking.cancel()
            await asyncio.wait([asking])
            inner_writer.close()

    async def _wanted(self) -> _Running | None:
        """The running program, started if necessary; None if it does not start."""
        async with self._starting:
            running = self._running
            if running is not None and await readiness.port_answers(running.port):
                return running
            if running is not None:
                await _stop(running.process)
            self._running = await self._start()
            return self._running

    async def _start(self) -> _Running | None:
        port = ports.free_port()
        argv = [word.replace("{port}", str(port)) for word in self._argv]
        print("somebody has come: starting", flush=True)
        process = await asyncio.create_subprocess_exec(*leash.leashed(argv))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while process.returncode is None:
                    if await readiness.port_answers(port):
                        return _Running(process, port)
                    await asyncio.sleep(_POLL_SECONDS)
        await _stop(process)
        print(f"it did not start: exit code {process.returncode}", flush=True)
        return None

    async def _end_when_idle(self) -> None:
        while True:
            await self._left.wait()
            self._left.clear()
            if self._running is None or self._connected:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle_seconds):
                    await self._left.wait()
                continue
            if not self._connected:
                print("nobody has been here for a while: ending", flush=True)
                await self._end()

    async def _end(self) -> None:
        async with self._starting:
            running, self._running = self._running, None
            if running is not None:
                await _stop(running.process)


async def _stop(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
                return
        process.kill()
    await process.wait()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Forwards everything until its end, or until either side disconnects."""
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()


async def _run(activation: Activation, port: int) -> None:
    task = asyncio.ensure_future(activation.serve(port))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.activation")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args(argv)
    activation = Activation(options.program, idle_seconds=options.idle_seconds)
    asyncio.run(_run(activation, options.port))


if __name__ == "__main__":
    main()
