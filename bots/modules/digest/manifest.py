"""What owners are told in their own chat."""

from bots.modules.digest.settings import DigestSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="digest",
    title=Bilingual("Сводка", "Digest"),
    summary=Bilingual(
        "В ваш чат с ботом: сводка дня и недели с графиком, какая ссылка принесла продажи, и "
        "тревоги: платежи, продажи, остатки, боты, мошенничество.",
        "In your own chat with the bot: the day's and the week's figures with a chart, which link "
        "brought the sales, and alerts: payments, sales, stock, bots, fraud.",
    ),
    settings=DigestSettings,
)
