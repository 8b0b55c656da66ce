import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bots.modules.menu.settings import MenuLink, MenuSettings
from bots.sdk.context import Scope
from bots.sdk.keyboards import LinkButton
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import Helpline
from bots.sdk.replies import DeleteMessage, EditText, SendPhoto, SendText, Span
from bots.sdk.updates import Command, Message, MessageKind
from core.migrations import scripts
from core.module_settings import BilingualText
from core.modules import Modules
from core.postgres import Connection
from core.shop import shops
from core.shop.imprint import ImprintDraft
from tests.bots.counter import shelf
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import MESSAGE_ID, Seen, Shopper, enabled_modules, outgoing
from tests.factories import create_bot, create_origin, create_shop

STATED = ImprintDraft(
    about=BilingualText(ru="Чай из Уси", en="Tea from Wuyi"),
    seller="ИП Чай",
    contact="@tea_shop",
    terms=BilingualText(ru="Возврат 14 дней"),
)
HELP = "help"  # the menu's own entry, the last one


async def shopper_of(
    connection: Connection,
    language: str = "ru",
    *,
    others: Sequence[EnabledModule] = (),
    menu: dict[str, Any] | None = None,
) -> Shopper:
    """Of a bot whose menu has an entry, or what `others` offer instead."""
    shop = await create_shop(connection, name="Чай & <b>Кофе</b>")
    origin = await create_origin(connection, shop)
    enabled = [*enabled_modules(menu=menu or {}), *(others or (shelf(),))]
    return Shopper(connection, origin, enabled, language=language)


async def stating(shopper: Shopper, imprint: ImprintDraft = STATED) -> Shopper:
    await shops.set_imprint(shopper.connection, shopper.origin.shop_id, imprint)
    return shopper


def when(shopper: Shopper) -> dict[str, Any]:
    return {"chat_id": shopper.profile.telegram_id, "occurred_at": datetime.now(UTC)}


async def say(shopper: Shopper, name: str) -> Seen:
    return await shopper.do(Command(name=name, **when(shopper)))


async def send(shopper: Shopper, kind: MessageKind, album_id: int = 0) -> Seen:
    return await shopper.do(Message(kind=kind, album_id=album_id, **when(shopper)))


def links(seen: Seen) -> list[str]:
    return [each.url for row in seen.rows for each in row if isinstance(each, LinkButton)]


def shown(seen: Seen) -> list[list[str]]:
    """The words of the buttons, without what decorates them."""
    return [[each.text.lstrip("💬 ") for each in row] for row in seen.rows]


@pytest.mark.parametrize(("language", "word"), [("ru", "Здравствуйте"), ("en", "Hello")])
async def test_start_welcomes_with_the_shops_name_as_it_is(
    connection: Connection, language: str, word: str
) -> None:
    shopper = await shopper_of(connection, language)
    seen = await shopper.start()
    text = seen.only(SendText).text
    assert seen.taken_by == "menu"
    assert text.plain.startswith("Чай & <b>Кофе</b>\n\n") and word in text.plain
    assert text.spans == (Span(style="bold", offset=0, length=17),)
    assert seen.buttons == ["shelf:0", HELP]


@pytest.mark.parametrize(("language", "about"), [("ru", "Чай из Уси"), ("en", "Tea from Wuyi")])
async def test_the_welcome_says_what_the_shop_is(
    connection: Connection, language: str, about: str
) -> None:
    shopper = await shopper_of(connection, language)
    assert "Telegram" in (await shopper.start()).screen.text.plain
    plain = (await (await stating(shopper)).start()).screen.text.plain
    assert about in plain and "Telegram" not in plain


async def test_a_shop_without_anything_to_choose_says_so(connection: Connection) -> None:
    shopper = await shopper_of(connection, others=[switched_on("silent")])
    seen = await shopper.start()
    assert "настраивают" in seen.screen.text.plain and seen.buttons == [HELP]
    shopper = await shopper_of(connection, menu={"hidden": ["shelf:0"]})
    assert "настраивают" in (await shopper.start()).screen.text.plain


