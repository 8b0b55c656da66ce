"""Who is in now, from what, and who was: each sees what is his to see."""

from typing import Any

import httpx
import pytest

from api import agents, places
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from tests.api.conftest import Panel, assert_problem, serving
from tests.factories import create_shop

SESSIONS = "/api/v1/access/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def labels(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [each["label"] for each in response.json()]


async def test_who_is_in_is_shown_with_device_and_network(
    panel_settings: Settings, pool: Pool, connection: Connection
) -> None:
    settings = panel_settings.model_copy(update={"trusted_proxies": "127.0.0.0/8"})
    token = await access.create_link(connection, label="Анна", role="viewer")
    async with serving(settings, pool) as panel, panel.visitor() as owner:
        headers = {"x-forwarded-for": "203.0.113.77", "user-agent": FIREFOX}
        await panel.client.post("/api/v1/enter", json={"token": token}, headers=headers)
        found = {each["label"]: each for each in (await owner.get(SESSIONS)).json()}
        assert found["owner"]["is_own"] and not found["Анна"]["is_own"]
        assert {key: found["Анна"][key] for key in ("address", "network", "agent", "role")} == {
            "address": "203.0.113.77",
            "network": "203.0.113.0/24",
            "agent": "Firefox, Linux",
            "role": "viewer",
        }
        devices = {each["label"]: each for each in (await owner.get(DEVICES)).json()}
        assert devices["Анна"]["agent"] == "Firefox, Linux" and devices["Анна"]["sessions"] == 1
        assert devices["owner"]["agent"].startswith("Python")


DEVICES = "/api/v1/access/devices"


async def test_everybody_sees_and_ends_only_what_is_his(
    panel: Panel, connection: Connection
) -> None:
    mine, other = [(await create_shop(connection)).id for _ in range(2)]
    async with (
        panel.visitor("owner") as everything,
        panel.visitor("owner", [mine]) as owner,
        panel.visitor("viewer", [mine]) as viewer,
        panel.visitor("analyst", [other]) as stranger,
    ):
        assert sorted(labels(await everything.get(SESSIONS))) == [
            "analyst",
            "owner",
            "owner",
            "viewer",
        ]
        assert sorted(labels(await owner.get(SESSIONS))) == ["owner", "viewer"]
        assert labels(await viewer.get(SESSIONS)) == ["viewer"]
        assert labels(await stranger.get(f"{SESSIONS}/history")) == ["analyst"]
        assert sorted(labels(await owner.get(DEVICES))) == ["owner", "viewer"]

        (its_own,) = (await stranger.get(SESSIONS)).json()
        for client in (owner, viewer):
            refused = await client.delete(f"{SESSIONS}/{its_own['id']}")
            assert_problem(refused, 404, "not_found")
            refused = await client.post(
                f"{SESSIONS}/end-others", params={"link": its_own["link_id"]}
            )
            assert_problem(refused, 404, "not_found")
        assert (await owner.post(f"{SESSIONS}/end-others")).json() == {"ended": 1}
        assert_problem(await viewer.get("/api/v1/me"), 401, "session_missing")
        for client in (everything, owner, stranger):
            assert (await client.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("way", ["left", "entered_again", "revoked", "ended", "expired"])
async def test_the_history_says_why_a_session_ended(
    panel: Panel, connection: Connection, way: str
) -> None:
    token = await access.create_link(connection, label="Анна", role="viewer")
    await panel.client.post("/api/v1/enter", json={"token": token})
    async with panel.visitor() as owner:

        async def known() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = (await owner.get(f"{SESSIONS}/history")).json()
            return [each for each in rows if each["label"] == "Анна"]

        (session,) = await known()
        assert session["end_reason"] is None
        match way:
            case "left":
                await panel.client.post("/api/v1/leave")
            case "entered_again":
                await panel.client.post("/api/v1/enter", json={"token": token})
            case "revoked":
                await owner.delete(f"/api/v1/access/links/{session['link_id']}")
            case "ended":
                await owner.delete(f"{SESSIONS}/{session['id']}")
            case _:
                await connection.execute(
                    "UPDATE panel_sessions SET last_seen_at = now() - interval '13 h' "
                    "WHERE id = $1",
                    session["id"],
                )
        assert (await known())[-1]["end_reason"] == way
        open_now = [each["id"] for each in (await owner.get(SESSIONS)).json()]
        assert session["id"] not in open_now
        page = await owner.get(f"{SESSIONS}/history", params={"before": session["id"]})
        assert page.json() == []


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("", ""),
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 YaBrowser/24.7 Safari/537.36",
            "Yandex Browser, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/127.0.0.0 Mobile Safari/537.36 EdgA/127.0.0.0",
            "Edge, Android",
        ),
        ("curl/8.8.0", "curl"),
        ("\x00 nonsense", "other"),
    ],
    ids=["none", "firefox", "yandex", "safari", "edge", "curl", "nonsense"],
)
def test_a_program_is_known_by_its_family(text: str, family: str) -> None:
    assert agents.family(text) == family


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("testclient", ""),
    ],
    ids=["v4", "mapped", "v6", "none"],
)
def test_a_network_is_what_one_site_has(address: str, network: str) -> None:
    assert places.network_of(places.address_of(address)) == network
