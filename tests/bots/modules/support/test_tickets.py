"""A shopper's question: asked, answered, followed up, closed, rated."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.modules.support import conversation, overview, store
from bots.modules.support.conversation import AlreadyClosed, AlreadyOpen, NobodyThere
from bots.modules.support.overview import Wanted
from bots.sdk.points import CustomerRow, NeedsYou, OrderQuestion, StaffCard, Subject
from bots.sdk.replies import AnswerButton, SendText
from bots.sdk.updates import Command, Message
from core.errors import NotFound, VitrinaError
from core.postgres import Connection, Pool
from core.shop import customers, erasures
from tests.bots.modules.support.desk import (
    OWNER,
    Desk,
    ask,
    data_of,
    file_of,
    opened,
    picture,
    send,
)
from tests.bots.shopper import events
from tests.factories import create_shop


@pytest.fixture(name="desk")
async def of_support(connection: Connection) -> Desk:
    return await opened(connection)


async def answered(desk: Desk, ticket_id: int, text: str = "In two days.") -> store.Ticket:
    async with desk.transaction() as transaction:
        return await conversation.answer(desk.scope(transaction), ticket_id, OWNER, text)


async def closed(desk: Desk, ticket_id: int) -> store.Ticket:
    async with desk.transaction() as transaction:
        return await conversation.close(desk.scope(transaction), ticket_id, "shop", OWNER)


async def offered(desk: Desk, point: Any, about: object = None) -> Any:
    async with desk.transaction() as transaction:
        return await desk.scope(transaction).offered(point, about)


async def one(desk: Desk) -> store.Ticket:
    """The only ticket."""
    ticket_id = await desk.connection.fetchval("SELECT id FROM support_tickets")
    return await store.get(desk.connection, desk.origin.bot_id, ticket_id)


async def test_from_the_question_to_the_rating(desk: Desk) -> None:
    shopper = desk.shopper()
    first = await shopper.press("support")
    assert first.buttons == ["support_new", "menu"]
    taken = await ask(shopper, "Where do you ship?")
    assert "The shop has your question" in taken.screen.text.plain
    ticket = await one(desk)
    assert taken.buttons == [f"support_write:{ticket.id}", "support_mine", "menu:below"]
    (needed,) = await offered(desk, NeedsYou)
    assert (needed.kind, needed.count) == ("tickets_waiting", 1)

    await desk.connection.execute(
        "UPDATE support_tickets SET opened_at = opened_at - interval '90 seconds'"
    )
    await answered(desk, ticket.id)
    (answer,) = await desk.answers()
    assert isinstance(answer, SendText)
    assert answer.text.plain == "💬 The shop answers\n\nIn two days."
    assert data_of(answer) == [
        f"support_write:{ticket.id}",
        f"support_done:{ticket.id}",
        "menu:below",
    ]
    assert await offered(desk, NeedsYou) == ()

    await shopper.press(f"support_write:{ticket.id}")
    more = await shopper.write("And to Tver?")
    assert "Passed on" in more.screen.text.plain
    page = await shopper.press(f"support_ticket:{ticket.id}")
    assert "You: And to Tver?" in page.screen.text.plain
    assert "The shop: In two days." in page.screen.text.plain
    await answered(desk, ticket.id, "Three.")

    done = await shopper.press(f"support_done:{ticket.id}")
    assert done.buttons[:5] == [f"support_rate:{ticket.id}.{each}" for each in range(1, 6)]
    rated = await shopper.press(f"support_rate:{ticket.id}.5")
    assert "Thank you" in rated.screen.text.plain
    again = await shopper.press(f"support_rate:{ticket.id}.1")
    assert "rated it already" in again.only(AnswerButton).text
    await _check_facts(desk, ticket)


async def _check_facts(desk: Desk, ticket: store.Ticket) -> None:
    """What is counted of it."""
    assert (await one(desk)).rating == 5
    told = [each for each in await events(desk.connection) if each.startswith(("ticket", "csat"))]
    assert told == [
        *("ticket_opened", "ticket_replied", "ticket_replied", "ticket_closed", "csat_given")
    ]
    facts = await desk.connection.fetch(
        "SELECT event, outcome, quantity, latency_us, props::jsonb ->> 'ticket' AS ticket "
        "FROM outbox WHERE event IN ('ticket_replied', 'csat_given') ORDER BY xid, pos"
    )
    assert [(row["outcome"], row["quantity"], row["ticket"]) for row in facts] == [
        ("first", 0, str(ticket.id)),
        ("next", 0, str(ticket.id)),
        ("", 5, str(ticket.id)),
    ]
    assert 90e6 <= facts[0]["latency_us"] < 600e6 and facts[1]["latency_us"] == 0
    summary = await overview.summary(desk.connection, desk.origin.bot_id)
    assert (summary.opened, summary.closed, summary.rating, summary.ratings) == (1, 1, 5.0, 1)
    assert summary.first_reply_seconds is not None and 90 <= summary.first_reply_seconds < 600


async def test_one_is_open_for_each_subject(desk: Desk) -> None:
    shopper = desk.shopper()
    order = await desk.order(shopper)
    (way,) = await offered(desk, OrderQuestion, order)
    await ask(shopper, "one")
    await ask(shopper, "two")
    for words in ("three", "four"):
        asked = await shopper.press(way.below.data)
        assert f"order No. {order.order_no}" in asked.screen.text.plain
        await shopper.write(words)
    assert await desk.tickets() == [("waiting", None), ("waiting", order.id)]
    assert [words for _, words in await desk.said()] == ["one", "two", "three", "four"]
    (card,) = await offered(desk, StaffCard, Subject("order", order.id))
    assert card.text.en == "💬 The shopper has asked a question: ticket No. 2"
    assert await offered(desk, StaffCard, Subject("order", order.id + 1)) == ()
    buyer = await customers.touch(desk.connection, desk.origin.shop_id, shopper.profile)
    (row,) = await offered(desk, CustomerRow, buyer)
    assert row.value.en == "2"
    listed = await shopper.press("support_mine")
    assert listed.buttons[:2] == ["support_ticket:2", "support_ticket:1"]


async def test_of_many_at_once_one_ticket_comes(pool: Pool) -> None:
    async with pool.acquire() as connection:
        desk = await opened(connection)
        await desk.shopper().start()

    async def write(number: int) -> None:
        async with pool.acquire() as connection:
            desk_of = Desk(connection, desk.origin, desk.enabled)
            await desk_of.shopper().do(command(f"question {number}"))

    await asyncio.gather(*(write(number) for number in range(5)))
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM support_tickets") == 1
        assert await connection.fetchval("SELECT count(*) FROM support_messages") == 5
        names = [each for each in await events(connection) if each == "ticket_opened"]
        assert len(names) == 1


def command(text: str) -> Command:
    return Command(name="support", argument=text, chat_id=9001, occurred_at=datetime.now(UTC))


async def test_what_nobody_else_understands_belongs_to_the_open_one(desk: Desk) -> None:
    shopper = desk.shopper()
    assert (await shopper.write("hello?")).taken_by == "counter"
    await ask(shopper, "Which size?")
    ticket = await one(desk)
    assert (await shopper.write("It is for a child")).taken_by == "support"
    assert (await shopper.write("/unknown")).taken_by == "counter"
    assert (await shopper.do(_message("sticker"))).taken_by == "counter"
    wrong = await send(desk, shopper, file_of(desk, b"x", size=11 << 20))
    assert wrong.taken_by == "support" and "too large" in wrong.screen.text.plain
    await desk.connection.execute("UPDATE support_tickets SET last_at = now() - interval '3 days'")
    assert (await shopper.write("anybody?")).taken_by == "counter"
    await closed(desk, ticket.id)
    assert (await shopper.write("thanks")).taken_by == "counter"


def _message(kind: Any, text: str = "", **more: Any) -> Message:
    return Message(kind=kind, text=text, chat_id=9001, occurred_at=datetime.now(UTC), **more)


async def test_a_closed_one_goes_on_for_a_month_and_not_beside_another(desk: Desk) -> None:
    shopper = desk.shopper()
    await ask(shopper, "one")
    ticket = await one(desk)
    await closed(desk, ticket.id)
    with pytest.raises(AlreadyClosed):
        await closed(desk, ticket.id)
    await shopper.press(f"support_write:{ticket.id}")
    await shopper.write("still")
    assert await desk.tickets() == [("waiting", None)]
    await closed(desk, ticket.id)
    await desk.connection.execute(
        "UPDATE support_tickets SET closed_at = now() - interval '31 days'"
    )
    await shopper.press(f"support_write:{ticket.id}")
    await shopper.write("a month later")
    assert await desk.tickets() == [("closed", None), ("waiting", None)]
    await shopper.press(f"support_write:{ticket.id}")
    await shopper.write("goes to the open one")
    await answered(desk, ticket.id, "as does this")
    assert await desk.tickets() == [("closed", None), ("answered", None)]
    async with desk.transaction() as transaction:
        with pytest.raises(AlreadyOpen):
            await conversation.reopen(desk.scope(transaction), ticket.id, OWNER)
    names = await events(desk.connection)
    assert names.count("ticket_reopened") == 1 and names.count("ticket_closed") == 2


async def test_a_rating_is_asked_once_and_only_of_what_was_answered(desk: Desk) -> None:
    shopper = desk.shopper()
    await ask(shopper, "one")
    ticket = await one(desk)
    await closed(desk, ticket.id)
    async with desk.transaction() as transaction:
        await conversation.reopen(desk.scope(transaction), ticket.id, OWNER)
    await answered(desk, ticket.id)
    await closed(desk, ticket.id)
    await answered(desk, ticket.id, "One word more.")
    await closed(desk, ticket.id)
    notices = [
        row["message"]["keyboard"]["rows"][0][0]["data"]
        for row in await desk.connection.fetch(
            "SELECT message FROM outgoing WHERE purpose = 'support_closed' ORDER BY id"
        )
    ]
    write, rate = f"support_write:{ticket.id}", f"support_rate:{ticket.id}.1"
    assert notices == [write, rate, write]
    other = desk.shopper(2)
    refused = await other.press(rate)
    assert refused.only(AnswerButton).alert
    for data in (f"support_rate:{ticket.id}.9", f"support_rate:{ticket.id}.", "support_rate:x"):
        assert (await shopper.press(data)).only(AnswerButton).alert
    assert "try to answer better" in (await shopper.press(rate)).screen.text.plain


async def test_what_is_quiet_ends_by_itself(desk: Desk) -> None:
    shopper = desk.shopper()
    await ask(shopper, "one")
    ticket = await one(desk)
    close_quiet = next(each for each in desk.enabled if each.key == "support").module.jobs.tasks

    async def run() -> str:
        async with desk.transaction() as transaction:
            await close_quiet["close_quiet"].run(desk.scope(transaction))
        return (await one(desk)).state

    old = "UPDATE support_tickets SET last_at = now() - interval '4 days'"
    await desk.connection.execute(old)
    assert await run() == "waiting"
    await answered(desk, ticket.id)
    assert await run() == "answered"
    await desk.connection.execute(old)
    assert await run() == "closed"
    assert (await one(desk)).closed_by == "time"


async def test_floods_are_told_so_and_counted(connection: Connection) -> None:
    desk = await opened(connection, messages_an_hour=3, tickets_a_day=1)
    shopper = desk.shopper()
    order = await desk.order(shopper)
    await ask(shopper, "one")
    await shopper.press(f"support_order:{order.id}")
    assert "many questions" in (await shopper.write("another")).screen.text.plain
    for words in ("two", "three"):
        assert "Passed on" in (await shopper.write(words)).screen.text.plain
    assert "in an hour" in (await shopper.write("four")).screen.text.plain
    assert await desk.tickets() == [("waiting", None)]
    rows = await connection.fetch("SELECT props FROM outbox WHERE event = 'ticket_limited'")
    assert [row["props"] for row in rows] == ['{"reason":"tickets"}', '{"reason":"messages"}']


async def test_pictures_are_stored_and_come_to_staff(desk: Desk) -> None:
    shopper = desk.shopper()
    await shopper.press("support_new")
    wrong = await send(desk, shopper, file_of(desk, b"x", kind="document", media_type="audio/ogg"))
    assert "not taken" in wrong.screen.text.plain
    large = await send(desk, shopper, file_of(desk, b"x", size=11 << 20))
    assert "too large" in large.screen.text.plain
    await send(desk, shopper, file_of(desk, picture()), "Broken cup", album_id=5)
    await send(desk, shopper, file_of(desk, picture()), album_id=5)
    await send(desk, shopper, file_of(desk, b"no picture"), album_id=5)
    acks = await desk.connection.fetchval(
        "SELECT count(*) FROM outgoing WHERE purpose = 'support_taken'"
    )
    assert acks == 1 and await desk.tickets() == [("waiting", None)]
    ticket = await one(desk)
    said = await store.messages_of(desk.connection, ticket.id)
    assert [each.sha256 is not None for each in said] == [True, True, False]
    assert said[2].trouble is not None and said[0].body == "Broken cup"
    cards = await desk.cards()
    assert len(cards) == 3 and "Broken cup" in cards[0].caption.plain
    assert cards[0].thread_id == 7


WORDS = ("x" * 4096, "🎁" * 2048, "\u202egnirts", "a\0b", "<b>{name}</b>")


async def test_whatever_is_written_is_passed_on(desk: Desk) -> None:
    for number, words in enumerate(WORDS, 1):
        seen = await ask(desk.shopper(number), words)
        assert "The shop has your question" in seen.screen.text.plain
    kept = [words for _, words in await desk.said()]
    assert kept == [words.replace("\u202e", "").replace("\0", "") for words in WORDS]
    cards = await desk.cards()
    assert len(cards) == len(WORDS)
    for words, card in zip(kept, cards, strict=True):
        assert isinstance(card, SendText) and words[:1000] in card.text.plain
        assert len(data_of(card)) == 2


async def test_what_cannot_be_read_is_asked_for_in_words(desk: Desk) -> None:
    shopper = desk.shopper()
    await shopper.press("support_new")
    for kind in ("voice", "sticker", "video", "location", "contact", "other"):
        assert "in words" in (await shopper.do(_message(kind))).screen.text.plain
    assert await desk.tickets() == []
    await shopper.write("in words")
    assert await desk.tickets() == [("waiting", None)]


FOREIGN = (
    *("support_ticket:1", "support_write:1", "support_done:1", "support_rate:1.5"),
    *("support_order:1", "support_ticket:x", "support_write:", "support_order:9999999999999"),
)


async def test_anothers_are_not_there(desk: Desk) -> None:
    await desk.order(desk.shopper())
    await ask(desk.shopper(), "mine")
    for data in FOREIGN:
        seen = await desk.shopper(2).press(data)
        assert seen.only(AnswerButton).alert and seen.taken_by == "support"
    assert await desk.tickets() == [("waiting", None)]


async def test_what_a_moved_bot_was_asked_before_stays_with_the_former_shop(desk: Desk) -> None:
    await ask(desk.shopper(), "mine")
    ticket, bot_id = await one(desk), desk.origin.bot_id
    other = await create_shop(desk.connection)
    await desk.connection.execute("UPDATE bots SET shop_id = $2 WHERE id = $1", bot_id, other.id)
    # The former shop's first buyer has the number of this shop's first.
    assert await store.of_buyer(desk.connection, bot_id, ticket.buyer_no, limit=5) == []
    assert await store.open_of(desk.connection, bot_id, ticket.buyer_no, None) is None
    assert await overview.listed(desk.connection, bot_id, Wanted(), before=None, limit=5) == []
    assert (await overview.waiting(desk.connection, bot_id))[0] == 0
    with pytest.raises(NotFound):
        await store.get(desk.connection, bot_id, ticket.id)


async def test_erased_words_are_gone_everywhere(desk: Desk) -> None:
    shopper = desk.shopper()
    await shopper.press("support_new")
    await send(desk, shopper, file_of(desk, picture()), "my secret")
    await ask(desk.shopper(2), "theirs stays")
    ticket = await desk.connection.fetchval("SELECT min(id) FROM support_tickets")
    await desk.deliver()
    with pytest.raises(VitrinaError):
        await erasures.erase(desk.connection, desk.origin.shop_id, 1, with_events=False)
    await answered(desk, ticket)
    await desk.deliver()
    await erasures.erase(desk.connection, desk.origin.shop_id, 1, with_events=False)
    assert [words for _, words in await desk.said()] == ["theirs stays"]
    assert await desk.connection.fetchval("SELECT count(*) FROM file_uses") == 0
    left = await desk.connection.fetchval(
        "SELECT count(*) FROM outgoing WHERE message::text ~ 'my secret|In two days'"
    )
    assert left == 0 and len(await desk.cards()) == 1
    kept = await store.get(desk.connection, desk.origin.bot_id, ticket)
    assert (kept.buyer_no, kept.state) == (0, "closed") and kept.first_reply_at is not None
    with pytest.raises(NobodyThere):
        await answered(desk, ticket)
    listed = await overview.listed(
        desk.connection, desk.origin.bot_id, Wanted(state="closed"), before=None, limit=5
    )
    assert [each.buyer_name for each in listed] == [""]
