"""What hangs on a link goes on once that is rotated, and does not end with a bot's brief one."""

from datetime import UTC, datetime, timedelta

import pytest

from core.postgres import Connection
from core.shop import (
    access,
    access_links,
    analyst_keys,
    export_jobs,
    export_quotas,
    export_schedules,
    owner_chats,
)
from core.shop.access import Visitor
from core.shop.access_links import OPERATOR
from core.shop.analyst_keys import AnalystKeyDraft
from core.shop.export_jobs import JobDraft
from core.shop.export_quotas import QuotaExceeded, Quotas
from core.shop.export_schedules import ExportSchedule, OwnersChat, Rhythm, ScheduleDraft
from tests.factories import KEYS, create_bot, create_shop

NOW = datetime(2026, 11, 2, tzinfo=UTC)
# What stays with the old link: who was in by it and what was done there, questions that were asked
# for it, and what is only remembered of it.
STAYING = {
    "access_alerts",
    "access_links",
    "bot_lookups",
    "confirmations",
    "fraud_decisions",
    "link_places",
    "panel_sessions",
}


async def link_of(connection: Connection) -> Visitor:
    link_id, _ = await access.insert_link(connection, label="Ann", role="owner", shop_ids=None)
    return Visitor(link_id=link_id, label="Ann", role="owner", shop_ids=None)


async def bound(connection: Connection, owner: Visitor) -> OwnersChat:
    bot = await create_bot(connection, await create_shop(connection))
    await connection.execute(
        "INSERT INTO owner_chats (bot_id, telegram_id, link_id, name, panel_url) "
        "VALUES ($1, 501, $2, 'Ann', 'https://shop.example')",
        *(bot.id, owner.link_id),
    )
    return OwnersChat(bot_id=bot.id, telegram_id=501)


async def handed_out(connection: Connection, chat: OwnersChat) -> Visitor:
    """Who came in by a link that the bot gave."""
    found = await owner_chats.of_person(connection, chat.bot_id, chat.telegram_id)
    assert found is not None
    await owner_chats.hand_out_link(connection, found)
    link_id = await connection.fetchval("SELECT max(id) FROM access_links WHERE origin = 'bot'")
    return Visitor(link_id=link_id, label="Ann", role="owner", shop_ids=None)


async def scheduled(connection: Connection, visitor: Visitor, chat: OwnersChat) -> ExportSchedule:
    draft = ScheduleDraft("orders", {}, False, [1], Rhythm(every="day"), "UTC", chat)
    return await export_schedules.create(connection, visitor, draft, KEYS, NOW)


def job() -> JobDraft:
    return JobDraft("orders", {}, False, [1], NOW.date(), NOW.date(), 1)


@pytest.mark.parametrize("by_bot", [False, True])
async def test_schedules_keys_and_jobs_outlive_the_link_they_were_made_with(
    connection: Connection, by_bot: bool
) -> None:
    owner = await link_of(connection)
    chat = await bound(connection, owner)
    visitor = await handed_out(connection, chat) if by_bot else owner
    made = await scheduled(connection, visitor, chat)
    _, secret = await analyst_keys.create(connection, visitor, AnalystKeyDraft(label="Ira"))
    await export_jobs.create(connection, owner, job())
    new = await access_links.rotate(connection, OPERATOR, owner.link_id, timedelta())
    await connection.execute("UPDATE access_links SET expires_at = now() WHERE origin = 'bot'")
    assert await analyst_keys.opens(connection, secret)
    due = await export_schedules.take_due(connection, NOW + timedelta(days=2))
    assert due is not None and (due.schedule.id, due.link_id) == (made.id, new.link.id)
    successor = Visitor(link_id=new.link.id, label="Ann", role="owner", shop_ids=None)
    assert len(await export_jobs.listed(connection, successor)) == 1
    with pytest.raises(QuotaExceeded):
        await export_quotas.check(connection, new.link.id, Quotas(1, 1, 1), new_jobs=1)


async def test_what_a_bots_links_export_counts_for_the_link_behind_them(
    connection: Connection,
) -> None:
    owner = await link_of(connection)
    visitor = await handed_out(connection, await bound(connection, owner))
    await export_jobs.create(connection, visitor, job())
    for link_id in (owner.link_id, visitor.link_id):
        with pytest.raises(QuotaExceeded):
            await export_quotas.check(connection, link_id, Quotas(1, 1, 1), new_jobs=1)
    stranger = await link_of(connection)
    await export_quotas.check(connection, stranger.link_id, Quotas(1, 1, 1), new_jobs=1)


async def test_every_table_that_names_links_is_handed_over_or_stays(
    connection: Connection,
) -> None:
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text AS name FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid = 'access_links'::regclass"
    )
    moved = {table for table, _ in access_links.HANGING}
    assert {row["name"] for row in rows} == moved | STAYING
