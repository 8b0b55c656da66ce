"""What an owner sets of orders and notices."""

from typing import Annotated

from pydantic import Field

from bots.sdk.settings import BilingualText, ModuleSettings, TextLimit, labelled
from core.events import Bilingual


class OrdersSettings(ModuleSettings):
    """What the receipt says besides the order, and who is notified of what."""

    thanks: Annotated[BilingualText, TextLimit(1000)] = Field(
        default=BilingualText(),
        json_schema_extra=labelled(
            Bilingual("Слова в конце чека", "Words at the end of the receipt"),
            Bilingual(
                "Например, как и когда покупатель получит заказ. Пусто: «Спасибо за покупку!»",
                "How and when the order arrives, for example. Empty: “Thank you!”",
            ),
        ),
    )
    tell_stages: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Сообщать о ходе заказа", "Tell of an order's progress"),
            Bilingual(
                "Покупатель узнаёт, что заказ собирают, отправили и доставили.",
                "The shopper is told that the order is being prepared, shipped and delivered.",
            ),
        ),
    )
    show_details_to_staff: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Контакты в группе сотрудников", "Contacts in the staff's group"),
            Bilingual(
                "Показывать в группе имя, телефон и адрес из заказа. Выключите, если в группе "
                "есть посторонние.",
                "Shows the name, telephone and address of an order in the group. Switch it off if "
                "not all of its members should see them.",
            ),
        ),
    )
