from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.sdk.answers import (
    AnyAnswer,
    ChoiceAnswer,
    ContactAnswer,
    FileAnswer,
    LocationAnswer,
    NumberAnswer,
    PhotoAnswer,
    TextAnswer,
)
from bots.sdk.context import Context
from bots.sdk.dialogs import Dialogs
from bots.sdk.keyboards import NoKeyboard, RequestKeyboard
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import SendText
from bots.sdk.router import Router
from bots.sdk.updates import (
    Button,
    Command,
    Contact,
    Location,
    Message,
    ReceivedFile,
    Update,
)
from core.postgres import Connection
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Seen, Shopper
from tests.factories import create_origin

Notes = Context[NoteSettings]
WHEN: dict[str, Any] = {"chat_id": 9001, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
CHOICES = [("m", "Средний"), ("l", "Large")]


def asking(kind: AnyAnswer, heard: list[Any], **options: Any) -> EnabledModule:
    """Asks when its button is pressed, and notes what it hears."""
    router, dialogs = Router[NoteSettings](), Dialogs[NoteSettings]()

    @router.button("begin")
    async def begin(context: Notes, update: Button) -> None:
        choices = CHOICES if isinstance(kind, ChoiceAnswer) else ()
        await context.ask("it", "Which?", data={"of": update.argument}, choices=choices)

    @router.button("other")
    async def other(context: Notes, _: Button) -> None:
        context.answer("still here")

    @router.message
    async def message(context: Notes, update: Message) -> None:
        context.reply(f"hint: {update.text}")

    @dialogs.ask("it", kind=kind, **options)
    async def take(context: Notes, answer: Any, data: Mapping[str, Any]) -> None:
        heard.append((answer, data["of"]))
        context.reply("thanks")

    return switched_on("a", router=router, dialogs=dialogs)


def texts(seen: Seen) -> list[str]:
    return [reply.text.plain for reply in seen.replies if isinstance(reply, SendText)]


def command(name: str) -> Command:
    return Command(name=name, **WHEN)


def file(kind: Any = "document", size: int = 1000, media_type: str = "") -> Message:
    received = ReceivedFile(kind=kind, file_id="f", unique_id="u", size=size, media_type=media_type)
    return Message(kind=kind, file=received, **WHEN)


def text(words: str) -> Message:
    return Message(kind="text", text=words, **WHEN)


PHONE = Contact(phone="+79990001122", is_own=True)
PLACE = Location(latitude=55.7, longitude=37.6)


@pytest.mark.parametrize(
    ("kind", "update", "answer"),
    [
        (TextAnswer(max_length=20), text("  Тверская,\u202e 1\0 "), "Тверская, 1"),
        (TextAnswer(max_length=2), text("😀"), "😀"),
        (TextAnswer(), text("שלום"), "שלום"),
        (NumberAnswer(maximum=5000), text("1 500"), 1500),
        (NumberAnswer(minimum=-5), text("-5"), -5),
        (ContactAnswer(), Message(kind="contact", contact=PHONE, **WHEN), PHONE),
        (ContactAnswer(), text("+7 (999) 000-11-22"), Contact(phone="+79990001122")),
        (LocationAnswer(), Message(kind="location", location=PLACE, **WHEN), PLACE),
        (PhotoAnswer(), file("photo"), file("photo").file),
        (PhotoAnswer(), file(media_type="image/png"), file(media_type="image/png").file),
        (
            FileAnswer(media_types=("application/pdf",)),
            file(media_type="application/pdf"),
            file(media_type="application/pdf").file,
        ),
        (ChoiceAnswer(), text("  средний"), "m"),
    ],
)
async def test_an_answer_that_fits_comes_with_what_was_asked(
    connection: Connection, kind: AnyAnswer, update: Update, answer: Any
) -> None:
    heard: list[Any] = []
    shopper = Shopper(connection, await create_origin(connection), [asking(kind, heard)])
    await shopper.press("begin:7")
    assert texts(await shopper.do(update)) == ["thanks"]
    assert heard == [(answer, "7")]
    assert texts(await shopper.write("more")) == ["hint: more"]  # it is answered once


@pytest.mark.parametrize(
    ("kind", "update", "word"),
    [
        (TextAnswer(max_length=3), text("длинно"), "не больше 3"),
        (TextAnswer(max_length=3), text("😀😀"), "символов 4"),
        (TextAnswer(min_length=2), text("a"), "не меньше 2"),
        (TextAnswer(), text(" \0 "), "не меньше 1"),
        (TextAnswer(), file("photo"), "текстом"),
        (TextAnswer(pattern=r"\d{6}"), text("12345"), "ошибка"),
        (NumberAnswer(), text("ten"), "числом"),
        (NumberAnswer(), text("9" * 40), "числом"),
        (NumberAnswer(minimum=1, maximum=9), text("10"), "от 1 до 9"),
        (ContactAnswer(), text("call me"), "номер"),
        (ContactAnswer(may_type=False), text("+79990001122"), "номер"),
        (
            ContactAnswer(),
            Message(kind="contact", contact=Contact(phone="+1"), **WHEN),
            "чужой номер",
        ),
        (LocationAnswer(), text("Moscow"), "место"),
        (PhotoAnswer(), text("here"), "фото"),
        (PhotoAnswer(), file(media_type="application/pdf"), "фото"),
        (PhotoAnswer(max_bytes=5 << 20), file("photo", size=6 << 20), "не больше 5 МБ"),
        (FileAnswer(), file("voice"), "файл"),
        (FileAnswer(media_types=("image/",)), file(media_type="text/html"), "не принимаются"),
        (ChoiceAnswer(), text("huge"), "кнопок"),
    ],
)
async def test_a_wrong_answer_gets_a_clear_word_and_another_try(
    connection: Connection, kind: AnyAnswer, update: Update, word: str
) -> None:
    heard: list[Any] = []
    shopper = Shopper(connection, await create_origin(connection), [asking(kind, heard)])
    await shopper.press("begin:7")
    for _ in range(2):
        (said,) = texts(await shopper.do(update))
        assert word in said
    assert not heard


async def test_a_choice_is_pressed_and_only_of_the_last_question(connection: Connection) -> None:
    heard: list[Any] = []
    item = asking(ChoiceAnswer(), heard)
    shopper = Shopper(connection, await create_origin(connection), [item])
    old = (await shopper.press("begin:1")).buttons
    new = (await shopper.press("begin:2")).buttons
    stale = await shopper.press(old[0])
    assert stale.taken_by is None and not heard
    for forged in ("choose:1", "choose:x.0", new[0].replace(".0", ".9"), f"{new[0]}٣"):
        assert (await shopper.press(forged)).taken_by is None
    await shopper.press(new[1])
    assert heard == [("l", "2")]
    assert (await shopper.press(new[1])).taken_by is None  # a double press answers once


async def test_buttons_and_commands_go_on_working_and_start_forgets(
    connection: Connection,
) -> None:
    heard: list[Any] = []
    shopper = Shopper(connection, await create_origin(connection), [asking(TextAnswer(), heard)])
    await shopper.press("begin:1")
    assert (await shopper.press("other")).taken_by == "a"
    await shopper.write("answer")
    assert heard == [("answer", "1")]
    await shopper.press("begin:2")
    await shopper.start()
    assert texts(await shopper.write("late")) == ["hint: late"]


@pytest.mark.parametrize("way", ["command", "button", "word"])
async def test_a_question_can_be_left(connection: Connection, way: str) -> None:
    heard: list[Any] = []
    shopper = Shopper(connection, await create_origin(connection), [asking(TextAnswer(), heard)])
    (cancel,) = (await shopper.press("begin:1")).buttons
    match way:
        case "command":
            seen = await shopper.do(command("cancel"))
        case "button":
            seen = await shopper.press(cancel)
        case _:
            seen = await shopper.write("Отмена")
    assert "Отменено" in texts(seen)[0]
    assert texts(await shopper.write("words")) == ["hint: words"]
    assert "нечего" in texts(await shopper.do(command("cancel")))[0]
    assert not heard


async def test_a_contact_is_asked_for_by_telegrams_own_button(connection: Connection) -> None:
    item = asking(ContactAnswer(), [])
    shopper = Shopper(connection, await create_origin(connection), [item], language="en")
    keyboard = (await shopper.press("begin:1")).only(SendText).keyboard
    assert keyboard == RequestKeyboard(
        request="contact", text="📱 Share my number", others=("Cancel",)
    )
    left = (await shopper.write("Cancel")).only(SendText)
    assert left.keyboard == NoKeyboard()


async def test_a_question_has_an_end(connection: Connection) -> None:
    heard: list[Any] = []
    item = asking(TextAnswer(), heard, timeout=timedelta(minutes=5))
    shopper = Shopper(connection, await create_origin(connection), [item])
    for late, said in (("1 minute", "закрыт"), ("2 days", "hint: words")):
        await shopper.press("begin:1")
        await connection.execute(
            f"UPDATE dialogs SET expires_at = now() - interval '{late}'"  # one of the two above
        )
        assert said in texts(await shopper.write("words"))[0]
        assert texts(await shopper.write("words")) == ["hint: words"]
    assert not heard


async def test_a_question_of_a_module_that_is_off_is_forgotten(connection: Connection) -> None:
    origin = await create_origin(connection)
    await Shopper(connection, origin, [asking(TextAnswer(), [])]).press("begin:1")
    router, dialogs = Router[NoteSettings](), Dialogs[NoteSettings]()

    @router.message
    async def message(context: Notes, update: Message) -> None:
        context.reply(update.text)

    @dialogs.ask("it", kind=TextAnswer())
    async def take(_: Notes, __: str, ___: Mapping[str, Any]) -> None:
        raise AssertionError("it was another module's question")

    other = Shopper(connection, origin, [switched_on("b", router=router, dialogs=dialogs)])
    assert texts(await other.write("words")) == ["words"]
    assert await connection.fetchval("SELECT count(*) FROM dialogs") == 0


async def test_what_is_not_a_question_cannot_be_asked(connection: Connection) -> None:
    router = Router[NoteSettings]()

    @router.message
    async def message(context: Notes, _: Message) -> None:
        await context.ask("nothing", "?")

    shopper = Shopper(
        connection, await create_origin(connection), [switched_on("a", router=router)]
    )
    with pytest.raises(ValueError, match="a has no question nothing"):
        await shopper.write("x")
