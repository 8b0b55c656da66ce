"""Welcome, menu, and a hint for whatever no other module understands."""

from bots.modules.menu.settings import MenuSettings
from bots.sdk.context import Context
from bots.sdk.keyboards import Keyboard, keyboard
from bots.sdk.points import MenuEntry
from bots.sdk.replies import Text
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command, Message, Start

router = Router[MenuSettings]()


@router.start
async def start(context: Context[MenuSettings], _: Start) -> None:
    context.reply(_welcome(context), await _menu(context))


@router.command("menu")
async def command(context: Context[MenuSettings], _: Command) -> None:
    context.reply(_welcome(context), await _menu(context))


@router.button("menu")
async def pressed(context: Context[MenuSettings], _: Button) -> None:
    context.edit(_welcome(context), await _menu(context))


@router.message
async def hint(context: Context[MenuSettings], _: Message) -> None:
    menu = await _menu(context)
    context.reply(context.texts.get("hint" if menu else "hint_bare"), menu)


def _welcome(context: Context[MenuSettings]) -> Text | str:
    settings = context.settings
    own = {"ru": settings.welcome_ru, "en": settings.welcome_en}[context.texts.language]
    return own or context.texts.get("welcome", shop=context.shop.name)


async def _menu(context: Context[MenuSettings]) -> Keyboard | None:
    return keyboard(*([entry.button] for entry in await context.offered(MenuEntry)))
