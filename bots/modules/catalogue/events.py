"""What the catalogue counts."""

from core.events import Bilingual, EventType

# `props.page` is the page's number, from 0.
CATALOG_VIEWED = EventType(
    "catalog_viewed", "discovery", Bilingual("Просмотры каталога", "Catalogue views")
)
# `product_id` says which.
PRODUCT_VIEWED = EventType(
    "product_viewed", "discovery", Bilingual("Просмотры товаров", "Product views")
)
