"""Every daily table of figures: a further domain is one line here.

`TABLES` are all computed in the same way; `KEPT` describes them and the shop's day.
"""

from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.audience.tables import TABLES as AUDIENCE
from pipelines.broadcasts.tables import TABLES as BROADCASTS
from pipelines.customers.tables import TABLES as CUSTOMERS
from pipelines.figures import Table
from pipelines.kpis.assets import KEPT as SHOP_DAY
from pipelines.kpis.tables import TABLES as KPIS
from pipelines.metrics import Kept
from pipelines.products.tables import TABLES as PRODUCTS
from pipelines.service.tables import TABLES as SERVICE
from pipelines.sources.tables import TABLES as SOURCES

TABLES: tuple[Table, ...] = (
    *ACTIVITY,
    *AUDIENCE,
    *KPIS,
    *CUSTOMERS,
    *PRODUCTS,
    *SOURCES,
    *BROADCASTS,
    *SERVICE,
)

KEPT: tuple[Kept, ...] = (*SHOP_DAY, *(table.kept() for table in TABLES))
