"""A receipt's data by 54-FZ, as YooKassa takes them with a bill of Telegram.

Sources: https://yookassa.ru/developers/payment-acceptance/receipts/54fz/parameters-values,
https://core.telegram.org/bots/payments

A wallet's top-up is an advance. Of an order that the wallet pays in part, its items are for the
rest: the advance had a receipt of its own.
"""

from dataclasses import dataclass
from typing import Any

from bots.modules.provider.settings import ProviderSettings
from core.money import Money
from core.shop.orders import Order
from core.shop.pricing import ProductKind, divide

DESCRIPTION_CHARACTERS = 128
CURRENCY = "RUB"  # the law is of roubles alone
_SHIPPING = "Доставка"  # where the owner gave it no name; a receipt is in Russian
_TOP_UP = "Пополнение кошелька"
_SUBJECTS: dict[ProductKind, str] = {
    "physical": "commodity",
    "digital": "service",
    "service": "service",
}


@dataclass(frozen=True, slots=True)
class _Sold:
    """A row of a receipt; `cost_minor` is for its whole quantity, without a tax on top."""

    name: str
    quantity: int
    cost_minor: int
    subject: str
    mode: str = "full_payment"


def provider_data(order: Order, settings: ProviderSettings) -> dict[str, Any]:
    """What is sent along with the bill; empty if no receipt is wanted, or none is due."""
    if settings.receipt == "none" or order.currency != CURRENCY:
        return {}
    receipt: dict[str, Any] = {"items": _items(order, settings.vat_code)}
    if settings.tax_system_code:
        receipt["tax_system_code"] = settings.tax_system_code
    return {"receipt": receipt}


def _items(order: Order, vat_code: int) -> list[dict[str, Any]]:
    """They add up to what is due without a tip, to the minor unit. A tax on top of the prices is no
    item: the law wants it in the price of each."""
    sold = [
        _Sold(
            line.name,
            line.quantity,
            line.unit_price_minor * line.quantity - line.discount_minor,
            _SUBJECTS[line.kind],
        )
        for line in order.lines
    ]
    sold += [
        _Sold(each.label or _SHIPPING, 1, each.amount_minor, "service")
        for each in order.adjustments
        if each.kind == "shipping"
    ]
    if order.purpose == "top_up":
        sold = [_Sold(_TOP_UP, 1, order.total_minor - order.tip_minor, "payment", "advance")]
    taxes = divide(order.tax_minor, [each.cost_minor for each in sold])
    costs = [each.cost_minor + tax for each, tax in zip(sold, taxes, strict=True)]
    advances = divide(order.wallet_minor, costs)
    return [
        _item(each, quantity, Money(unit_minor, order.currency), vat_code)
        for each, cost, advance in zip(sold, costs, advances, strict=True)
        for quantity, unit_minor in in_whole_units(cost - advance, each.quantity)
    ]


def in_whole_units(cost_minor: int, quantity: int) -> list[tuple[int, int]]:
    """A line's cost as units of whole minor prices: one price if it divides, two that differ by
    one if not. What costs nothing is left out: a receipt has no such items."""
    unit, rest = divmod(cost_minor, quantity)
    return [
        (count, price)
        for count, price in ((quantity - rest, unit), (rest, unit + 1))
        if count and price
    ]


def _item(sold: _Sold, quantity: int, unit: Money, vat_code: int) -> dict[str, Any]:
    return {
        "description": sold.name[:DESCRIPTION_CHARACTERS],
        "quantity": f"{quantity}.00",
        "amount": {"value": str(unit.major), "currency": unit.currency},
        "vat_code": vat_code,
        "payment_mode": sold.mode,
        "payment_subject": sold.subject,
    }
