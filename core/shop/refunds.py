"""Refunds: money that went back to its payer, booked once, against the payment it came from.

A refund's event belongs to the order: its shop, its bot and its buyer, even if these have changed
since. The buyer's marks are those of today, though, not those of the sale: for somebody who became
staff or a test shopper in between, the sale is counted and its return is not.
"""

from datetime import datetime
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from core import sales
from core.events import NOBODY, ORDER_CANCELLED, REFUND_COMPLETED, Event, Origin, emit
from core.money import Money
from core.postgres import Connection
from core.shop import customers, stock, wallets
from core.shop.wallets import WALLET, EntryDraft

Booking = Literal["booked", "booked_before", "kept", "former_shop", "foreign", "elsewhere"]

WHOLE_ONLY = frozenset({"stars"})  # ways to pay that have no partial refunds
REFUNDED = "refunded"  # why a payment that no module booked no longer waits (`core.shop.unbooked`)


class Refund(BaseModel):
    """A charge that its provider has refunded in full to the person who paid it."""

    model_config = ConfigDict(frozen=True)

    provider: str
    charge_id: str
    payer_telegram_id: int
    occurred_at: datetime


async def book(connection: Connection, origin: Origin, refund: Refund) -> Booking:
    """Deducts the refund from the payment; `origin` is the bot that Telegram reported it to.

    `kept`: the payment is not booked yet, and `take_off_kept` deducts it then; until then nobody
    has to act. `former_shop`: booked, now or before, for the shop that the bot belonged to when it
    sold. `foreign`: the payment is another bot's or person's, and nothing is changed. `elsewhere`:
    the bot is only observed, and its sales are booked by the shop's own code.

    The goods are not put back into stock automatically: only the shop knows whether they came back,
    or were ever handed out.
    """
    await lock_charge(connection, refund.provider, refund.charge_id)
    payment = await _payment(connection, refund.provider, refund.charge_id)
    if payment is None:
        return await _keep(connection, origin, refund)
    if not _is_of(payment, origin, refund):
        return "foreign"
    is_new = payment["status"] != "refunded"
    if is_new:
        await _take_off(connection, origin, payment, refund.occurred_at)
    if payment["shop_id"] != origin.shop_id:
        return "former_shop"
    return "booked" if is_new else "booked_before"


async def lock_charge(connection: Connection, provider: str, charge_id: str) -> None:
    """Locks out others from booking this charge or its refund until the transaction ends: the two
    may come at the same time, and neither must miss the other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"charge|{provider}|{charge_id}"
    )


async def take_off_kept(
    connection: Connection, origin: Origin, provider: str, charge_id: str
) -> None:
    """Books the refund, if there was one, of a payment that was just booked; its charge must be
    locked."""
    refunded_at = await connection.fetchval(
        "DELETE FROM unbooked_refunds WHERE bot_id = $1 AND provider = $2 AND charge_id = $3 "
        "RETURNING refunded_at",
        origin.bot_id,
        provider,
        charge_id,
    )
    if refunded_at is not None:
        payment = await _payment(connection, provider, charge_id)
        assert payment is not None  # the caller has booked it
        await _take_off(connection, origin, payment, refunded_at)


async def is_kept(connection: Connection, origin: Origin, provider: str, charge_id: str) -> bool:
    """Whether the charge was refunded before it was booked; it must be locked."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM unbooked_refunds "
        "WHERE bot_id = $1 AND provider = $2 AND charge_id = $3)",
        origin.bot_id,
        provider,
        charge_id,
    )
    return found


async def _keep(connection: Connection, origin: Origin, refund: Refund) -> Booking:
    unbooked = await connection.fetchrow(
        "SELECT id, bot_id, payer_telegram_id FROM unbooked_payments "
        "WHERE provider = $1 AND charge_id = $2",
        refund.provider,
        refund.charge_id,
    )
    if unbooked is not None and not _is_of(unbooked, origin, refund):
        return "foreign"
    if unbooked is None and origin.mode != "hosted":
        return "elsewhere"
    await connection.execute(
        "INSERT INTO unbooked_refunds (bot_id, provider, charge_id, refunded_at) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        origin.bot_id,
        refund.provider,
        refund.charge_id,
        refund.occurred_at,
    )
    if unbooked is not None:
        await connection.execute(
            "UPDATE unbooked_payments SET booked_at = now(), reason = $2 "
            "WHERE id = $1 AND booked_at IS NULL",
            unbooked["id"],
            REFUNDED,
        )
    return "kept"


def _is_of(payment: Record, origin: Origin, refund: Refund) -> bool:
    """Whether the reporting bot had taken the payment, from that person; their id is 0 once they
    are erased. A bot keeps its id when it moves to another shop."""
    is_payer = payment["payer_telegram_id"] in (0, refund.payer_telegram_id)
    return is_payer and payment["bot_id"] == origin.bot_id


