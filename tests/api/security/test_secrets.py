"""Secrets of the panel: as random as they say, and nowhere but with whom they are for."""

import base64
import io
import sys
from collections.abc import Iterator

import httpx
import pytest

from core import log
from core.postgres import Connection
from core.settings import Settings
from core.shop import access, owner_chats
from tests.api.conftest import Panel, eventually
from tests.at_rest import in_clickhouse, in_postgres
from tests.factories import create_bot, create_shop, token
from tests.logging_state import logging_kept

MADE = 2000
SHOP = {"name": "Tea", "currency": "RUB", "timezone": "UTC", "language": "en"}


def _bits(secret: str) -> str:
    encoded = secret.removeprefix("vtr_")
    data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))[:32]
    return f"{int.from_bytes(data, 'big'):0256b}"


def test_a_token_has_256_bits_that_say_nothing_of_each_other() -> None:
    tokens = [access.new_token() for _ in range(MADE)]
    assert len(set(tokens)) == MADE
    rows = [_bits(each) for each in tokens]
    for position in range(256):
        ones = sum(row[position] == "1" for row in rows)
        # Of 2000 fair coins, one side never falls less than 35 times in a hundred: 13 sigma.
        assert 0.35 * MADE < ones < 0.65 * MADE, position
    same = sum(one == other for one, other in zip(rows[:-1], rows[1:], strict=True))
    assert same == 0


async def test_a_code_has_sixty_bits(connection: Connection) -> None:
    link_id, _ = await access.insert_link(connection, label="mine", role="owner")
    bot = await create_bot(connection, await create_shop(connection))
    codes = set()
    for _ in range(200):
        code, _ = await owner_chats.create_code(connection, bot.id, link_id, "http://panel")
        codes.add(code)
    assert len(codes) == 200
    letters = {letter for code in codes for letter in code}
    assert len(letters) == 32 and {len(code) for code in codes} == {12}  # 32 ** 12 = 2 ** 60


@pytest.fixture(name="logs")
def everything_logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes at its most talkative."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with logging_kept():
        log.configure(Settings(_env_file=None, log_format="json", log_level="debug"))
        yield stream


async def _made(panel: Panel, connection: Connection) -> dict[str, str]:
    """What an owner makes in a day, by what it is; asked for in the right and in the wrong way."""
    link = await access.create_link(connection, label="mine", role="owner")
    made = {"link": link}
    async with httpx.AsyncClient(base_url=panel.client.base_url, verify=False) as owner:
        for body in ({"token": link + "x"}, {"tokn": link}, {"token": [link]}, {"token": link}):
            entered = await owner.post("/api/v1/enter", json=body)
        assert entered.status_code == 204
        made["cookie"] = owner.cookies["vitrina"]
        for path in ("/api/nothing", "/api/v1/overview?period=x", f"/api/v1/me?token={link}"):
            await owner.get(path)
        shop = (await owner.post("/api/v1/shops", json=SHOP)).json()["id"]
        bot = token(7_300_000_001)
        made["bot"] = bot.partition(":")[2]
        draft = {"token": bot, "shop_id": shop, "mode": "hosted", "modules": ["menu"]}
        for body in (draft | {"mode": "odd"}, draft, draft):
            await owner.post("/api/v1/bots", json=body)
        key = await owner.post(f"/api/v1/shops/{shop}/write-keys", json={"label": "site"})
        made["write key"] = key.json()["secret"]
        second = await owner.post("/api/v1/access/links", json={"role": "viewer", "label": "Anna"})
        made["second link"] = second.json()["token"]
        rotated = await owner.post(f"/api/v1/access/links/{second.json()['id']}/rotate", json={})
        made["rotated link"] = rotated.json()["token"]
        code = await owner.post("/api/v1/access/owner-chats/codes", json={"bot_id": 7_300_000_001})
        made["owner's code"] = code.json()["code"]
        await owner.get("/api/v1/access/log.csv")
        await owner.post("/api/v1/leave")
    return made


async def test_no_secret_is_in_logs_or_stores(
    counting_panel: Panel,
    connection: Connection,
    settings: Settings,
    logs: io.StringIO,
) -> None:
    made = await _made(counting_panel, connection)
    assert len(made) == 7 and all(len(secret) >= 12 for secret in made.values()), made

    async def is_logged() -> bool:
        found: bool = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM access_log WHERE path = '/api/v1/leave')"
        )
        return found

    await eventually(is_logged)
    text = logs.getvalue()
    assert not [what for what, secret in made.items() if secret in text]
    assert await in_postgres(connection, made) == []
    assert in_clickhouse(settings.clickhouse_url.get_secret_value(), made) == []
