"""What a table for export is: its columns, and where its rows come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from api.exporting.columns import Column
from core.events import Bilingual

Store = Literal["clickhouse", "postgres"]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table that can be exported; a new one is one declaration.

    `source` is SQL of its store after SELECT: its tables and their conditions. In PostgreSQL the
    rows of `asked` are the shops with the moments between which rows are wanted (`shop_id`,
    `starts_at`, `ends_at`); in ClickHouse `e` are the rows, and `{days}` stands for the condition
    that a row is of those shops and days. `order` is SQL over `e` in ClickHouse, whatever the
    store. A table without days is always exported whole. `columns` empty: those of the table in
    ClickHouse. `owners_only`: the panel shows its rows to owners alone, so no analyst has a file of
    them.
    """

    key: str
    title: Bilingual
    store: Store
    source: str
    order: str
    columns: Sequence[Column] = field(default=())
    has_days: bool = True
    on_shops_clock: bool = True
    owners_only: bool = False

    @property
    def is_of_figures(self) -> bool:
        """A table of daily figures, whose columns ClickHouse knows."""
        return not self.columns
