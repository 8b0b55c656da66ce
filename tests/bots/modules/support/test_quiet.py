"""Tickets that end by themselves once nobody writes in them."""

from typing import Any

import pytest

from bots.modules.support import conversation, store
from bots.sdk.jobs import Job
from core.postgres import Connection
from tests.bots.modules.support.desk import OWNER, Desk, ask, opened

_ANSWERED = """
INSERT INTO support_tickets (shop_id, bot_id, ticket_no, buyer_no, state, last_at)
SELECT $1, $2, n, n, 'answered', now() - interval '4 days' FROM generate_series(1, $3::int) AS n
"""


@pytest.fixture(name="desk")
async def of_support(connection: Connection) -> Desk:
    return await opened(connection)


async def close_quiet(desk: Desk, name: str = "close_quiet") -> None:
    """The hourly job, or what it has put off."""
    task = next(each for each in desk.enabled if each.key == "support").module.jobs.tasks[name]
    async with desk.transaction() as transaction:
        scope = desk.scope(transaction)
        await (task.run(scope) if task.every else task.run(scope, Job("", {}, scope.now)))


async def test_what_was_overtaken_stays_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        await ask(desk.shopper(number), "one")
    for (ticket_id,) in await desk.connection.fetch("SELECT id FROM support_tickets"):
        async with desk.transaction() as transaction:
            await conversation.answer(desk.scope(transaction), ticket_id, OWNER, "In two days.")
    await desk.connection.execute("UPDATE support_tickets SET last_at = now() - interval '4 days'")
    looked_for = store.quiet_since

    async def overtaken(connection: Connection, *which: Any, **more: Any) -> list[int]:
        found = sorted(await looked_for(connection, *which, **more))
        first, second = [
            await store.get(connection, desk.origin.bot_id, each) for each in found[:2]
        ]
        await store.add_message(connection, desk.origin.shop_id, first, "shopper", body="wait")
        await store.add_message(connection, desk.origin.shop_id, second, "shop", body="and more")
        await store.close(connection, found[2], "shopper", asks=False)
        return found

    monkeypatch.setattr(store, "quiet_since", overtaken)
    await close_quiet(desk)
    rows = await desk.connection.fetch("SELECT state, closed_by FROM support_tickets ORDER BY id")
    assert [tuple(row) for row in rows] == [
        *(("waiting", ""), ("answered", ""), ("closed", "shopper"), ("closed", "time"))
    ]


async def test_more_than_a_hundred_are_closed_one_transaction_after_another(desk: Desk) -> None:
    await desk.connection.execute(_ANSWERED, desk.origin.shop_id, desk.origin.bot_id, 130)
    takes_back = "DELETE FROM module_jobs WHERE every_seconds IS NULL RETURNING task"

    async def left() -> int:
        states = [state for state, _ in await desk.tickets()]
        return states.count("answered")

    await close_quiet(desk)
    assert await left() == 30
    assert await desk.connection.fetchval(takes_back) == "close_more"
    await close_quiet(desk, "close_more")
    assert await left() == 0
    assert await desk.connection.fetchval(takes_back) is None
