"""Refunds that a shop decides on: asked for, then done or failed; whole or in parts.

Who takes the money back to its payer depends on the way that it was paid. What a wallet paid is
back in it at once; any other money may go into it instead of back. Of Stars it is Telegram,
whole payments only: the module that sells for Stars hears of `refund_requested` and calls it. What
came by transfer, a provider or in crypto the owner sends back, and says so here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound, Refused
from core.events import Event, Origin, emit
from core.postgres import Connection
from core.shop import customers, orders, refunds
from core.shop.refunds import WHOLE_ONLY
from core.shop.wallets import WALLET
from core.taxonomy import TAXONOMY

REFUND_REQUESTED = TAXONOMY["refund_requested"]
RefundState = Literal["asked", "done", "failed"]


class NotRefundable(Refused):
    """Nothing is left to refund, or less than that, or partial refunds are not possible."""

    code = "not_refundable"


class OrderRefund(BaseModel):
    """A refund, in minor units of the order's currency. `goods_minor` and the other parts add up to
    the amount and are an estimate until it is done. `provider` is how the order was paid, `way` how
    the money went back. `puts_back`: the goods can be sold again."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    payment_id: int | None
    provider: str
    charge_id: str
    amount_minor: int
    goods_minor: int
    shipping_minor: int
    tax_minor: int
    tip_minor: int
    units: int
    reason: str
    asked_by: str
    way: str
    puts_back: bool
    state: RefundState
    error: str | None
    created_at: datetime
    done_at: datetime | None


class OrderPayment(BaseModel):
    """A payment that was booked for an order. `held`: it did not fit, for this `reason`."""

    model_config = ConfigDict(frozen=True)

    id: int
    provider: str
    charge_id: str
    amount_minor: int
    refunded_minor: int
    currency: str
    status: Literal["succeeded", "held", "refunded"]
    reason: str | None
    created_at: datetime


class RefundDraft(BaseModel):
    """A decision to refund the order's payment, or a named one, which may be held. Without an
    amount: all that is left of it. `units` is how many came back; with `puts_back` it is all of
    them, and they return to stock once the refund is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment_id: int | None = Field(default=None, gt=0, lt=2**63)
    amount_minor: int | None = Field(default=None, gt=0, lt=2**53)
    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")
    units: int = Field(default=0, ge=0, lt=2**31)
    puts_back: bool = False


_SELECT = """
SELECT r.id, r.order_id, r.payment_id, coalesce(p.provider, '') AS provider,
    coalesce(p.charge_id, '') AS charge_id, r.amount_minor, r.goods_minor, r.shipping_minor,
    r.tax_minor, r.tip_minor, r.units, r.reason, r.asked_by, r.way, r.puts_back, r.state, r.error,
    r.created_at, r.done_at
FROM order_refunds AS r LEFT JOIN payments AS p ON p.id = r.payment_id
"""


async def ask(
    connection: Connection, origin: Origin, asked_by: str, *, order_id: int, draft: RefundDraft
) -> OrderRefund:
    """Decides on a refund. What a wallet has paid is back in it at once. Raises NotFound, and
    NotRefundable."""
    order = await orders.own(connection, origin, order_id)
    payment = await _payment(connection, order.id, draft.payment_id)
    if payment is None:
        raise NotRefundable("the order has no payment that could be refunded")
    left = payment["amount_minor"] - payment["refunded_minor"] - payment["asked_minor"]
    amount = left if draft.amount_minor is None else draft.amount_minor
    if not 0 < amount <= left:
        raise NotRefundable(f"{left} of the payment can still be refunded")
    is_whole = amount == payment["amount_minor"]
    if not is_whole and (payment["provider"] in WHOLE_ONLY or payment["status"] == "held"):
        raise NotRefundable("this payment can only be refunded in full")
    sold = sum(line.quantity for line in order.lines)
    refund_id: int = await connection.fetchval(
        "INSERT INTO order_refunds (order_id, payment_id, amount_minor, goods_minor, "
        "shipping_minor, tax_minor, tip_minor, units, reason, asked_by, puts_back) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        order.id,
        payment["id"],
        amount,
        *await refunds.parts_of(connection, order.id, payment["id"], amount),
        sold if draft.puts_back else min(draft.units, sold),
        draft.reason,
        asked_by,
        draft.puts_back and payment["status"] == "succeeded",
    )
    requested = Event(
        REFUND_REQUESTED,
        order_id=order.id,
        amount_minor=amount,
        currency=payment["currency"],
        outcome=payment["provider"],
    )
    actor = await customers.actor_of(connection, order.shop_id, order.buyer_no)
    await emit(connection, origin, actor, [requested])
    if payment["provider"] == WALLET:
        await complete(connection, origin, refund_id=refund_id, way=WALLET)
    return await get(connection, origin, refund_id)


async def ask_whole(
    connection: Connection, origin: Origin, asked_by: str, *, order_id: int, puts_back: bool
) -> list[OrderRefund]:
    """Decides that all that is left of each of the order's payments goes back: one by the wallet
    may stand beside another. Raises NotFound, and NotRefundable if nothing is left."""
    first = await ask(
        connection, origin, asked_by, order_id=order_id, draft=RefundDraft(puts_back=puts_back)
    )
    asked = [first]
    for each in await payments_of(connection, order_id):
        if each.status == "succeeded" and each.id != first.payment_id:
            draft = RefundDraft(payment_id=each.id)
            try:
                asked.append(
                    await ask(connection, origin, asked_by, order_id=order_id, draft=draft)
                )
            except NotRefundable:
                continue  # that one was decided on before
    return asked


async def complete(
    connection: Connection, origin: Origin, *, refund_id: int, way: str, at: datetime | None = None
) -> bool:
    """Records that the money has gone back in this way (`stars`, `transfer`, `provider`, `cash`,
    …): deducts it from the payment and the order and emits it; False if that was done before. With
    the way `wallet` it is in the buyer's wallet.

    A failed refund may be completed too. Raises NotFound, NotRefundable if too little is left by
    now, or if it cannot go this way, and `wallets.NotEnough` if a top-up was spent meanwhile.
    """
    refund = await get(connection, origin, refund_id)
    await refunds.lock_charge(connection, refund.provider, refund.charge_id)
    order = await orders.own(connection, origin, refund.order_id)
    refund = await get(connection, origin, refund_id)
    if refund.state == "done":
        return False
    payment = await _payment(connection, order.id, refund.payment_id)
    if payment is None or payment["amount_minor"] - payment["refunded_minor"] < refund.amount_minor:
        raise NotRefundable("the payment has been refunded meanwhile")
    if way == WALLET and (
        order.purpose == "top_up" or payment["status"] == "held" or refund.provider in WHOLE_ONLY
    ):
        raise NotRefundable("this payment cannot go into a wallet: send it back to its payer")
    await connection.execute("UPDATE order_refunds SET way = $2 WHERE id = $1", refund.id, way)
    moment = at or datetime.now(UTC)
    await refunds.settle(connection, origin, refund.provider, refund.charge_id, refund.id, moment)
    return True


async def fail(connection: Connection, origin: Origin, *, refund_id: int, error: str) -> None:
    """Records that the refund failed, with a code or words for the owner, who may try again. A
    completed refund stays as it is. Raises NotFound."""
    await get(connection, origin, refund_id)
    await connection.execute(
        "UPDATE order_refunds SET state = 'failed', error = $2 WHERE id = $1 AND state = 'asked'",
        refund_id,
        error[:500],
    )


async def get(connection: Connection, origin: Origin, refund_id: int) -> OrderRefund:
    """Raises NotFound, also for another shop's."""
    row = await connection.fetchrow(
        f"{_SELECT} JOIN orders AS o ON o.id = r.order_id WHERE r.id = $1 AND o.shop_id = $2",
        refund_id,
        origin.shop_id,
    )
    if row is None:
        raise NotFound(f"there is no refund {refund_id}")
    return OrderRefund(**row)


