"""The health page of a service."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from core import health
from local.ports import free_port
from tests import patience


async def _ready() -> dict[str, bool]:
    return {"postgres": True}


async def _away() -> dict[str, bool]:
    return {"postgres": True, "clickhouse": False}


@pytest.mark.parametrize(("checks", "status"), [(_ready, 200), (_away, 503)])
async def test_ready_says_what_is_missing(checks: health.Checks, status: int) -> None:
    port = free_port()
    async with (
        health.serve("127.0.0.1", port, checks),
        httpx.AsyncClient(timeout=patience.SECONDS, verify=False) as client,
    ):
        response = await client.get(f"http://127.0.0.1:{port}/ready")
    assert response.status_code == status
    assert response.json() == await checks()


async def test_metrics_are_the_registrys_own() -> None:
    registry = CollectorRegistry()
    Counter("vitrina_cups", "Cups of tea.", registry=registry).inc(3)
    port = free_port()
    async with (
        health.serve("127.0.0.1", port, _ready, registry),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=patience.SECONDS, verify=False
        ) as client,
    ):
        shown = (await client.get("/metrics")).text
        paths = (await client.get("/")).json()["paths"]
    assert "vitrina_cups_total 3.0" in shown
    assert "/metrics" in paths


async def test_what_costs_something_to_know_is_measured_when_it_is_asked_for() -> None:
    registry = CollectorRegistry()
    waiting = Gauge("vitrina_waiting", "What waits.", registry=registry)

    async def measure() -> None:
        waiting.inc()

    port = free_port()
    async with (
        health.serve("127.0.0.1", port, _ready, registry, measure),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=patience.SECONDS, verify=False
        ) as client,
    ):
        await client.get("/health")
        for times in (1, 2):
            assert f"vitrina_waiting {times}.0" in (await client.get("/metrics")).text


async def test_without_a_registry_there_are_no_metrics() -> None:
    port = free_port()
    async with (
        health.serve("127.0.0.1", port, _ready),
        httpx.AsyncClient(timeout=patience.SECONDS, verify=False) as client,
    ):
        assert (await client.get(f"http://127.0.0.1:{port}/metrics")).status_code == 404
