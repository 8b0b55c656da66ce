"""Links as owners manage them: within what they have, rotated with overlap, revoked at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api import live
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from tests import patience
from tests.api.conftest import Panel, assert_problem, serving
from tests.api.test_live import listening
from tests.factories import create_shop

LINKS = "/api/v1/access/links"


@asynccontextmanager
async def entered(panel: Panel, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=panel.client.base_url, verify=False, timeout=patience.SECONDS
    ) as client:
        response = await client.post("/api/v1/enter", json={"token": token})
        assert response.status_code == 204, response.text
        yield client


async def make(client: httpx.AsyncClient, **draft: Any) -> dict[str, Any]:
    response = await client.post(LINKS, json={"role": "viewer", "label": "Анна"} | draft)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_a_link_is_made_with_everything_and_shown_once(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    ends = datetime.now(UTC) + timedelta(days=30)
    made = await make(owner, role="analyst", shop_ids=[shop.id], expires_at=ends.isoformat())
    assert made["path"] == f"/enter#{made['token']}"
    (own,) = [link for link in (await owner.get(LINKS)).json() if link["is_own"]]
    assert (made["made_by"], made["origin"], made["state"]) == (own["id"], "panel", "active")
    assert made["last_used_at"] is None and made["open_sessions"] == 0

    async with entered(panel, made["token"]) as analyst:
        me = (await analyst.get("/api/v1/me")).json()
        assert me == {"role": "analyst", "label": "Анна", "shop_ids": [shop.id]}
        assert_problem(await analyst.get(LINKS), 403, "forbidden")
    listed = (await owner.get(LINKS)).text
    assert made["token"] not in listed
    (used,) = [link for link in (await owner.get(LINKS)).json() if link["id"] == made["id"]]
    assert used["open_sessions"] == 1 and used["last_used_at"] is not None
    assert datetime.fromisoformat(used["expires_at"]) == ends


@pytest.mark.parametrize(
    ("draft", "status", "code"),
    [
        ({"shop_ids": []}, 422, "request_invalid"),
        ({"label": "  "}, 422, "request_invalid"),
        ({"role": "root"}, 422, "request_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expiry_past"),
        ({"expires_at": "2099-01-01T00:00:00"}, 422, "request_invalid"),  # of which zone?
        ({"shop_ids": [999]}, 404, "not_found"),
    ],
    ids=["no shops", "no label", "no role", "past", "no zone", "no such shop"],
)
async def test_a_wrong_draft_makes_nothing(
    owner: httpx.AsyncClient, draft: dict[str, Any], status: int, code: str
) -> None:
    response = await owner.post(LINKS, json={"role": "viewer", "label": "x"} | draft)
    assert_problem(response, status, code)
    assert len((await owner.get(LINKS)).json()) == 1


async def test_an_owner_of_some_shops_hands_out_no_more_than_these(
    panel: Panel, connection: Connection
) -> None:
    mine, other = [(await create_shop(connection)).id for _ in range(2)]
    await access.create_link(connection, label="of all", role="owner")
    await access.create_link(connection, label="of both", role="viewer", shop_ids=[mine, other])
    async with panel.visitor("owner", [mine]) as client:
        for shop_ids in ([other], [mine, other]):
            draft = {"role": "viewer", "label": "x", "shop_ids": shop_ids}
            assert_problem(await client.post(LINKS, json=draft), 404, "not_found")
        made = await make(client, role="owner")
        assert made["shop_ids"] == [mine]  # not named: all of his, and none else
        seen = (await client.get(LINKS)).json()
        assert {link["id"] for link in seen} == {made["id"], made["made_by"]}
        strangers = await connection.fetch("SELECT id FROM access_links WHERE label LIKE 'of %'")
        assert len(strangers) == 2
        for row in strangers:
            address = f"{LINKS}/{row['id']}"
            assert_problem(await client.delete(address), 404, "not_found")
            assert_problem(await client.post(f"{address}/rotate", json={}), 404, "not_found")
    assert len(await access.valid_links(connection)) == 4


async def test_nobody_hands_out_a_longer_life_than_his_own(
    panel: Panel, connection: Connection
) -> None:
    ends = datetime.now(UTC) + timedelta(days=2)
    token = await access.create_link(connection, label="x", role="owner", expires_at=ends)
    await access.create_link(connection, label="lasting", role="owner")
    lasting = await connection.fetchval("SELECT id FROM access_links WHERE label = 'lasting'")
    async with entered(panel, token) as client:
        later = {"role": "viewer", "label": "x", "expires_at": (ends + timedelta(1)).isoformat()}
        assert_problem(await client.post(LINKS, json=later), 422, "expiry_beyond_yours")
        # Another's token, for longer, is no way round it.
        refused = await client.post(f"{LINKS}/{lasting}/rotate", json={})
        assert_problem(refused, 422, "expiry_beyond_yours")
        made = await make(client)
    assert datetime.fromisoformat(made["expires_at"]) == ends


async def test_rotating_lets_both_links_in_for_the_overlap(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    made = await make(owner, role="owner")
    async with entered(panel, made["token"]) as client:
        address = f"{LINKS}/{made['id']}/rotate"
        rotated = await owner.post(address, json={"overlap_minutes": 30})
        assert rotated.status_code == 201, rotated.text
        new = rotated.json()
        assert new["token"] != made["token"]
        assert [new[key] for key in ("role", "label", "shop_ids", "expires_at")] == [
            made[key] for key in ("role", "label", "shop_ids", "expires_at")
        ]
        (old,) = [link for link in (await owner.get(LINKS)).json() if link["id"] == made["id"]]
        assert (old["state"], old["replaced_by"]) == ("replaced", new["id"])
        assert_problem(await owner.post(address, json={}), 409, "link_replaced")
        for token in (made["token"], new["token"]):
            assert await access.is_valid(connection, token)
        assert (await client.get("/api/v1/me")).status_code == 200
        await connection.execute(
            "UPDATE access_links SET expires_at = expires_at - interval '31 min' WHERE id = $1",
            made["id"],
        )
        assert_problem(await client.get("/api/v1/me"), 401, "session_missing")
        assert not await access.is_valid(connection, made["token"])
        assert await access.is_valid(connection, new["token"])


async def test_rotating_without_overlap_ends_the_old_link_at_once(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    made = await make(owner)
    async with entered(panel, made["token"]) as client:
        new = (await owner.post(f"{LINKS}/{made['id']}/rotate", json={})).json()
        assert_problem(await client.get("/api/v1/me"), 401, "session_missing")
    assert not await access.is_valid(connection, made["token"])
    assert await access.is_valid(connection, new["token"])
    ended = (await owner.get(LINKS, params={"ended": True})).json()
    assert {link["state"] for link in ended if link["id"] == made["id"]} == {"revoked"}
    assert made["id"] not in [link["id"] for link in (await owner.get(LINKS)).json()]
    again = await owner.post(f"{LINKS}/{made['id']}/rotate", json={})
    assert_problem(again, 404, "not_found")


@pytest.mark.parametrize("way", ["revoke", "rotate", "end", "end others"])
async def test_a_live_stream_ends_as_soon_as_its_session(
    panel_settings: Settings,
    pool: Pool,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    # Only being told of it can end the stream in this test, not looking every second.
    monkeypatch.setattr(live, "SESSION_CHECK_SECONDS", 3600)
    async with serving(panel_settings, pool) as panel:
        await listening(connection)
        async with panel.visitor("owner") as owner, panel.visitor("viewer") as viewer:
            (link,) = [each for each in (await owner.get(LINKS)).json() if not each["is_own"]]
            (session,) = (await viewer.get("/api/v1/access/sessions")).json()
            async with viewer.stream("GET", "/api/v1/live/bots") as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == "event: bots"
                match way:
                    case "revoke":
                        await owner.delete(f"{LINKS}/{link['id']}")
                    case "rotate":
                        await owner.post(f"{LINKS}/{link['id']}/rotate", json={})
                    case "end":
                        await owner.delete(f"/api/v1/access/sessions/{session['id']}")
                    case _:
                        await owner.post("/api/v1/access/sessions/end-others")
                assert [line async for line in lines if line.startswith("event")] == []
            assert_problem(await viewer.get("/api/v1/me"), 401, "session_missing")
            assert (await owner.get("/api/v1/me")).status_code == 200
