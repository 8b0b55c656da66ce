"""The demo's shops: what the simulator's two bots sell."""

from pydantic import SecretStr

from core import postgres
from core.modules import Modules
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import bots, catalogue, shops
from core.shop.catalogue import ProductDraft
from core.shop.shops import ShopDraft
from simulator.demo import DEMO_BOTS

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
_SHOPS = (
    (ShopDraft(name="Чайная лавка", timezone="Europe/Moscow", language="ru"), _TEA),
    (ShopDraft(name="Book Nook", timezone="Europe/London", language="en"), _BOOKS),
)


async def seed(settings: Settings) -> list[str]:
    """Makes each demo shop whose bot is not connected yet; returns a line for each."""
    keys = KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)
    chosen = [m.key for m in Modules.discover().manifests.values() if m.default_on]
    connection = await postgres.connect(settings.database_url.get_secret_value())
    lines = []
    try:
        for demo_bot, (draft, products) in zip(DEMO_BOTS, _SHOPS, strict=True):
            if await connection.fetchval("SELECT 1 FROM bots WHERE id = $1", demo_bot.id):
                lines.append(f"{draft.name}: already there")
                continue
            async with connection.transaction():
                shop = await shops.create(connection, draft)
                for title, description, stars in products:
                    product = ProductDraft(
                        title=title, description=description, price_minor=stars, currency="XTR"
                    )
                    await catalogue.add(connection, shop.id, product)
                await bots.connect(
                    connection,
                    keys,
                    shop_id=shop.id,
                    token=SecretStr(demo_bot.token),
                    mode="hosted",
                    modules=chosen,
                )
            lines.append(f"{draft.name}: {len(products)} products, @{demo_bot.username}")
    finally:
        await connection.close()
    return lines
