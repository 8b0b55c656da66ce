"""Staff answer in their group: by a reply, by buttons, with ready answers."""

from typing import Any

import pytest
from pydantic import ValidationError

from bots.modules.support import canned
from bots.modules.support.canned import AnswerDraft
from bots.sdk.keyboards import Keyboard
from bots.sdk.replies import AnswerButton, EditText, SendDocument, SendPhoto, SendText, TelegramFile
from bots.sdk.settings import BilingualText
from core.postgres import Connection
from tests.bots.modules.support.desk import (
    BORIS,
    STRANGER,
    Desk,
    ask,
    data_of,
    file_of,
    opened,
    picture,
)
from tests.bots.shopper import events


@pytest.fixture(name="desk")
async def of_support(connection: Connection) -> Desk:
    desk = await opened(connection)
    await ask(desk.shopper(), "Where is it?")
    return desk


async def told(desk: Desk) -> list[str]:
    return [each.text.plain for each in await desk.answers() if isinstance(each, SendText)]


async def test_a_reply_goes_to_the_shopper_without_a_name(desk: Desk) -> None:
    (card,) = await desk.cards()
    assert card.thread_id == 7 and "Where is it?" in card.text.plain
    (said,) = await desk.reply("On its way.")
    assert isinstance(said, EditText) and data_of(said) == data_of(card)
    assert "✅ Отправлено покупателю, отвечает Olga" in said.text.plain
    assert await told(desk) == ["💬 The shop answers\n\nOn its way."]
    assert await desk.tickets() == [("answered", None)]
    row = await desk.connection.fetchrow(
        "SELECT actor, action, subject FROM staff_actions WHERE action = 'support.answer'"
    )
    assert row is not None and tuple(row) == ("Olga", "support.answer", "ticket:1")


async def test_who_may_not_is_told_and_what_is_no_card_is_let_be(desk: Desk) -> None:
    for person in (BORIS, STRANGER):
        (said,) = await desk.reply("I answer", person=person)
        assert isinstance(said, SendText)
        assert "попросите владельца" in said.text.plain
    assert await desk.reply("to somebody", to=5) == []
    assert await told(desk) == []


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_files_go_to_the_shopper_and_are_stored(desk: Desk, kind: Any) -> None:
    content = picture() if kind == "photo" else b"%PDF-1.4\n" + b"0" * 100
    media = "image/jpeg" if kind == "photo" else "application/pdf"
    file = file_of(desk, content, kind=kind, media_type=media, name="label.pdf")
    await desk.reply("Look", kind=kind, file=file)
    await desk.run_jobs()
    (sent,) = await desk.answers()
    assert isinstance(sent, SendPhoto | SendDocument)
    assert sent.caption is not None and sent.caption.plain.endswith("Look")
    shown = sent.photo if isinstance(sent, SendPhoto) else sent.document
    assert shown == TelegramFile(file_id=file.file_id)
    rows = await desk.connection.fetch("SELECT buyer_no, owner FROM file_uses")
    assert [tuple(row) for row in rows] == [(1, "support")]


async def test_what_cannot_be_sent_is_said(desk: Desk) -> None:
    (said,) = await desk.reply("", kind="voice", file=file_of(desk, b"x", kind="voice"))
    assert isinstance(said, SendText) and "словами" in said.text.plain
    audio = file_of(desk, b"x", kind="document", media_type="audio/ogg")
    (said,) = await desk.reply("", kind="document", file=audio)
    assert isinstance(said, SendText) and await told(desk) == []


async def test_a_long_answer_comes_whole(desk: Desk) -> None:
    await desk.reply("слово " * 680)
    parts = await told(desk)
    assert len(parts) == 2 and "".join(parts).count("слово") == 680
    assert data_of((await desk.answers())[-1]) == [
        *("support_write:1", "support_done:1", "menu:below")
    ]


