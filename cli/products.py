"""A shop's products at the command line: one product, or the whole catalogue as a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import installation, outputs
from cli.inputs import content_of
from core import postgres
from core.csv_readings import Dates, Encoding
from core.csv_rows import CellProblem, FileTooLarge, RowsFile
from core.errors import ConfigurationError
from core.postgres import Connection
from core.settings import Settings
from core.shop import bots, categories, owned_products, shops
from core.shop.catalogue import DESCRIPTION_LENGTH, TITLE_LENGTH, ProductDraft, VariantDraft
from core.shop.catalogue_csv import export, importing
from core.shop.catalogue_csv.cells import path_of
from core.shop.catalogue_csv.reading import MAX_BYTES
from core.shop.catalogue_csv.report import ImportReport, RowReport
from core.shop.owned_products import OwnedProduct
from core.shop.pricing import ProductKind
from core.shop.shops import Shop

app = typer.Typer(no_args_is_help=True, help="What a shop sells.")

ShopOption = Annotated[
    int | None, typer.Option("--shop", help="The shop's number; the panel's address shows it.")
]
BotOption = Annotated[str, typer.Option("--bot", help="Or one of its bots: a number, or a @name.")]
_SHOWN = 20  # rows of a report


@asynccontextmanager
async def _shop(
    settings: Settings,
    shop: int | None,
    bot: str,
    *,
    isolation: Literal["read_committed", "repeatable_read"] = "read_committed",
) -> AsyncIterator[tuple[Connection, Shop]]:
    """A transaction and the shop in question.

    Raises ConfigurationError, NotFound.
    """
    if (shop is None) == (not bot):
        raise ConfigurationError("say which shop is meant: --shop, or --bot for one of its bots")
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction(isolation=isolation):
            number = shop if shop is not None else await _shop_of_bot(connection, bot)
            yield connection, await shops.get(connection, number)
    finally:
        await connection.close()


async def _shop_of_bot(connection: Connection, bot: str) -> int:
    name = bot.removeprefix("@")
    for each in await bots.of_shops(
        connection, [shop.id for shop in await shops.all_shops(connection)]
    ):
        if name in (str(each.id), each.username):
            return each.shop_id
    raise ConfigurationError(f"there is no bot {bot!r:.60}")


@app.command()
def add(  # pylint: disable=too-many-arguments,too-many-locals  # each is an option of the command
    title: Annotated[str, typer.Option(help=f"At most {TITLE_LENGTH} characters.")],
    price: Annotated[
        int, typer.Option(help="In minor units of the shop's currency; Stars: whole.")
    ],
    shop: ShopOption = None,
    bot: BotOption = "",
    description: Annotated[
        str, typer.Option(help=f"At most {DESCRIPTION_LENGTH} characters.")
    ] = "",
    stock: Annotated[
        int | None, typer.Option(help="How many there are; default: no limit.")
    ] = None,
    category: Annotated[
        str, typer.Option(help="Its path, like `Drinks > Tea`; made if it is not there.")
    ] = "",
    sku: Annotated[str, typer.Option(help="Your own name for it.")] = "",
    kind: Annotated[ProductKind, typer.Option(help="What is sold.")] = "physical",
    variant: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a size or a colour, as TITLE, TITLE:PRICE or TITLE:PRICE:STOCK, where an "
            "empty price is the product's; may be given many times."
        ),
    ] = None,
) -> None:
    """Puts a product on sale, after the others."""
    variants = [_variant(each) for each in variant or ()]
    settings = installation.settings()

    async def put() -> OwnedProduct:
        async with _shop(settings, shop, bot) as (connection, its_shop):
            draft = ProductDraft(
                title=title,
                price_minor=price,
                description=description,
                currency=its_shop.currency,
                stock=stock,
                kind=kind,
                sku=sku or None,
                category_id=await _category(connection, its_shop, category),
            )
            product = await owned_products.add(connection, its_shop.id, draft)
            for each in variants:
                await owned_products.add_variant(connection, its_shop.id, product.id, each)
            return await owned_products.get(connection, its_shop.id, product.id)

    added = asyncio.run(put())
    names = ", ".join(each.title for each in added.variants)
    typer.echo(f"product {added.id}: {added.title}, {added.price}{names and f' ({names})'}")


def _variant(said: str) -> VariantDraft:
    """Raises ConfigurationError, pydantic's ValidationError."""
    title, *numbers = said.rsplit(":", 2) if said.count(":") > 1 else said.split(":")
    if not all(each == "" or (each.isascii() and each.isdigit()) for each in numbers):
        raise ConfigurationError(
            f"--variant {said!r:.80}: write TITLE, TITLE:PRICE or TITLE:PRICE:STOCK, the price in "
            "minor units"
        )
    price, stock = ([int(each) if each else None for each in numbers] + [None, None])[:2]
    return VariantDraft(title=title, price_minor=price, stock=stock)


