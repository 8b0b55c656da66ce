"""All that a customer did, the newest first: their events, with the names of what they concern."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.reader import Reader
from core.events import REPLY_ACKNOWLEDGED, UPDATE_HANDLED
from core.postgres import Connection

# They count the bot's work, not what the person did.
_NOT_SHOWN = [UPDATE_HANDLED.name, REPLY_ACKNOWLEDGED.name]
_EVENTS = """
SELECT toUnixTimestamp64Milli(occurred_at) AS at_ms, shard, pos, event, bot_id, session_no,
    order_id, product_id, quantity, amount_minor, toString(currency) AS currency,
    toString(outcome) AS outcome
FROM events
WHERE shop_id = {shop:UInt32} AND buyer_no = {buyer:UInt64} AND event NOT IN {hidden:Array(String)}
    AND (NOT {is_next:Bool} OR (toUnixTimestamp64Milli(occurred_at), shard, pos)
        < ({at_ms:Int64}, {shard:UInt8}, {pos:UInt64}))
ORDER BY occurred_at DESC, shard DESC, pos DESC
LIMIT {size:UInt16}
"""


class HistoryItem(BaseModel):
    """One event; amounts are minor units of `currency`, null where it has none. `event` is a name
    of the events' dictionary; `session_no` counts the customer's visits."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    event: str
    bot_id: int
    session_no: int
    order_no: int | None
    product: str | None
    quantity: int | None
    amount_minor: int | None
    currency: str | None
    outcome: str | None


Place = tuple[int, int, int]
"""An event's milliseconds, shard and position, after which a page begins."""


async def page(
    reader: Reader, shop_id: int, buyer_no: int, *, size: int, after: Place | None
) -> tuple[list[dict[str, Any]], Place | None]:
    """A customer's events after a place, for `named`, and the place after which the next page
    begins."""
    parameters = {
        "shop": shop_id,
        "buyer": buyer_no,
        "hidden": _NOT_SHOWN,
        "is_next": after is not None,
        **dict(zip(("at_ms", "shard", "pos"), after or (0, 0, 0), strict=True)),
        "size": size + 1,
    }
    rows = await reader.rows(_EVENTS, parameters)
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], (last["at_ms"], last["shard"], last["pos"]) if last else None


async def named(
    connection: Connection, shop_id: int, rows: Sequence[dict[str, Any]]
) -> list[HistoryItem]:
    """The events of a page with the numbers of their orders and the titles of their products."""
    orders, products = await _names(connection, shop_id, rows)
    return [_item(row, orders, products) for row in rows]


def _item(
    row: Mapping[str, Any], orders: Mapping[int, int], products: Mapping[int, str]
) -> HistoryItem:
    return HistoryItem(
        at=datetime.fromtimestamp(row["at_ms"] / 1000, UTC),
        event=row["event"],
        bot_id=row["bot_id"],
        session_no=row["session_no"],
        order_no=orders.get(row["order_id"]),
        product=products.get(row["product_id"]),
        quantity=row["quantity"] or None,
        amount_minor=row["amount_minor"] if row["currency"] else None,
        currency=row["currency"] or None,
        outcome=row["outcome"] or None,
    )


async def _names(
    connection: Connection, shop_id: int, rows: Sequence[dict[str, Any]]
) -> tuple[dict[int, int], dict[int, str]]:
    """The numbers of the orders, and the titles of the products."""
    found = await connection.fetch(
        "SELECT id, order_no, NULL AS title FROM orders "
        "WHERE shop_id = $1 AND id = ANY($2::bigint[]) UNION ALL "
        "SELECT id, NULL, title FROM products WHERE shop_id = $1 AND id = ANY($3::bigint[])",
        shop_id,
        list({row["order_id"] for row in rows}),
        list({row["product_id"] for row in rows}),
    )
    orders = {row["id"]: row["order_no"] for row in found if row["title"] is None}
    return orders, {row["id"]: row["title"] for row in found if row["title"] is not None}
