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
    search_in_chat: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Искать по сообщениям", "Search by messages"),
            Bilingual(
                "Покупатель пишет название товара в чат, и бот показывает, что нашлось.",
                "A shopper writes a product's name in the chat, and the bot shows what it found.",
            ),
        ),
    )
    favourites: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Избранное", "Favourites"),
            Bilingual(
                "Кнопка на карточке, которой покупатель отмечает товар, чтобы найти его снова.",
                "A button on the card by which a shopper marks a product to find it again.",
            ),
        ),
    )
