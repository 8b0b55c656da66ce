"""Stock and reservations: unpaid orders run out, owners hear of little stock, shoppers of more."""

from bots.modules.stock.events import STOCK_AWAITED, STOCK_BACK_TOLD
from bots.modules.stock.settings import StockSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="stock",
    title=Bilingual("Остатки и резерв", "Stock and reservations"),
    summary=Bilingual(
        "Возвращает в продажу неоплаченное, предупреждает, что товар кончается, и пишет "
        "покупателю, когда он снова есть.",
        "Sells again what was not paid for, warns that a product runs out, and writes to a shopper "
        "when it is back.",
    ),
    settings=StockSettings,
    events=(STOCK_AWAITED, STOCK_BACK_TOLD),
    default_on=True,
)
