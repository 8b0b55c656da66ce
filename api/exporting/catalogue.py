"""Every table that can be exported, by its key."""

from collections.abc import Sequence

from api.exporting import event_tables, figure_tables, module_tables, record_tables, shop_tables
from api.exporting.columns import Column
from api.exporting.tables import ExportTable
from api.reader import Reader
from core.errors import NotFound
from core.shop.access import Forbidden, Visitor

TABLES = {
    table.key: table
    for table in (
        *event_tables.TABLES,
        *shop_tables.TABLES,
        *module_tables.tables(),
        *record_tables.TABLES,
        *figure_tables.TABLES,
    )
}

_BY_CUSTOMER = frozenset({"rfm_day"})  # of figures, and yet a row for each customer


class TableUnknown(NotFound):
    """No table for export has this name."""

    code = "export_table_unknown"


def table(key: str) -> ExportTable:
    """Raises TableUnknown."""
    if key not in TABLES:
        raise TableUnknown(
            f"there is no table {key!r:.80} to export: there are {', '.join(TABLES)}"
        )
    return TABLES[key]


def may_take(visitor: Visitor, wanted: ExportTable) -> bool:
    """Whether a table is a visitor's to take away: figures are everybody's, rows of single people,
    orders and events an analyst's and an owner's, but for those that owners alone see in the
    panel."""
    if wanted.owners_only:
        return visitor.role == "owner"
    of_figures = wanted.is_of_figures and wanted.key not in _BY_CUSTOMER
    return visitor.role != "viewer" or of_figures


def table_for(visitor: Visitor, key: str) -> ExportTable:
    """Raises TableUnknown, and Forbidden for what is not the visitor's to take away."""
    wanted = table(key)
    if not may_take(visitor, wanted):
        if wanted.owners_only:
            raise Forbidden("files of this table are for owners, like its list in the panel")
        raise Forbidden("files of rows are for owners and analysts; viewers take those of figures")
    return wanted


class ColumnsOfFigures:
    """The columns of tables, of which ClickHouse is asked once for those of figures."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Sequence[Column]] = {}

    async def of(self, wanted: ExportTable) -> Sequence[Column]:
        """All columns of a table, those of people as well."""
        if not wanted.is_of_figures:
            return wanted.columns
        if wanted.key not in self._known:
            rows = await self._reader.rows(f"DESCRIBE TABLE {wanted.key}", {})
            self._known[wanted.key] = figure_tables.described(
                wanted.key, [(row["name"], row["type"]) for row in rows]
            )
        return self._known[wanted.key]
