"""The menu: what a shopper sees first."""

from bots.modules.menu.settings import MenuSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="menu",
    title=Bilingual("Приветствие и меню", "Welcome and menu"),
    summary=Bilingual(
        "Встречает покупателя, собирает меню из включённых модулей, отвечает, кто продаёт и как "
        "с ним связаться.",
        "Greets a shopper, makes the menu of the modules that are on, and tells who sells and how "
        "to reach them.",
    ),
    settings=MenuSettings,
    default_on=True,
    phase="fallback",
    commands=(
        BotCommand("menu", Bilingual("Меню", "Menu")),
        BotCommand("help", Bilingual("Помощь и контакты", "Help and contacts")),
        BotCommand("paysupport", Bilingual("Вопрос об оплате", "A question about a payment")),
        BotCommand("terms", Bilingual("Условия продажи", "Terms of sale")),
        BotCommand("cancel", Bilingual("Отменить начатое", "Cancel what was begun")),
    ),
)
