"""Unbooked payments: money that Telegram has taken and no module has booked yet.

A row waits until its `booked_at`: then a module has accepted it or, with the reason `refunded`, the
money has gone back and nothing is owed (`core.shop.refunds`).
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.events import PAYMENT_FAILED, Actor, Event, Origin, emit
from core.postgres import Connection
from core.shop import refunds
from core.shop.payments import Charge

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 30, 600


class Taken(BaseModel):
    """A payment as Telegram reported it, in message `message_id` of the bot's chat with the payer;
    `payload` is that of the invoice."""

    model_config = ConfigDict(frozen=True)

    charge: Charge
    payload: str
    message_id: int
    occurred_at: datetime


class UnbookedPayment(BaseModel):
    """`reason` is a code: `no_module`, `failed:<the error's type>`, or `refunded`."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    shop_id: int
    payer_telegram_id: int
    provider: str
    charge_id: str
    amount_minor: int
    currency: str
    payload: str
    message_id: int
    occurred_at: datetime
    reason: str
    attempts: int


_SELECT = """
SELECT id, bot_id, shop_id, payer_telegram_id, provider, charge_id, amount_minor, currency, payload,
    message_id, occurred_at, reason, attempts
FROM unbooked_payments
"""


async def keep(
    connection: Connection, origin: Origin, actor: Actor, taken: Taken, reason: str
) -> bool:
    """Stores the payment and counts it as failed; False if it was stored or booked before, or its
    money has already gone back: then it waits for nothing."""
    charge = taken.charge
    await refunds.lock_charge(connection, charge.provider, charge.charge_id)
    is_back = await refunds.is_kept(connection, origin, charge.provider, charge.charge_id)
    stored = await connection.fetchval(
        "INSERT INTO unbooked_payments (bot_id, shop_id, payer_telegram_id, provider, charge_id, "
        "amount_minor, currency, payload, message_id, occurred_at, reason, booked_at) "
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $12 THEN now() END "
        "WHERE NOT EXISTS "
        "(SELECT 1 FROM payments WHERE provider = $4 AND charge_id = $5) "
        "ON CONFLICT (provider, charge_id) DO NOTHING RETURNING id",
        origin.bot_id,
        origin.shop_id,
        charge.payer_telegram_id,
        charge.provider,
        charge.charge_id,
        charge.amount_minor,
        charge.currency,
        taken.payload,
        taken.message_id,
        taken.occurred_at,
        refunds.REFUNDED if is_back else reason,
        is_back,
    )
    if stored is None:
        return False
    failed = Event(
        PAYMENT_FAILED,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        outcome="unbooked",
        props={"reason": reason},
    )
    await emit(connection, origin, actor, [failed])
    return not is_back


async def next_due(
    connection: Connection, bot_id: int, *, after: int, at_once: bool
) -> UnbookedPayment | None:
    """The first payment after number `after` that is due to be tried, locked; with `at_once`,
    regardless of its last try."""
    while True:
        due = await connection.fetchrow(
            f"{_SELECT} WHERE bot_id = $1 AND booked_at IS NULL AND id > $2 "
            "AND ($3 OR not_before <= now()) ORDER BY id LIMIT 1",
            bot_id,
            after,
            at_once,
        )
        if due is None:
            return None
        # The charge first, as its refund does: otherwise each could wait for the other.
        await refunds.lock_charge(connection, due["provider"], due["charge_id"])
        row = await connection.fetchrow(
            f"{_SELECT} WHERE id = $1 AND booked_at IS NULL FOR UPDATE SKIP LOCKED", due["id"]
        )
        if row is not None:
            return UnbookedPayment(**row)
        after = due["id"]


async def mark_booked(connection: Connection, payment_id: int) -> None:
    """Records that a module has accepted it, in this transaction."""
    await connection.execute(
        "UPDATE unbooked_payments SET booked_at = now(), attempts = attempts + 1 WHERE id = $1",
        payment_id,
    )


async def put_off(connection: Connection, payment: UnbookedPayment, reason: str) -> None:
    """Records that this attempt to book it has failed, too."""
    seconds = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(payment.attempts, 10))
    await connection.execute(
        "UPDATE unbooked_payments SET attempts = attempts + 1, reason = $2, "
        "not_before = now() + make_interval(secs => $3) WHERE id = $1",
        payment.id,
        reason,
        float(seconds),
    )


async def of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[UnbookedPayment]:
    """The waiting payments, the oldest first, at most a hundred."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE booked_at IS NULL AND shop_id = ANY($1::int[]) ORDER BY id LIMIT 100",
        list(shop_ids),
    )
    return [UnbookedPayment(**row) for row in rows]
