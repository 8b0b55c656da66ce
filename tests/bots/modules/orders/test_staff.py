"""Orders in the staff's groups: bound by a code, posted once in each, with buttons for those who
may."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram import raw

from bots.modules.orders import store
from bots.runtime.calls import call_of
from bots.runtime.translate import translate
from bots.sdk import staffing
from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.replies import AnswerButton, EditText, Reply, SendText
from bots.sdk.updates import GroupJoined, GroupLeft, GroupMoved, OfGroup, StaffCommand, StaffPress
from core.postgres import Connection
from core.shop import catalogue, customers, fulfilment, order_refunds, orders, staff
from core.shop.pricing import quote
from tests.bots.modules.orders.buying import Bought
from tests.bots.shopper import enabled_modules, outgoing
from tests.factories import create_product, create_shop

OWNER, STRANGER = 501, 502
FIRST, SECOND = -1001234567890, -77
_numbers = itertools.count(1)


@pytest.fixture(name="bot")
async def opened(connection: Connection) -> Bought:
    return await Bought.open(connection)


async def do(bot: Bought, update: OfGroup) -> list[Reply]:
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
        *(f"staff_order:{order.id}.{stage}" for stage in ("processing", "shipped", "delivered")),
        f"staff_refund:{order.id}",
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
    assert isinstance(edited, EditText)
    assert data_of(edited) == [f"staff_order:{order.id}.delivered", f"staff_refund:{order.id}"]
    assert (await orders.get(bot.connection, order.id)).stage == "shipped"
    assert await bot.notices("notice_stage") == ["Order No. 1 is on its way."]
    again = (await do(bot, press(f"staff_order:{order.id}.shipped")))[0]
    assert isinstance(again, AnswerButton) and again.alert
    assert await bot.notices("notice_stage") == ["Order No. 1 is on its way."]
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
    for number in (1, 2):  # each payment once
        await bot.pay(shopper, order, amount_minor=number, charge_id=f"c{number}")
    told = await bot.notices("staff_held")
    assert [("0,01 ₽" in text, "0,02 ₽" in text) for text in told] == [(True, False), (False, True)]


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
    assert heard("hello") is None and heard("hello", basic) is None
    answer = raw.types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=9, reply_to_top_id=5)
    assert heard("hello", reply_to=topic) is None  # it only stands in the topic
    replied = heard("On its way", reply_to=answer).update
    assert (replied.reply_to, replied.thread_id, replied.text) == (9, 5, "On its way")
    plain = heard("Yes", basic, reply_to=raw.types.MessageReplyHeader(reply_to_msg_id=9)).update
    assert (plain.reply_to, plain.thread_id, plain.kind) == (9, None, "text")
    enabled = enabled_modules(orders={})
    assert not staffing.concerns(enabled, replied)
    concerned = [
        name
        for name in ("staff", "topic", "note", "order", "start", "ban")
        if staffing.concerns(enabled, heard(f"/{name}").update)
    ]
    assert concerned == ["staff", "topic", "note", "order"]


def test_a_press_in_a_group_is_the_staffs_and_an_answer_stays_in_its_topic() -> None:
    now = datetime.now(UTC)
    users: dict[int, Any] = {OWNER: raw.types.User(id=OWNER, first_name="Olga")}
    group = raw.types.PeerChannel(channel_id=1234567890)
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


async def test_an_unpaid_order_is_cancelled_once_somebody_is_sure(bot: Bought) -> None:
    await bind(bot)
    order = await bot.order(bot.shopper())
    (shown,) = await do(bot, command("order", "#1"))
    assert isinstance(shown, SendText) and data_of(shown) == [f"staff_cancel:{order.id}"]
    _, asked = await do(bot, press(f"staff_cancel:{order.id}"))
    assert isinstance(asked, EditText) and "Отменить заказ № 1?" in asked.text.plain
    assert data_of(asked) == [f"staff_cancel:{order.id}.yes", f"staff_order:{order.id}.show"]
    _, back = await do(bot, press(f"staff_order:{order.id}.show"))
    assert isinstance(back, EditText) and data_of(back) == [f"staff_cancel:{order.id}"]
    assert (await orders.get(bot.connection, order.id)).status == "created"
    done, _ = await do(bot, press(f"staff_cancel:{order.id}.yes"))
    assert isinstance(done, AnswerButton) and "Olga" in done.text
    again, edited = await do(bot, press(f"staff_cancel:{order.id}.yes"))
    assert isinstance(again, AnswerButton) and again.alert and "отменён" in again.text
    assert isinstance(edited, EditText) and data_of(edited) == []
    assert (await orders.get(bot.connection, order.id)).status == "cancelled"
    assert len(await bot.notices("notice_cancelled")) == 1


async def test_a_paid_order_goes_back_whole_and_staff_are_told_to_send_it(bot: Bought) -> None:
    await bind(bot)
    await bind(bot, chat_id=SECOND)
    order = await bot.bought(bot.shopper())
    _, asked = await do(bot, press(f"staff_refund:{order.id}"))
    assert isinstance(asked, EditText) and "6 ₽" in asked.text.plain
    told, edited = await do(bot, press(f"staff_refund:{order.id}.yes"))
    assert isinstance(told, AnswerButton) and told.alert and "Отправьте деньги" in told.text
    assert isinstance(edited, EditText) and "К возврату" in edited.text.plain
    again, _ = await do(bot, press(f"staff_refund:{order.id}.yes"))
    assert isinstance(again, AnswerButton) and "Возвращать нечего" in again.text
    (refund,) = await order_refunds.of_order(bot.connection, order.id)
    assert (refund.asked_by, refund.amount_minor, refund.puts_back) == (
        "Olga",
        order.total_minor,
        True,
    )
    sent = [(chat, purpose) for chat, purpose, _ in await outgoing(bot.connection)]
    assert sorted(each for each in sent if each[1] == "staff_refund") == [
        (FIRST, "staff_refund"),
        (SECOND, "staff_refund"),
    ]


async def test_rights_are_kept_apart(bot: Bought) -> None:
    await bind(bot)
    await staff.add_member(
        bot.connection, bot.origin.shop_id, STRANGER, "Sam", added_by="owner", rights=["orders"]
    )
    order = await bot.bought(bot.shopper())
    (refused,) = await do(bot, press(f"staff_refund:{order.id}.yes", person_id=STRANGER))
    assert isinstance(refused, AnswerButton) and refused.alert
    assert await order_refunds.of_order(bot.connection, order.id) == []
    moved = await do(bot, press(f"staff_order:{order.id}.processing", person_id=STRANGER))
    assert "Sam" in getattr(moved[0], "text")


@pytest.mark.parametrize("argument", ["", "99", "x", "0", "9" * 30])
async def test_an_order_that_is_not_there_is_asked_for_again(bot: Bought, argument: str) -> None:
    await bind(bot)
    (how,) = await do(bot, command("order", argument))
    assert isinstance(how, SendText) and "/order 17" in how.text.plain


async def test_a_note_that_is_too_long_is_refused_in_words(bot: Bought) -> None:
    await bind(bot)
    order = await bot.bought(bot.shopper())
    (told,) = await do(bot, command("note", "1 " + "x" * 2001))
    assert isinstance(told, SendText) and "2000" in told.text.plain
    assert await fulfilment.note_of(bot.connection, order.id) == ""


async def test_a_group_that_moves_takes_along_what_waits_and_keeps_its_buttons(
    bot: Bought,
) -> None:
    await bind(bot, chat_id=SECOND)
    order = await bot.bought(bot.shopper())
    for _ in range(2):  # both groups say so
        await do(bot, GroupMoved(chat_id=SECOND, occurred_at=datetime.now(UTC), new_chat_id=FIRST))
    assert [chat_id for chat_id, _ in await cards(bot)] == [FIRST]
    pressed, _ = await do(bot, press(f"staff_order:{order.id}.shipped", chat_id=SECOND))
    assert isinstance(pressed, AnswerButton) and "Olga" in pressed.text
    async with bot.scope() as scope:  # the same cause again
        text = SendText.model_validate({"text": {"plain": "x"}}).text
        assert await staffing.tell(scope, "staff_order", text, str(order.id)) == 0
    (chat,) = await staff.chats_of(bot.connection, bot.origin.bot_id)
    assert (chat.chat_id, chat.moved_from, chat.trouble) == (FIRST, SECOND, None)


async def test_a_group_without_the_bot_is_written_to_no_more(bot: Bought) -> None:
    await bind(bot)
    at: dict[str, Any] = {"chat_id": FIRST, "occurred_at": datetime.now(UTC)}
    await do(bot, GroupLeft(**at))
    await bot.bought(bot.shopper())
    assert await cards(bot) == []
    await do(bot, GroupJoined(**at, title="Склад"))
    await bot.bought(bot.shopper())
    (chat,) = await staff.chats_of(bot.connection, bot.origin.bot_id)
    assert (chat.trouble, chat.title, len(await cards(bot))) == (None, "Склад", 1)


async def test_a_card_of_many_lines_comes_whole(bot: Bought) -> None:
    await bind(bot)
    product = await create_product(
        bot.connection, bot.origin.shop_id, title="T" * 128, currency="RUB", price_minor=100
    )
    found = await catalogue.get(bot.connection, bot.origin.shop_id, product.id)
    priced = quote("RUB", [found.item(1)] * 40)
    shopper = bot.shopper()
    customer = await customers.touch(bot.connection, bot.origin.shop_id, shopper.profile)
    order = await orders.place(bot.connection, bot.origin, customer, priced, method="transfer")
    await bot.pay(shopper, order)
    told = [message for _, message in await cards(bot)]
    assert len(told) > 1 and sum(each.text.plain.count("T" * 128) for each in told) == 40
    assert [bool(data_of(each)) for each in told] == [False] * (len(told) - 1) + [True]


async def test_what_waits_in_the_shop_that_the_bot_left_is_not_the_next_shops(bot: Bought) -> None:
    await bot.bought(bot.shopper())
    held = await bot.order(bot.shopper(2))
    await bot.pay(bot.shopper(2), held, amount_minor=1)
    await bot.connection.execute("UPDATE orders SET attention = 'oversold'")
    await bot.connection.execute(
        "INSERT INTO order_refunds (order_id, amount_minor, goods_minor, shipping_minor, "
        "tax_minor, tip_minor) VALUES ($1, 100, 100, 0, 0, 0)",
        held.id,
    )
    found = await store.attention_of(bot.connection, bot.origin.bot_id)
    assert (found.held, found.oversold, found.refunds) == (1, 2, 1)
    other = await create_shop(bot.connection)
    await bot.connection.execute("UPDATE bots SET shop_id = $1", other.id)
    found = await store.attention_of(bot.connection, bot.origin.bot_id)
    assert found == store.Attention(0, None, 0, None, 0, None)
