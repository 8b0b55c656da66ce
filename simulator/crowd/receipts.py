"""What a person is sent of an order that they have paid: its receipt, row by row, its goods, and
what went back of the money."""

import re
from decimal import Decimal
from typing import Any

from pyrogram.raw import types

from simulator.crowd import truth
from simulator.crowd.phone import broadcast_number, delivered_number, notice, receipt_number, refund
from simulator.crowd.truth import AnyRecord, Row

_AMOUNT = re.compile(r"([-\u2212]?)(\d[\d.,\s]*)\D{0,4}")
_QUANTITY = re.compile(r"(.+) × (\d+)")
_OF_GOODS, _OF_THE_REST = " \u2014 ", ": "
_DIGITS_OF_THOUSANDS = 3


def record_of(message: Any, message_id: int, **envelope: Any) -> AnyRecord | None:
    """The record of a new message of the bot's or Telegram's, if it is of an order, or a broadcast;
    `message_id` is its id in the person's box, `envelope` the record's common fields."""
    if isinstance(message, types.MessageService):
        return _of_service(message.action, envelope)
    if (sent := broadcast_number(message)) is not None:
        return truth.Broadcast(message_id=message_id, number=sent, **envelope)
    return _of_order(message, message_id, envelope)


def _of_order(message: Any, message_id: int, envelope: dict[str, Any]) -> AnyRecord | None:
    if (number := receipt_number(message)) is not None:
        goods, added, total = rows_of(message.message)
        return truth.Receipt(
            message_id=message_id,
            order_no=number,
            goods=goods,
            added=added,
            total=total,
            **envelope,
        )
    if (number := delivered_number(message)) is not None:
        return truth.Delivery(message_id=message_id, order_no=number, **envelope)
    if (back := refund(message)) is not None and (amount := amount_of(back[1])) is not None:
        return truth.RefundNotice(
            message_id=message_id, order_no=back[0], amount=amount, to_wallet=back[2], **envelope
        )
    if (found := notice(message)) is not None:
        number, leads_to_order = found
        return truth.OrderNotice(
            message_id=message_id, order_no=number, leads_to_order=leads_to_order, **envelope
        )
    return None


def _of_service(action: Any, envelope: dict[str, Any]) -> truth.Refund | None:
    """Telegram itself says that it gave Stars back, whoever asked for it."""
    if not isinstance(action, types.MessageActionPaymentRefunded):
        return None
    return truth.Refund(
        charge_id=action.charge.id,
        amount=action.total_amount,
        currency=action.currency,
        **envelope,
    )


def rows_of(text: str) -> tuple[list[Row], list[Row], Decimal | None]:
    """The goods, what was added or taken off, and the total, as the receipt's second paragraph has
    them; all empty if it says no total. One thing alone has its price in the total only."""
    paragraphs = text.split("\n\n")
    *rows, last = (paragraphs[1] if len(paragraphs) > 1 else "").split("\n")
    total = amount_of(last.rpartition(_OF_THE_REST)[2])
    if total is None:
        return [], [], None
    goods, added = list[Row](), list[Row]()
    for row in rows:
        label, dash, price = row.rpartition(_OF_GOODS)
        amount = amount_of(price) if dash else None
        if amount is not None or len(rows) == 1:
            goods.append(_of_goods(label if amount is not None else row, amount))
        else:
            label, _, price = row.rpartition(_OF_THE_REST)
            added.append(Row(label=label, amount=amount_of(price) or Decimal(0)))  # or it is free
    return goods, added, total


def _of_goods(name: str, amount: Decimal | None) -> Row:
    many = _QUANTITY.fullmatch(name)
    if many is None:
        return Row(label=name, amount=amount)
    return Row(label=many[1], quantity=int(many[2]), amount=amount)


def amount_of(text: str) -> Decimal | None:
    """An amount as it is written, 1 800,50 ₽ or 1,800.50 ₽, in main units; None if it is none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    written = "".join(found[2].split()).replace(",", ".")
    whole, _, decimals = written.rpartition(".")
    if len(decimals) == _DIGITS_OF_THOUSANDS or not whole:
        whole, decimals = whole + decimals, "0"
    sign = "-" if found[1] else ""
    return Decimal(f"{sign}{whole.replace('.', '')}.{decimals}")
