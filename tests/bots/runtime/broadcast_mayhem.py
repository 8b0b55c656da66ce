"""A broadcast whose worker is killed three times. Not among the tests: with 100,000 people it takes
more than an hour, for that is what Telegram allows.

    PEOPLE=100000 .venv/bin/pytest -s tests/bots/runtime/broadcast_mayhem.py
"""

import asyncio
import os
import random
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

from bots.modules.broadcasts import store
from bots.modules.broadcasts.drafts import BroadcastDraft
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.shop.bots import Bot
from simulator.world import accounts, mailbox
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.test_crash import worker_process

KILLS = 3
A_SECOND = 25
_SENT = "SELECT count(*) FROM broadcast_recipients WHERE state = 'delivered'"


def settle(stage: Stage, people: int) -> list[int]:
    """Makes so many people known to Telegram; their ids."""
    with stage.telegram.world.change() as change:
        return [
            accounts.add_person(change.db, first_name=f"P{number}", language="en").id
            for number in range(people)
        ]


async def schedule(stage: Stage, bot: Bot, people: list[int]) -> None:
    hashes = [accounts.access_hash(each) for each in people]
    async with stage.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE bot_modules SET settings = $1 WHERE module = 'broadcasts'",
            BroadcastsSettings(from_hour=0, until_hour=24).model_dump(mode="json"),
        )
        await connection.execute(
            "INSERT INTO customers (shop_id, buyer_no, telegram_id, first_name) "
            "SELECT $1, p.place, p.id, 'P' "
            "FROM unnest($2::bigint[]) WITH ORDINALITY AS p (id, place)",
            bot.shop_id,
            people,
        )
        await connection.execute(
            "UPDATE shops SET next_buyer_no = $2 WHERE id = $1", bot.shop_id, len(people) + 1
        )
        await connection.execute(
            "INSERT INTO bot_peers (bot_id, peer_id, access_hash, kind) "
            "SELECT $1, p.id, p.hash, 'user' "
            "FROM unnest($2::bigint[], $3::bigint[]) AS p (id, hash)",
            bot.id,
            people,
            hashes,
        )
        draft = BroadcastDraft.model_validate({"title": "Tea", "texts": [{"en": "New tea"}]})
        made = await store.create(connection, bot.shop_id, bot.id, draft, "the owner")
        await store.schedule(connection, made, datetime.now(UTC))


async def killed_at(stage: Stage, name: str, sent: int) -> None:
    """A worker that runs the bot until so many have it."""
    async with worker_process(stage, name) as process:
        while await stage.pool.fetchval(_SENT) < sent:
            await asyncio.sleep(0.2)
        process.kill()
        await process.wait()
    await stage.pool.execute("UPDATE bot_leases SET expires_at = now()")


async def test_everybody_has_it_once_at_the_allowed_pace(stage: Stage) -> None:
    people = settle(stage, int(os.environ.get("PEOPLE", "100000")))
    bot = await stage.bot(modules=["broadcasts", "menu"])
    await schedule(stage, bot, people)
    begun = time.monotonic()
    dice = random.Random("mayhem")
    for number, share in enumerate(sorted(dice.uniform(0.1, 0.9) for _ in range(KILLS))):
        await killed_at(stage, f"killed-{number}", int(share * len(people)))
    async with worker_process(stage, "last"):

        async def is_over() -> bool:
            return bool(await stage.pool.fetchval("SELECT state = 'done' FROM broadcasts"))

        await until(is_over, "the broadcast is over", seconds=60 + 2 * len(people) / A_SECOND)
    took = time.monotonic() - begun
    db = stage.telegram.world.db
    messages = [
        (each, stored.message.date)
        for each in people
        for stored in mailbox.history(db, each, bot.id, limit=10)
    ]
    had = Counter(person for person, _ in messages)
    pace = Counter(date for _, date in messages)
    states = await stage.pool.fetch(
        "SELECT state, count(*) AS people FROM broadcast_recipients GROUP BY state"
    )
    print(
        f"\n{len(people)} people, {KILLS} kills, {took:.0f} s: "
        f"{sum(had[each] == 1 for each in people)} have it once, "
        f"{sum(had[each] > 1 for each in people)} twice, "
        f"{sum(had[each] == 0 for each in people)} not; at most {max(pace.values())} a second; "
        f"{dict((row['state'], row['people']) for row in states)}"
    )
    assert all(had[each] == 1 for each in people)
    # Seconds of dates are cut off: two of the second's windows may meet in one.
    assert max(pace[one] + pace[other] for one, other in pairwise(sorted(pace))) <= 3 * A_SECOND
