"""The catalogue: a list of products by pages, and a card for each."""

from bots.modules.catalogue.events import CATALOG_VIEWED, PRODUCT_VIEWED
from bots.modules.catalogue.settings import CatalogueSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="catalogue",
    title=Bilingual("Каталог", "Catalogue"),
    summary=Bilingual(
        "Показывает товары по страницам и карточку каждого, с ценой и остатком.",
        "Shows the products by pages and a card for each, with its price and what is left.",
    ),
    settings=CatalogueSettings,
    events=(CATALOG_VIEWED, PRODUCT_VIEWED),
    default_on=True,
    commands=(BotCommand("catalogue", Bilingual("Каталог", "Catalogue")),),
)
