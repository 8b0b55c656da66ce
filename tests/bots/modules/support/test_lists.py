"""Lists of tickets: the owner's, however many there are, and the shopper's own."""

import asyncio
from collections.abc import Awaitable

import pytest
from asyncpg.connection import LoggedQuery

from bots.modules.support import overview
from bots.modules.support.overview import Wanted
from bots.sdk.keyboards import ActionButton
from bots.sdk.points import CustomerRow
from core.postgres import Connection
from core.shop import customers
from tests.bots.modules.support.desk import Desk, ask, opened

TICKETS, BUYERS = 5000, 20
_CLOSED = """
INSERT INTO support_tickets (shop_id, bot_id, ticket_no, buyer_no, state, opened_at)
SELECT $1, $2, n, n % $4::int + 1, 'closed', now() - (4 * n + 2) * interval '1 hour'
FROM generate_series(1, $3::int) AS n
"""


@pytest.fixture(name="desk")
async def of_many(connection: Connection) -> Desk:
    """A bot whose shoppers have asked for years, one of them about an order."""
    desk = await opened(connection)
    order = await desk.order(desk.shopper())
    where = desk.origin.shop_id, desk.origin.bot_id
    await connection.execute(_CLOSED, *where, TICKETS, BUYERS)
    await connection.execute(
        "UPDATE support_tickets SET order_id = $1 WHERE ticket_no = 77", order.id
    )
    await connection.execute("ANALYZE support_tickets")
    return desk


async def plan(desk: Desk, read: Awaitable[object]) -> str:
    """How PostgreSQL does what is asked of it."""
    asked: list[LoggedQuery] = []
    with desk.connection.query_logger(asked.append):
        await read
        await asyncio.sleep(0)  # the logger is called by the loop
    lines = await desk.connection.fetch(f"EXPLAIN {asked[-1].query}", *asked[-1].args)
    return "\n".join(line[0] for line in lines)


async def test_each_list_has_an_index_that_fits(desk: Desk) -> None:
    connection, bot_id = desk.connection, desk.origin.bot_id
    order_id = await connection.fetchval("SELECT id FROM orders")
    for wanted, index in (
        (Wanted(), "support_tickets"),
        (Wanted(is_open=True), "support_tickets_state"),
        (Wanted(buyer_no=3), "support_tickets_shopper"),
        (Wanted(order_id=order_id), "support_tickets_order"),
    ):
        for before in (None, 2000):
            listed = overview.listed(connection, bot_id, wanted, before=before, limit=50)
            done = await plan(desk, listed)
            assert "Seq Scan on support_tickets" not in done and index in done, done
    done = await plan(desk, overview.count(connection, bot_id, Wanted(buyer_no=3)))
    assert "support_tickets_shopper" in done, done
    done = await plan(desk, overview.summary(connection, bot_id))
    assert "Seq Scan" not in done and "support_tickets_opened" in done, done


async def test_lists_hold_what_is_wanted(desk: Desk) -> None:
    connection, bot_id = desk.connection, desk.origin.bot_id
    await connection.execute(
        "UPDATE support_tickets SET state = CASE ticket_no WHEN 5 THEN 'waiting' ELSE 'answered' "
        "END, assignee = 'Olga' WHERE ticket_no IN (5, 6)"
    )
    order_id = await connection.fetchval("SELECT id FROM orders")
    for wanted, numbers in (
        (Wanted(is_open=True), [6, 5]),
        (Wanted(state="waiting"), [5]),
        (Wanted(assignee="Olga", buyer_no=6), [5]),
        (Wanted(order_id=order_id), [77]),
        (Wanted(state="closed", assignee="Olga"), []),
        (Wanted(), [5000, 4999, 4998]),
    ):
        found = await overview.listed(connection, bot_id, wanted, before=None, limit=3)
        assert [each.ticket_no for each in found] == numbers
    summary = await overview.summary(connection, bot_id)
    assert (summary.waiting, summary.answered, summary.opened) == (1, 1, 179)
    assert summary.closed == 177


async def test_all_of_a_shoppers_are_counted(desk: Desk) -> None:
    buyer = await customers.touch(desk.connection, desk.origin.shop_id, desk.shopper().profile)
    async with desk.transaction() as transaction:
        (row,) = await desk.scope(transaction).offered(CustomerRow, buyer)
    assert row.value.ru == row.value.en == str(TICKETS // BUYERS)


async def test_the_day_of_a_question_is_the_shops(connection: Connection) -> None:
    desk = await opened(connection)
    await connection.execute("UPDATE shops SET timezone = 'Europe/Moscow'")
    for number, language, title in (
        (1, "ru", "Вопрос от вс, 1 марта · ждёт ответа"),
        (2, "en", "Question of Sun, 1 March · waiting for an answer"),
    ):
        shopper = desk.shopper(number, language)
        await ask(shopper, "Where is it?")
        await connection.execute("UPDATE support_tickets SET opened_at = '2026-02-28 23:30+00'")
        mine = await shopper.press("support_mine")
        button = mine.rows[0][0]
        assert isinstance(button, ActionButton) and button.text == title
        page = await shopper.press(button.data)
        assert page.screen.text.plain.startswith(title)
