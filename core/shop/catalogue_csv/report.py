"""What an import would do, or has done, row by row."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["added", "changed", "left", "refused"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class CellChange(_Part):
    """A cell as the export would write it now, and after the import."""

    column: str
    before: str
    after: str


class CellTrouble(_Part):
    """Why a row is refused: `column` is empty if it is the row as a whole; `detail` says what to
    do."""

    column: str
    code: str
    detail: str


class RowReport(_Part):
    """A row by its (last) line in the file. `product_id` is None for a product to be added."""

    line: int
    outcome: Outcome
    title: str
    variant: str = ""
    product_id: int | None = None
    changes: tuple[CellChange, ...] = ()
    troubles: tuple[CellTrouble, ...] = ()


class ImportReport(_Part):
    """The outcome of the file's rows.

    `plan` identifies exactly this outcome over exactly this catalogue: send it back to have it
    done. `new_categories` are paths; `ignored_columns` are unknown ones.
    """

    plan: str
    is_applied: bool = False
    added: int
    changed: int
    left: int
    refused: int
    new_categories: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    rows: tuple[RowReport, ...]