async def _category(connection: Connection, shop: Shop, path: str) -> int | None:
    """The category's id; missing parts of the path are created."""
    try:
        titles = path_of(path.strip())
    except CellProblem as problem:
        raise ConfigurationError(f"--category: {problem.detail}") from problem
    return await categories.of_path(connection, shop.id, titles)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, as `vitrina product export` writes it.")],
    shop: ShopOption = None,
    bot: BotOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would do, row by row.")
    ] = False,
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Import the others if rows are refused.")
    ] = False,
    encoding: Annotated[
        Encoding | None, typer.Option(help="If it is not UTF-8, like windows-1251.")
    ] = None,
    dates: Annotated[
        Dates | None, typer.Option(help="How it writes dates; default: as it shows.")
    ] = None,
) -> None:
    """Adds and changes products by a CSV file; what it does not name stays as it is."""
    settings = installation.settings()

    async def run() -> ImportReport:
        async with _shop(settings, shop, bot) as (connection, its_shop):
            read = await _read(file, encoding, dates)
            made = await importing.planned(connection, its_shop, read)
            if dry_run or (made.report.refused and not keep_good):
                return made.report
            return await importing.carried_out(
                connection, its_shop, made, without_refused=keep_good
            )

    report = asyncio.run(run())
    for line in _lines(report):
        typer.echo(line)
    if report.refused and not keep_good:
        raise typer.Exit(1)


async def _read(file: Path, encoding: Encoding | None, dates: Dates | None) -> RowsFile:
    if file.stat().st_size > MAX_BYTES:
        raise FileTooLarge(f"{file} is over {MAX_BYTES // 1024 // 1024} MiB: import it in parts")
    return await importing.read_file(content_of(file), encoding=encoding, dates=dates)


def _lines(report: ImportReport) -> list[str]:
    """The counts, and the rows that change something, the refused ones first."""
    result = "imported" if report.is_applied else "nothing is imported"
    lines = [
        f"{report.added} added, {report.changed} changed, {report.left} left as they are, "
        f"{report.refused} refused: {result}"
    ]
    if report.new_categories:
        lines.append(f"new categories: {'; '.join(report.new_categories)}")
    if report.ignored_columns:
        lines.append(f"columns that are not known: {', '.join(report.ignored_columns)}")
    for outcome in ("refused", "changed", "added"):
        rows = [row for row in report.rows if row.outcome == outcome]
        lines += [_line(row) for row in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            lines.append(f"… and {len(rows) - _SHOWN} more {outcome}")
    return lines


def _line(row: RowReport) -> str:
    name = f"{row.title}, {row.variant}" if row.variant else row.title
    details = [f"{each.column or 'the row'}: {each.detail}" for each in row.troubles]
    details += [f"{each.column} {each.before!r} → {each.after!r}" for each in row.changes]
    return f"line {row.line}  {row.outcome}  {name[:60]}{'  ' if details else ''}" + "; ".join(
        each[:200] for each in details
    )


@app.command("export")
def export_file(
    shop: ShopOption = None,
    bot: BotOption = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Where to; default: standard output.")
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="With what is off sale for good.")
    ] = False,
) -> None:
    """Writes the catalogue as CSV, which `vitrina product import` takes back."""
    if file is not None:
        outputs.require_writable(file)
    settings = installation.settings()

    async def run() -> bytes:
        async with _shop(settings, shop, bot, isolation="repeatable_read") as (connection, which):
            return b"".join(
                [each async for each in export.chunks(connection, which, archived=archived)]
            )

    data = asyncio.run(run())
    if file is None:
        typer.echo(data, nl=False)
    else:
        file.write_bytes(data)
        typer.echo(f"{len(data):,} bytes: {file}")