async def of_order(connection: Connection, order_id: int) -> list[OrderRefund]:
    """All refunds that were requested, oldest first."""
    rows = await connection.fetch(f"{_SELECT} WHERE r.order_id = $1 ORDER BY r.id", order_id)
    return [OrderRefund(**row) for row in rows]


async def is_going_back(connection: Connection, order_id: int) -> bool:
    """Whether it was decided that all that is left of an order's money goes back, and it has not
    gone yet."""
    found: bool = await connection.fetchval(
        "SELECT coalesce(sum(asked), 0) > 0 AND sum(asked) >= sum(amount_minor - refunded_minor) "
        "FROM (SELECT p.amount_minor, p.refunded_minor, (SELECT coalesce(sum(r.amount_minor), 0) "
        "        FROM order_refunds AS r WHERE r.payment_id = p.id AND r.state = 'asked') AS asked "
        "    FROM payments AS p WHERE p.order_id = $1 AND p.status = 'succeeded') AS each",
        order_id,
    )
    return bool(found)


async def is_asked(connection: Connection, order_id: int) -> bool:
    """Whether any of an order's money is to go back, and has not gone yet."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM order_refunds WHERE order_id = $1 AND state = 'asked')",
        order_id,
    )
    return found


async def asked_of(connection: Connection, bot_id: int, provider: str) -> list[OrderRefund]:
    """The refunds that a bot still has to make for one way of payment, oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} JOIN orders AS o ON o.id = r.order_id "
        "WHERE o.bot_id = $1 AND p.provider = $2 AND r.state = 'asked' ORDER BY r.id",
        bot_id,
        provider,
    )
    return [OrderRefund(**row) for row in rows]


async def payments_of(connection: Connection, order_id: int) -> Sequence[OrderPayment]:
    """The payments for an order, including held ones; oldest first."""
    rows = await connection.fetch(
        "SELECT id, provider, charge_id, amount_minor, refunded_minor, currency, status, reason, "
        "created_at FROM payments WHERE order_id = $1 ORDER BY id",
        order_id,
    )
    return [OrderPayment(**row) for row in rows]


async def _payment(connection: Connection, order_id: int, payment_id: int | None) -> Record | None:
    """The one that is named, or the one that paid the order: of several, one of which something is
    left, the wallet's last."""
    return await connection.fetchrow(
        "SELECT p.id, p.provider, p.charge_id, p.amount_minor, p.refunded_minor, p.currency, "
        "p.status, coalesce((SELECT sum(r.amount_minor) FROM order_refunds AS r "
        "  WHERE r.payment_id = p.id AND r.state = 'asked'), 0)::bigint AS asked_minor "
        "FROM payments AS p WHERE p.order_id = $1 AND p.status <> 'refunded' AND "
        "CASE WHEN $2::bigint IS NULL THEN p.status = 'succeeded' ELSE p.id = $2 END "
        "ORDER BY p.amount_minor > p.refunded_minor + coalesce((SELECT sum(r.amount_minor) "
        "  FROM order_refunds AS r WHERE r.payment_id = p.id AND r.state = 'asked'), 0) DESC, "
        "p.provider = 'wallet', p.id LIMIT 1",
        order_id,
        payment_id,
    )
