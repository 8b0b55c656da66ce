"""Requests that no panel sends: a clear refusal, and never "the store is away"."""

import httpx
import pytest

from api.routes import health
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop.access_log import AccessEntry
from tests.api.conftest import Panel, assert_problem, serving


@pytest.mark.parametrize(
    "path",
    ["/%00", "/a%00b", "/assets/%00.js", "/" + "a" * 300, "/assets/" + "a" * 300 + ".js"]
    + ["/%0a", "/" + "%D1%8F" * 200, "/" + "a/" * 400, "/x" + "%2e%2e%2f" * 60, "/%E2%80%8B"],
)
async def test_an_odd_path_is_not_found(panel: Panel, path: str) -> None:
    for method in ("GET", "HEAD"):
        response = await panel.client.request(method, path)
        assert response.status_code == 404, (method, response.text)


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/overview?period=%00",
        "/api/v1/overview?shops=%00",
        "/api/v1/overview?shops=" + "9" * 400,
    ]
    + ["/api/v1/exports/orders.csv?from=%00&to=x", "/api/v1/shops/9999999999999999999/retention"]
    + ["/api/v1/bots/%00/photo", "/api/v1/dictionary?lang=%00", "/api/v1/metrics/query?metrics=%00"]
    + ["/api/v1/metrics/query?metrics=starts&from=0001-01-01&compare=year"]
    + ["/api/v1/metrics/query?metrics=starts&from=9999-12-31&to=9999-12-31"]
    + ["/api/v1/metrics/query?metrics=" + 999 * "x"],
)
async def test_an_odd_query_is_refused(owner: httpx.AsyncClient, address: str) -> None:
    response = await owner.get(address)
    assert 400 <= response.status_code < 500, response.text


async def test_odd_texts_are_refused(owner: httpx.AsyncClient) -> None:
    shop = {"name": "a\x00b", "currency": "RUB", "timezone": "UTC", "language": "en"}
    assert_problem(await owner.post("/api/v1/shops", json=shop), 422, "request_invalid")
    cookie = {"cookie": "vitrina=\x01" + "a" * 2000}
    refused = await owner.get("/api/v1/me", headers=cookie)
    assert refused.status_code in (400, 401)


async def test_head_is_answered_where_get_is(panel: Panel, owner: httpx.AsyncClient) -> None:
    for path in (
        "/",
        "/boot.js",
        "/api/v1/health",
        "/api/v1/shops",
        "/api/v1/me",
        "/api/v1/live/bots",
    ):
        head = await owner.head(path)
        assert head.status_code == 200 and head.content == b"", path
        if path != "/api/v1/live/bots":
            assert head.headers["content-type"] == (await owner.get(path)).headers["content-type"]
    assert (await panel.client.head("/api/v1/shops")).status_code == 401
    for method in ("HEAD", "GET", "PATCH"):
        refused = await owner.request(method, "/api/v1/enter")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST"), method
    both = await owner.request("PATCH", "/api/v1/shops")
    assert both.headers["allow"] == "GET, HEAD, POST"
    assert_problem(await owner.post("/api/nowhere"), 404, "unknown_address")


async def test_only_tls_is_promised_to_stay_tls(panel: Panel) -> None:
    plain = await panel.client.get("/api/v1/health", headers={"x-forwarded-proto": "https"})
    assert "strict-transport-security" not in plain.headers  # nobody trusted said so


async def test_over_tls_it_stays_tls(panel_settings: Settings, pool: Pool) -> None:
    settings = panel_settings.model_copy(update={"trusted_proxies": "10.0.0.0/8, 127.0.0.1"})
    async with serving(settings, pool) as panel:
        for path in ("/api/v1/health", "/", "/assets/none.js", "/api/v1/me"):
            secure = await panel.client.get(path, headers={"x-forwarded-proto": "https"})
            assert secure.headers["strict-transport-security"] == "max-age=31536000", path
            plain = await panel.client.get(path, headers={"x-forwarded-proto": "http"})
            assert "strict-transport-security" not in plain.headers


async def test_a_missing_table_says_what_to_do(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    await connection.execute("ALTER TABLE bots RENAME TO bots_of_old")
    response = await owner.get("/api/v1/shops")
    assert_problem(response, 503, "store_not_migrated")
    assert "vitrina migrate" in response.json()["detail"]


async def test_an_address_of_before_v1_sends_on_for_good(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    moved = await panel.client.get("/api/shops?shops=1,2&a=%0d%0ax")
    assert moved.status_code == 308
    assert moved.headers["location"] == "/api/v1/shops?shops=1,2&a=%0d%0ax"
    for old, new in (
        ("orders.csv", "sales.csv"),
        ("kpi_day.parquet", "shop_kpi_day.parquet"),
        ("money_day.xlsx", "shop_money_day.xlsx"),
    ):
        file = await panel.client.get(f"/api/exports/{old}?from=2026-01-01")
        assert file.status_code == 308
        assert file.headers["location"] == f"/api/v1/exports/{new}?from=2026-01-01"
    assert_problem(await panel.client.get("/api/exports/other.csv"), 404, "unknown_address")
    body = {"name": "Shop", "currency": "RUB", "timezone": "UTC", "language": "en"}
    made = await owner.post("/api/shops", json=body, follow_redirects=True)
    assert made.status_code == 201, made.text
    assert_problem(await panel.client.get("/api/healthy"), 404, "unknown_address")


async def test_a_monitor_at_an_older_address_is_told_the_state(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And fills nobody's part of the access log."""
    noted: list[AccessEntry] = []
    monkeypatch.setattr(panel.resources.recorder, "note", noted.append)
    alive = await panel.client.get("/api/health")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    answering = {"postgres": True, "clickhouse": True}

    async def stores(_: object) -> dict[str, bool]:
        return answering

    monkeypatch.setattr(health, "stores", stores)
    assert (await panel.client.head("/api/ready")).status_code == 200
    answering["postgres"] = False
    for method in ("GET", "HEAD"):
        assert (await panel.client.request(method, "/api/ready")).status_code == 503
    assert not noted
    assert (await panel.client.post("/api/health")).status_code == 308
    assert len(noted) == 1
