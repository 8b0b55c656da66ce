"""What a shopper passes before they are let in."""

from datetime import timedelta
from typing import Any

import pytest

from bots.modules.gates import captcha
from bots.sdk import memberships
from bots.sdk.context import Context
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import AnswerButton, EditText, SendText
from bots.sdk.router import Router
from bots.sdk.updates import Message, Start
from core.postgres import Connection
from core.shop import customers, payments
from tests.bots.paying import Paid
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import CHANNEL_ID, Seen, Shopper, enabled_modules, events
from tests.factories import charge_of, create_origin

CHANNELS: dict[str, Any] = {"channels": [{"chat": "@tea_news"}, {"chat": "@tea_chat"}]}


def doorman() -> EnabledModule:
    """The shop behind the gates, which says by which link somebody has come."""
    router = Router[NoteSettings]()

    @router.start
    async def begin(context: Context[NoteSettings], update: Start) -> None:
        context.reply(f"Come in, {update.code or 'friend'}")

    @router.message
    async def reply(context: Context[NoteSettings], _: Message) -> None:
        context.reply("What would you like?")

    return switched_on("doorman", router=router, phase="fallback")


class Entrance(Paid):
    """A bot with gates before a shop."""

    @classmethod
    async def begin(cls, connection: Connection, **settings: Any) -> "Entrance":
        enabled = [*enabled_modules(gates=settings), doorman()]
        return cls(connection, await create_origin(connection), enabled)


