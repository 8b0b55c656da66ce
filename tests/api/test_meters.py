"""The API's metrics: on a port of their own, by routes, with nothing of an address."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.routes import health
from core.postgres import Pool
from core.settings import Settings
from local.ports import free_port
from tests import patience
from tests.api.conftest import Panel, serving


@pytest.fixture(name="inside")
async def client_of_the_health_port() -> AsyncIterator[httpx.AsyncClient]:
    """As Prometheus."""
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{free_port()}", verify=False, timeout=patience.SECONDS
    ) as client:
        yield client


@pytest.fixture(name="metered")
async def metered_panel(
    inside: httpx.AsyncClient, panel_settings: Settings, pool: Pool
) -> AsyncIterator[Panel]:
    settings = panel_settings.model_copy(update={"health_port": inside.base_url.port})
    async with serving(settings, pool) as panel:
        yield panel


def _value(shown: str, series: str) -> float:
    found = [line for line in shown.splitlines() if line.startswith(f"{series} ")]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


REFUSED = (
    'vitrina_api_requests_total{method="GET",path="/api/v1/shops/{shop_id}/sources",status="401"}'
)
BEGUN = 'vitrina_api_requests_total{method="GET",path="/api/v1/live/bots",status="200"}'
ANSWERED = 'vitrina_api_request_seconds_count{method="GET"}'


async def test_requests_are_counted_by_route_where_visitors_do_not_see_it(
    metered: Panel, inside: httpx.AsyncClient
) -> None:
    before = (await inside.get("/metrics")).text
    await metered.client.get("/api/v1/shops/8675309/sources")
    after = (await inside.get("/metrics")).text
    assert _value(after, REFUSED) == _value(before, REFUSED) + 1
    assert _value(after, ANSWERED) == _value(before, ANSWERED) + 1
    assert "8675309" not in after and "process_resident_memory_bytes" in after
    assert "vitrina_api" not in (await metered.client.get("/metrics")).text


async def test_a_stream_counts_when_it_begins_and_is_shown_while_it_lasts(
    metered: Panel, inside: httpx.AsyncClient
) -> None:
    before = (await inside.get("/metrics")).text
    async with (
        metered.visitor("owner") as owner,
        owner.stream("GET", "/api/v1/live/bots") as stream,
    ):
        assert stream.status_code == 200
        during = (await inside.get("/metrics")).text
    assert _value(during, BEGUN) == _value(before, BEGUN) + 1
    assert _value(before, "vitrina_api_streams") == 0 < _value(during, "vitrina_api_streams")
    for store in ("postgres", "clickhouse"):
        assert f'vitrina_api_waiting{{store="{store}"}} 0.0' in during


@pytest.mark.usefixtures("metered")
async def test_ready_there_says_what_the_panel_says(inside: httpx.AsyncClient) -> None:
    found = await inside.get("/ready")
    assert found.status_code == 503 and health.Readiness(**found.json()) == health.Readiness(
        postgres=True, clickhouse=False
    )
