"""An account's Stars: what came in, what went out, page by page.

Source: https://core.telegram.org/api/stars
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError

MAX_TRANSACTIONS = 100


@dataclass(frozen=True, slots=True)
class Transaction:
    id: str
    """The charge's id; a refund has the id of its payment."""
    amount: int
    """Negative for outgoing Stars."""
    peer: int
    date: int
    refund: bool
    payload: bytes


def transactions(
    db: sqlite3.Connection,
    account_id: int,
    *,
    inbound: bool,
    outbound: bool,
    ascending: bool,
    skip: int,
    limit: int,
) -> list[Transaction]:
    """The newest first, unless ascending; neither inbound nor outbound means both."""
    rows = db.execute(
        "WITH mine AS (SELECT number, id, paid_at, refunded_at, payload,"
        " CASE WHEN bot = ?1 THEN amount ELSE -amount END AS amount,"
        " CASE WHEN bot = ?1 THEN user ELSE bot END AS peer"
        " FROM charges WHERE (bot = ?1 OR user = ?1) AND currency = 'XTR'),"
        " moves AS (SELECT number, id, amount, peer, paid_at AS at, 0 AS refund, payload FROM mine"
        " UNION ALL SELECT number, id, -amount, peer, refunded_at, 1, payload FROM mine"
        " WHERE refunded_at IS NOT NULL)"
        " SELECT id, amount, peer, CAST(at AS INTEGER) AS date, refund, payload FROM moves"
        " WHERE ?2 = ?3 OR (?2 AND amount > 0) OR (?3 AND amount < 0)"
        f" ORDER BY at {'ASC' if ascending else 'DESC'}, number, refund LIMIT ?4 OFFSET ?5",
        (account_id, inbound, outbound, limit, skip),
    )
    return [Transaction(**(dict(row) | {"refund": bool(row["refund"])})) for row in rows.fetchall()]


def offset_of(text: str) -> int:
    """Raises RpcError."""
    if text and not text.isdecimal():
        raise RpcError(400, "OFFSET_INVALID")
    return int(text or 0)


def described(transaction: Transaction) -> types.StarsTransaction:
    optional: dict[str, Any] = {"refund": transaction.refund or None}
    return types.StarsTransaction(
        id=transaction.id,
        amount=types.StarsAmount(amount=transaction.amount, nanos=0),
        date=transaction.date,
        peer=types.StarsTransactionPeer(peer=types.PeerUser(user_id=transaction.peer)),
        bot_payload=transaction.payload,
        **optional,
    )
