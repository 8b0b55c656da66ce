"""SQL conditions that are put together as they are needed, with their numbered values.

One statement for all of them, with `$1 IS NULL OR …`, would get one plan for all, which fits none.
"""

from collections.abc import Sequence
from typing import Any

from core.postgres import Connection


class Conditions:
    """`sql` joins all conditions; `values` are the parameters, from `$1` on."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._all: list[str] = []

    def value(self, value: Any) -> int:
        """The number of a parameter with this value."""
        self.values.append(value)
        return len(self.values)

    def add(self, condition: str, *values: Any) -> None:
        """`{}` in the condition stands for the next value."""
        self._all.append(condition.format(*(f"${self.value(value)}" for value in values)))

    @property
    def sql(self) -> str:
        return " AND ".join(self._all)


async def is_longer_than(
    connection: Connection, query: str, values: Sequence[Any], rows: int
) -> bool:
    """Whether a query has more than so many rows; it reads no more."""
    found: bool = await connection.fetchval(f"SELECT EXISTS ({query} OFFSET {int(rows)})", *values)
    return found


async def expected_rows(connection: Connection, query: str, values: Sequence[Any]) -> int:
    """How many rows PostgreSQL expects of a query, by its statistics: nothing is read."""
    (explained,) = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *values)
    rows: int = explained["Plan"]["Plan Rows"]
    return rows
