"""A worker says whose a token is, in a session that it ends at once."""

import asyncio
import base64

from pydantic import SecretStr

from core.postgres import LOOKUPS_CHANNEL
from core.shop import access, bot_lookups
from core.shop.bot_lookups import Found
from simulator.world import profiles
from tests.bots.runtime.conftest import Stage, until
from tests.factories import KEYS

JPEG = b"\xff\xd8\xff\xe0 a small photo \xff\xd9"
BOT = 7_300_000_001


async def test_a_worker_says_whose_a_token_is(stage: Stage) -> None:
    token, revoked = f"{BOT}:{'C' * 35}", f"{BOT}:{'D' * 35}"
    await stage.telegram.ask("add_bot", token=token, name="Tea & more", username="tea_more_bot")
    with stage.telegram.world.change() as change:
        profiles.add_photo(change, BOT, JPEG)
    async with stage.pool.acquire() as connection:
        link, _ = await access.insert_link(connection, label="o", role="owner")

    async def asked(plain: str) -> Found:
        async with stage.pool.acquire() as connection, connection.transaction():
            lookup_id = await bot_lookups.ask(
                connection, KEYS, link_id=link, token=SecretStr(plain)
            )

        async def found() -> Found | None:
            async with stage.pool.acquire() as connection:
                return await bot_lookups.take_found(connection, lookup_id)

        return Found.model_validate(await until(found, "an answer"))

    async def is_listening() -> bool:
        return bool(
            await stage.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE $1",
                f"LISTEN%{LOOKUPS_CHANNEL}%",
            )
        )

    await stage.worker()
    await until(is_listening, "the worker listens")
    known, unknown = await asyncio.gather(asked(token), asked(revoked))
    assert known == Found(
        outcome="found",
        username="tea_more_bot",
        title="Tea & more",
        photo=base64.b64encode(JPEG).decode(),
    )
    assert unknown == Found(outcome="token_unknown")
    # Nothing is left: no session here, none at Telegram.
    assert await stage.pool.fetchval("SELECT count(*) FROM bot_sessions") == 0
    bound = "SELECT count(*) FROM auth_keys WHERE account = ?"
    assert stage.telegram.world.db.execute(bound, (BOT,)).fetchone()[0] == 0
