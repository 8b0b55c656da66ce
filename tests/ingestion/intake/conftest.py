"""An intake served by the real server on a free port, and a shop with a key to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import write_keys
from core.shop.shops import Shop
from ingestion.intake import Intake, make_server
from ingestion.throttle import KeyThrottle
from tests import factories, patience

_numbers = count(1)


def event(name: str = "message_received", **fields: Any) -> dict[str, Any]:
    """A good event of a new id, by a shopper called anna unless something else is said."""
    defaults: dict[str, Any] = {
        "id": f"e{next(_numbers)}",
        "event": name,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    if "telegram_id" not in fields:
        defaults["customer_id"] = "anna"
    return {key: value for key, value in (defaults | fields).items() if value is not None}


def paid(order_id: str | int | None = "A-1", **fields: Any) -> dict[str, Any]:
    money = {"order_id": order_id, "amount_minor": 129050, "currency": "RUB"}
    return event("order_paid", **(money | fields))


@dataclass(frozen=True)
class Sender:
    """A shop's own code: its shop, its key, and a client that carries it."""

    url: str
    shop: Shop
    key: str
    client: httpx.AsyncClient
    intake: Intake

    async def post(self, *events: Any, **envelope: Any) -> httpx.Response:
        return await self.client.post("/v1/events", json={"events": list(events)} | envelope)

    async def send(self, *events: Any, **envelope: Any) -> tuple[int, int]:
        """Accepted and duplicates; every event must be good."""
        response = await self.post(*events, **envelope)
        assert response.status_code == 202, response.text
        answer = response.json()
        assert answer["errors"] == []
        return answer["accepted"], answer["duplicates"]

    def metric(self, name: str, **labels: str) -> float:
        registry = self.intake.meters.events
        found = [
            sample.value
            for metric in (registry, self.intake.meters.orders, self.intake.meters.seconds)
            for family in metric.collect()
            for sample in family.samples
            if sample.name == name and sample.labels == labels
        ]
        return found[0] if found else 0.0


@contextlib.asynccontextmanager
async def serving(
    settings: Settings, throttle: KeyThrottle | None = None
) -> AsyncIterator[tuple[str, Intake]]:
    """The intake's address and what it has open."""
    server = make_server(settings, throttle=throttle)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done())
    if task.done():
        await task
    app = server.config.app
    assert isinstance(app, FastAPI)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", app.state.intake
    finally:
        server.should_exit = True
        await task


async def until(condition: Callable[[], bool], seconds: float = patience.SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def sending(url: str, intake: Intake, shop: Shop, key: str) -> AsyncIterator[Sender]:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        base_url=url,
        headers=headers,
        timeout=patience.SECONDS,
        verify=False,  # there is no TLS
    ) as client:
        yield Sender(url, shop, key, client, intake)


@pytest.fixture(name="intake_settings")
def made_intake_settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, intake_port=0)


@pytest.fixture(name="own_shop")
async def opened_shop(connection: Connection) -> Shop:
    return await factories.create_shop(connection, currency="RUB")


@pytest.fixture(name="sender")
async def ready_sender(
    intake_settings: Settings, own_shop: Shop, connection: Connection
) -> AsyncIterator[Sender]:
    _, key = await write_keys.create(connection, shop_id=own_shop.id, label="tests")
    async with serving(intake_settings) as (url, intake):
        async with sending(url, intake, own_shop, key) as sender:
            yield sender


async def rows(connection: Connection, *columns: str) -> list[tuple[Any, ...]]:
    """What the outbox holds, in order."""
    found = await connection.fetch(f"SELECT {', '.join(columns)} FROM outbox ORDER BY xid, pos")
    return [tuple(row) for row in found]


async def outbox_count(pool: Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM outbox")
    return found
