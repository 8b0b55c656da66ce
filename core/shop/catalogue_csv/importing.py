"""An import: planned first, and then done exactly as planned or not at all."""

import asyncio

from core.csv_readings import Dates, Encoding
from core.csv_rows import RowsFile
from core.postgres import Connection
from core.shop.catalogue_csv.plan import Plan, plan
from core.shop.catalogue_csv.reading import read
from core.shop.catalogue_csv.report import ImportReport
from core.shop.catalogue_csv.state import read_catalogue
from core.shop.catalogue_csv.writing import CatalogueChanged, carry_out
from core.shop.shops import Shop


async def read_file(
    data: bytes, *, encoding: Encoding | None = None, dates: Dates | None = None
) -> RowsFile:
    """As `reading.read`, in a thread."""
    return await asyncio.to_thread(read, data, encoding=encoding, dates=dates)


async def planned(connection: Connection, shop: Shop, file: RowsFile) -> Plan:
    """What the file would do now; nothing is written or locked. Raises Refused."""
    catalogue = await read_catalogue(connection, shop)
    return await asyncio.to_thread(plan, file, catalogue)


async def take_in(
    connection: Connection,
    shop: Shop,
    file: RowsFile,
    *,
    seen: str | None = None,
    without_refused: bool = False,
) -> ImportReport:
    """Imports the file, in the caller's transaction.

    `seen`: the `plan` of the report that somebody has confirmed; None: whatever the file does now.
    Raises Refused, RowsRefused, and CatalogueChanged if the import would no longer do what was
    confirmed.
    """
    made = await planned(connection, shop, file)
    if seen is not None and seen != made.report.plan:
        raise CatalogueChanged(
            "the catalogue, or the file, is not as it was when this was planned: plan it again"
        )
    return await carried_out(connection, shop, made, without_refused=without_refused)


async def carried_out(
    connection: Connection, shop: Shop, made: Plan, *, without_refused: bool = False
) -> ImportReport:
    """As `writing.carry_out`; returns the report of what was done."""
    await carry_out(connection, shop.id, made, without_refused=without_refused)
    return made.report.model_copy(update={"is_applied": True})
