"""The catalogue's file: its columns, and how it is read."""

from core import csv_rows
from core.csv_readings import Dates, Encoding
from core.csv_rows import Layout, RowsFile
from core.shop.catalogue_csv.columns import KEYS, NAMES

MAX_BYTES = 32 * 1024 * 1024
_LAYOUT = Layout(NAMES, KEYS, ("on_sale_from", "on_sale_until"), MAX_BYTES)


def read(data: bytes, *, encoding: Encoding | None = None, dates: Dates | None = None) -> RowsFile:
    """As `csv_rows.read`."""
    return csv_rows.read(data, _LAYOUT, encoding=encoding, dates=dates)
