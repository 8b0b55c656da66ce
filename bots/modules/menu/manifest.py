"""The menu: what a shopper sees first."""

from bots.modules.menu.settings import MenuSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="menu",
    title=Bilingual("Приветствие и меню", "Welcome and menu"),
    summary=Bilingual(
        "Встречает покупателя по «Старт» и подсказывает, если бот не понял сообщения.",
        "Greets a shopper who presses Start, and helps when the bot does not understand.",
    ),
    settings=MenuSettings,
    default_on=True,
    phase="fallback",
    commands=(BotCommand("menu", Bilingual("Меню", "Menu")),),
)
