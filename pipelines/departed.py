"""Who has left: shoppers who were erased with their events, and deleted shops.

A day's figures may have been computed before somebody left and be stored afterwards. So whatever is
stored is stored within `storing`, without the departed, and ClickHouse is cleared of them within
`removing`: neither happens during the other, so what is stored before is cleared, and what is
stored after does not have them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import polars as pl

from core.postgres import Connection

_LOCK = 0x64657061  # any number of ours
# Nothing is stored that was computed so long before.
_DAYS = 7
_PEOPLE = f"""
SELECT DISTINCT shop_id, buyer_no FROM erasures
WHERE with_events AND (done_at IS NULL OR done_at > now() - interval '{_DAYS} days')
"""
_SHOPS = f"SELECT shop_id FROM deleted_shops WHERE deleted_at > now() - interval '{_DAYS} days'"


@dataclass(frozen=True, slots=True)
class Departed:
    """`people` by shop and number in it."""

    people: tuple[tuple[int, int], ...] = ()
    shops: tuple[int, ...] = ()

    def without(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of everybody else. Of the roll-up `people_day`, whose rows are of many people,
        a shop's day with somebody departed is left out whole: the panel counts it from events."""
        if self.shops and "shop_id" in rows.columns:
            rows = rows.filter(~pl.col("shop_id").is_in(list(self.shops)))
        if not self.people or "shop_id" not in rows.columns:
            return rows
        if "buyer_no" in rows.columns:
            return rows.join(
                self._frame(rows.schema["shop_id"], rows.schema["buyer_no"]),
                on=["shop_id", "buyer_no"],
                how="anti",
                maintain_order="left",
            )
        if "people_numbers" in rows.columns:
            numbers = rows.select("shop_id", buyer_no="people_numbers").explode("buyer_no")
            departed = self._frame(numbers.schema["shop_id"], numbers.schema["buyer_no"])
            having = numbers.join(departed, on=["shop_id", "buyer_no"], how="semi")
            return rows.filter(~pl.col("shop_id").is_in(having["shop_id"].to_list()))
        return rows

    def _frame(self, shop: pl.DataType, buyer: pl.DataType) -> pl.DataFrame:
        types = {"shop_id": shop, "buyer_no": buyer}
        return pl.DataFrame(list(self.people), schema=types, orient="row")


@asynccontextmanager
async def storing(connection: Connection) -> AsyncIterator[Departed]:
    """While the block runs nobody is cleared away; gives whom not to store."""
    await connection.execute("SELECT pg_advisory_lock_shared($1)", _LOCK)
    try:
        people = await connection.fetch(_PEOPLE)
        shops = await connection.fetch(_SHOPS)
        yield Departed(
            tuple((row["shop_id"], row["buyer_no"]) for row in people),
            tuple(row["shop_id"] for row in shops),
        )
    finally:
        await connection.execute("SELECT pg_advisory_unlock_shared($1)", _LOCK)


@asynccontextmanager
async def removing(connection: Connection) -> AsyncIterator[None]:
    """While the block runs, nothing is stored: for clearing away those whose departure is
    committed."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
