"""Sends web hooks to shops' own systems: a task of every shipper's process.

All shippers share the work by claiming messages. Each endpoint has few places, and one that fails a
single one with growing rests, so that a slow or dead endpoint delays no other.
"""

import asyncio
import contextlib
import time

import structlog

from core import postgres
from core.errors import ConfigurationError, VitrinaError
from core.outgoing import AddressRefused, OutgoingFailed, OutgoingHttp
from core.postgres import WEBHOOKS_CHANNEL, Connection, Pool
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import webhook_sending, webhooks
from core.shop.webhook_sending import ANSWER_CHARACTERS, Claimed, Outcome
from ingestion.attempts import POSTGRES_ERRORS, Trouble, backoff

log = structlog.get_logger()

AT_ONCE = 100  # in this process, to all endpoints
SECONDS = 15.0
_LOOK_SECONDS = 30.0  # how often it looks without being woken
_LEAST_SECONDS = 1.0
_POOL = 4


class WebhookSender:
    """Sends what is due until it is cancelled."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url.get_secret_value()
        self._secret_keys = settings.secret_keys
        self._networks = settings.outgoing_network_list
        self._woken = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Survives PostgreSQL going away; what was being sent then is sent again."""
        trouble = Trouble(shard=0, what="web hooks")
        delays = backoff()
        while True:
            try:
                async with contextlib.AsyncExitStack() as stack:
                    pool = await postgres.open_pool(
                        self._url, size=_POOL, application="vitrina-webhooks"
                    )
                    stack.callback(pool.terminate)
                    http = await stack.enter_async_context(OutgoingHttp(self._networks))
                    listening = await postgres.connect(self._url)
                    stack.callback(listening.terminate)
                    stack.push_async_callback(self._cancel)
                    trouble.over()
                    delays = backoff()
                    await self._send_due(pool, listening, http)
            except POSTGRES_ERRORS as error:
                trouble.report("PostgreSQL", error)
            await asyncio.sleep(next(delays))

    async def _send_due(self, pool: Pool, listening: Connection, http: OutgoingHttp) -> None:
        await listening.add_listener(WEBHOOKS_CHANNEL, lambda *_: self._woken.set())
        listening.add_termination_listener(lambda *_: self._woken.set())
        while not listening.is_closed():
            self._woken.clear()
            async with pool.acquire() as connection, connection.transaction():
                claimed = await webhook_sending.claim(connection, AT_ONCE - len(self._sending))
                due = await webhook_sending.seconds_until_due(connection)
            for delivery_id in claimed:
                task = asyncio.create_task(self._send(pool, http, delivery_id))
                self._sending.add(task)
                task.add_done_callback(self._done)
            rest = _LOOK_SECONDS if due is None else min(max(due, _LEAST_SECONDS), _LOOK_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._woken.wait()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._woken.set()

    async def _send(self, pool: Pool, http: OutgoingHttp, delivery_id: int) -> None:
        """Sends a claimed message and says what came of it. If that cannot be said, it is sent
        again once its claim has ended."""
        try:
            outcome = await self._outcome(pool, http, delivery_id)
            if outcome is not None:
                async with pool.acquire() as connection, connection.transaction():
                    await webhook_sending.settle(connection, delivery_id, outcome)
        except POSTGRES_ERRORS as error:
            log.warning("a web hook's outcome was not noted", id=delivery_id, error=str(error))

    async def _outcome(self, pool: Pool, http: OutgoingHttp, delivery_id: int) -> Outcome | None:
        try:
            async with pool.acquire() as connection, connection.transaction():
                message = await webhook_sending.take(connection, self._keys(), delivery_id)
        except ConfigurationError as error:
            log.error("a web hook cannot be signed", id=delivery_id, error=error.detail)
            return Outcome(None, "secret_unreadable", 0)
        except VitrinaError as error:
            log.error("a web hook cannot be made", id=delivery_id, error=error.detail)
            return Outcome(None, error.detail, 0)
        return None if message is None else await attempt(http, message)

    def _keys(self) -> KeyRing:
        return KeyRing.parse(self._secret_keys.get_secret_value() if self._secret_keys else None)

    async def _cancel(self) -> None:
        sending = list(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


async def attempt(http: OutgoingHttp, message: Claimed) -> Outcome:
    """Sends a message once."""
    message_id, timestamp = str(message.message_id), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": webhooks.signature(message.keys, message_id, timestamp, message.body),
    }
    began = time.monotonic()
    try:
        answer = await http.send(
            "POST",
            message.url,
            body=message.body,
            headers=headers,
            seconds=SECONDS,
            answer_bytes=ANSWER_CHARACTERS * 4,
        )
    except (AddressRefused, OutgoingFailed) as error:
        return Outcome(None, error.detail[:ANSWER_CHARACTERS], _milliseconds(began))
    text = answer.body.decode("utf-8", "replace")
    return Outcome(answer.status, None, _milliseconds(began), text)


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
