"""Orders in the staff's groups: bound by a code, told once in each, buttons for those who may."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram import raw

from bots.runtime.calls import call_of
from bots.runtime.translate import translate
from bots.sdk import staffing
from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.replies import AnswerButton, EditText, Reply, SendText
from bots.sdk.updates import StaffCommand, StaffPress
from core.postgres import Connection
from core.shop import fulfilment, orders, staff
from tests.bots.modules.orders.buying import Bought
from tests.bots.shopper import outgoing

OWNER, STRANGER = 501, 502
FIRST, SECOND = -1001234567890, -77
_numbers = itertools.count(1)


@pytest.fixture(name="bot")
async def opened(connection: Connection) -> Bought:
    return await Bought.open(connection)


async def do(bot: Bought, update: staffing.StaffUpdate) -> list[Reply]:
    async with bot.transaction() as transaction:
        await staffing.take(transaction, update)
    return transaction.replies


def command(name: str, argument: str = "", **values: Any) -> StaffCommand:
    defaults: dict[str, Any] = {"chat_id": FIRST, "person_id": OWNER, "person_name": "Olga"}
    return StaffCommand(
        name=name, argument=argument, occurred_at=datetime.now(UTC), **(defaults | values)
    )


def press(data: str, **values: Any) -> StaffPress:
    action, _, argument = data.partition(":")
    defaults: dict[str, Any] = {"chat_id": FIRST, "person_id": OWNER, "person_name": "Olga"}
    return StaffPress(
        action=action,
        argument=argument,
        query_id=next(_numbers),
        message_id=9,
        occurred_at=datetime.now(UTC),
        **(defaults | values),
    )


async def bind(bot: Bought, **values: Any) -> list[Reply]:
    code, _ = await staff.create_code(bot.connection, bot.origin.bot_id, "owner")
    return await do(bot, command("staff", code.lower(), **values))


async def cards(bot: Bought) -> list[tuple[int, SendText]]:
    return [
        (chat_id, message)
        for chat_id, purpose, message in await outgoing(bot.connection)
        if purpose == "staff_order" and isinstance(message, SendText)
    ]


def data_of(message: SendText | EditText) -> list[str]:
    rows = message.keyboard.rows if isinstance(message.keyboard, Keyboard) else ()
    return [each.data for row in rows for each in row if isinstance(each, ActionButton)]


async def test_two_groups_are_told_once_each_in_their_topics(bot: Bought) -> None:
    await bind(bot, thread_id=5)
    await bind(bot, chat_id=SECOND)
    order = await bot.bought(bot.shopper())
    await bot.pay(bot.shopper(), order)
    told = await cards(bot)
    assert sorted((chat_id, message.thread_id) for chat_id, message in told) == [
        (FIRST, 5),
        (SECOND, None),
    ]
    text = told[0][1].text.plain
    assert "Заказ № 1 · оплачен" in text and "Nevsky 1" in text
    assert data_of(told[0][1]) == [
        f"staff_order:{order.id}.{stage}" for stage in ("processing", "shipped", "delivered")
    ]
    await do(bot, command("topic", "orders", thread_id=8))
    await bot.bought(bot.shopper())
    assert {message.thread_id for chat_id, message in await cards(bot) if chat_id == FIRST} == {
        5,
        8,
    }


async def test_a_code_binds_once_and_a_wrong_one_nothing(bot: Bought) -> None:
    code, _ = await staff.create_code(bot.connection, bot.origin.bot_id, "owner")
    for argument in ("", "WRONG", code, code):
        await do(bot, command("staff", argument, chat_id=FIRST - (argument == "")))
    (chat,) = await staff.chats_of(bot.connection, bot.origin.bot_id)
    assert chat.chat_id == FIRST
    assert [m.telegram_id for m in await staff.members_of(bot.connection, bot.origin.shop_id)] == [
        OWNER
    ]


async def test_staff_move_an_order_and_the_shopper_is_told(bot: Bought) -> None:
    await bind(bot)
    order = await bot.bought(bot.shopper())
    answered, edited = await do(bot, press(f"staff_order:{order.id}.shipped"))
    assert isinstance(answered, AnswerButton) and "Olga" in answered.text
    assert isinstance(edited, EditText) and data_of(edited) == [f"staff_order:{order.id}.delivered"]
    assert (await orders.get(bot.connection, order.id)).stage == "shipped"
    assert await bot.told("notice_stage") == ["Order No. 1 is on its way."]
    again = (await do(bot, press(f"staff_order:{order.id}.shipped")))[0]
    assert isinstance(again, AnswerButton) and again.alert
    assert await bot.told("notice_stage") == ["Order No. 1 is on its way."]
    done = await bot.connection.fetchrow(
        "SELECT actor, telegram_id, action, subject FROM staff_actions ORDER BY id DESC LIMIT 1"
    )
    assert done is not None
    assert tuple(done) == ("Olga", OWNER, "orders.shipped", f"order:{order.id}")
    assert await bot.connection.fetchval("SELECT count(*) FROM customers") == 1  # the shopper


@pytest.mark.parametrize("who", [{"person_id": STRANGER}, {"chat_id": SECOND}])
async def test_who_may_not_changes_nothing(bot: Bought, who: dict[str, Any]) -> None:
    await bind(bot)
    order = await bot.bought(bot.shopper())
    (answer,) = await do(bot, press(f"staff_order:{order.id}.shipped", **who))
    assert isinstance(answer, AnswerButton) and answer.alert
    assert await do(bot, command("note", "1 mine", **who)) == []
    assert (await orders.get(bot.connection, order.id)).stage == "new"
    assert await fulfilment.note_of(bot.connection, order.id) == ""


@pytest.mark.parametrize("data", ["staff_order:0.shipped", "staff_order:x", "nothing:1", "x" * 60])
async def test_buttons_of_nothing_are_answered(bot: Bought, data: str) -> None:
    await bind(bot)
    (answer,) = await do(bot, press(data))
    assert isinstance(answer, AnswerButton) and answer.text


async def test_a_note_by_number_and_by_reply(bot: Bought) -> None:
    await bind(bot)
    order = await bot.bought(bot.shopper())
    await do(bot, command("note", "1 call first"))
    assert await fulfilment.note_of(bot.connection, order.id) == "call first"
    await bot.connection.execute(
        "UPDATE outgoing SET message_id = 44 WHERE purpose = 'staff_order'"
    )
    await do(bot, command("note", "no doorbell", reply_to=44))
    assert await fulfilment.note_of(bot.connection, order.id) == "no doorbell"
    (how,) = await do(bot, command("note", "what"))
    assert isinstance(how, SendText) and "/note 17" in how.text.plain


async def test_a_payment_that_does_not_fit_is_told(bot: Bought) -> None:
    await bind(bot)
    shopper = bot.shopper()
    order = await bot.order(shopper)
    await bot.pay(shopper, order, amount_minor=1)
    purposes = [purpose for _, purpose, _ in await outgoing(bot.connection)]
    assert purposes == ["staff_held"]


def test_what_groups_say_is_heard_only_where_it_is_for_the_bot() -> None:
    now = datetime.now(UTC)
    users: dict[int, Any] = {OWNER: raw.types.User(id=OWNER, first_name="Olga")}
    group, basic = raw.types.PeerChannel(channel_id=1234567890), raw.types.PeerChat(chat_id=77)

    def heard(text: str, peer: Any = group, **values: Any) -> Any:
        message = raw.types.Message(
            id=3,
            peer_id=peer,
            from_id=raw.types.PeerUser(user_id=OWNER),
            date=int(now.timestamp()),
            message=text,
            **values,
        )
        kind: Any = (
            raw.types.UpdateNewChannelMessage
            if isinstance(peer, raw.types.PeerChannel)
            else raw.types.UpdateNewMessage
        )
        return translate(kind(message=message, pts=1, pts_count=1), users, now)

    topic = raw.types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=5)
    bound = heard("/staff@shop_bot ABC", reply_to=topic)
    assert bound.update.chat_id == FIRST and bound.update.argument == "ABC"
    assert bound.update.thread_id == 5 and bound.natural_key == f"{FIRST}:3"
    assert heard("/staff ABC", basic).update.chat_id == SECOND
    assert heard("hello") is None and heard("/start") is None and heard("hello", basic) is None
    pressed = translate(
        raw.types.UpdateBotCallbackQuery(
            query_id=1,
            user_id=OWNER,
            peer=group,
            msg_id=9,
            chat_instance=1,
            data=b"staff_order:1.x",
        ),
        users,
        now,
    )
    assert pressed is not None and isinstance(pressed.update, StaffPress)
    sent: Any = call_of(
        SendText.model_validate({"text": {"plain": "x"}, "thread_id": 5}),
        raw.types.InputPeerEmpty(),
        1,
    )
    assert sent.reply_to.top_msg_id == 5
