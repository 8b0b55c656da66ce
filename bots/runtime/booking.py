"""Late booking: payments that no module accepted when they came, offered to the modules again."""

import asyncio

import structlog

from bots.runtime import leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.handling import HANDLER_SECONDS, PaymentNotTaken
from bots.runtime.leases import Lease
from bots.runtime.outage import AWAY
from bots.sdk.transaction import Transaction
from bots.sdk.turn import Turn
from bots.sdk.updates import PaymentReceived
from core.postgres import Connection, Pool
from core.shop import customers, unbooked
from core.shop.unbooked import UnbookedPayment

log = structlog.get_logger()


def reason_of(error: BaseException | None) -> str:
    """Why a payment is not booked, as a code."""
    return "no_module" if isinstance(error, PaymentNotTaken) else f"failed:{type(error).__name__}"


async def book_due(pool: Pool, lease: Lease, config: BotConfig, *, at_once: bool) -> int:
    """Tries each unbooked payment of the bot that is due (with `at_once`: each), one transaction
    a payment. Gives how many durable messages that has queued. Raises LeaseLost.
    """
    queued = 0
    last: UnbookedPayment | None = None
    while True:
        try:
            async with pool.acquire() as connection, connection.transaction():
                await leases.check(connection, lease)
                after = last.id if last else 0
                last = await unbooked.next_due(
                    connection, lease.bot_id, after=after, at_once=at_once
                )
                if last is None:
                    return queued
                queued += await _book(connection, config, last)
        except (*AWAY, leases.LeaseLost):
            raise
        except Exception as error:  # pylint: disable=broad-exception-caught  # a module's own
            assert last is not None  # before that, no module's code runs
            log.warning("a payment is not booked yet", id=last.id, error=repr(error))
            async with pool.acquire() as connection, connection.transaction():
                await leases.check(connection, lease)
                await unbooked.put_off(connection, last, reason_of(error))


async def _book(connection: Connection, config: BotConfig, payment: UnbookedPayment) -> int:
    """Offers the payment to the modules as if it came now; raises PaymentNotTaken, or what a
    module raises."""
    transaction = Transaction(
        connection,
        config.origin,
        config.shop,
        bot_username=config.bot.username or "",
        enabled=config.enabled,
    )
    customer = await customers.find(connection, payment.shop_id, payment.payer_telegram_id)
    assert customer is not None  # the update that brought the payment made them
    update = PaymentReceived(
        chat_id=payment.payer_telegram_id,
        occurred_at=payment.occurred_at,
        payload=payment.payload,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        charge_id=payment.charge_id,
        provider=payment.provider,
    )
    turn = Turn(transaction, customer, update)
    async with asyncio.timeout(HANDLER_SECONDS):
        if await turn.handle() is None:
            raise PaymentNotTaken(f"no enabled module takes {payment.payload!r}")
        await turn.finish()
    await unbooked.mark_booked(connection, payment.id)
    return transaction.queued
