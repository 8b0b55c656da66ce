"""Bills in Crypto Pay: which orders they are for, and what became of them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bots.modules.cryptopay.client import Invoice
from core.money import Money
from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.customers import Customer
from core.shop.orders import Order, Purpose

State = Literal["asked", "open", "paid", "expired", "withdrawn", "failed"]
_LISTED = 200
LOOKED_AT_ONCE = 100


class Bill(BaseModel):
    """A bill for an order; `invoice_id` and `url` once Crypto Pay has made its invoice, `error`
    why it has not."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    order_no: int
    purpose: Purpose
    buyer_no: int
    amount_minor: int
    currency: str
    invoice_id: int | None
    url: str
    state: State
    error: str | None
    created_at: datetime
    expires_at: datetime | None

    @property
    def price(self) -> Money:
        return Money(self.amount_minor, self.currency)


_SELECT = """
SELECT b.id, b.order_id, o.order_no, o.purpose, b.buyer_no, b.amount_minor, b.currency,
    b.invoice_id, b.url, b.state, b.error, b.created_at, b.expires_at
FROM cryptopay_bills AS b JOIN orders AS o ON o.id = b.order_id
"""


async def current(connection: Connection, order: Order) -> Bill | None:
    """The order's bill of its present total, if one can be paid or is being made."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.order_id = $1 AND b.amount_minor = $2 AND b.currency = $3 "
        "AND (b.state = 'asked' OR b.state = 'open' AND b.expires_at > now())",
        order.id,
        order.due.amount_minor,
        order.currency,
    )
    return None if row is None else Bill(**row)


async def add(connection: Connection, bot_id: int, customer: Customer, order: Order) -> int:
    """A new bill; one before it is out of date."""
    await connection.execute(
        "UPDATE cryptopay_bills SET state = 'expired', closed_at = now() "
        "WHERE order_id = $1 AND state IN ('asked', 'open')",
        order.id,
    )
    number: int = await connection.fetchval(
        "INSERT INTO cryptopay_bills (shop_id, bot_id, order_id, buyer_no, amount_minor, "
        "currency) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        customer.shop_id,
        bot_id,
        order.id,
        customer.buyer_no,
        order.due.amount_minor,
        order.currency,
    )
    return number


async def get(
    connection: Connection, bot_id: int, bill_id: int, *, lock: bool = False
) -> Bill | None:
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.id = $1 AND b.bot_id = $2 {'FOR UPDATE OF b' if lock else ''}",
        bill_id,
        bot_id,
    )
    return None if row is None else Bill(**row)


async def open_(connection: Connection, bill: Bill, invoice: Invoice, until: datetime) -> None:
    """Crypto Pay has made its invoice."""
    await connection.execute(
        "UPDATE cryptopay_bills SET state = 'open', invoice_id = $2, url = $3, expires_at = $4, "
        "error = NULL WHERE id = $1",
        bill.id,
        invoice.invoice_id,
        invoice.bot_invoice_url,
        invoice.expiration_date or until,
    )


async def close(
    connection: Connection, bill: Bill, state: State, *, error: str | None = None
) -> None:
    await connection.execute(
        "UPDATE cryptopay_bills SET state = $2, error = $3, closed_at = now() WHERE id = $1",
        bill.id,
        state,
        error,
    )


async def unpaid(connection: Connection, bot_id: int) -> list[Bill]:
    """Those that may have been paid without a word, the oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.bot_id = $1 AND b.state = 'open' AND b.invoice_id IS NOT NULL "
        f"ORDER BY b.id LIMIT {LOOKED_AT_ONCE}",
        bot_id,
    )
    return [Bill(**row) for row in rows]


async def of_order(connection: Connection, order_id: int) -> Bill | None:
    """The order's bill that can be paid or is being made."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.order_id = $1 AND b.state IN ('asked', 'open')", order_id
    )
    return None if row is None else Bill(**row)


async def listed(connection: Connection, bot_id: int, state: State | None) -> list[Bill]:
    """The newest first, at most two hundred."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE b.bot_id = $1 AND {of_its_shop('b')} "
        "AND ($2::text IS NULL OR b.state = $2) "
        f"ORDER BY b.id DESC LIMIT {_LISTED}",
        bot_id,
        state,
    )
    return [Bill(**row) for row in rows]


async def last_failure(connection: Connection, bot_id: int) -> Bill | None:
    """The newest bill, if Crypto Pay has refused it."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE b.bot_id = $1 AND b.state <> 'asked' AND {of_its_shop('b')} "
        "ORDER BY b.id DESC LIMIT 1",
        bot_id,
    )
    bill = None if row is None else Bill(**row)
    return bill if bill is not None and bill.state == "failed" else None
