"""The demo's shops: what the simulator's bots sell."""

from pydantic import SecretStr

from bots.sdk.shop_templates import ShopTemplates, apply
from cli.demo_goods import furnish
from core import postgres
from core.module_settings import BilingualText
from core.modules import Modules
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import bots, catalogue, shops
from core.shop.bot_modules import Author
from core.shop.catalogue import ProductDraft
from core.shop.imprint import ImprintDraft
from core.shop.shops import ShopDraft
from simulator.demo import DEMO_BOTS, DemoBot, fleet

_TEA = [
    ("Улун «Те Гуань Инь»", "Светлый улун, 50 г. Сирень, мёд и сливки.", 450),
    ("Шу пуэр, 2016 год", "Прессованный блин, 100 г. Земля, орех, чернослив.", 620),
    ("Габа улун", "Тайваньский, 50 г. Яблоко и корица.", 540),
    ("Иван-чай с чабрецом", "Ферментированный, 75 г.", 190),
    ("Матча церемониальная", "Япония, 30 г.", 980),
    ("Гайвань фарфоровая", "120 мл, белая.", 1250),
    ("Набор на пробу", "Пять чаёв по 7 г.", 330),
]
_BOOKS = [
    ("The Art of Tea", "An e-book about tea and the people who grow it.", 250),
    ("Small Shops, Big Data", "Metrics that a shop of one can act on.", 400),
    ("Letters from Kyoto", "A novel in letters.", 180),
    ("Telegram for Sellers", "A field guide, second edition.", 350),
    ("The Honest Funnel", "How to count without fooling yourself.", 290),
    ("Night Trains", "Short stories.", 120),
]
# Of each second product of the numbered shops there are so many: some can run out.
_STOCK = 500


def _shop(bot: DemoBot, number: int) -> tuple[ShopDraft, list[ProductDraft]]:
    """What the bot sells; odd shops are Russian tea shops, even ones English book shops."""
    russian = number % 2 == 1
    draft = ShopDraft(
        name=bot.name,
        timezone="Europe/Moscow" if russian else "Europe/London",
        language="ru" if russian else "en",
    )
    is_numbered = number > len(DEMO_BOTS)
    products = [
        ProductDraft(
            title=title,
            description=description,
            price_minor=stars,
            currency="XTR",
            stock=_STOCK if is_numbered and place % 2 else None,
        )
        for place, (title, description, stars) in enumerate(_TEA if russian else _BOOKS)
    ]
    return draft, products


def _imprint(number: int) -> ImprintDraft:
    """Who sells: demo shops can be reached, as those of people must be."""
    return ImprintDraft(
        about=BilingualText(
            ru="Чай, который мы привозим сами." if number % 2 else "Книги о чае и торговле.",
            en="Tea that we bring ourselves." if number % 2 else "Books on tea and trade.",
        ),
        seller="Vitrina demo",
        contact="demo@vitrina.example",
    )


async def seed(settings: Settings, count: int = 2, template: str = "") -> list[str]:
    """Makes each of so many demo shops whose bot is not connected yet; returns a line for each.

    The bots follow a template, or have the modules that are on by default. Raises TemplateUnknown.
    """
    wanted = ShopTemplates.discover().get(template) if template else None
    known = Modules.discover()
    keys = KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)
    chosen = [m.key for m in known.manifests.values() if m.default_on]
    connection = await postgres.connect(settings.database_url.get_secret_value())
    lines = []
    try:
        for number, bot in enumerate(fleet(count), 1):
            draft, products = _shop(bot, number)
            if await connection.fetchval("SELECT 1 FROM bots WHERE id = $1", bot.id):
                lines.append(f"{draft.name}: already there")
                continue
            async with connection.transaction():
                shop = await shops.create(connection, draft)
                added = [await catalogue.add(connection, shop.id, each) for each in products]
                await furnish(connection, shop.id, shop.language, added)
                await shops.set_imprint(connection, shop.id, _imprint(number))
                await bots.connect(
                    connection,
                    keys,
                    shop_id=shop.id,
                    token=SecretStr(bot.token),
                    mode="hosted",
                    modules=chosen,
                )
                if wanted is not None:
                    await apply(connection, known, keys, bot.id, wanted, Author("demo"))
            lines.append(f"{draft.name}: {len(products)} products, @{bot.username}")
    finally:
        await connection.close()
    return lines
