"""The catalogue as a file that can be imported again without any change."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from core.csv_text import safe
from core.postgres import Connection
from core.shop.catalogue_csv.columns import COLUMNS
from core.shop.catalogue_csv.state import (
    Catalogue,
    KeptProduct,
    product_cells,
    read_outline,
    read_products,
    variant_cells,
)
from core.shop.shops import Shop

_AT_ONCE = 500


async def chunks(
    connection: Connection, shop: Shop, *, archived: bool = False
) -> AsyncIterator[bytes]:
    """CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets expect: each product in the
    owner's order, its variants below it.

    It is a consistent snapshot if the caller's transaction is REPEATABLE READ. Archived products
    and variants are left out unless `archived`.
    """
    outline = await read_outline(connection, shop)
    ids = [
        row["id"]
        for row in await connection.fetch(
            "SELECT id FROM products WHERE shop_id = $1 AND (is_active OR $2) "
            "ORDER BY position, id",
            shop.id,
            archived,
        )
    ]
    yield header().encode("utf-8-sig")
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        kept = await read_products(connection, shop.id, outline.categories, ids=some)
        yield text_of([kept[number] for number in some], outline, archived=archived).encode()


def header() -> str:
    """The file's first line."""
    return _text([dict(zip(COLUMNS, COLUMNS, strict=True))])


def text_of(products: Iterable[KeptProduct], outline: Catalogue, *, archived: bool) -> str:
    """The lines of these products."""
    return _text([row for each in products for row in _rows(each, outline, archived)])


def _rows(product: KeptProduct, outline: Catalogue, archived: bool) -> Sequence[Mapping[str, str]]:
    state, number = product.state, str(product.id)
    own = {"id": number} | product_cells(state, outline.zone, outline.photo_names)
    return [own] + [
        {"id": number, "variant_id": str(each.id), "parent": state.sku or ""}
        | variant_cells(each.state, state.currency)
        for each in product.variants
        if archived or not each.state.is_archived
    ]


def _text(rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([safe(row.get(column, "")) for column in COLUMNS] for row in rows)
    return file.getvalue()
