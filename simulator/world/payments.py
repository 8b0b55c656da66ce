"""Invoices and payments, in Telegram Stars or in money, and refunds of Stars.

Source: https://core.telegram.org/bots/payments-stars
"""

import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode
from simulator.world import mailbox, provider, shipping
from simulator.world.accounts import Account
from simulator.world.mailbox import Actions
from simulator.world.world import Change, Notice, World

STARS = "XTR"
PRE_CHECKOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice message, found from the payer's copy of it."""

    bot_id: int
    message_id: int
    """Id in the bot's box."""
    payer_message_id: int
    media: types.InputMediaInvoice

    @property
    def amount(self) -> int:
        return sum(price.amount for price in self.media.invoice.prices)

    @property
    def currency(self) -> str:
        return str(self.media.invoice.currency)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a payer has filled in before the card: the id of their details, the shipping option, a
    tip."""

    info_id: str | None = None
    option_id: str | None = None
    tip: int = 0


NOTHING = Filled()


@dataclass(frozen=True, slots=True)
class Total:
    """The amount to pay for an invoice, with what was filled in."""

    amount: int
    info: types.PaymentRequestedInfo | None
    option_id: str | None


@dataclass(frozen=True, slots=True)
class Charge:
    id: str
    bot: int
    user: int
    invoice: int
    amount: int
    currency: str
    payload: bytes
    paid_at: float
    refunded_at: float | None


CHARGE_COLUMNS = "id, bot, user, invoice, amount, currency, payload, paid_at, refunded_at"


# https://core.telegram.org/bots/payments#supported-currencies: the limits of other currencies
# follow their daily rates to the dollar.
LIMITS = {STARS: (1, 10_000), "USD": (100, 1_000_000)}


def check_invoice(media: types.InputMediaInvoice) -> None:
    """Raises RpcError for an invoice that Telegram would refuse."""
    prices = media.invoice.prices
    if media.invoice.currency == STARS:
        if media.provider:
            raise RpcError(400, "PAYMENT_PROVIDER_INVALID")
        if media.invoice.flexible or media.invoice.max_tip_amount:
            raise RpcError(400, "INVOICE_INVALID")
        if len(prices) != 1:
            raise RpcError(400, "CURRENCY_TOTAL_AMOUNT_INVALID")
    else:
        provider.check(media)
    total = sum(price.amount for price in prices)
    least, most = LIMITS.get(media.invoice.currency, (1, 10**12 - 1))
    if not least <= total <= most:
        raise RpcError(400, "CURRENCY_TOTAL_AMOUNT_INVALID")
    if not 1 <= len(media.payload) <= 128:
        raise RpcError(400, "INVOICE_PAYLOAD_INVALID")


def invoice_media(media: types.InputMediaInvoice) -> types.MessageMediaInvoice:
    return types.MessageMediaInvoice(
        title=media.title,
        description=media.description,
        currency=media.invoice.currency,
        total_amount=sum(price.amount for price in media.invoice.prices),
        start_param=media.start_param or "",
        test=media.invoice.test,
        shipping_address_requested=media.invoice.shipping_address_requested,
    )


def pay_button(invoice: types.MessageMediaInvoice) -> types.ReplyInlineMarkup:
    """The keyboard that Telegram adds to an invoice without one."""
    text = f"Pay {invoice.total_amount / 100:.2f} {invoice.currency}"
    if invoice.currency == STARS:
        text = f"⭐ {invoice.total_amount}"
    button = types.KeyboardInlineButton(text=text, type=types.InlineButtonTypeBuy())
    return types.ReplyInlineMarkup(rows=[types.KeyboardInlineButtonRow(buttons=[button])])


def keep_invoice(
    change: Change, bot: Account, message_id: int, media: types.InputMediaInvoice
) -> None:
    change.db.execute(
        "INSERT INTO invoices (bot, message, body) VALUES (?, ?, ?)",
        (bot.id, message_id, media.write()),
    )


def find_invoice(db: sqlite3.Connection, payer: Account, message_id: int) -> Invoice:
    """The invoice behind a message of the payer's box. Raises RpcError."""
    stored = mailbox.find(db, payer.id, message_id)
    if stored is None:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    query = "SELECT body FROM invoices WHERE bot = ? AND message = ?"
    row = db.execute(query, (stored.peer, stored.twin)).fetchone()
    if row is None:
        raise RpcError(400, "INVOICE_INVALID")
    return Invoice(stored.peer, stored.twin, message_id, decode(row["body"]))


