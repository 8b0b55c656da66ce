"""Shipping for payments in money: the payer's address, and the bot's options for it.

Sources: https://core.telegram.org/method/payments.validateRequestedInfo,
https://core.telegram.org/method/messages.setBotShippingResults. For an invalid option or tip the
error's name is our own: no documentation states Telegram's.
"""

import re
import sqlite3
from collections.abc import Sequence

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode
from simulator.world.accounts import Account
from simulator.world.world import Change, Notice, World

SECONDS = 10.0
COUNTRY = re.compile(r"[A-Z]{2}")
POSTCODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}")


def check_address(address: object) -> types.PostAddress:
    """Raises RpcError for an address that Telegram would refuse."""
    if not isinstance(address, types.PostAddress):
        raise RpcError(400, "ADDRESS_COUNTRY_INVALID")
    for value, shape, error in (
        (address.street_line1, re.compile(r".+"), "ADDRESS_STREET_LINE1_INVALID"),
        (address.city, re.compile(r".+"), "ADDRESS_CITY_INVALID"),
        (address.country_iso2, COUNTRY, "ADDRESS_COUNTRY_INVALID"),
        (address.post_code, POSTCODE, "ADDRESS_POSTCODE_INVALID"),
    ):
        if not shape.fullmatch(value or ""):
            raise RpcError(400, error)
    return address


async def options_of(
    world: World, bot_id: int, payer: Account, payload: bytes, address: types.PostAddress
) -> list[types.ShippingOption]:
    """The bot's options for an address.

    Raises RpcError: SHIPPING_BOT_TIMEOUT if it does not answer, SHIPPING_NOT_AVAILABLE if it
    refuses, and the payer is shown why.
    """
    try:
        answer: functions.messages.SetBotShippingResults = await world.ask(
            bot_id,
            payer.id,
            lambda query_id: types.UpdateBotShippingQuery(
                query_id=query_id, user_id=payer.id, payload=payload, shipping_address=address
            ),
            SECONDS,
        )
    except TimeoutError as error:
        raise RpcError(400, "SHIPPING_BOT_TIMEOUT") from error
    if answer.error:
        notification = types.UpdateServiceNotification(
            popup=True,
            type="SHIPPING_NOT_AVAILABLE",
            message=answer.error,
            media=types.MessageMediaEmpty(),
            entities=[],
        )
        world.publish(Notice(payer.id, notification, (payer.id,), notification.write()))
        raise RpcError(406, "SHIPPING_NOT_AVAILABLE")
    options: list[types.ShippingOption] = list(answer.shipping_options or [])
    return options


def check_answer(answer: functions.messages.SetBotShippingResults) -> None:
    """Raises RpcError for an answer of a bot that says neither yes nor no."""
    if not answer.error and not answer.shipping_options:
        raise RpcError(400, "ERROR_TEXT_EMPTY")
    ids = [option.id for option in answer.shipping_options or []]
    if len(ids) != len(set(ids)) or not all(ids):
        raise RpcError(400, "SHIPPING_OPTION_INVALID")


def keep(change: Change, info_id: str, options: Sequence[types.ShippingOption]) -> None:
    """Stores the offered options with the payer's details."""
    change.db.executemany(
        "INSERT INTO shipping_options (info, id, body) VALUES (?, ?, ?)",
        [(info_id, option.id, option.write()) for option in options],
    )


def chosen(
    db: sqlite3.Connection, invoice: types.Invoice, info_id: str | None, option_id: str | None
) -> types.ShippingOption | None:
    """The option that the payer has chosen; None where there is nothing to choose. Raises
    RpcError."""
    row = db.execute(
        "SELECT body FROM shipping_options WHERE info = ? AND id = ?", (info_id, option_id)
    ).fetchone()
    if (row is None) and (invoice.flexible or option_id):
        raise RpcError(400, "SHIPPING_OPTION_INVALID")
    if row is None:
        return None
    option: types.ShippingOption = decode(row["body"])
    return option


def price_of(option: types.ShippingOption | None) -> int:
    """In minor units."""
    return 0 if option is None else sum(price.amount for price in option.prices)


def check_tips(invoice: types.Invoice) -> None:
    """Raises RpcError for suggested tips that Telegram would refuse: at most four, ascending, and
    none over the maximum. https://core.telegram.org/bots/api#sendinvoice"""
    suggested = list(invoice.suggested_tip_amounts or [])
    most = invoice.max_tip_amount or 0
    if len(suggested) > 4 or suggested != sorted(set(suggested)):
        raise RpcError(400, "TIP_AMOUNT_INVALID")
    if any(not 0 < tip <= most for tip in suggested):
        raise RpcError(400, "TIP_AMOUNT_INVALID")


def check_tip(invoice: types.Invoice, tip: int) -> None:
    """Raises RpcError for a tip that the bot does not accept."""
    if not 0 <= tip <= (invoice.max_tip_amount or 0):
        raise RpcError(400, "TIP_AMOUNT_INVALID")
