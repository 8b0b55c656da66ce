"""Digital delivery: keys, files, links and texts, handed over with the payment."""

from bots.modules.delivery.events import DELIVERY_FAILED, DELIVERY_SENT, GOODS_ASSIGNED
from bots.modules.delivery.settings import DeliverySettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="delivery",
    title=Bilingual("Цифровая выдача", "Digital delivery"),
    summary=Bilingual(
        "Сразу после оплаты выдаёт ключи, файлы, ссылки и тексты; ключ достаётся одному заказу.",
        "Hands over keys, files, links and texts as soon as they are paid; a key is one order's.",
    ),
    settings=DeliverySettings,
    events=(DELIVERY_SENT, DELIVERY_FAILED, GOODS_ASSIGNED),
    requires=("orders",),
    default_on=True,
    order=50,  # the goods are the order's before its receipt is written
)
