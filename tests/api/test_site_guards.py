"""What keeps other sites out: forged requests, foreign readers, forwarded addresses, headers."""

from importlib.metadata import version

import httpx
from fastapi import FastAPI

from api.body_bounds import MOST_BYTES
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from tests.api.conftest import Panel, assert_problem, serving
from tests.api.route_rules import routes

_SAFE = {"GET", "HEAD", "OPTIONS"}
_ELSEWHERE = "https://evil.example"
_NEWEST = "SELECT host(address) FROM panel_sessions ORDER BY id DESC LIMIT 1"


async def test_no_other_site_changes_anything(panel: Panel, owner: httpx.AsyncClient) -> None:
    """Every route of the router that changes something, with the owner's cookie."""
    app = panel.server.config.app
    assert isinstance(app, FastAPI)
    changing = [route for route in routes(app) if route.method not in _SAFE]
    assert len(changing) > 50
    for number, route in enumerate(changing):
        path = "/".join("1" if "{" in part else part for part in route.path.split("/"))
        headers = {"origin": _ELSEWHERE}
        if number % 2:  # of newer browsers, over TLS
            headers["sec-fetch-site"] = "cross-site"
        response = await owner.request(route.method, path, headers=headers)
        assert_problem(response, 403, "cross_site")


async def test_no_other_site_reads_anything(panel: Panel, owner: httpx.AsyncClient) -> None:
    asking = {"origin": _ELSEWHERE}
    preflight = asking | {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    for path in ("/api/v1/shops", "/api/v1/me", "/api/v1/enter", "/api/nothing", "/", "/boot.js"):
        for response in (
            await owner.get(path, headers=asking),
            await owner.options(path, headers=preflight),
        ):
            allowed = [name for name in response.headers if name.startswith("access-control-")]
            assert not allowed, (path, response.status_code)
    assert (await panel.client.options("/api/v1/shops", headers=preflight)).status_code == 405


async def test_every_answer_has_its_headers(panel: Panel, owner: httpx.AsyncClient) -> None:
    large = b" " * (MOST_BYTES + 1)
    json = {"content-type": "application/json"}
    answers = {
        200: await owner.get("/api/v1/shops"),
        401: await panel.client.get("/api/v1/shops"),
        403: await owner.post("/api/v1/shops", headers={"sec-fetch-site": "cross-site"}),
        404: await owner.get("/api/nothing"),
        405: await owner.delete("/api/v1/shops"),
        413: await owner.post("/api/v1/shops", content=large, headers=json),
        422: await owner.post("/api/v1/shops", content=b"{", headers=json),
        503: await owner.get("/api/v1/overview"),
    }
    for status, response in answers.items():
        assert response.status_code == status
        assert response.headers["cache-control"] == "no-store", status
        assert response.headers["x-content-type-options"] == "nosniff", status
        assert response.headers["referrer-policy"] == "no-referrer", status
        assert response.headers["vitrina-version"] == version("vitrina"), status
        assert "server" not in response.headers, status
        assert "set-cookie" not in response.headers, status
    page = (await panel.client.get("/")).headers["content-security-policy"]
    assert "unsafe" not in page and "*" not in page


async def test_only_named_proxies_say_where_a_visitor_is(
    panel_settings: Settings, pool: Pool, connection: Connection
) -> None:
    """The nearest address that no trusted proxy has; what the visitor forged stands before it."""
    forged = {"x-forwarded-for": "203.0.113.9, 198.51.100.7, 10.1.2.3"}
    trusting = panel_settings.model_copy(update={"trusted_proxies": "127.0.0.1, 10.0.0.0/8"})
    seen = []
    for settings in (panel_settings, trusting):
        token = await access.create_link(connection, label="x", role="viewer")
        async with serving(settings, pool) as panel:
            entered = await panel.client.post(
                "/api/v1/enter", json={"token": token}, headers=forged
            )
            assert entered.status_code == 204
        seen.append(await connection.fetchval(_NEWEST))
    assert seen == ["127.0.0.1", "198.51.100.7"]