async def test_buttons_take_close_and_open_again(desk: Desk) -> None:
    (card,) = await desk.cards()
    assert data_of(card) == ["ticket_take:1.1", "ticket_close:1.1"]
    taken, edited = await desk.press("ticket_take:1.1")
    assert isinstance(taken, AnswerButton) and taken.text == "Отвечает Olga"
    assert isinstance(edited, EditText) and "Отвечает Olga" in edited.text.plain
    _, edited = await desk.press("ticket_close:1.1")
    assert isinstance(edited, EditText) and data_of(edited) == ["ticket_reopen:1.1"]
    await desk.press("ticket_close:1.1")
    assert await desk.tickets() == [("closed", None)]
    _, edited = await desk.press("ticket_reopen:1.1")
    assert isinstance(edited, EditText) and len(data_of(edited)) == 2
    assert await desk.tickets() == [("waiting", None)]
    names = await events(desk.connection)
    assert (names.count("ticket_closed"), names.count("ticket_reopened")) == (1, 1)
    for data in ("ticket_take:9.1", "ticket_close:1.9", "ticket_reopen:", "ticket_card:1.x"):
        (gone,) = await desk.press(data)
        assert isinstance(gone, AnswerButton) and gone.alert
    (refused,) = await desk.press("ticket_take:1.1", person=BORIS)
    assert isinstance(refused, AnswerButton) and refused.alert


async def test_a_ready_answer_is_sent_with_its_places_filled_in(desk: Desk) -> None:
    text = BilingualText(ru="Здравствуйте, {name}!", en="Hello {name} of {shop}, order {order}.")
    draft = AnswerDraft(title="Привет", text=text)
    ready = await canned.add(desk.connection, desk.origin.bot_id, draft)
    await ask(desk.shopper(), "Hello?")
    assert data_of((await desk.cards())[-1])[-1] == "ticket_canned:1.2"
    _, shown = await desk.press("ticket_canned:1.2")
    assert isinstance(shown, EditText) and isinstance(shown.keyboard, Keyboard)
    assert data_of(shown) == [f"ticket_say:1.2.{ready.id}", "ticket_card:1.2"]
    await desk.press(data_of(shown)[0])
    (said,) = await told(desk)
    assert said.startswith("💬 The shop answers\n\nHello ") and said.endswith("order.")
    (gone, _) = await desk.press("ticket_say:1.2.999")
    assert isinstance(gone, AnswerButton) and gone.alert


async def test_what_goes_into_another_ticket_is_said_on_the_card(desk: Desk) -> None:
    text = BilingualText(en="We look into No. {ticket}.")
    ready = await canned.add(
        desk.connection, desk.origin.bot_id, AnswerDraft(title="Later", text=text)
    )
    await desk.press("ticket_close:1.1")
    await ask(desk.shopper(), "And the other one?")
    await desk.deliver()
    first = await desk.connection.fetchval(
        "SELECT min(message_id) FROM outgoing WHERE purpose = 'staff_ticket'"
    )
    (replied,) = await desk.reply("On its way.", to=first)
    answered, said = await desk.press(f"ticket_say:1.1.{ready.id}")
    assert isinstance(answered, AnswerButton) and answered.text.endswith("№ 2")
    for card in (replied, said):
        assert isinstance(card, EditText) and data_of(card) == ["ticket_reopen:1.1"]
        assert "Where is it?" in card.text.plain and card.text.plain.endswith("№ 2.")
    assert await told(desk) == [
        "💬 The shop answers\n\nOn its way.",
        "💬 The shop answers\n\nWe look into No. 2.",
    ]
    assert await desk.tickets() == [("closed", None), ("answered", None)]


@pytest.mark.parametrize("text", ["{price}", "{}", "", "a\0b", "x" * 2001])
def test_a_ready_answer_that_could_not_be_sent_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        AnswerDraft(title="x", text=BilingualText(en=text))


async def test_staff_are_told_of_what_did_not_arrive(desk: Desk) -> None:
    await desk.reply("On its way.")
    (sent,) = await desk.answers()
    assert isinstance(sent, SendText) and len(sent.on_lost) == 1
    async with desk.transaction() as transaction:
        for each in sent.on_lost:
            transaction.keep(each)
    rows = await desk.connection.fetch(
        "SELECT message -> 'text' ->> 'plain' AS text FROM outgoing "
        "WHERE purpose = 'staff_unreached'"
    )
    assert [row["text"].startswith("⚠️ Ответ по обращению № 1 не дошёл") for row in rows] == [True]
