from pydantic import BaseModel

from core.postgres import Connection


class Gift(BaseModel):
    """A gift for a shopper; `is_paid` once the service has said so."""

    id: int
    buyer_no: int
    note: str
    is_paid: bool


async def add(connection: Connection, shop_id: int, bot_id: int, buyer_no: int, note: str) -> Gift:
    row = await connection.fetchrow(
        "INSERT INTO gifts (shop_id, bot_id, buyer_no, note) VALUES ($1, $2, $3, $4) "
        "RETURNING id, buyer_no, note, is_paid",
        shop_id,
        bot_id,
        buyer_no,
        note,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    return Gift(**row)


async def of_bot(connection: Connection, bot_id: int) -> list[Gift]:
    rows = await connection.fetch(
        "SELECT id, buyer_no, note, is_paid FROM gifts WHERE bot_id = $1 ORDER BY id", bot_id
    )
    return [Gift(**row) for row in rows]


async def mark_paid(connection: Connection, bot_id: int, gift_id: int) -> None:
    await connection.execute(
        "UPDATE gifts SET is_paid = true, calls = calls + 1 WHERE id = $1 AND bot_id = $2",
        gift_id,
        bot_id,
    )
