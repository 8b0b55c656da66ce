"""What an owner sets of the catalogue."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class CatalogueSettings(ModuleSettings):
    """How the products are shown."""

    page_size: int = Field(
        default=8,
        ge=1,
        le=20,
        json_schema_extra=labelled(
            Bilingual("Товаров на странице", "Products on a page"),
            Bilingual(
                "Сколько товаров в одном сообщении; остальные — на следующих страницах.",
                "How many products one message shows; the rest are on the next pages.",
            ),
        ),
    )
    show_stock: bool = Field(
        default=False,
        json_schema_extra=labelled(
            Bilingual("Показывать остаток", "Show what is left"),
            Bilingual(
                "Писать на карточке товара, сколько его осталось.",
                "Say on a product's card how many are left.",
            ),
        ),
    )
