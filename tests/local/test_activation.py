"""A program behind a port that is started by the first request and ended when it is idle."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from local import ports, processes, readiness
from local.activation import Activation
from tests import patience
from tests.local.waiting import until

# Says its process number to whoever asks, after noting it in a file.
PAGE = """
import os, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
with open(sys.argv[2], "a") as file:
    file.write(f"{os.getpid()}\\n")
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


class Door:
    """An activation on a port, and the programs that it has started."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.file = folder / "started"

    @property
    def started(self) -> list[int]:
        return [int(line) for line in self.file.read_text().split()] if self.file.exists() else []

    @property
    def alive(self) -> list[int]:
        return [pid for pid in self.started if processes.is_alive(pid)]


@contextlib.asynccontextmanager
async def opened(
    folder: Path, *, script: str = PAGE, idle_seconds: float = 60
) -> AsyncIterator[Door]:
    door = Door(folder, ports.free_port())
    argv = [sys.executable, "-S", "-c", script, "{port}", str(door.file)]
    serving = asyncio.create_task(Activation(argv, idle_seconds=idle_seconds).serve(door.port))
    try:
        while not await readiness.port_answers(door.port):
            await asyncio.sleep(0.01)
        yield door
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert not door.alive, "it outlived the one who started it"


async def ask(door: Door) -> httpx.Response:
    async with httpx.AsyncClient(timeout=patience.SECONDS, verify=False) as client:
        return await client.get(f"http://127.0.0.1:{door.port}/")


async def test_the_first_request_starts_it_once_and_is_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(5)))
        assert {answer.text for answer in answers} == {str(pid) for pid in door.started}
        assert len(door.started) == 1


async def test_a_connection_that_says_nothing_starts_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        for _ in range(3):
            assert await readiness.port_answers(door.port)
        assert not door.started


async def test_it_ends_when_nobody_comes_and_starts_again_when_somebody_does(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, idle_seconds=0.2) as door:
        first = int((await ask(door)).text)
        await until(lambda: not processes.is_alive(first), "it ended")
        second = int((await ask(door)).text)
        assert door.started == [first, second]


async def test_it_stays_while_a_connection_is_open_whatever_health_checks_do(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, idle_seconds=0.2) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"GET / HTTP/1.1\r\n")  # and the rest some time later
        await until(lambda: len(door.alive) == 1, "it started")
        for _ in range(6):
            assert await readiness.port_answers(door.port)
            await asyncio.sleep(0.1)
        assert door.alive == door.started
        writer.write(b"Host: x\r\nConnection: close\r\n\r\n")
        assert str(door.started[0]).encode() in await reader.read()
        writer.close()
        await until(lambda: not door.alive, "it ended")


async def test_one_that_was_killed_is_started_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        first = int((await ask(door)).text)
        os.kill(first, 9)
        await until(lambda: not processes.is_alive(first), "it is gone")
        assert int((await ask(door)).text) != first


async def test_one_that_does_not_start_is_said_to_the_visitor_and_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with opened(tmp_path, script="raise SystemExit(3)") as door:
        answer = await ask(door)
    assert answer.status_code == 503 and "log" in answer.text
    assert "exit code 3" in capfd.readouterr().out
