"""What is handed on, as it is in production: by uvicorn's connections, on uvloop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from api.exporting.answers import DownloadResponse
from api.exporting.download import Download
from api.exporting.engine import EngineAnswer
from api.exporting.pace import Pace
from core.heads import AnswersHead
from core.prompt_protocol import PromptProtocol
from local.ports import free_port
from tests import patience
from tests.api.conftest import until
from tests.api.test_engine_answers import END, HEAD, chunked, unchunked

BODY = b"0123456789" * 300_000
ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[int, list[int]]]:
    """The server's port, and the sizes of what it sent."""
    sizes: list[int] = []

    async def engine(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(HEAD + chunked([BODY]) + END)
            await writer.drain()
        writer.close()

    async def note(size: int) -> None:
        sizes.append(size)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await EngineAnswer.ask("127.0.0.1", engine_port, "/", {}, b"SELECT")
        file = Download(answer, lambda: None, Pace())
        await DownloadResponse(file, "a.csv", "text/csv", note)(scope, receive, send)

    async with await asyncio.start_server(engine, "127.0.0.1", 0) as listening:
        engine_port = listening.sockets[0].getsockname()[1]
        config = uvicorn.Config(
            AnswersHead(app),
            port=(port := free_port()),
            http=PromptProtocol,
            lifespan="off",
            log_config=None,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        try:
            yield port, sizes
        finally:
            server.should_exit = True
            await serving


def on_uvloop(scene: Callable[[int, list[int]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(patience.SECONDS), served() as (port, sizes):
            await scene(port, sizes)

    uvloop.run(run())


def test_requests_of_one_connection_have_their_files_one_after_the_other() -> None:
    async def scene(port: int, sizes: list[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        last = ASKED.replace(b"Host", b"Connection: close\r\nHost")
        writer.write(ASKED + ASKED + last)
        answers = (await reader.read()).split(b"HTTP/1.1 200 OK\r\n")
        writer.close()
        assert answers[0] == b""
        assert [unchunked(each.partition(b"\r\n\r\n")[2]) for each in answers[1:]] == [BODY] * 3
        assert sizes == [len(BODY)] * 3

    on_uvloop(scene)


def test_a_head_has_no_body_and_its_connection_goes_on() -> None:
    async def scene(port: int, sizes: list[int]) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(2):
                head = await client.head("/")
                assert (head.status_code, head.content) == (200, b"")
                assert (await client.get("/")).content == BODY
        await until(lambda: sizes.count(len(BODY)) == 2)

    on_uvloop(scene)


def test_who_leaves_in_the_middle_spoils_nothing() -> None:
    async def scene(port: int, sizes: list[int]) -> None:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ASKED)
            await reader.readexactly(1 << 16)
            writer.transport.abort()
        await until(lambda: len(sizes) == 3)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).content == BODY

    on_uvloop(scene)