async def pay(world: World, payer: Account, invoice: Invoice, filled: Filled = NOTHING) -> Charge:
    """Ask the bot (pre-checkout), then charge and write to both, in one transaction.

    Raises RpcError: as `check_out` does.
    """
    total = await check_out(world, payer, invoice, filled)
    with world.change() as change:
        # The payer may have submitted the form twice while the bot was deciding.
        _check_payable(change.db, payer, invoice)
        return _charge(world, change, payer, invoice, total)


async def fill_in(
    world: World, payer: Account, invoice: Invoice, info: types.PaymentRequestedInfo
) -> tuple[str, list[types.ShippingOption]]:
    """Check what a payer has filled in, and ask the bot how it ships there if the price depends on
    it. Returns the id to pay with, and the options. Raises RpcError."""
    asked = invoice.media.invoice
    provider.check_info(asked, info)
    options: list[types.ShippingOption] = []
    if asked.flexible:
        address = shipping.check_address(info.shipping_address)
        options = await shipping.options_of(
            world, invoice.bot_id, payer, invoice.media.payload, address
        )
    with world.change() as change:
        info_id = provider.keep_info(change, payer, info)
        shipping.keep(change, info_id, options)
    return info_id, options


async def check_out(
    world: World, payer: Account, invoice: Invoice, filled: Filled = NOTHING
) -> Total:
    """Ask the bot whether it approves of a payment; returns what is to be paid.

    Raises RpcError: FORM_SUBMIT_DUPLICATE for an invoice that is paid, BALANCE_TOO_LOW,
    BOT_PRECHECKOUT_FAILED if the bot refuses (the payer is shown why), BOT_RESPONSE_TIMEOUT if it
    does not answer.
    """
    _check_payable(world.db, payer, invoice)
    total = _total(world.db, payer, invoice, filled)
    try:
        verdict = await world.ask(
            invoice.bot_id,
            payer.id,
            lambda query_id: types.UpdateBotPrecheckoutQuery(
                query_id=query_id,
                user_id=payer.id,
                payload=invoice.media.payload,
                info=total.info,
                shipping_option_id=total.option_id,
                currency=invoice.currency,
                total_amount=total.amount,
            ),
            PRE_CHECKOUT_SECONDS,
        )
    except TimeoutError as error:
        raise RpcError(400, "BOT_RESPONSE_TIMEOUT") from error
    if not verdict.success:
        _show_refusal(world, payer, verdict.error)
        raise RpcError(406, "BOT_PRECHECKOUT_FAILED")
    return total


def _total(db: sqlite3.Connection, payer: Account, invoice: Invoice, filled: Filled) -> Total:
    asked = invoice.media.invoice
    info = provider.info_of(db, payer, asked, filled.info_id)
    option = shipping.chosen(db, asked, filled.info_id, filled.option_id)
    shipping.check_tip(asked, filled.tip)
    amount = invoice.amount + shipping.price_of(option) + filled.tip
    return Total(amount, info, option.id if option else None)


def _show_refusal(world: World, payer: Account, reason: str) -> None:
    """The text of an error 406 comes in an update: https://core.telegram.org/api/errors"""
    notification = types.UpdateServiceNotification(
        popup=True,
        type="BOT_PRECHECKOUT_FAILED",
        message=reason,
        media=types.MessageMediaEmpty(),
        entities=[],
    )
    world.publish(Notice(payer.id, notification, (payer.id,), notification.write()))


def _check_payable(db: sqlite3.Connection, payer: Account, invoice: Invoice) -> None:
    paid = db.execute(
        "SELECT 1 FROM charges WHERE bot = ? AND invoice = ?", (invoice.bot_id, invoice.message_id)
    ).fetchone()
    if paid:
        raise RpcError(400, "FORM_SUBMIT_DUPLICATE")
    if invoice.currency == STARS and balance(db, payer.id) < invoice.amount:
        raise RpcError(400, "BALANCE_TOO_LOW")


def balance(db: sqlite3.Connection, account_id: int) -> int:
    """An account's Stars."""
    query = "SELECT stars FROM accounts WHERE id = ?"
    (stars,) = db.execute(query, (account_id,)).fetchone()
    return int(stars)


