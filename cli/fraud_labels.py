"""`vitrina fraud labels`: what was found out before, or elsewhere, from a file."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli import installation, progress
from cli.inputs import content_of
from cli.stores import ShopNumber, check_named, find_customer
from core import csv_rows, postgres
from core.csv_readings import Dates, Encoding
from core.csv_rows import CellProblem, FileRow, Layout, RowsFile
from core.errors import ConfigurationError, NotFound
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_past_labels, shops
from core.shop.catalogue_csv.cells import moment_of
from core.shop.fraud_past_labels import PastLabel
from core.zones import zone

app = typer.Typer()
_COLUMNS = ("customer", "order", "abuse", "label", "known_at", "note")
_LAYOUT = Layout(
    {name: name for name in _COLUMNS}, ("customer", "order"), ("known_at",), 16 * 1024 * 1024
)
_SHOWN = 20  # problems
_LONGEST_NOTE = 500


@app.command()
def labels(
    file: Annotated[Path, typer.Argument(help="A .csv of labels: customer or order, abuse, …")],
    shop: ShopNumber,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it has.")] = False,
    dates: Annotated[
        Dates | None, typer.Option(help="How it writes dates; default: as it shows.")
    ] = None,
    encoding: Annotated[
        Encoding | None, typer.Option(help="If it is not UTF-8, like windows-1251.")
    ] = None,
) -> None:
    """Takes what was found out about shoppers before or elsewhere: chargebacks, an earlier system's
    decisions.

    Columns: `customer` (a Telegram id, #N or @ID, as for `vitrina erase`) or `order` (its number),
    `abuse`, `label` (confirmed or false_positive), `known_at` (when that was known; without an
    offset by the shop's clock) and `note`. Nothing is taken if a row is wrong; what is known
    already is passed over.
    """
    settings = installation.settings()
    progress.begin("reading labels")
    read = partial(csv_rows.read, layout=_LAYOUT, encoding=encoding, dates=dates)
    asyncio.run(_take(settings, shop, file, read, dry_run))


async def _take(
    settings: Settings, shop_id: int, file: Path, read: Callable[[bytes], RowsFile], dry_run: bool
) -> None:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            timezone = (await shops.get(connection, shop_id)).timezone
            found = read(content_of(file))
            given, problems = [], []
            for row in found.rows:
                try:
                    given.append(await _label(connection, shop_id, timezone, row, found.dates))
                except (CellProblem, NotFound, ConfigurationError) as error:
                    problems.append(f"line {row.line}: {error}")
            if problems:
                raise ConfigurationError(_told(problems))
            if dry_run:
                new = await fraud_past_labels.new_of(connection, shop_id, given)
            else:
                new = await fraud_past_labels.add(connection, shop_id, given)
    finally:
        await connection.close()
    for line in _lines(new):
        typer.echo(line)
    what = "would be taken" if dry_run else "taken"
    typer.echo(f"{len(new)} labels {what}, {len(given) - len(new)} were known")


def _told(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    shown = "; ".join(problems[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return f"nothing is taken: {shown}"


def _lines(new: list[PastLabel]) -> Iterator[str]:
    for (abuse, label), count in sorted(Counter((each.abuse, each.label) for each in new).items()):
        yield f"{abuse:10} {label:14} {count:8}"


async def _label(
    connection: Connection, shop_id: int, timezone: str, row: FileRow, dates: Dates
) -> PastLabel:
    if row.problem is not None:
        raise row.problem
    absent = [name for name in ("abuse", "label", "known_at") if not row.cells.get(name)]
    if absent:
        raise CellProblem("cell_missing", f"{', '.join(absent)}: write it")
    known_at = moment_of(row.cells["known_at"], dates, zone(timezone))
    if known_at > datetime.now(UTC):
        raise CellProblem("cell_invalid", f"known_at {row.cells['known_at']}: that is to come")
    note = row.cells.get("note", "")
    if len(note) > _LONGEST_NOTE:
        raise CellProblem("cell_too_long", f"note: at most {_LONGEST_NOTE} characters")
    values: dict[str, Any] = {
        "buyer_no": await _buyer(connection, shop_id, row),
        "known_at": known_at,
        "note": note,
    }
    try:
        return PastLabel(abuse=row.cells["abuse"], label=row.cells["label"], **values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CellProblem("cell_invalid", f"{first['loc'][0]}: {first['msg']}") from error


async def _buyer(connection: Connection, shop_id: int, row: FileRow) -> int:
    """Raises NotFound, and ConfigurationError for what names nobody."""
    customer, order = row.cells.get("customer", ""), row.cells.get("order", "")
    if customer:
        check_named(customer)
        return await find_customer(connection, shop_id, customer)
    number = order.removeprefix("#")
    if not number.isdecimal():
        raise ConfigurationError(f"{order!r} is no order's number: name a customer or an order")
    found: int | None = await connection.fetchval(
        "SELECT buyer_no FROM orders WHERE shop_id = $1 AND order_no = $2", shop_id, int(number)
    )
    if found is None:
        raise NotFound(f"shop {shop_id} has no order {number}")
    return found
