"""The catalogue: categories, lists of products by pages, a card for each, and a search."""

from bots.modules.catalogue.events import CATALOG_VIEWED, CATALOGUE_SEARCHED, PRODUCT_VIEWED
from bots.modules.catalogue.settings import CatalogueSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="catalogue",
    title=Bilingual("Каталог", "Catalogue"),
    summary=Bilingual(
        "Показывает разделы, товары по страницам и карточку каждого; находит товар по словам, даже "
        "с ошибкой.",
        "Shows categories, products by pages and a card for each; finds a product by words, even "
        "mistyped ones.",
    ),
    settings=CatalogueSettings,
    events=(CATALOG_VIEWED, PRODUCT_VIEWED, CATALOGUE_SEARCHED),
    default_on=True,
    order=900,  # modules that understand a message come first: here, any word may be a product
    commands=(
        BotCommand("catalogue", Bilingual("Каталог", "Catalogue")),
        BotCommand("search", Bilingual("Найти товар", "Find a product")),
        BotCommand("favourites", Bilingual("Избранное", "Favourites")),
    ),
)
