"""Erasing a shopper: personal data are deleted from PostgreSQL, free texts from ClickHouse.

The rest remains without a person: orders and payments, and events under a `buyer_no` that no longer
leads to anyone, so that the shop's past figures stay true. With `with_events` the events are
deleted, too, and figures that are computed again will not include them. The rows that belong to a
person are declared beside the tables (`core.people`), a module's by the module.

PostgreSQL is done here, in one transaction, which also records the erasure; ClickHouse follows by
the pipelines (`pipelines.upkeep.erasure`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from core import people
from core.errors import NotFound, Refused
from core.events import Bilingual
from core.migrations import leftovers
from core.modules import Modules
from core.people import Declaration
from core.postgres import Connection
from core.shop import export_jobs
from core.shop.people import PEOPLE

_FIND = """
SELECT buyer_no FROM customers
WHERE shop_id = $1 AND (telegram_id = $2 OR buyer_no = $3 OR external_id = $4)
"""
_LETTERS = """
DELETE FROM dead_letters WHERE shop_id = $1 AND (envelope ->> 'buyer_no')::bigint = $2
"""


class ErasureWaits(Refused):
    """Something of theirs is in progress, such as a payment."""

    code = "erasure_waits"

    def __init__(self, waits: Iterable[Bilingual]) -> None:
        words = list(waits)
        self.explained = Bilingual(
            f"Ещё не закончено: {'; '.join(each.ru for each in words)}. Сотрите данные потом.",
            f"Still under way: {'; '.join(each.en for each in words)}. Erase them when that is "
            "done.",
        )
        super().__init__(
            f"still under way: {'; '.join(each.en for each in words)}: erase them when that is done"
        )


class Request(BaseModel):
    """An erasure that was asked for. `done_at`: when ClickHouse was cleared, too."""

    model_config = ConfigDict(frozen=True)

    with_events: bool
    requested_at: datetime
    done_at: datetime | None


async def find(
    connection: Connection,
    shop_id: int,
    *,
    telegram_id: int | None = None,
    buyer_no: int | None = None,
    external_id: str | None = None,
) -> int:
    """The customer's `buyer_no`; raises NotFound."""
    found: int | None = await connection.fetchval(
        _FIND, shop_id, telegram_id, buyer_no, external_id
    )
    if found is None:
        raise NotFound(f"shop {shop_id} has no such customer")
    return found


async def declared(
    connection: Connection, modules: Modules | None = None
) -> tuple[Declaration, ...]:
    """What core and the modules (None: all that are installed) declare about people, and what is
    found in the tables of removed modules."""
    known = modules or Modules.discover()
    declarations = PEOPLE + known.people()
    left = await leftovers(connection, known.manifests)
    tables = [table for each in left for table in each.tables.get("postgres", [])]
    return (*declarations, *await people.found_in(connection, tables))


async def count(
    connection: Connection, shop_id: int, buyer_no: int, *, modules: Modules | None = None
) -> dict[str, int]:
    """How many rows of PostgreSQL lead to the person, by table."""
    return await people.count(connection, await declared(connection, modules), shop_id, buyer_no)


async def hand_out(
    connection: Connection, shop_id: int, buyer_no: int, *, modules: Modules | None = None
) -> dict[str, list[dict[str, Any]]]:
    """PostgreSQL's data about the person that are handed out to them: rows by table."""
    return await people.export(connection, await declared(connection, modules), shop_id, buyer_no)


async def erase(
    connection: Connection,
    shop_id: int,
    buyer_no: int,
    *,
    with_events: bool,
    modules: Modules | None = None,
) -> None:
    """Erases the person from PostgreSQL, and records it for ClickHouse.

    Raises ErasureWaits while something that they paid for is in progress.
    """
    declarations = await declared(connection, modules)
    await connection.fetchval(
        "SELECT buyer_no FROM customers WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE",
        shop_id,
        buyer_no,
    )
    if waits := await people.under_way(connection, declarations, shop_id, buyer_no):
        raise ErasureWaits(waits)
    if with_events:  # if they were sent again, the data would come back
        await connection.execute(_LETTERS, shop_id, buyer_no)
    await people.erase(connection, declarations, shop_id, buyer_no)
    await export_jobs.withdraw(connection, shop_id, with_events=with_events)
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no, with_events) "
        "DO UPDATE SET requested_at = now(), done_at = NULL, counted = NULL",
        shop_id,
        buyer_no,
        with_events,
    )


async def requests(connection: Connection, shop_id: int, buyer_no: int) -> list[Request]:
    """The person's erasures, the newest first."""
    rows = await connection.fetch(
        "SELECT with_events, requested_at, done_at FROM erasures "
        "WHERE shop_id = $1 AND buyer_no = $2 ORDER BY requested_at DESC, with_events DESC",
        shop_id,
        buyer_no,
    )
    return [Request(**row) for row in rows]