async def _payment(connection: Connection, provider: str, charge_id: str) -> Record | None:
    return await connection.fetchrow(
        "SELECT p.id, p.order_id, p.provider, p.payer_telegram_id, p.amount_minor, "
        "p.refunded_minor, p.currency, p.status, p.reason, p.created_at, o.shop_id, o.bot_id, "
        "o.buyer_no, o.purpose, o.wallet_minor, s.retention_days "
        "FROM payments AS p JOIN orders AS o ON o.id = p.order_id "
        "JOIN shops AS s ON s.id = o.shop_id "
        "WHERE p.provider = $1 AND p.charge_id = $2 FOR UPDATE OF o",
        provider,
        charge_id,
    )


async def _take_off(
    connection: Connection, origin: Origin, payment: Record, refunded_at: datetime
) -> None:
    """The rest of a payment has gone back: for the requested refund of exactly that amount, if
    there is one, or on the provider's initiative."""
    left = payment["amount_minor"] - payment["refunded_minor"]
    refund_id = await connection.fetchval(
        "SELECT id FROM order_refunds WHERE payment_id = $1 AND state = 'asked' "
        "AND amount_minor = $2 ORDER BY id LIMIT 1",
        payment["id"],
        left,
    )
    if refund_id is None:
        refund_id = await connection.fetchval(
            "INSERT INTO order_refunds (order_id, payment_id, amount_minor, goods_minor, "
            "shipping_minor, tax_minor, tip_minor) VALUES ($1, $2, $3, $4, $5, $6, $7) "
            "RETURNING id",
            payment["order_id"],
            payment["id"],
            left,
            *await parts_of(connection, payment["order_id"], payment["id"], left),
        )
    await connection.execute(
        "UPDATE order_refunds SET way = $2 WHERE id = $1", refund_id, payment["provider"]
    )
    await _settle(connection, origin, payment, refund_id, refunded_at)


async def parts_of(
    connection: Connection, order_id: int, payment_id: int, amount_minor: int
) -> tuple[int, int, int, int]:
    """Goods, shipping, tax and tip in the next refund of a payment: the parts of everything
    refunded of the order including it, minus the parts refunded before, so that several refunds add
    up to the whole."""
    row = await connection.fetchrow(
        "SELECT o.total_minor, o.tax_minor, o.shipping_minor, o.tip_minor, "
        "CASE WHEN p.status = 'held' THEN p.refunded_minor ELSE o.refunded_minor END "
        "  AS refunded_minor "
        "FROM orders AS o JOIN payments AS p ON p.order_id = o.id "
        "WHERE o.id = $1 AND p.id = $2",
        order_id,
        payment_id,
    )
    assert row is not None  # the caller has read both

    def split(given: int) -> dict[str, int]:
        return sales.refund_parts(
            given,
            paid_minor=row["total_minor"],
            tax_minor=row["tax_minor"],
            shipping_minor=row["shipping_minor"],
            tip_minor=row["tip_minor"],
        )

    before = split(row["refunded_minor"])
    after = split(row["refunded_minor"] + amount_minor)
    shipping, tax, tip = (
        max(0, after.get(name, 0) - before.get(name, 0))
        for name in ("shipping_minor", "tax_minor", "tip_minor")
    )
    return amount_minor - shipping - tax - tip, shipping, tax, tip


async def settle(
    connection: Connection,
    origin: Origin,
    provider: str,
    charge_id: str,
    refund_id: int,
    at: datetime,
) -> None:
    """A refund of `order_refunds` is done: deducts it from its payment, whose charge is locked."""
    payment = await _payment(connection, provider, charge_id)
    assert payment is not None  # the refund names it
    await _settle(connection, origin, payment, refund_id, at)


async def _settle(
    connection: Connection, origin: Origin, payment: Record, refund_id: int, refunded_at: datetime
) -> None:
    # A payment counts from when it was booked, which may be long after Telegram took it: refunds
    # are not counted before that, or returns would be on a day before their sale.
    at = max(refunded_at, payment["created_at"])
    amount: int = await connection.fetchval(
        "SELECT amount_minor FROM order_refunds WHERE id = $1", refund_id
    )
    goods, shipping, tax, tip = await parts_of(
        connection, payment["order_id"], payment["id"], amount
    )
    refund = await connection.fetchrow(
        "UPDATE order_refunds SET state = 'done', error = NULL, done_at = $2, goods_minor = $3, "
        "shipping_minor = $4, tax_minor = $5, tip_minor = $6 WHERE id = $1 "
        "RETURNING id, amount_minor, units, puts_back, way",
        refund_id,
        at,
        goods,
        shipping,
        tax,
        tip,
    )
    assert refund is not None  # its payment's charge is locked, so nobody removes it
    is_whole: bool = await connection.fetchval(
        "UPDATE payments SET refunded_minor = refunded_minor + $2, "
        "status = CASE WHEN refunded_minor + $2 = amount_minor THEN 'refunded' ELSE status END "
        "WHERE id = $1 RETURNING refunded_minor = amount_minor",
        payment["id"],
        amount,
    )
    if is_whole:  # nothing is left for other requested refunds
        await connection.execute(
            "UPDATE order_refunds SET state = 'failed', error = 'refunded_whole' "
            "WHERE payment_id = $1 AND state = 'asked'",
            payment["id"],
        )
    if payment["status"] == "held":
        await _let_go(connection, origin, payment, at)
        return
    parts = {"tax_minor": tax, "shipping_minor": shipping, "tip_minor": tip}
    if payment["purpose"] == "top_up":
        parts = {"top_up_minor": amount}
    is_last = is_whole and await _is_last(connection, payment["order_id"])
    await _undo_sale(connection, origin, payment, refund, parts, is_whole=is_last, at=at)


