"""Payments in money: the currencies, the provider's token, the payer's details.

Source: https://core.telegram.org/bots/payments
"""

import json
import re
import secrets
import sqlite3

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode
from simulator.world import shipping
from simulator.world.accounts import Account
from simulator.world.world import Change

CURRENCIES = frozenset(
    "AED AMD AZN BRL BYN CAD CHF CNY CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS INR JPY KGS KRW KZT"
    " MDL MXN NOK NZD PLN QAR RON RSD RUB SAR SEK SGD THB TJS TRY UAH USD UYU UZS VND ZAR".split()
)
"""Those of Telegram's currencies that shops of the simulated world may use."""
TOKEN = re.compile(r"\d+:(TEST|LIVE):\S+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?\d{7,15}")
BOT_ID = 1_000_001
"""The provider's account in payment forms; nobody writes to it."""
NAME = "simulator"


def check(media: types.InputMediaInvoice) -> None:
    """Raises RpcError for an invoice in money that Telegram would refuse."""
    if media.invoice.currency not in CURRENCIES:
        raise RpcError(400, "CURRENCY_INVALID")
    if not TOKEN.fullmatch(media.provider or ""):
        raise RpcError(400, "PAYMENT_PROVIDER_INVALID")
    shipping.check_tips(media.invoice)


def check_credentials(credentials: object) -> None:
    """Any card is accepted, as long as it is JSON. Raises RpcError."""
    if not isinstance(credentials, types.InputPaymentCredentials):
        raise RpcError(400, "PAYMENT_CREDENTIALS_INVALID")
    try:
        json.loads(credentials.data.data)
    except ValueError as error:
        raise RpcError(400, "PAYMENT_CREDENTIALS_INVALID") from error


def check_info(invoice: types.Invoice, info: types.PaymentRequestedInfo) -> None:
    """Raises RpcError for invalid details of a payer."""
    for asked, value, shape, error in (
        (invoice.name_requested, info.name, re.compile(r".+"), "REQ_INFO_NAME_INVALID"),
        (invoice.phone_requested, info.phone, PHONE, "REQ_INFO_PHONE_INVALID"),
        (invoice.email_requested, info.email, EMAIL, "REQ_INFO_EMAIL_INVALID"),
    ):
        if asked and not shape.fullmatch(value or ""):
            raise RpcError(400, error)
    if _asks_address(invoice):
        shipping.check_address(info.shipping_address)


def _asks_address(invoice: types.Invoice) -> bool:
    return bool(invoice.shipping_address_requested or invoice.flexible)


def keep_info(change: Change, payer: Account, info: types.PaymentRequestedInfo) -> str:
    """Stores a payer's details; returns the id by which the payment names them."""
    info_id = secrets.token_urlsafe(12)
    change.db.execute(
        "INSERT INTO requested_info (id, user, body) VALUES (?, ?, ?)",
        (info_id, payer.id, info.write()),
    )
    return info_id


def info_of(
    db: sqlite3.Connection, payer: Account, invoice: types.Invoice, info_id: str | None
) -> types.PaymentRequestedInfo | None:
    """The payer's details. Raises RpcError if they are missing."""
    row = db.execute(
        "SELECT body FROM requested_info WHERE id = ? AND user = ?", (info_id, payer.id)
    ).fetchone()
    if row is not None:
        info: types.PaymentRequestedInfo = decode(row["body"])
        return info
    asked = (invoice.name_requested, invoice.phone_requested, invoice.email_requested)
    if any(asked) or _asks_address(invoice):
        raise RpcError(400, "REQUESTED_INFO_INVALID")
    return None


def new_charge_id() -> str:
    """The provider's own id of a payment."""
    return "ch_" + secrets.token_hex(12)
