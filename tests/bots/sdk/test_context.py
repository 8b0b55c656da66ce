"""A handler's replies: screens with and without pictures, and texts that are too long."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.context import Context
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import (
    AnswerButton,
    DeleteMessage,
    EditPhoto,
    EditText,
    SendAlbum,
    SendDocument,
    SendInvoice,
    SendPhoto,
    SendText,
    TelegramFile,
    Text,
)
from bots.sdk.router import Router
from bots.sdk.updates import Button, Start, Update
from core.money import Money
from core.postgres import Connection
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Shopper, outgoing
from tests.factories import create_origin

Notes = Context[NoteSettings]
WHEN: dict[str, Any] = {"chat_id": 9001, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
PHOTO = TelegramFile(file_id="x")
ALBUM: list[Any] = [SendAlbum, SendText]
KEYS = keyboard([button("Back", "back")])


def press(*, on_media: bool) -> Button:
    return Button(action="go", query_id=1, message_id=77, is_on_media=on_media, **WHEN)


async def said(
    connection: Connection, update: Update, say: Callable[[Notes], None]
) -> list[tuple[str, bool]]:
    """The kinds of the replies but a button's own answer, and which have the keyboard."""
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        say(context)

    @router.button("go")
    async def go(context: Notes, _: Button) -> None:
        say(context)

    origin = await create_origin(connection)
    seen = await Shopper(connection, origin, [switched_on("a", router=router)]).do(update)
    return [
        (reply.kind, getattr(reply, "keyboard", None) is not None)
        for reply in seen.replies
        if not isinstance(reply, AnswerButton)
    ]


def kinds_of(*replies: Any) -> list[Any]:
    return list(replies)


@pytest.mark.parametrize(
    ("on_media", "photo", "length", "kinds"),
    [
        (False, None, 10, kinds_of(EditText)),
        (False, None, 5000, kinds_of(EditText, SendText)),
        (True, PHOTO, 1024, kinds_of(EditPhoto)),
        (True, PHOTO, 1025, kinds_of(DeleteMessage, SendPhoto, SendText)),
        (True, None, 10, kinds_of(DeleteMessage, SendText)),
        (False, PHOTO, 10, kinds_of(DeleteMessage, SendPhoto)),
        (False, PHOTO, 5000, kinds_of(DeleteMessage, SendPhoto, SendText, SendText)),
    ],
)
async def test_a_screen_takes_the_place_of_the_one_before(
    connection: Connection, on_media: bool, photo: Any, length: int, kinds: list[Any]
) -> None:
    replies = await said(
        connection,
        press(on_media=on_media),
        lambda context: context.edit("x" * length, KEYS, photo=photo),
    )
    expected = [kind.model_fields["kind"].default for kind in kinds]
    assert [kind for kind, _ in replies] == expected
    assert [has for _, has in replies] == [False] * (len(kinds) - 1) + [True]


@pytest.mark.parametrize(
    ("say", "kinds"),
    [
        (lambda c: c.reply("x" * 9000, KEYS), kinds_of(SendText) * 3),
        (lambda c: c.reply_photo(PHOTO, "x" * 1024, KEYS), kinds_of(SendPhoto)),
        (lambda c: c.reply_photo(PHOTO, "😀" * 513, KEYS), kinds_of(SendPhoto, SendText)),
        (lambda c: c.reply_photo(PHOTO), kinds_of(SendPhoto)),
        (lambda c: c.reply_album([PHOTO, PHOTO], "x" * 1025), ALBUM),
        (lambda c: c.reply_document(PHOTO, "x" * 1025, KEYS), kinds_of(SendDocument, SendText)),
    ],
)
async def test_what_is_too_long_goes_in_several_messages(
    connection: Connection, say: Callable[[Notes], None], kinds: list[Any]
) -> None:
    replies = await said(connection, Start(**WHEN), say)
    assert [kind for kind, _ in replies] == [k.model_fields["kind"].default for k in kinds]


async def test_a_bill_and_a_notice_are_cut_to_what_telegram_takes(connection: Connection) -> None:
    router = Router[NoteSettings]()

    @router.button("go")
    async def go(context: Notes, _: Button) -> None:
        context.answer("x" * 300)
        context.invoice(title="t" * 40, description="d" * 300, payload="a:1", price=Money(1, "XTR"))

    origin = await create_origin(connection)
    seen = await Shopper(connection, origin, [switched_on("a", router=router)]).press("go")
    assert len(seen.only(AnswerButton).text) == 200
    bill = seen.only(SendInvoice)
    assert (len(bill.title), len(bill.description)) == (32, 255)


async def test_a_long_durable_text_arrives_whole_and_once(connection: Connection) -> None:
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        await context.send_durably("receipt", Text(plain="x" * 5000), "1")

    shopper = Shopper(
        connection, await create_origin(connection), [switched_on("a", router=router)]
    )
    assert (await shopper.start()).queued == 2
    assert (await shopper.start()).queued == 0
    texts = [
        message.text.units
        for _, _, message in await outgoing(connection)
        if isinstance(message, SendText)
    ]
    assert texts == [4096, 904]
