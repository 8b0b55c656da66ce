"""Whether somebody is in a channel is asked of Telegram itself, by a bot that is at work."""

import pytest

from simulator.world import members
from simulator.world.channels import ALL_RIGHTS, Status
from tests.bots.runtime.conftest import Stage, until

pytestmark = pytest.mark.usefixtures("quiet")


async def test_who_is_not_subscribed_stays_before_the_gate_until_they_are(stage: Stage) -> None:
    bot, telegram = await stage.bot(), stage.telegram
    world, owner, anna = telegram.world, telegram.person("Owner"), telegram.person("Anna")
    with world.change() as change:
        channel = members.found(change, owner, title="News", username="tea_news")
        account = world.account(bot.id)
        members.set_status(change, channel, account, owner, Status.ADMIN, ALL_RIGHTS)
    await stage.pool.execute(
        "INSERT INTO bot_modules (bot_id, module, settings) VALUES ($1, 'gates', $2)",
        bot.id,
        {"channels": [{"chat": "@tea_news"}]},
    )

    async def asked_to_subscribe() -> bool:
        return "subscribe" in "".join(telegram.heard(anna, bot)[-1:])

    async def let_in() -> bool:
        return not await asked_to_subscribe()

    async def known() -> bool:
        return bool(await stage.pool.fetchval("SELECT bool_and(is_member) FROM memberships"))

    await stage.worker()
    await stage.runs(bot)
    telegram.say(anna, bot, "/start")
    await until(asked_to_subscribe, "the gate")
    assert await stage.pool.fetchval("SELECT bool_or(is_member) FROM memberships") is False
    with world.change() as change:
        members.join(change, anna, channel)
    await until(known, "Telegram's word that she has joined")
    telegram.say(anna, bot, "/start")
    await until(let_in, "the shop")
    with world.change() as change:
        members.leave(change, anna, channel)

    async def has_left() -> bool:
        return not await known()

    await until(has_left, "Telegram's word that she has left")
    telegram.say(anna, bot, "/start")
    await until(asked_to_subscribe, "the gate again")
