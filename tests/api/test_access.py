"""Links, sessions, roles at the API's edge."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from tests.api.conftest import Panel, assert_problem, serving


async def enter(client: httpx.AsyncClient, token: str, **headers: str) -> httpx.Response:
    return await client.post("/api/v1/enter", json={"token": token}, headers=headers)


async def test_a_link_opens_a_session_that_leaving_ends(
    panel: Panel, connection: Connection
) -> None:
    token = await access.create_link(connection, label="Анна", role="analyst", shop_ids=[4])
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")

    response = await enter(panel.client, token)
    assert response.status_code == 204
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("vitrina=vts_")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie

    me = await panel.client.get("/api/v1/me")
    assert me.json() == {"role": "analyst", "label": "Анна", "shop_ids": [4]}
    assert me.headers["cache-control"] == "no-store"

    session = panel.client.cookies["vitrina"]
    assert (await panel.client.post("/api/v1/leave")).status_code == 204
    assert "vitrina" not in panel.client.cookies
    panel.client.cookies.set("vitrina", session)
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")


async def test_a_get_never_logs_in(panel: Panel, connection: Connection) -> None:
    token = await access.create_link(connection, label="x", role="owner")
    response = await panel.client.get("/api/v1/enter", params={"token": token})
    assert_problem(response, 405, "method_not_allowed")
    assert "set-cookie" not in response.headers


async def test_unknown_expired_and_revoked_links_answer_alike(
    panel: Panel, connection: Connection
) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = await access.create_link(connection, label="x", role="owner", expires_at=past)
    revoked = await access.create_link(connection, label="revoked", role="owner")
    await connection.execute("UPDATE access_links SET revoked_at = now() WHERE label = 'revoked'")
    answers = [
        await enter(panel.client, token)
        for token in (access.new_token(), expired, revoked, "vtr_short", "")
    ]
    for answer in answers:
        assert_problem(answer, 401, "link_invalid")
    assert len({answer.content for answer in answers}) == 1


async def test_a_request_without_a_token_names_the_field_and_repeats_nothing(
    panel: Panel,
) -> None:
    response = await panel.client.post("/api/v1/enter", json={"token": ["vtr_secret"]})
    assert_problem(response, 422, "request_invalid")
    assert response.json()["errors"][0]["field"] == "body.token"
    assert "vtr_secret" not in response.text


async def test_guessing_is_slowed_by_address(
    panel_settings: Settings, pool: Pool, connection: Connection
) -> None:
    settings = panel_settings.model_copy(update={"trusted_proxies": "127.0.0.0/8"})
    good = await access.create_link(connection, label="x", role="owner")
    async with serving(settings, pool) as panel:
        guesser = {"x-forwarded-for": "198.51.100.7"}
        for _ in range(10):
            assert_problem(await enter(panel.client, "vtr_x", **guesser), 401, "link_invalid")
        refused = await enter(panel.client, "vtr_x", **guesser)
        assert_problem(refused, 429, "too_many_attempts")
        assert 0 < int(refused.headers["retry-after"]) <= 300
        # The address that the proxy reports counts, not what the client wrote before it.
        forged = {"x-forwarded-for": "203.0.113.1, 198.51.100.7"}
        assert_problem(await enter(panel.client, "vtr_x", **forged), 429, "too_many_attempts")
        other = {"x-forwarded-for": "198.51.100.8"}
        assert_problem(await enter(panel.client, "vtr_x", **other), 401, "link_invalid")
        # The owner may sit behind the same address as the guesser.
        assert (await enter(panel.client, good, **guesser)).status_code == 204


async def test_forwarded_headers_from_a_stranger_are_ignored(panel: Panel) -> None:
    for number in range(10):
        forged = {"x-forwarded-for": f"198.51.100.{number}", "x-forwarded-proto": "https"}
        await enter(panel.client, "vtr_x", **forged)
    refused = await enter(panel.client, "vtr_x", **{"x-forwarded-for": "198.51.100.99"})
    assert_problem(refused, 429, "too_many_attempts")


async def test_behind_tls_the_cookie_is_bound_to_the_host(
    panel_settings: Settings, pool: Pool, connection: Connection
) -> None:
    settings = panel_settings.model_copy(update={"trusted_proxies": "127.0.0.1"})
    token = await access.create_link(connection, label="x", role="owner")
    async with serving(settings, pool) as panel:
        response = await enter(panel.client, token, **{"x-forwarded-proto": "https"})
        name, _, rest = response.headers["set-cookie"].partition("=")
        assert name == "__Host-vitrina"
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(rest.split("; "))
        assert "Domain" not in rest
        headers = {"x-forwarded-proto": "https", "cookie": f"{name}={rest.split(';')[0]}"}
        assert (await panel.client.get("/api/v1/me", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://dev.example"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://panel.example", "host": "panel.example"}, True),
        ({}, True),
    ],
)
async def test_other_sites_cannot_act_for_a_visitor(
    panel: Panel, headers: dict[str, str], allowed: bool
) -> None:
    response = await panel.client.post("/api/v1/leave", headers=headers)
    if allowed:
        assert response.status_code == 204
    else:
        assert_problem(response, 403, "cross_site")


async def test_entering_again_ends_the_session_before(panel: Panel, connection: Connection) -> None:
    token = await access.create_link(connection, label="x", role="owner")
    await enter(panel.client, token)
    first = panel.client.cookies["vitrina"]
    await enter(panel.client, token)
    assert panel.client.cookies["vitrina"] != first
    assert await access.visitors(connection, [first]) == {}


async def test_revoking_a_link_ends_its_sessions(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    assert (await owner.get("/api/v1/me")).status_code == 200
    await connection.execute("UPDATE access_links SET revoked_at = now()")
    for path in ("me", "shops", "modules", "overview", "live"):
        assert_problem(await owner.get(f"/api/v1/{path}"), 401, "session_missing")
