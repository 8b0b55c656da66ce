from typing import Any

import pytest

from bots.sdk.replies import EditText, SendText, Span
from core.postgres import Connection
from tests.bots.shopper import MESSAGE_ID, Shopper, enabled_modules
from tests.factories import create_origin, create_shop


async def shopper_of(
    connection: Connection, language: str = "ru", **modules: dict[str, Any]
) -> Shopper:
    shop = await create_shop(connection, name="Чай & <b>Кофе</b>")
    origin = await create_origin(connection, shop)
    return Shopper(connection, origin, enabled_modules(**modules), language=language)


@pytest.mark.parametrize(("language", "word"), [("ru", "Здравствуйте"), ("en", "Hello")])
async def test_start_welcomes_with_the_shops_name_as_it_is(
    connection: Connection, language: str, word: str
) -> None:
    shopper = await shopper_of(connection, language, catalogue={}, menu={})
    seen = await shopper.start()
    text = seen.only(SendText).text
    assert seen.taken_by == "menu"
    assert text.plain.startswith("Чай & <b>Кофе</b>\n\n") and word in text.plain
    assert text.spans == (Span(style="bold", offset=0, length=17),)
    assert seen.buttons == ["catalogue:0"]


async def test_the_catalogue_is_offered_only_if_it_is_on(connection: Connection) -> None:
    shopper = await shopper_of(connection, menu={})
    assert (await shopper.start()).buttons == []
    assert "настраивают" in (await shopper.write("где?")).only(SendText).text.plain


async def test_the_owners_welcome_stands_in_its_language_only(connection: Connection) -> None:
    settings = {"welcome_ru": "  <b>Привет!</b> "}
    shopper = await shopper_of(connection, catalogue={}, menu=settings)
    text = (await shopper.start()).only(SendText).text
    assert (text.plain, text.spans) == ("<b>Привет!</b>", ())
    english = Shopper(connection, shopper.origin, shopper.enabled, language="en")
    assert "Hello" in (await english.start()).only(SendText).text.plain


async def test_a_message_that_nobody_understands_gets_the_menu(connection: Connection) -> None:
    shopper = await shopper_of(connection, "en", catalogue={}, menu={})
    seen = await shopper.write("do you have oolong?")
    assert "buttons" in seen.only(SendText).text.plain
    assert seen.buttons == ["catalogue:0"]


async def test_the_menu_button_turns_the_screen_into_the_menu(connection: Connection) -> None:
    shopper = await shopper_of(connection, catalogue={}, menu={})
    seen = await shopper.press("menu")
    assert seen.only(EditText).message_id == MESSAGE_ID
    assert seen.buttons == ["catalogue:0"]
