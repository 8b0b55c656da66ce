import asyncio
from collections import Counter
from random import Random

import pytest
from pyrogram import raw

from simulator import payments, shoppers
from simulator.demo import DEMO_BOTS
from simulator.people import SOURCES, Intent, choose_intent, make_persona
from simulator.server import Simulator, background
from simulator.shoppers import Crowd
from tests.simulator.clients import TinyShop, until

BOT = DEMO_BOTS[0]


@pytest.fixture(autouse=True)
def hasty_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shoppers, "THINKING_SECONDS", 0.01)


async def test_people_come_buy_and_sometimes_block(simulator: Simulator, shop: TinyShop) -> None:
    crowd = Crowd(simulator.world, seed=3, visitors_per_minute=1200)
    async with background(crowd.run([BOT.id])):
        await until(lambda: len(shop.paid) >= 5, "five purchases")
        await until(
            lambda: any(isinstance(each, raw.types.UpdateBotStopped) for each in shop.raw),
            "someone blocking the bot",
        )
        await until(lambda: "/start ig" in shop.texts, "someone from a link")
    charged = {charge.id for charge in payments.charges(simulator.world.db)}
    assert {paid.telegram_payment_charge_id for paid in shop.paid} <= charged
    visits = sum(text.startswith("/start") for text in shop.texts)
    people = simulator.world.db.execute(
        "SELECT count(*) FROM accounts WHERE NOT is_bot"
    ).fetchone()[0]
    assert people < visits, "some came back"


async def test_nobody_comes_to_a_shop_that_never_opened(simulator: Simulator) -> None:
    crowd = Crowd(simulator.world, seed=1, visitors_per_minute=60_000)
    async with background(crowd.run([BOT.id])):
        for _ in range(50):  # time for a hundred visitors
            await asyncio.sleep(0.002)
    assert simulator.world.db.execute("SELECT count(*) FROM messages").fetchone()[0] == 0


async def test_a_silent_bot_is_given_up(
    simulator: Simulator, shop: TinyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shoppers, "PATIENCE_SECONDS", 0.1)
    for handlers in shop.client.dispatcher.groups.values():
        handlers.clear()
    crowd = Crowd(simulator.world, seed=1, visitors_per_minute=3000)
    started = "SELECT count(*) FROM messages WHERE box = ?"
    async with background(crowd.run([BOT.id])):
        # More than could visit at once: the first have left.
        await until(
            lambda: (
                simulator.world.db.execute(started, (BOT.id,)).fetchone()[0] > shoppers.MAX_VISITS
            ),
            "visitors after the first ones have left",
        )
    assert payments.charges(simulator.world.db) == []


def test_the_same_seed_makes_the_same_people() -> None:
    first, second = Random(5), Random(5)
    assert [make_persona(first) for _ in range(20)] == [make_persona(second) for _ in range(20)]


def test_people_are_as_varied_as_stated() -> None:
    random = Random(1)
    personas = [make_persona(random) for _ in range(2000)]
    assert {each.source for each in personas} == set(SOURCES)
    assert 0.55 < sum(each.language == "ru" for each in personas) / 2000 < 0.65
    assert 0.12 < sum(each.premium for each in personas) / 2000 < 0.18
    intents = Counter(choose_intent(random) for _ in range(2000))
    assert 0.27 < intents[Intent.BUY] / 2000 < 0.33
