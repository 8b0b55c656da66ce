"""What the catalogue counts."""

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType
from core.taxonomy import TAXONOMY

# `props.page` is the page's number, from 0; `props.category`, unless it is the catalogue's top.
CATALOG_VIEWED = TAXONOMY["catalog_viewed"]
# `product_id` says which.
PRODUCT_VIEWED = TAXONOMY["product_viewed"]


class CatalogueSearched(BaseModel):
    """The result of a search; the typed words are never stored."""

    found: int = Field(description="How many products")
    is_corrected: bool = Field(description="Whether other words were looked for than were typed")


CATALOGUE_SEARCHED = EventType(
    "catalogue_searched",
    "discovery",
    Bilingual("Поиски в каталоге", "Catalogue searches"),
    props=CatalogueSearched,
)
