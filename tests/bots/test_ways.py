"""A shopper presses whatever there is, in each template's shop and both languages: every button
answers, and from every screen there is a way on."""

from collections import Counter, deque
from datetime import UTC, datetime

import pytest

from bots.sdk.asking import RESERVED
from bots.sdk.keyboards import ActionButton, Keyboard, NoKeyboard, RequestKeyboard
from bots.sdk.loading import enable, load
from bots.sdk.replies import (
    AnswerButton,
    EditPhoto,
    EditText,
    Reply,
    SendInvoice,
    SendPhoto,
    SendText,
)
from bots.sdk.shop_templates import ShopTemplates, apply
from bots.sdk.updates import Command, split
from core.modules import Modules
from core.postgres import Connection
from core.shop import bot_modules, bots, module_texts, shops
from core.shop.bot_modules import Author
from core.shop.imprint import ImprintDraft
from tests.bots.shopper import Seen, Shopper
from tests.factories import KEYS, create_origin, create_product, create_shop

MODULES = Modules.discover()
LOADED = load(MODULES)
TEMPLATES = ShopTemplates.discover()
HOSTED = [key for key, each in TEMPLATES.by_key.items() if each.mode == "hosted"]
ALL_ON = "all on"
MOST_PRESSES = 300
MOST_OF_AN_ACTION = 12  # “+” goes on for as long as there is something left


async def shopper_in(connection: Connection, template: str, language: str) -> Shopper:
    """In a shop that follows the template, or has all modules on, and has something to sell."""
    shop = await create_shop(connection)
    origin = await create_origin(connection, shop)
    await shops.set_imprint(connection, shop.id, ImprintDraft(contact="@tea_shop"))
    for title, stock in (("Пуэр", 3), ("Габа", 0), ("Матча", None)):
        await create_product(connection, shop.id, title=title, stock=stock)
    if template == ALL_ON:
        for key in MODULES.manifests:
            await bot_modules.switch_on(
                connection, MODULES, origin.bot_id, key, Author(), with_required=True
            )
    else:
        await apply(connection, MODULES, KEYS, origin.bot_id, TEMPLATES.get(template), Author())
    enabled, problems = enable(
        LOADED,
        await bots.enabled_modules(connection, origin.bot_id),
        KEYS,
        own_texts=await module_texts.of_bot(connection, origin.bot_id),
    )
    assert problems == []
    return Shopper(connection, origin, enabled, language=language)


def keyboards_of(seen: Seen) -> list[object]:
    return [
        reply.keyboard
        for reply in seen.replies
        if isinstance(reply, SendText | EditText | SendPhoto | EditPhoto)
    ]


def buttons_of(seen: Seen) -> list[str]:
    return [
        each.data
        for shown in keyboards_of(seen)
        if isinstance(shown, Keyboard)
        for row in shown.rows
        for each in row
        if isinstance(each, ActionButton)
    ]


def leads_on(seen: Seen) -> bool:
    """The last thing on the screen has buttons, or is a bill or a word over the chat."""
    said: list[Reply] = seen.replies
    if any(isinstance(reply, SendInvoice) for reply in said):
        return True
    if any(isinstance(reply, AnswerButton) and reply.text for reply in said):
        return True
    shown = keyboards_of(seen)
    return bool(shown) and isinstance(shown[-1], Keyboard | RequestKeyboard | NoKeyboard)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("template", [*HOSTED, ALL_ON])
async def test_whatever_is_pressed_answers_and_leads_on(
    connection: Connection, template: str, language: str
) -> None:
    shopper = await shopper_in(connection, template, language)
    waiting = deque(buttons_of(await shopper.start()))
    assert waiting
    pressed: set[str] = set()
    times = Counter[str]()
    dead: dict[str, list[str]] = {}
    while waiting and len(pressed) < MOST_PRESSES:
        data = waiting.popleft()
        action, _ = split(data)
        if data in pressed or action in RESERVED or times[action] >= MOST_OF_AN_ACTION:
            continue  # a question's own is over by then
        pressed.add(data)
        times[action] += 1
        seen = await shopper.press(data)
        if seen.taken_by is None or not leads_on(seen):
            dead[data] = [str(seen.taken_by), *(repr(reply) for reply in seen.replies)]
        waiting.extend(buttons_of(seen))
    assert not dead
    assert not waiting, "there is more to press than this test does"
    assert {"catalogue:0", "help", "menu"} <= pressed


@pytest.mark.parametrize("template", [*HOSTED, ALL_ON])
async def test_every_command_that_telegram_lists_leads_on(
    connection: Connection, template: str
) -> None:
    shopper = await shopper_in(connection, template, "en")
    for item in shopper.enabled:
        for command in item.module.manifest.commands:
            chat_id, now = shopper.profile.telegram_id, datetime.now(UTC)
            seen = await shopper.do(Command(name=command.name, chat_id=chat_id, occurred_at=now))
            assert leads_on(seen), command.name


async def test_the_crawler_would_find_a_dead_end(connection: Connection) -> None:
    shopper = await shopper_in(connection, HOSTED[0], "en")
    assert (await shopper.press("gone:1")).taken_by is None
    assert not leads_on(Seen(None, [], 0))
