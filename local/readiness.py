"""Checks of a starting service: true once it works, false before."""

import asyncio
import base64
from urllib.parse import quote, unquote, urlsplit

import asyncpg

_ATTEMPT_SECONDS = 5


async def http_get(url: str) -> tuple[int, str]:
    """Status and body of a plain HTTP request, with the URL's user and password if it has them.

    Raises OSError, TimeoutError or ValueError (an answer that is not HTTP).
    """
    async with asyncio.timeout(_ATTEMPT_SECONDS):
        return await _http_get(url)


async def _http_get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"GET {target} HTTP/1.0\r\nHost: {parts.hostname}\r\n"
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            head += f"Authorization: Basic {base64.b64encode(login.encode()).decode()}\r\n"
        writer.write(f"{head}\r\n".encode())
        answer = (await reader.read()).decode("utf-8", "replace")
    finally:
        writer.close()
    status, _, rest = answer.partition("\r\n")
    return int(status.split()[1]) if " " in status else 0, rest.partition("\r\n\r\n")[2]


async def http_ok(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        return (await http_get(url))[0] == 200
    except (OSError, TimeoutError, ValueError):
        return False


async def clickhouse_answers(url: str) -> bool:
    """Whether a query by the URL's user works."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}/?database={quote(parts.path.strip('/'))}"
    # Not in its log: an idle server would write and merge nothing but these queries.
    return await http_ok(f"{base}&query=SELECT%201&log_queries=0")


async def postgres_answers(url: str) -> bool:
    """Whether a query works."""
    try:
        connection = await asyncpg.connect(url, timeout=_ATTEMPT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    try:
        await connection.execute("SELECT 1", timeout=_ATTEMPT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    finally:
        connection.terminate()
    return True


async def port_answers(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1."""
    try:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