async def test_the_owners_welcome_stands_in_its_language_only(connection: Connection) -> None:
    settings = {"welcome": {"ru": "  <b>Привет!</b> "}}
    shopper = await shopper_of(connection, menu=settings)
    text = (await shopper.start()).only(SendText).text
    assert (text.plain, text.spans) == ("<b>Привет!</b>", ())
    english = Shopper(connection, shopper.origin, shopper.enabled, language="en")
    assert "Hello" in (await english.start()).only(SendText).text.plain


async def test_the_owners_picture_stands_above_the_welcome(connection: Connection) -> None:
    shopper = await shopper_of(connection, menu={"picture": "a" * 64})
    photo = (await shopper.start()).only(SendPhoto)
    assert photo.photo.kind == "stored" and photo.keyboard is not None
    assert photo.caption is not None and "Здравствуйте" in photo.caption.plain
    turned = await shopper.press("menu")
    assert turned.only(DeleteMessage).message_id == MESSAGE_ID
    assert turned.only(SendPhoto).photo == photo.photo


async def test_the_owner_orders_hides_and_adds_entries(connection: Connection) -> None:
    own = [
        {"label": {"ru": "Наш канал", "en": "Our channel"}, "url": "@tea_channel"},
        {"label": {"ru": "Отзывы"}, "url": "t.me/tea_reviews"},
    ]
    shopper = await shopper_of(connection, "en", menu={"links": own})
    seen = await shopper.start()
    assert shown(seen) == [["Shelf"], ["Our channel"], ["Отзывы"], ["Help and contacts"]]
    assert links(seen) == ["https://t.me/tea_channel", "https://t.me/tea_reviews"]
    placed = {"links": own, "order": ["link:2", "gone:1", HELP], "hidden": ["link:1"], "columns": 2}
    shopper = await shopper_of(connection, menu=placed)
    assert shown(await shopper.start()) == [["Отзывы", "Помощь и контакты"], ["Полка"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": {"ru": ""}, "url": "https://tea.example"},
        {"label": {"ru": "x" * 65}, "url": "https://tea.example"},
        {"label": {"ru": "x"}, "url": "javascript:alert(1)"},
        {"label": {"ru": "x"}, "url": "https://"},
        {"label": {"ru": "x"}, "url": "https://tea example"},
    ],
)
def test_a_link_that_opens_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MenuLink.model_validate(wrong)


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "contact", "other"])
async def test_what_cannot_be_read_is_answered_with_the_menu(
    connection: Connection, kind: MessageKind
) -> None:
    shopper = await shopper_of(connection)
    seen = await send(shopper, kind)
    assert "прочитать" in seen.screen.text.plain and seen.buttons == ["shelf:0", HELP]


async def test_an_album_is_answered_once(connection: Connection) -> None:
    shopper = await shopper_of(connection)
    for _ in range(3):
        assert (await send(shopper, "photo", album_id=7)).replies == []
    assert [purpose for _, purpose, _ in await outgoing(connection)] == ["hint"]


@pytest.mark.parametrize(
    "text", ["do you have oolong?", "🍵" * 2048, "\u202eevil", "{shop} <b>", "menu:0", " "]
)
async def test_a_message_that_nobody_understands_gets_the_menu(
    connection: Connection, text: str
) -> None:
    shopper = await shopper_of(connection, "en")
    seen = await shopper.write(text)
    plain = seen.only(SendText).text.plain
    assert "did not understand" in plain and "seller" not in plain
    assert seen.buttons == ["shelf:0", HELP]
    seen = await (await stating(shopper)).write(text)
    assert "@tea_shop" in seen.screen.text.plain and links(seen) == ["https://t.me/tea_shop"]


async def test_an_unknown_command_is_told_of_help(connection: Connection) -> None:
    shopper = await shopper_of(connection)
    assert "/help" in (await say(shopper, "buy_everything")).screen.text.plain
    assert "Отменять нечего" in (await say(shopper, "cancel")).screen.text.plain


