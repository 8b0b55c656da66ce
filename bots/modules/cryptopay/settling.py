"""The result of an invoice, reported by the web hook or asked for: handled in the same way,
once."""

from typing import TypeAlias

import structlog

from bots.modules.cryptopay import store
from bots.modules.cryptopay.client import Invoice
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.modules.cryptopay.store import Bill
from bots.sdk import payment
from bots.sdk.context import Scope
from bots.sdk.updates import number_of
from core.money import Money
from core.shop.payments import Charge

log = structlog.get_logger()

Bills: TypeAlias = Scope[CryptopaySettings]
PROVIDER = "cryptopay"


def payload_of(bot_id: int, bill: Bill) -> str:
    """What the invoice carries, so that a payment finds its bill."""
    return f"{bot_id}:{bill.id}"


async def settle(scope: Bills, invoice: Invoice) -> None:
    """Books a paid invoice; closes the bill of an expired one. Of an invoice that is none of the
    bot's, nothing is done: the app may serve others, too."""
    bot, _, number = invoice.payload.partition(":")
    if bot != str(scope.bot_id):
        return
    bill = await store.get(scope.connection, scope.bot_id, number_of(number) or 0, lock=True)
    if bill is None:
        log.error("an invoice names no bill", bot=scope.bot_id, invoice=invoice.invoice_id)
        return
    match invoice.status:
        case "paid":
            await _pay(scope, bill, invoice)
        case "expired" if bill.state == "open" and bill.invoice_id == invoice.invoice_id:
            await store.close(scope.connection, bill, "expired")
        case _:
            pass


async def _pay(scope: Bills, bill: Bill, invoice: Invoice) -> None:
    about = await scope.about(bill.buyer_no)
    if about is None or about.customer is None:
        # Nobody is erased while a bill of theirs is open; the money is in the app's balance.
        log.error(
            "an invoice's shopper has been erased", bot=scope.bot_id, invoice=invoice.invoice_id
        )
        await store.close(scope.connection, bill, "paid", error="the shopper has been erased")
        return
    await store.close(scope.connection, bill, "paid")
    # A sum that is none in the currency fits no order, and is held as the bill's own.
    price = invoice.price or Money(bill.amount_minor, bill.currency)
    charge = Charge(
        provider=PROVIDER,
        charge_id=str(invoice.invoice_id),
        payer_telegram_id=about.customer.telegram_id,
        amount_minor=price.amount_minor,
        currency=price.currency,
        fee_minor=invoice.fee_minor,
        details=invoice.details,
    )
    await payment.book(about, order_id=bill.order_id, charge=charge)
