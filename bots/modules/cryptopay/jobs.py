"""What Crypto Pay is asked for: a bill, what became of it, and that nobody may pay it any more."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from bots.modules.cryptopay import client, store
from bots.modules.cryptopay.client import Access, CryptopayError, Invoice
from bots.modules.cryptopay.handlers import shown
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.modules.cryptopay.settling import payload_of, settle
from bots.modules.cryptopay.store import Bill
from bots.modules.cryptopay.wording import worded
from bots.sdk import next_steps
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from bots.sdk.keyboards import keyboard
from bots.sdk.outside import OutsideError
from bots.sdk.replies import SendText
from core.shop import orders

log = structlog.get_logger()
jobs = Jobs[CryptopaySettings]()

_PATIENCE = 2  # after so many attempts the shopper is told that it takes long

Cryptopay = Errand[CryptopaySettings]


@jobs.outside("bill")
async def make_bill(errand: Cryptopay, job: Job) -> None:
    access = Access.of(errand.settings)
    async with errand.transaction() as scope:
        bill = await store.get(scope.connection, scope.bot_id, job.data["bill"])
        if bill is None or bill.state != "asked":
            return
        order = await orders.get(scope.connection, bill.order_id)
        if order.status != "created":
            await store.close(scope.connection, bill, "expired")
            return
    if access is None:
        await _fail(errand, bill, "no token is set")
        return
    seconds = 60 * errand.settings.wait_minutes
    try:
        invoice = await client.create_invoice(
            errand.http,
            access,
            bill.price,
            description=errand.texts.label(
                worded("described", bill.purpose), number=bill.order_no, shop=errand.shop.name
            ),
            payload=payload_of(errand.bot_id, bill),
            seconds=seconds,
            assets=errand.settings.assets,
        )
    except CryptopayError as error:
        await _fail(errand, bill, error.name)
        return
    except OutsideError:
        if job.attempt == _PATIENCE:
            await _tell(errand, bill, "cryptopay_slow", "takes_long")
        raise
    async with errand.transaction() as scope:
        until = scope.now + timedelta(seconds=seconds)
        await store.open_(scope.connection, bill, invoice, until)
        opened = await store.get(scope.connection, scope.bot_id, bill.id)
        if scope.customer is not None and opened is not None:
            text, buttons = await shown(scope, opened)
            message = SendText(text=text, keyboard=buttons)
            await scope.send_durably("cryptopay_bill", message, str(bill.id))


async def _fail(errand: Cryptopay, bill: Bill, error: str) -> None:
    """Crypto Pay wants no such bill: the owner reads why, the shopper that another way is open."""
    log.warning("Crypto Pay refused a bill", bot=errand.bot_id, error=error)
    async with errand.transaction() as scope:
        await store.close(scope.connection, bill, "failed", error=error)
    await _tell(errand, bill, "cryptopay_failed", "refused")


async def _tell(errand: Cryptopay, bill: Bill, purpose: str, key: str) -> None:
    async with errand.transaction() as scope:
        if scope.customer is not None:
            text = scope.texts.get(worded(key, bill.purpose), number=bill.order_no)
            order = await orders.get(scope.connection, bill.order_id)
            message = SendText(text=text, keyboard=keyboard(*await next_steps.below(scope, order)))
            await scope.send_durably(purpose, message, str(bill.id))


@jobs.outside_every(minutes=1)
async def look(errand: Cryptopay) -> None:
    """Asks what became of open bills: a web hook may not be set, or its call may be lost."""
    access = Access.of(errand.settings)
    async with errand.transaction() as scope:
        bills = await store.unpaid(scope.connection, scope.bot_id)
    if access is None or not bills:
        return
    numbers = [bill.invoice_id for bill in bills if bill.invoice_id is not None]
    await _settle_all(errand, await client.get_invoices(errand.http, access, numbers))


async def _settle_all(errand: Cryptopay, invoices: Sequence[Invoice]) -> None:
    for invoice in invoices:
        if invoice.status != "active":
            async with errand.transaction() as scope:
                await settle(scope, invoice)


@jobs.outside("withdraw")
async def withdraw(errand: Cryptopay, job: Job) -> None:
    """The order is paid in another way, cancelled or expired: its bill must not be paid any more,
    unless it has been already."""
    access = Access.of(errand.settings)
    async with errand.transaction() as scope:
        bill = await store.get(scope.connection, scope.bot_id, job.data["bill"])
    if access is None or bill is None or bill.state != "open" or bill.invoice_id is None:
        return
    found = await client.get_invoices(errand.http, access, [bill.invoice_id])
    await _settle_all(errand, found)
    if not any(invoice.status == "active" for invoice in found):
        return
    try:
        await client.delete_invoice(errand.http, access, bill.invoice_id)
    except CryptopayError as error:  # paid at this very moment: `look` finds out
        log.warning("a bill was not withdrawn", bot=errand.bot_id, error=error.name)
        return
    async with errand.transaction() as scope:
        await store.close(scope.connection, bill, "withdrawn")
