"""Staff: a group is bound once by its code, and presses count only of those who may."""

from typing import Any

import pytest

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access, customers, group_changes, owner_chats, risk, staff
from core.shop.access_links import OPERATOR
from core.shop.staff import CodeInvalid, Doer, NotStaff, TooManyChats
from tests.factories import create_customer, create_origin, create_verdict

BOSS, HELPER, STRANGER = 501, 502, 503
GROUP = -100500


async def test_a_code_binds_one_group_and_makes_its_sender_staff(connection: Connection) -> None:
    origin = await create_origin(connection)
    await create_customer(connection, origin.shop_id, telegram_id=BOSS)
    code, _ = await staff.create_code(connection, origin.bot_id, "owner")
    values: dict[str, Any] = {
        "title": "Заказы",
        "has_topics": True,
        "telegram_id": BOSS,
        "name": "Анна",
    }
    chat = await staff.bind(connection, origin, f" {code.lower()} ", chat_id=GROUP, **values)
    assert (chat.chat_id, chat.title, chat.has_topics, chat.topics) == (GROUP, "Заказы", True, {})
    with pytest.raises(CodeInvalid):
        await staff.bind(connection, origin, code, chat_id=-1, **values)
    (member,) = await staff.members_of(connection, origin.shop_id)
    assert (member.telegram_id, member.rights, member.added_by) == (BOSS, None, "owner")
    boss = await customers.find(connection, origin.shop_id, BOSS)
    assert boss and boss.is_staff
    assert code not in str(await connection.fetch("SELECT * FROM staff_codes"))


async def test_another_bots_or_an_old_code_binds_nothing(connection: Connection) -> None:
    one, other = await create_origin(connection), await create_origin(connection)
    code, _ = await staff.create_code(connection, one.bot_id, "owner")
    values: dict[str, Any] = {
        "title": "x",
        "has_topics": False,
        "telegram_id": BOSS,
        "name": "Анна",
    }
    with pytest.raises(CodeInvalid):
        await staff.bind(connection, other, code, chat_id=GROUP, **values)
    await connection.execute("UPDATE staff_codes SET expires_at = now()")
    with pytest.raises(CodeInvalid):
        await staff.bind(connection, one, code, chat_id=GROUP, **values)
    assert await staff.chats_of(connection, one.bot_id) == []


async def test_only_those_press_who_may(connection: Connection) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin.bot_id)
    await staff.add_member(
        connection, origin.shop_id, HELPER, "Борис", added_by="owner", rights=["orders.ship"]
    )

    async def press(telegram_id: int, right: str, chat_id: int = GROUP) -> Doer:
        return await staff.presser(connection, origin, chat_id, telegram_id, "Имя", right)

    assert await press(HELPER, "orders.ship") == Doer("Борис", telegram_id=HELPER)
    for refused in (press(HELPER, "orders.refund"), press(STRANGER, "orders.ship")):
        with pytest.raises(NotStaff):
            await refused
    with pytest.raises(NotStaff, match="not bound"):
        await press(HELPER, "orders.ship", -1)
    await staff.let_anyone_press(connection, origin.bot_id, GROUP, True)
    assert await press(STRANGER, "orders.ship") == Doer("Имя", telegram_id=STRANGER)
    with pytest.raises(NotStaff):  # whose rights are stated keeps to them
        await press(HELPER, "orders.refund")
    await staff.remove_member(connection, origin.shop_id, HELPER)
    with pytest.raises(NotFound):
        await staff.remove_member(connection, origin.shop_id, HELPER)


async def test_who_is_staff_is_no_shopper_whenever_they_come(connection: Connection) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin.bot_id)
    await staff.add_member(connection, origin.shop_id, BOSS, "Анна", added_by="owner")
    boss = await create_customer(connection, origin.shop_id, telegram_id=BOSS)
    stranger = await create_customer(connection, origin.shop_id, telegram_id=STRANGER)
    assert (boss.is_staff, stranger.is_staff) == (True, False)
    # A press in a group that is open to everybody makes nobody staff.
    await create_verdict(connection, origin.shop_id, stranger.buyer_no, "refund")
    await staff.let_anyone_press(connection, origin.bot_id, GROUP, True)
    await staff.presser(connection, origin, GROUP, STRANGER, "Имя", "orders.ship")
    assert await risk.allowed(connection) == [(origin.shop_id, boss.buyer_no)]
    # What was held against who becomes staff later is let go at once, while they are staff.
    for _ in range(2):
        await staff.add_member(connection, origin.shop_id, STRANGER, "Имя", added_by="owner")
        (verdict,) = await risk.verdicts_of(connection, origin.shop_id)
        assert verdict.outcome == "allow"
        both = [(origin.shop_id, each.buyer_no) for each in (boss, stranger)]
        assert sorted(await risk.allowed(connection)) == both
        assert await risk.allowed(connection, origin.shop_id + 1) == []
        await staff.remove_member(connection, origin.shop_id, STRANGER)
        assert await risk.allowed(connection) == [(origin.shop_id, boss.buyer_no)]
        marked = "SELECT is_staff FROM customers WHERE buyer_no = $1"
        assert not await connection.fetchval(marked, stranger.buyer_no)


