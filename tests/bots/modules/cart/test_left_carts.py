"""Abandoned carts: one reminder, counted in the panel, deleted with their owner."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bots.modules.cart import jobs, listing
from bots.modules.cart.listing import Filter
from bots.sdk.context import Scope
from bots.sdk.points import Segment
from bots.sdk.replies import AnswerButton, SendText
from bots.sdk.transaction import Transaction
from core import people
from core.modules import Modules
from core.postgres import Connection
from core.shop import people as core_people
from core.shop import shops
from tests.bots.modules.cart.buying import Shop
from tests.bots.shopper import outgoing


@asynccontextmanager
async def at_work(shop: Shop) -> AsyncIterator[Scope[Any]]:
    """The module in a transaction of its bot's."""
    async with shop.connection.transaction():
        transaction = Transaction(
            shop.connection,
            shop.origin,
            await shops.get(shop.connection, shop.origin.shop_id),
            enabled=shop.enabled,
        )
        (cart,) = [item for item in shop.enabled if item.key == "cart"]
        yield Scope(transaction, cart)


async def run_reminders(shop: Shop) -> int:
    """The job, as the worker runs it; how many messages it has put on their way."""
    async with at_work(shop) as scope:
        await jobs.remind(scope)
    return scope.transaction.queued


async def age(shop: Shop, hours: float) -> None:
    await shop.connection.execute(
        "UPDATE carts SET changed_at = now() - make_interval(secs => $1)", hours * 3600
    )


async def test_a_left_cart_is_reminded_of_once(connection: Connection) -> None:
    shop = await Shop.open(connection, reminder_hours=3)
    tea, shopper = await shop.product(title="Tea"), shop.shopper()
    await shopper.press(f"cart_add:{tea.id}")
    await age(shop, 2.9)
    assert await run_reminders(shop) == 0
    await age(shop, 3.1)
    assert [await run_reminders(shop), await run_reminders(shop)] == [1, 0]
    ((chat_id, purpose, message),) = await outgoing(connection)
    assert (chat_id, purpose) == (9001, "cart_reminder")
    assert isinstance(message, SendText) and "• Tea" in message.text.plain
    await shopper.press(f"cart_set:{tea.id}:2")  # they came back, and left it again
    await age(shop, 4)
    assert await run_reminders(shop) == 1


@pytest.mark.parametrize("why", ["off", "quiet", "empty", "blocked", "old", "moved"])
async def test_nobody_is_reminded_who_is_not_to_be(connection: Connection, why: str) -> None:
    shop = await Shop.open(connection, reminder_hours=0 if why == "off" else 3)
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"cart_add:{tea.id}")
    match why:
        case "quiet":
            answer = (await shopper.press("cart_quiet")).only(AnswerButton)
            assert "not remind you" in answer.text
        case "empty":
            await shopper.press("cart_clear:yes")
        case "blocked":
            await connection.execute("UPDATE customers SET blocked_at = now()")
        case "moved":
            other = await Shop.open(connection)
            await connection.execute(
                "UPDATE bots SET shop_id = $1 WHERE id = $2",
                other.origin.shop_id,
                shop.origin.bot_id,
            )
    await age(shop, 400 if why == "old" else 4)
    assert await run_reminders(shop) == 0


async def test_the_panel_counts_open_and_left_carts(connection: Connection) -> None:
    shop = await Shop.open(connection)
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup", currency="RUB")
    for number, product, hours in ((1, tea, 30), (2, tea, 1), (3, cup, 2)):
        await shop.shopper(number).press(f"cart_set:{product.id}:{number}")
        await connection.execute(
            "UPDATE carts SET changed_at = now() - make_interval(hours => $1) "
            "WHERE buyer_no = (SELECT max(buyer_no) FROM carts)",
            hours,
        )
    await shop.shopper(4).press(f"cart_add:{tea.id}")
    await shop.shopper(4).press("cart_clear:yes")
    where = (connection, shop.origin.shop_id, shop.origin.bot_id)
    found = await listing.summary(*where, left_after=timedelta(days=1))
    assert [each.model_dump() for each in found] == [
        {"currency": "RUB", "carts": 1, "value_minor": 900, "left": 0, "left_value_minor": 0},
        {"currency": "XTR", "carts": 2, "value_minor": 900, "left": 1, "left_value_minor": 300},
    ]
    first = await listing.open_carts(*where, Filter(), after=None, size=2)
    last = (first[-1].changed_at, first[-1].buyer_no)
    rest = await listing.open_carts(*where, Filter(), after=last, size=2)
    assert [each.buyer_no for each in [*first, *rest]] == [2, 3, 1]
    assert (first[0].units, first[0].value_minor, first[0].titles) == (2, 600, ["Tea"])


async def test_who_left_a_cart_is_a_group_for_broadcasts(connection: Connection) -> None:
    shop = await Shop.open(connection)
    tea = await shop.product()
    for number, hours in ((1, 30), (2, 2), (3, 0)):
        await shop.shopper(number).press(f"cart_add:{tea.id}")
        await connection.execute(
            "UPDATE carts SET changed_at = changed_at - make_interval(hours => $1) "
            "WHERE buyer_no = (SELECT max(buyer_no) FROM carts)",
            hours,
        )
    async with at_work(shop) as scope:
        (group,) = await scope.offered(Segment)
        assert (group.module, group.key) == ("cart", "left")
        assert sorted(await group.members()) == [1, 2]


async def test_a_person_is_handed_out_and_erased(connection: Connection) -> None:
    shop = await Shop.open(connection, name="required")
    tea, shopper = await shop.product(title="Tea"), shop.shopper()
    await shopper.press(f"cart_add:{tea.id}")
    await shopper.press("cart_checkout")
    confirm = await shopper.write("Anna Karenina")
    await shopper.press(confirm.buttons[0])
    declared = [*Modules.discover().people(), *core_people.PEOPLE]
    (row,) = await connection.fetch("SELECT shop_id, buyer_no FROM carts")
    whose = (row["shop_id"], row["buyer_no"])
    found = await people.count(connection, declared, *whose)
    tables = ("carts", "cart_lines", "checkouts", "cart_contacts")
    assert [found[table] for table in tables] == [1, 1, 1, 1]
    given = json.dumps(await people.export(connection, declared, *whose), default=str)
    assert "Anna Karenina" in given and "Tea" in given
    await people.erase(connection, declared, *whose)
    for table in tables:
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
