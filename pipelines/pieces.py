"""Inputs that grow with the events and not with the shoppers: read in pieces of bounded size.

A piece has whole shoppers, so what is computed from a shopper's own rows is the same in pieces and
in one go; it is reduced to about one row a shopper before the next piece is read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandera.polars as pa
import polars as pl

from pipelines.figures import Day, UnsoundInput
from pipelines.soundness import violations

# 20 MB at one shopper and one moment a row, and about five times that while it is sorted.
ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Shops; for a single large shop, those shoppers whose number modulo `parts` is `part`."""

    shops: tuple[int, ...]
    part: int = 0
    parts: int = 1


def plan(rows: Mapping[int, int], limit: int) -> Iterator[Piece]:
    """Pieces of all shops of at most `limit` rows; `rows` is how many each shop has.

    A shop with more is split by its shoppers, evenly if they are similar: the smallest piece is one
    shopper.
    """
    together: list[int] = []
    size = 0
    for shop, count in sorted(rows.items()):  # in the order in which the events are stored
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
    """Rows `e` of shoppers as SQL (the selected columns, and FROM to WHERE), the schema of a row,
    and how the rows of whole shoppers are reduced, given the shops of the day."""

    selected: str
    rows: str
    schema: pa.DataFrameSchema
    reduce: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

    def read(self, day: Day) -> pl.DataFrame:
        """The reduced rows of all pieces. Raises UnsoundInput at the first piece that violates the
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
