"""A receipt's data by 54-FZ, as YooKassa takes them with a bill of Telegram.

Sources: https://yookassa.ru/developers/payment-acceptance/receipts/54fz/parameters-values,
https://core.telegram.org/bots/payments
"""

from typing import Any

from bots.modules.provider.settings import ProviderSettings
from core.money import Money
from core.shop.orders import Order
from core.shop.pricing import ProductKind

DESCRIPTION_CHARACTERS = 128
_SUBJECTS: dict[ProductKind, str] = {
    "physical": "commodity",
    "digital": "service",
    "service": "service",
}


def provider_data(order: Order, settings: ProviderSettings) -> dict[str, Any]:
    """What is sent along with the bill; empty if no receipt is wanted."""
    if settings.receipt == "none":
        return {}
    receipt: dict[str, Any] = {"items": _items(order, settings.vat_code)}
    if settings.tax_system_code:
        receipt["tax_system_code"] = settings.tax_system_code
    return {"receipt": receipt}


def _items(order: Order, vat_code: int) -> list[dict[str, Any]]:
    """They add up to the order's total without a tip, to the minor unit."""
    items = []
    for line in order.lines:
        cost = line.unit_price_minor * line.quantity - line.discount_minor
        for quantity, unit_minor in in_whole_units(cost, line.quantity):
            unit = Money(unit_minor, order.currency)
            items.append(_item(line.name, quantity, unit, _SUBJECTS[line.kind], vat_code))
    for each in order.adjustments:
        if each.kind in ("shipping", "tax") and each.amount_minor and not each.is_included:
            added = Money(each.amount_minor, order.currency)
            items.append(_item(each.label, 1, added, "service", vat_code))
    return items


def in_whole_units(cost_minor: int, quantity: int) -> list[tuple[int, int]]:
    """A line's cost as units of whole minor prices: one price if it divides, two that differ by
    one if not. What costs nothing is left out: a receipt has no such items."""
    unit, rest = divmod(cost_minor, quantity)
    return [
        (count, price)
        for count, price in ((quantity - rest, unit), (rest, unit + 1))
        if count and price
    ]


def _item(name: str, quantity: int, unit: Money, subject: str, vat_code: int) -> dict[str, Any]:
    return {
        "description": name[:DESCRIPTION_CHARACTERS],
        "quantity": f"{quantity}.00",
        "amount": {"value": str(unit.major), "currency": unit.currency},
        "vat_code": vat_code,
        "payment_mode": "full_payment",
        "payment_subject": subject,
    }
