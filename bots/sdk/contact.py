"""A contact before money: Telegram requires that sellers can be reached
(https://core.telegram.org/bots/payments-stars)."""

from collections.abc import Iterable

from bots.sdk.loading import LoadedModule
from core.errors import Refused
from core.events import Bilingual
from core.postgres import Connection
from core.shop import bots, shops


class ContactMissing(Refused):
    """A module that takes money is to be switched on, and the shop's imprint has no contact."""

    code = "contact_missing"

    def __init__(self, shop_id: int) -> None:
        self.explained = Bilingual(
            "Сначала укажите контакт магазина: покупатели, которые платят, должны знать, куда "
            "писать, и этого требует Telegram. В мастере подключения это поле «Контакт для "
            f"покупателей», через API — PUT /api/v1/shops/{shop_id}/imprint, в командной строке — "
            f"vitrina shop imprint {shop_id} --contact @имя",
            "Give the shop's contact first: shoppers who pay must know where to write, and "
            "Telegram asks for it. It is the field “Contact for shoppers” where a bot is "
            f"connected, PUT /api/v1/shops/{shop_id}/imprint by the API, and at the command line "
            f"vitrina shop imprint {shop_id} --contact @name",
        )
        super().__init__(self.explained.en)


async def require_contact(
    connection: Connection, bot_id: int, modules: Iterable[LoadedModule]
) -> None:
    """Call it before a bot's modules begin to take money. Raises ContactMissing, NotFound."""
    if not any(module.takes_money for module in modules):
        return
    bot = await bots.get(connection, bot_id)
    shop = await shops.get(connection, bot.shop_id)
    if not shop.imprint.contact:
        raise ContactMissing(shop.id)
