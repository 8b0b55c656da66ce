"""Looks after the installation: the shipper's checks for Prometheus, and alerts to the operator.

Of several shippers one looks, the one with the lock; while PostgreSQL is away, the one that looked
before.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import aiohttp
import structlog
from prometheus_client import CollectorRegistry, Gauge

from core import postgres
from core.log import redact
from core.postgres import Connection
from core.settings import Settings
from ingestion.attempts import POSTGRES_ERRORS
from ingestion.checkup.alerts import Book, Change
from ingestion.checkup.findings import SECONDS, Check, Finding, Means, State, examine
from ingestion.checkup.rules import ALERTING

log = structlog.get_logger()

LOOK_SECONDS = 60.0
_LOCK = 0x6C6F6F6B
_SEND_SECONDS = 15
_TELEGRAM = "https://api.telegram.org"

Send = Callable[[str], Awaitable[None]]

_BEGUN = """
INSERT INTO operator_alerts (check_name, state) VALUES ($1, $2)
ON CONFLICT (check_name) DO UPDATE SET state = $2, told_at = now()
"""
# A lock whose holder is cut off is free again within a minute.
_SESSION = """
SET application_name = 'vitrina watch';
SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3
"""
_OVER = "DELETE FROM operator_alerts WHERE check_name = $1"


class NotSent(Exception):
    """The operator could not be told; it is tried again at the next look."""


def sender(settings: Settings, server: str = _TELEGRAM) -> Send | None:
    """Sends to the operator's chat by a bot of the operator's own, through the Bot API, since our
    own bots may be what has failed; None if no chat is set.

    Of proxies it uses those of HTTP.
    """
    if settings.operator_bot_token is None or not settings.operator_chat:
        return None
    token, chat = settings.operator_bot_token.get_secret_value(), settings.operator_chat
    named = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else ""
    proxy = named if urlsplit(named).scheme == "http" else None

    async def send(text: str) -> None:
        timeout = aiohttp.ClientTimeout(total=_SEND_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    f"{server}/bot{token}/sendMessage",
                    json={"chat_id": chat, "text": text},
                    proxy=proxy,
                ) as answer,
            ):
                said = await answer.text()
                if answer.status != 200:
                    raise NotSent(f"Telegram answers {answer.status}: {said[:200]}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotSent(redact(str(error).replace(token, "…")) or type(error).__name__) from error

    return send


class Watch:
    """One shipper's part in looking."""

    def __init__(
        self,
        settings: Settings,
        registry: CollectorRegistry,
        send: Send | None,
        checks: Sequence[Check] = ALERTING,
    ) -> None:
        self._means = Means(settings)
        self._send = send
        self._checks = checks
        self._book = Book()
        self._unwritten: list[Change] = []  # changes that the table of alerts does not have yet
        self._connection: Connection | None = None
        self._has_lock = False
        self._looks = False
        self._states = Gauge(
            "vitrina_check_state",
            "What a check of `vitrina doctor` found: 0 well, 1 a warning, 2 a failure",
            ["check"],
            registry=registry,
        )

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)  # first: all else is starting, too
                try:
                    await self.look()
                except Exception:  # pylint: disable=broad-exception-caught  # the next look may do
                    log.exception("the installation could not be looked at")
        finally:
            if self._connection is not None:
                with contextlib.suppress(*POSTGRES_ERRORS):
                    await self._connection.close(timeout=SECONDS)

    async def look(self) -> list[Finding]:
        """Makes the checks if it is this process's turn; tells what has changed."""
        self._looks = await self._is_its_turn()
        if not self._looks:
            self._states.clear()
            return []
        found = await examine(self._means, self._checks)
        for each in found:
            self._states.labels(each.check).set(each.state)
        changes = self._book.look(found)
        if changes and self._send is not None:
            await self._tell(changes, self._send)
        return found

    async def _tell(self, changes: Sequence[Change], send: Send) -> None:
        try:
            await send("\n\n".join(["Vitrina", *(each.text for each in changes)]))
        except NotSent as error:
            log.warning("the operator could not be told", error=str(error))
            return
        self._book.note(changes)
        log.info("the operator was told", checks=[each.finding.check for each in changes])
        self._unwritten += changes
        if self._has_lock:
            await self._from_postgres(self._note_changes)

    async def _is_its_turn(self) -> bool:
        has_lock = await self._from_postgres(self._take_lock)
        return self._looks if has_lock is None else has_lock

    async def _from_postgres(self, ask: Callable[[Connection], Awaitable[bool]]) -> bool | None:
        """None while PostgreSQL is away, also if it does not say so."""
        try:
            async with asyncio.timeout(SECONDS):
                return await ask(await self._connected())
        except POSTGRES_ERRORS:
            if self._connection is not None:
                self._connection.terminate()
            self._connection, self._has_lock = None, False
            return None

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._has_lock = False  # it ended with the connection before
            url = self._means.settings.database_url.get_secret_value()
            self._connection = await postgres.connect(url)
            await self._connection.execute(_SESSION)
        return self._connection

    async def _take_lock(self, connection: Connection) -> bool:
        if not self._has_lock:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return False
            rows = await connection.fetch("SELECT check_name, state FROM operator_alerts")
            if not self._looks:
                self._book = Book()  # others have looked since
            # What this process has told while PostgreSQL was away is known to it alone.
            self._book.told = {row["check_name"]: State(row["state"]) for row in rows}
            self._book.note(self._unwritten)
            self._has_lock = True
        await self._note_changes(connection)
        return True

    async def _note_changes(self, connection: Connection) -> bool:
        while self._unwritten:
            change = self._unwritten[0]
            if change.begins:
                await connection.execute(_BEGUN, change.finding.check, change.finding.state)
            else:
                await connection.execute(_OVER, change.finding.check)
            self._unwritten.pop(0)
        await connection.execute("SELECT 1")
        return True