@pytest.mark.parametrize("ending", ["unbound", "revoked", "expired"])
async def test_an_owner_whose_chat_or_link_has_ended_is_a_shopper_again(
    connection: Connection, ending: str
) -> None:
    origin = await create_origin(connection)
    link_id, _ = await access.insert_link(connection, label="Анна", role="owner", shop_ids=None)
    code, _ = await owner_chats.create_code(connection, origin.bot_id, link_id, "https://x.example")
    boss = await create_customer(connection, origin.shop_id, telegram_id=BOSS)
    assert await owner_chats.bind(connection, origin.bot_id, code, telegram_id=BOSS, name="Анна")
    assert await risk.allowed(connection) == [(origin.shop_id, boss.buyer_no)]
    if ending == "unbound":
        await owner_chats.unbind(connection, OPERATOR, origin.bot_id, BOSS)
    elif ending == "revoked":
        await access.revoke_link(connection, link_id)
    else:
        await connection.execute("UPDATE access_links SET expires_at = now() - interval '1 s'")
    assert await risk.allowed(connection) == []
    if ending != "expired":
        assert not await connection.fetchval("SELECT bool_or(is_staff) FROM customers")


async def bound(connection: Connection, bot_id: int, chat_id: int = GROUP) -> None:
    await connection.execute(
        "INSERT INTO staff_chats (bot_id, chat_id, title, has_topics) VALUES ($1, $2, 'Чат', true)",
        bot_id,
        chat_id,
    )


async def test_a_group_keeps_its_topics_and_may_become_another(connection: Connection) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin.bot_id)
    await staff.set_topic(connection, origin.bot_id, GROUP, "orders", 3)
    await staff.set_topic(connection, origin.bot_id, GROUP, "orders", 4)
    await group_changes.set_trouble(connection, origin.bot_id, GROUP, staff.REMOVED)
    (chat,) = await staff.chats_of(connection, origin.bot_id)
    assert (chat.topics, chat.trouble) == ({"orders": 4}, staff.REMOVED)
    await group_changes.move(connection, origin.bot_id, GROUP, -100777)
    (chat,) = await staff.chats_of(connection, origin.bot_id)
    assert (chat.chat_id, chat.topics, chat.moved_from) == (-100777, {}, GROUP)
    assert chat.trouble is None
    assert not await group_changes.move(connection, origin.bot_id, GROUP, -100777)  # said twice
    assert [each.chat_id for each in await staff.chats_of(connection, origin.bot_id)] == [-100777]
    await bound(connection, origin.bot_id, GROUP - 1)
    await bound(
        connection, origin.bot_id, GROUP - 2
    )  # bound anew before anybody said that it moved
    await staff.set_topic(connection, origin.bot_id, GROUP - 2, "orders", 9)
    assert await group_changes.move(connection, origin.bot_id, GROUP - 1, GROUP - 2)
    both = {each.chat_id: each for each in await staff.chats_of(connection, origin.bot_id)}
    assert set(both) == {-100777, GROUP - 2} and both[GROUP - 2].topic("stock") == 9
    await staff.unbind(connection, origin.bot_id, -100777)
    with pytest.raises(NotFound):
        await staff.chat_of(connection, origin.bot_id, -100777)


async def test_there_are_groups_enough(connection: Connection) -> None:
    origin = await create_origin(connection)
    for number in range(staff.CHATS_A_BOT):
        await bound(connection, origin.bot_id, -number - 1)
    code, _ = await staff.create_code(connection, origin.bot_id, "owner")
    with pytest.raises(TooManyChats):
        await staff.bind(
            connection,
            origin,
            code,
            chat_id=GROUP,
            title="x",
            has_topics=False,
            telegram_id=BOSS,
            name="Анна",
        )


async def test_what_was_done_is_kept_and_counted_without_a_name(connection: Connection) -> None:
    origin = await create_origin(connection)
    await staff.record(
        connection, origin, Doer("Анна", telegram_id=BOSS), "orders.cancel", "order:7", order_id=7
    )
    await staff.record(connection, origin, Doer("owner", link_id=1), "orders.ship", "order:8")
    newest, first = await staff.actions_of(connection, origin.shop_id)
    assert (newest.actor, first.action, first.subject) == ("owner", "orders.cancel", "order:7")
    assert await staff.actions_of(connection, origin.shop_id, subject="order:7") == [first]
    rows = await connection.fetch(
        "SELECT event, order_id, buyer_no, props FROM outbox ORDER BY pos"
    )
    assert [tuple(row) for row in rows] == [
        ("staff_action", 7, 0, '{"action":"orders.cancel"}'),
        ("staff_action", 0, 0, '{"action":"orders.ship"}'),
    ]
