"""Inputs that grow with the events and not with the shoppers: read in pieces of bounded size.

A piece holds whole shoppers, so that what is computed of a shopper's own rows is the same in
pieces and in one go; it is reduced to a row a shopper or so before the next is read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandera.polars as pa
import polars as pl

from pipelines.figures import Day, UnsoundInput
from pipelines.soundness import violations

# 20 MB of a shopper and a moment each, and about five times that while it is sorted.
ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Shops; of a large one alone those shoppers whose number leaves `part` divided by `parts`."""

    shops: tuple[int, ...]
    part: int = 0
    parts: int = 1


def plan(rows: Mapping[int, int], limit: int) -> Iterator[Piece]:
    """Pieces of all shops of at most `limit` rows; `rows` is how many each shop has.

    A shop with more is cut by its shoppers, evenly as far as they are alike: the least piece is a
    shopper.
    """
    together: list[int] = []
    size = 0
    for shop, count in sorted(rows.items()):  # as the events lie
        if together and size + count > limit:
            yield Piece(tuple(together))
            together, size = [], 0
        if count > limit:
            parts = -(-count // limit)
            yield from (Piece((shop,), part, parts) for part in range(parts))
        else:
            together.append(shop)
            size += count
    if together:
        yield Piece(tuple(together))


@dataclass(frozen=True, slots=True)
class InPieces:
    """Rows `e` of shoppers as SQL (what is selected of them, and FROM to WHERE), what each must be,
    and how those of whole shoppers are reduced, given the shops of the day."""

    selected: str
    rows: str
    schema: pa.DataFrameSchema
    reduce: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

    def read(self, day: Day) -> pl.DataFrame:
        """All that the pieces were reduced to. Raises UnsoundInput at the first that breaks the
        schema."""
        counted = day.query(f"SELECT e.shop_id AS shop_id, count() AS rows {self.rows} GROUP BY 1")
        pieces = plan(dict(counted.iter_rows()), ROWS)
        reduced = [self._reduced(day, piece) for piece in pieces]
        return pl.concat(reduced) if reduced else self._reduced(day, Piece(()))

    def _reduced(self, day: Day, piece: Piece) -> pl.DataFrame:
        frame = self._read(day, piece)
        found = violations(self.schema, frame)
        if found.height:
            raise UnsoundInput(found, frame.height)
        return self.reduce(frame, day.shops)

    def _read(self, day: Day, piece: Piece) -> pl.DataFrame:
        if not piece.shops:
            types = {name: column.dtype.type for name, column in self.schema.columns.items()}
            return pl.DataFrame(schema=types)
        these = replace(day, shops=day.shops.filter(pl.col("shop_id").is_in(piece.shops)))
        return these.query(
            f"SELECT {self.selected} {self.rows} AND e.shop_id IN (SELECT shop_id FROM windows) "
            "AND e.buyer_no % {parts:UInt32} = {part:UInt32}",
            part=piece.part,
            parts=piece.parts,
        )
