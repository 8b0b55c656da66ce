"""Proofs of transfers: what came, whether it came before, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.customers import Customer
from core.shop.orders import Purpose
from core.shop.picture_likeness import NEAR

OWNER = "transfer"  # of the files, in `core.shop.files`
WAITING_AT_MOST = 5  # proofs of one order
_LISTED = 200

State = Literal["waiting", "confirmed", "declined", "superseded"]


class Proof(BaseModel):
    """A proof of payment. `sha256` once its file is there, `trouble` if it cannot be shown;
    `duplicate_of` is an earlier proof of another order, `duplicate_order_no` that order:
    `is_exact` if it is the very same file, otherwise a picture that looks alike."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    order_no: int
    purpose: Purpose
    order_status: str
    buyer_no: int
    total_minor: int
    currency: str
    file_name: str
    sha256: str | None
    trouble: str | None
    duplicate_of: int | None
    duplicate_order_no: int | None
    is_exact: bool
    state: State
    reason: str
    reviewed_by: str
    sent_at: datetime
    reviewed_at: datetime | None


_SELECT = """
SELECT p.id, p.order_id, o.order_no, o.purpose, o.status AS order_status, p.buyer_no,
    o.total_minor - o.wallet_minor AS total_minor, o.currency, p.file_name,
    encode(p.sha256, 'hex') AS sha256, p.trouble, p.duplicate_of,
    (SELECT other_order.order_no FROM transfer_proofs AS other
        JOIN orders AS other_order ON other_order.id = other.order_id
        WHERE other.id = p.duplicate_of) AS duplicate_order_no,
    p.is_exact, p.state, p.reason, p.reviewed_by, p.sent_at, p.reviewed_at
FROM transfer_proofs AS p JOIN orders AS o ON o.id = p.order_id
"""


def key_of(proof_id: int) -> str:
    """The proof's row, as its files name it."""
    return f"proof:{proof_id}"


async def add(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    order_id: int,
    *,
    file_id: str,
    unique_id: str,
    file_name: str,
) -> int | None:
    """Its number; None if this very file came for the order before."""
    number: int | None = await connection.fetchval(
        "INSERT INTO transfer_proofs (shop_id, bot_id, order_id, buyer_no, file_id, unique_id, "
        "file_name) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (order_id, unique_id) DO NOTHING RETURNING id",
        customer.shop_id,
        bot_id,
        order_id,
        customer.buyer_no,
        file_id,
        unique_id,
        file_name,
    )
    return number


async def waiting_count(connection: Connection, order_id: int) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM transfer_proofs WHERE order_id = $1 AND state = 'waiting'", order_id
    )
    return count


async def get(connection: Connection, bot_id: int, proof_id: int, *, lock: bool = False) -> Proof:
    """Raises NotFound. With `lock`, nobody else reviews it until the transaction ends."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE p.id = $1 AND p.bot_id = $2 AND {of_its_shop('p')} "
        f"{'FOR UPDATE OF p' if lock else ''}",
        proof_id,
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no proof {proof_id}")
    return Proof(**row)


async def file_id_of(connection: Connection, proof_id: int) -> str:
    """By which Telegram knows the file; empty once its sender is erased, or if there is none."""
    found: str | None = await connection.fetchval(
        "SELECT file_id FROM transfer_proofs WHERE id = $1", proof_id
    )
    return found or ""


async def listed(
    connection: Connection, bot_id: int, state: State | None = None, *, order_id: int | None = None
) -> list[Proof]:
    """What came, the newest first, at most two hundred; what waits, the oldest first."""
    order = "ASC" if state == "waiting" else "DESC"
    rows = await connection.fetch(
        f"{_SELECT} WHERE p.bot_id = $1 AND {of_its_shop('p')} "
        "AND ($2::text IS NULL OR p.state = $2) "
        f"AND ($3::bigint IS NULL OR p.order_id = $3) ORDER BY p.id {order} LIMIT {_LISTED}",
        bot_id,
        state,
        order_id,
    )
    return [Proof(**row) for row in rows]


async def waiting(connection: Connection, bot_id: int) -> tuple[int, datetime | None]:
    """How many wait for a review, and since when the oldest does."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, min(sent_at) AS since FROM transfer_proofs AS p "
        f"WHERE bot_id = $1 AND state = 'waiting' AND {of_its_shop('p')}",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return row["count"], row["since"]


async def note_content(
    connection: Connection, proof_id: int, *, sha256: str, likeness: int | None
) -> None:
    """Notes what the file is and whether it came before, for another order of the shop: the very
    same, or a picture in which at most `NEAR` of 64 bits differ. Two that come at the same moment
    wait for each other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('transfer_proofs', p.shop_id)) "
        "FROM transfer_proofs AS p WHERE p.id = $1",
        proof_id,
    )
    await connection.execute(
        "UPDATE transfer_proofs SET sha256 = $2, likeness = $3, trouble = NULL WHERE id = $1",
        proof_id,
        bytes.fromhex(sha256),
        likeness,
    )
    await connection.execute(
        "UPDATE transfer_proofs AS p SET duplicate_of = seen.id, is_exact = seen.is_exact "
        "FROM (SELECT other.id, other.sha256 = own.sha256 AS is_exact "
        "    FROM transfer_proofs AS own JOIN transfer_proofs AS other "
        "        ON other.shop_id = own.shop_id AND other.order_id <> own.order_id "
        "        AND other.id <> own.id AND other.sha256 IS NOT NULL "
        "    WHERE own.id = $1 AND (other.sha256 = own.sha256 "
        "        OR bit_count((other.likeness # own.likeness)::bit(64)) <= $2) "
        "    ORDER BY other.sha256 = own.sha256 DESC, other.id LIMIT 1) AS seen "
        "WHERE p.id = $1",
        proof_id,
        NEAR,
    )


async def note_trouble(connection: Connection, proof_id: int, trouble: str) -> None:
    """Its content cannot be shown."""
    await connection.execute(
        "UPDATE transfer_proofs SET trouble = $2 WHERE id = $1", proof_id, trouble
    )


async def close(
    connection: Connection, proof_ids: Sequence[int], state: State, *, reason: str, by: str
) -> None:
    """They have been reviewed."""
    await connection.execute(
        "UPDATE transfer_proofs SET state = $2, reason = $3, reviewed_by = $4, "
        "reviewed_at = now() WHERE id = ANY($1::bigint[]) AND state = 'waiting'",
        list(proof_ids),
        state,
        reason,
        by,
    )