def _charge(
    world: World,
    change: Change,
    payer: Account,
    invoice: Invoice,
    total: Total,
) -> Charge:
    in_stars = invoice.currency == STARS
    charge = _add_charge(change, payer, invoice, total.amount)
    provider_id = charge.id
    if in_stars:
        _move_stars(change, payer.id, charge.bot, charge.amount)
    else:
        provider_id = provider.new_charge_id()
        change.db.execute(
            "INSERT INTO provider_charges (charge, id, info) VALUES (?, ?, ?)",
            (charge.id, provider_id, total.info.write() if total.info is not None else None),
        )
    money: dict[str, Any] = {"currency": charge.currency, "total_amount": charge.amount}
    actions = Actions(
        for_sender=types.MessageActionPaymentSent(**money),
        for_recipient=types.MessageActionPaymentSentMe(
            payload=charge.payload,
            charge=types.PaymentCharge(id=charge.id, provider_charge_id=provider_id),
            info=total.info,
            shipping_option_id=total.option_id,
            **money,
        ),
    )
    sent = mailbox.send(change, payer, world.account(charge.bot), actions)
    _mark_paid(change, payer, invoice, sent.message_id)
    return charge


def _add_charge(change: Change, payer: Account, invoice: Invoice, amount: int) -> Charge:
    kind = "stx" if invoice.currency == STARS else f"{invoice.bot_id}_"
    charge = Charge(
        id=kind + secrets.token_urlsafe(36),
        bot=invoice.bot_id,
        user=payer.id,
        invoice=invoice.message_id,
        amount=amount,
        currency=invoice.currency,
        payload=invoice.media.payload,
        paid_at=time.time(),
        refunded_at=None,
    )
    change.db.execute(
        f"INSERT INTO charges ({CHARGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            charge.id,
            charge.bot,
            charge.user,
            charge.invoice,
            charge.amount,
            charge.currency,
            charge.payload,
            charge.paid_at,
        ),
    )
    return charge


def _mark_paid(change: Change, payer: Account, invoice: Invoice, receipt_id: int) -> None:
    """The payer's invoice turns from a pay button into a receipt."""
    stored = mailbox.find(change.db, payer.id, invoice.payer_message_id)
    if stored is not None:
        stored.message.media.receipt_msg_id = receipt_id
        mailbox.replace(change, stored)


def _move_stars(change: Change, payer_id: int, payee_id: int, amount: int) -> None:
    change.db.executemany(
        "UPDATE accounts SET stars = stars + ? WHERE id = ?",
        [(-amount, payer_id), (amount, payee_id)],
    )


def refund(world: World, change: Change, bot: Account, user_id: int, charge_id: str) -> Charge:
    """Give the Stars back and notify both sides.

    Raises RpcError: CHARGE_NOT_FOUND, CHARGE_ALREADY_REFUNDED.
    """
    row = change.db.execute(
        f"SELECT {CHARGE_COLUMNS} FROM charges"
        " WHERE id = ? AND bot = ? AND user = ? AND currency = ?",
        (charge_id, bot.id, user_id, STARS),
    ).fetchone()
    if row is None:
        raise RpcError(400, "CHARGE_NOT_FOUND")
    charge = Charge(**dict(row))
    if charge.refunded_at is not None:
        raise RpcError(400, "CHARGE_ALREADY_REFUNDED")
    change.db.execute("UPDATE charges SET refunded_at = ? WHERE id = ?", (time.time(), charge.id))
    _move_stars(change, bot.id, user_id, charge.amount)
    details: dict[str, Any] = {
        "currency": charge.currency,
        "total_amount": charge.amount,
        "charge": types.PaymentCharge(id=charge.id, provider_charge_id=charge.id),
    }
    mailbox.send(
        change,
        bot,
        world.account(user_id),
        Actions(
            for_sender=types.MessageActionPaymentRefunded(
                peer=types.PeerUser(user_id=user_id), payload=charge.payload, **details
            ),
            for_recipient=types.MessageActionPaymentRefunded(
                peer=types.PeerUser(user_id=bot.id), **details
            ),
        ),
    )
    return charge


def charges(
    db: sqlite3.Connection, *, bot: int | None = None, user: int | None = None
) -> list[Charge]:
    """Every charge, or those of one bot or one payer, the oldest first."""
    rows = db.execute(
        f"SELECT {CHARGE_COLUMNS} FROM charges"
        " WHERE (?1 IS NULL OR bot = ?1) AND (?2 IS NULL OR user = ?2) ORDER BY number",
        (bot, user),
    )
    return [Charge(**dict(row)) for row in rows.fetchall()]
