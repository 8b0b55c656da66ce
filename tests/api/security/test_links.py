"""A secret link is not used up by who only looks, and tells a guesser nothing."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from core.postgres import Connection
from core.shop import access
from core.shop.access import LinkInvalid
from tests.api.conftest import Panel, assert_problem

MESSENGERS = (
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
)


async def test_a_preview_never_uses_a_link_up(panel: Panel, connection: Connection) -> None:
    """The bot's links open the panel once: whatever a messenger fetches before must not be that."""
    _, token = await access.insert_link(
        connection,
        label="from the bot",
        role="owner",
        origin="bot",
        enter_within=timedelta(minutes=10),
    )
    for agent in MESSENGERS:
        headers = {"user-agent": agent}
        for path in ("/enter", f"/enter?{token}", f"/enter?token={token}", f"/enter/{token}"):
            for method in ("GET", "HEAD"):
                seen = await panel.client.request(method, path, headers=headers)
                assert "set-cookie" not in seen.headers
        for path in ("/api/v1/enter", f"/api/v1/enter?token={token}"):
            seen = await panel.client.get(path, headers=headers)
            assert_problem(seen, 405, "method_not_allowed")
            assert "set-cookie" not in seen.headers
    first = await panel.client.post("/api/v1/enter", json={"token": token})
    assert first.status_code == 204
    assert_problem(
        await panel.client.post("/api/v1/enter", json={"token": token}), 401, "link_invalid"
    )


async def _statements(connection: Connection, token: str) -> list[str]:
    """What the store is asked before the link is refused."""
    asked: list[str] = []
    with connection.query_logger(lambda record: asked.append(record.query)):
        with pytest.raises(LinkInvalid):
            await access.enter(connection, token)
        await asyncio.sleep(0)  # the logger is called in the loop's next turn
    return asked


async def test_unknown_expired_revoked_and_used_links_are_the_same_work_and_answer(
    panel: Panel, connection: Connection
) -> None:
    tokens = {"unknown": access.new_token()}
    for what, change in (
        ("expired", "expires_at = now() - interval '1 minute'"),
        ("revoked", "revoked_at = now()"),
        ("used up", "enter_until = now() - interval '1 second'"),
    ):
        link_id, tokens[what] = await access.insert_link(connection, label=what, role="owner")
        await connection.execute(f"UPDATE access_links SET {change} WHERE id = $1", link_id)
    work = {what: await _statements(connection, token) for what, token in tokens.items()}
    assert len(work["unknown"]) == 1
    assert all(each == work["unknown"] for each in work.values()), work
    answers: list[httpx.Response] = [
        await panel.client.post("/api/v1/enter", json={"token": token}) for token in tokens.values()
    ]
    assert {answer.content for answer in answers} == {answers[0].content}
    for answer in answers:
        assert_problem(answer, 401, "link_invalid")
        kept = {name: value for name, value in answer.headers.items() if name != "date"}
        assert kept == {name: value for name, value in answers[0].headers.items() if name != "date"}