async def test_the_menu_button_turns_the_screen_into_the_menu(connection: Connection) -> None:
    shopper = await shopper_of(connection)
    seen = await shopper.press("menu")
    assert seen.only(EditText).message_id == MESSAGE_ID
    assert seen.buttons == ["shelf:0", HELP]
    below = await shopper.press("menu:below")  # a receipt stays as it is
    assert below.only(SendText).keyboard is not None


@pytest.mark.parametrize("name", ["help", "terms", "paysupport"])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_who_sells_and_how_to_reach_them_is_told_as_far_as_it_is_known(
    connection: Connection, name: str, language: str
) -> None:
    shopper = await shopper_of(connection, language)
    bare = await say(shopper, name)
    assert bare.taken_by == "menu" and bare.buttons == ["menu"] and links(bare) == []
    assert "@" not in bare.screen.text.plain
    stated = await say(await stating(shopper), name)
    assert "ИП Чай" in stated.screen.text.plain
    assert links(stated) == ["https://t.me/tea_shop"] and stated.buttons == ["menu"]
    assert ("@tea_shop" in stated.screen.text.plain) == (name != "terms")
    assert ("14 дней" in stated.screen.text.plain) == (name == "terms")


async def test_a_contact_without_a_chat_is_read_not_pressed(connection: Connection) -> None:
    by_phone = ImprintDraft(contact="+7 921 123-45-67")
    shopper = await stating(await shopper_of(connection), by_phone)
    seen = await say(shopper, "paysupport")
    assert "+7 921 123-45-67" in seen.screen.text.plain and links(seen) == []


async def test_help_names_the_commands_of_what_is_on(connection: Connection) -> None:
    shopper = await shopper_of(connection, "en")
    plain = (await say(shopper, "help")).screen.text.plain
    assert "/shelf — Shelf" in plain and "/paysupport — " in plain
    shopper = await shopper_of(connection, "en", others=[switched_on("silent")])
    assert "/shelf" not in (await say(shopper, "help")).screen.text.plain
    assert (await shopper.press("help")).only(EditText).text.plain.startswith("Чай & <b>Кофе</b>")


async def test_terms_as_long_as_they_may_be_are_told_whole(connection: Connection) -> None:
    shopper = await shopper_of(connection)
    long = ImprintDraft(terms=BilingualText(ru="🍵" * 3000))
    seen = await say(await stating(shopper, long), "terms")
    parts = [reply for reply in seen.replies if isinstance(reply, SendText)]
    assert sum(part.text.plain.count("🍵") for part in parts) == 3000
    assert [part.keyboard is not None for part in parts] == [False, True]


async def test_settings_of_before_keep_their_welcome(connection: Connection) -> None:
    bot = await create_bot(connection, await create_shop(connection), modules=["menu", "catalogue"])
    before = {"welcome_ru": "Привет!", "welcome_en": ""}
    await connection.execute("UPDATE bot_modules SET settings = $1 WHERE module = 'menu'", before)
    folder = Modules.discover().folder / "menu"
    found = scripts("menu", folder / "migrations", whole=folder)
    await connection.execute(found[0].sql)
    rows = await connection.fetch("SELECT module, settings FROM bot_modules ORDER BY module")
    assert {row["module"]: row["settings"] for row in rows} == {
        "catalogue": {},
        "menu": {"welcome": {"ru": "Привет!", "en": ""}},
    }
    settings = MenuSettings.model_validate(json.loads(json.dumps(rows[1]["settings"])))
    assert settings.welcome.ru == "Привет!" and bot.id


async def test_where_the_shop_can_be_asked_in_the_chat_it_is_said(connection: Connection) -> None:
    offers = Offers[NoteSettings]()

    @offers.provide(Helpline)
    def ask(_: Scope[NoteSettings]) -> list[Helpline]:
        return [Helpline(label="Ask", action="ask_here")]

    shopper = await shopper_of(connection, "en", others=[switched_on("asking", offers=offers)])
    for name in ("help", "paysupport"):
        seen = await say(shopper, name)
        assert seen.buttons == ["ask_here", "menu"]
        assert "ask right here" in seen.screen.text.plain
        assert "not given a contact" not in seen.screen.text.plain
    assert "ask right here" in (await say(await stating(shopper), "paysupport")).screen.text.plain
