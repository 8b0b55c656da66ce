"""Orders and notices: the receipt, a shopper's orders, notices to staff."""

from bots.modules.orders.settings import OrdersSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="orders",
    title=Bilingual("Заказы и уведомления", "Orders and notices"),
    summary=Bilingual(
        "Чек после оплаты, «Мои заказы», уведомления покупателю и группе сотрудников, возвраты.",
        "The receipt, “My orders”, notices to shoppers and to the staff's group, refunds.",
    ),
    settings=OrdersSettings,
    default_on=True,
    order=60,  # what comes with the payment, such as the goods, is sent before the receipt
    commands=(BotCommand("orders", Bilingual("Мои заказы", "My orders")),),
)