async def passes(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT gate FROM gate_passes ORDER BY gate")
    return [row["gate"] for row in rows]


async def told(connection: Connection) -> list[str]:
    return [each for each in await events(connection) if each.startswith(("gate_", "captcha_"))]


def notice(seen: Seen) -> str:
    return seen.only(AnswerButton).text


async def solve(shop: Entrance, shopper: Shopper, *, wrong: bool = False) -> Seen:
    row = await shop.connection.fetchrow("SELECT nonce, answer FROM gate_captchas")
    assert row is not None
    number = (row["answer"] + wrong) % captcha.SHOWN
    return await shopper.press(f"gate_captcha:{row['nonce']}.{number}")


async def test_without_settings_everybody_is_let_in(connection: Connection) -> None:
    shop = await Entrance.begin(connection)
    assert (await shop.shopper().start()).taken_by == "doorman"
    assert await told(connection) == []


async def test_each_gate_is_passed_once_and_the_links_code_is_kept(connection: Connection) -> None:
    rules = {"ru": "Не ругаться", "en": "Be kind"}
    shop = await Entrance.begin(connection, captcha=True, age=18, rules=rules, **CHANNELS)
    shopper = shop.shopper()
    shopper.chats = {"@tea_news": False, "@tea_chat": True}
    assert (await shopper.start("ad_17")).taken_by == "gates"
    assert (await shopper.press("menu")).taken_by == "gates"  # nor another module's button
    assert (await solve(shop, shopper)).buttons == ["gate_age:yes", "gate_age:no"]
    assert notice(await shopper.press("gate_age:no")).endswith("18 or older.")
    agreed = (await shopper.press("gate_age:yes")).buttons
    subscribing = await shopper.press(agreed[0])
    assert subscribing.screen.text.plain.startswith("To go on, please subscribe")
    assert len(subscribing.rows) == 2  # only the channel that is missing, and the check
    assert notice(await shopper.press("gate_check")).startswith("There is no subscription yet")
    shopper.chats["@tea_news"] = True
    let_in = await shopper.press("gate_check")
    assert let_in.only(EditText).text.plain == "Done, welcome!"
    assert "ad_17" in let_in.only(SendText).text.plain
    assert await passes(connection) == ["age", "captcha", "rules", "subscription"]
    counted = await told(connection)
    assert counted.count("gate_passed") == 3 and counted.count("captcha_passed") == 1
    assert counted.count("gate_failed") == 2 and counted.count("captcha_failed") == 0
    shopper.asked.clear()
    assert (await shopper.write("hello")).taken_by == "doorman"
    assert shopper.asked == []  # it is known


async def test_a_second_press_of_what_is_passed_lets_in_and_counts_nothing_twice(
    connection: Connection,
) -> None:
    shop = await Entrance.begin(connection, age=16)
    shopper = shop.shopper()
    await shopper.start()
    for _ in range(2):
        await shopper.press("gate_age:yes")
    assert (await told(connection)).count("gate_passed") == 1


async def test_wrong_pictures_lead_to_a_pause_and_old_buttons_to_the_new_picture(
    connection: Connection,
) -> None:
    shop = await Entrance.begin(connection, captcha=True)
    shopper = shop.shopper()
    first = (await shopper.start()).buttons
    for _ in range(captcha.TRIES - 1):
        seen = await solve(shop, shopper, wrong=True)
        assert notice(seen) == "Not that picture, please try again."
    locked = await solve(shop, shopper, wrong=True)
    assert not [each for each in locked.replies if isinstance(each, AnswerButton) and each.text]
    assert "10 min" in locked.screen.text.plain
    (again,) = locked.buttons
    assert "10 min" in (await shopper.press(first[0])).screen.text.plain
    await connection.execute(
        "UPDATE gate_captchas SET locked_until = now() + interval '2 min 20 s'"
    )
    pressed = await shopper.press(again)
    assert "3 min" in pressed.screen.text.plain and "3 min" in notice(pressed)
    await connection.execute("UPDATE gate_captchas SET locked_until = now() - interval '1 s'")
    assert (await shopper.press(first[0])).buttons != first
    assert len((await shopper.press(again)).buttons) == captcha.SHOWN
    assert (await solve(shop, shopper)).only(EditText).text.plain == "Done, welcome!"
    assert await passes(connection) == ["captcha"]
    assert (await told(connection)).count("captcha_failed") == captcha.TRIES


@pytest.mark.parametrize(
    "data",
    ["gate_captcha:", "gate_captcha:x.0", "gate_captcha:….9", "gate_rules:old", "gate_age:maybe"],
)
async def test_a_forged_button_passes_nothing(connection: Connection, data: str) -> None:
    shop = await Entrance.begin(connection, captcha=True, age=18, rules={"ru": "Так", "en": "So"})
    shopper = shop.shopper()
    await shopper.start()
    await shopper.press(data)
    assert await passes(connection) == []


async def test_changed_rules_are_asked_again(connection: Connection) -> None:
    shop = await Entrance.begin(connection, rules={"en": "Be kind"})
    shopper = shop.shopper()
    await shopper.press((await shopper.start()).buttons[0])
    shopper.enabled = [*enabled_modules(gates={"rules": {"en": "Be kinder"}}), doorman()]
    assert (await shopper.start()).taken_by == "gates"


async def test_who_leaves_the_channel_is_asked_to_come_back_at_their_next_step(
    connection: Connection,
) -> None:
    shop = await Entrance.begin(connection, channels=[{"chat": "@tea_news"}])
    shopper = shop.shopper()
    shopper.chats = {"@tea_news": True}
    assert (await shopper.start()).taken_by == "doorman"  # a subscriber sees no gate at all
    person = shopper.profile.telegram_id
    await memberships.note_change(connection, shop.origin.bot_id, CHANNEL_ID, person, came=False)
    shopper.chats = {"@tea_news": False}
    assert (await shopper.write("hello")).taken_by == "gates"
    assert await passes(connection) == []
    await memberships.note_change(connection, shop.origin.bot_id, CHANNEL_ID, person, came=True)
    assert (await shopper.write("hello")).taken_by == "doorman"


async def test_what_is_known_is_asked_again_after_its_time(connection: Connection) -> None:
    shop = await Entrance.begin(connection, channels=[{"chat": "@tea_news"}], recheck_hours=2)
    shopper = shop.shopper()
    shopper.chats = {"@tea_news": True}
    await shopper.start()
    await shopper.start()
    assert shopper.asked == ["@tea_news"]
    await connection.execute(
        "UPDATE memberships SET checked_at = checked_at - $1::interval", timedelta(hours=3)
    )
    await shopper.start()
    assert shopper.asked == ["@tea_news"] * 2


async def test_a_channel_that_cannot_be_asked_keeps_nobody_out(connection: Connection) -> None:
    shop = await Entrance.begin(connection, channels=[{"chat": "@tea_news"}])
    shopper = shop.shopper()
    assert (await shopper.start()).taken_by == "doorman"
    since = await connection.fetchval("SELECT now() - interval '1 hour'")
    assert "@tea_news" in await memberships.failing(connection, shop.origin.bot_id, since)
    assert await passes(connection) == [] and await told(connection) == []  # nor has it passed


async def test_who_is_known_not_to_be_in_stays_out_while_telegram_asks_to_wait(
    connection: Connection,
) -> None:
    shop = await Entrance.begin(connection, channels=[{"chat": "@tea_news"}])
    shopper = shop.shopper()
    shopper.chats = {"@tea_news": False}
    assert (await shopper.start()).taken_by == "gates"
    shopper.is_flood = True
    await connection.execute("UPDATE memberships SET checked_at = checked_at - interval '1 day'")
    assert (await shopper.write("hello")).taken_by == "gates"
    since = await connection.fetchval("SELECT now() - interval '1 hour'")
    failing = await memberships.failing(connection, shop.origin.bot_id, since)
    assert failing == {"@tea_news": "FLOOD_WAIT"}
    shopper.is_flood, shopper.chats = False, {"@tea_news": None}  # the bot may not ask any more
    await connection.execute("UPDATE memberships SET checked_at = checked_at - interval '1 day'")
    assert (await shopper.write("hello")).taken_by == "doorman"


async def test_staff_and_buyers_are_spared(connection: Connection) -> None:
    shop = await Entrance.begin(connection, captcha=True)
    buyer = shop.shopper()
    order = await shop.order(buyer, await shop.product())
    customer = await customers.touch(connection, shop.origin.shop_id, buyer.profile)
    charge = charge_of(order, customer, provider="transfer")
    await payments.pay(connection, shop.origin, customer, order_id=order.id, charge=charge)
    assert (await buyer.start()).taken_by == "doorman"
    other = shop.shopper(77)
    assert (await other.start()).taken_by == "gates"
    await connection.execute("UPDATE customers SET is_staff = true WHERE telegram_id = 9077")
    assert (await other.start()).taken_by == "doorman"