async def _is_last(connection: Connection, order_id: int) -> bool:
    """Whether all of the order's payments have gone back: one by the wallet may stand beside
    another."""
    is_last: bool = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT FROM payments WHERE order_id = $1 AND status = 'succeeded')",
        order_id,
    )
    return is_last


async def _post_to_wallet(
    connection: Connection, origin: Origin, payment: Record, refund: Record, at: datetime
) -> None:
    """What goes back into the buyer's wallet, or out of it if a top-up goes back."""
    is_top_up = payment["purpose"] == "top_up"
    if not is_top_up and refund["way"] != WALLET:
        return
    amount = Money(refund["amount_minor"], payment["currency"])
    entry = EntryDraft(
        buyer_no=payment["buyer_no"],
        kind="payout" if is_top_up else "refund",
        amount=amount.times(-1) if is_top_up else amount,
        key=f"refund:{refund['id']}",
        at=at,
        order_id=payment["order_id"],
    )
    actor = await customers.actor_of(connection, payment["shop_id"], payment["buyer_no"])
    await wallets.post(connection, _origin_of(origin, payment), actor, entry)


async def _undo_sale(
    connection: Connection,
    origin: Origin,
    payment: Record,
    refund: Record,
    parts: dict[str, int],
    *,
    is_whole: bool,
    at: datetime,
) -> None:
    await connection.execute(
        "UPDATE orders SET refunded_minor = least(total_minor, refunded_minor + $3), "
        "status = CASE WHEN $2 THEN 'refunded' ELSE status END, "
        "attention = CASE WHEN $2 THEN nullif(attention, 'oversold') ELSE attention END "
        "WHERE id = $1",
        payment["order_id"],
        is_whole,
        refund["amount_minor"],
    )
    lines = [
        Units(**row)
        for row in await connection.fetch(
            "SELECT product_id, variant_id, quantity FROM order_lines WHERE order_id = $1 "
            "ORDER BY line",
            payment["order_id"],
        )
    ]
    products = {line.product_id for line in lines}
    completed = Event(
        REFUND_COMPLETED,
        occurred_at=at,
        order_id=payment["order_id"],
        product_id=min(products) if len(products) == 1 else 0,
        amount_minor=refund["amount_minor"],
        currency=payment["currency"],
        quantity=refund["units"],
        outcome=WALLET if refund["way"] == WALLET else payment["provider"],
        props={name: minor for name, minor in parts.items() if minor},
    )
    await _emit(connection, origin, payment, completed)
    # The wallet before the products, as whoever pays from it locks them.
    await _post_to_wallet(connection, origin, payment, refund, at)
    if refund["puts_back"]:
        left = await stock.put_back(connection, lines, order_id=payment["order_id"])
        await emit(connection, _origin_of(origin, payment), NOBODY, left)


class Units(BaseModel):
    """A quantity of a product or its variant that came back."""

    product_id: int
    variant_id: int | None
    quantity: int


async def _let_go(connection: Connection, origin: Origin, payment: Record, at: datetime) -> None:
    """Held money was never counted as a sale, so nothing is deducted; an order that only waited for
    it is cancelled, and its buyer can spend what was kept of their wallet."""
    await wallets.release(connection, payment["order_id"], payment["wallet_minor"])
    cancelled = await connection.fetchval(
        "UPDATE orders AS o SET status = 'cancelled' WHERE id = $1 AND status = 'held' "
        "AND NOT EXISTS (SELECT 1 FROM payments WHERE order_id = o.id AND status = 'held') "
        "RETURNING id",
        payment["order_id"],
    )
    await connection.execute(
        "UPDATE orders SET attention = nullif(attention, $2) WHERE id = $1",
        payment["order_id"],
        payment["reason"],
    )
    if cancelled is not None:
        event = Event(ORDER_CANCELLED, occurred_at=at, order_id=payment["order_id"])
        await _emit(connection, origin, payment, event)


async def _emit(connection: Connection, origin: Origin, payment: Record, event: Event) -> None:
    """Emits an event of the order."""
    await emit(
        connection,
        _origin_of(origin, payment),
        await customers.actor_of(connection, payment["shop_id"], payment["buyer_no"]),
        [event],
    )


def _origin_of(origin: Origin, payment: Record) -> Origin:
    """The order's origin. The reactions that run for `origin` are those of its own shop, and are
    not called for another's."""
    shop_id = payment["shop_id"]
    return Origin(
        shop_id,
        payment["bot_id"],
        "hosted",  # as every bot is that has orders
        payment["retention_days"],
        journal=origin.journal if shop_id == origin.shop_id else None,
    )
