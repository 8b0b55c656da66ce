"""A bill as a shopper reads it, and what is different in a newer one."""

import hashlib
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from bots.sdk.texts import Texts
from core.money import Money
from core.shop.orders import Order
from core.shop.pricing import Quote


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class BillLine(_Part):
    """So many of one thing; its price is of one. A gift is taken off by an adjustment."""

    product_id: int
    variant_id: int | None
    name: str
    quantity: int
    price_minor: int
    is_gift: bool = False

    @property
    def key(self) -> tuple[int, int | None, bool]:
        """What it is, in every bill."""
        return self.product_id, self.variant_id, self.is_gift


class BillAdjustment(_Part):
    """What is added below the goods, or taken off; `name` is the same in every bill."""

    name: str
    label: str
    amount_minor: int
    is_included: bool
    is_shipping: bool


class Bill(_Part):
    """What a shopper was shown, whole."""

    currency: str
    lines: tuple[BillLine, ...]
    adjustments: tuple[BillAdjustment, ...]
    total_minor: int

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.currency)

    @property
    def total(self) -> Money:
        return self.money(self.total_minor)

    @property
    def mark(self) -> str:
        """Short and the same for the same bill: a button carries it back."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


def of_quote(priced: Quote) -> Bill:
    """What is to be paid now."""
    return Bill(
        currency=priced.currency,
        lines=tuple(
            BillLine(
                product_id=item.product_id,
                variant_id=item.variant_id,
                name=f"{item.title}, {item.variant_title}" if item.variant_title else item.title,
                quantity=item.quantity,
                price_minor=item.unit_price_minor,
                is_gift=item.is_gift,
            )
            for item in (line.item for line in priced.lines)
        ),
        adjustments=tuple(
            BillAdjustment(
                name=f"{each.kind}:{each.source}:{each.reference}",
                label=each.label,
                amount_minor=each.amount_minor,
                is_included=each.is_included,
                is_shipping=each.kind == "shipping",
            )
            for each in priced.adjustments
        ),
        total_minor=priced.total_minor,
    )


def of_order(order: Order) -> Bill:
    """What was to be paid when the order was made."""
    return Bill(
        currency=order.currency,
        lines=tuple(
            BillLine(
                product_id=line.product_id,
                variant_id=line.variant_id,
                name=line.name,
                quantity=line.quantity,
                price_minor=line.unit_price_minor,
                is_gift=line.is_gift,
            )
            for line in order.lines
        ),
        adjustments=tuple(
            BillAdjustment(
                name=f"{each.kind}:{each.source}:{each.reference}",
                label=each.label,
                amount_minor=each.amount_minor,
                is_included=each.is_included,
                is_shipping=each.kind == "shipping",
            )
            for each in order.adjustments
            if each.kind != "tip"
        ),
        total_minor=order.total_minor - order.tip_minor,
    )


def goods_of(bill: Bill, texts: Texts) -> str:
    """A row for each line."""
    return "\n".join(_line(bill, line, texts) for line in bill.lines)


def _line(bill: Bill, line: BillLine, texts: Texts) -> str:
    price = bill.money(line.price_minor * line.quantity)
    if line.quantity == 1:
        return texts.label("line_of_one", name=line.name, price=price)
    return texts.label("line", name=line.name, quantity=line.quantity, price=price)


def adjustments_of(bill: Bill, texts: Texts) -> str:
    """A row for each; empty if there is none."""
    return "\n".join(_adjustment(bill, each, texts) for each in bill.adjustments)


def _adjustment(bill: Bill, each: BillAdjustment, texts: Texts) -> str:
    if each.is_shipping and not each.amount_minor:
        return texts.label("free", label=each.label)
    return texts.label(
        "included" if each.is_included else "adjustment",
        label=each.label,
        amount=bill.money(each.amount_minor),
    )


def changes(before: Bill, now: Bill, texts: Texts) -> str:
    """What a shopper has to know before they pay the newer one, a row each; empty if nothing."""
    rows = [*_of_lines(before, now, texts), *_of_adjustments(before, now, texts)]
    if before.total != now.total:
        rows.append(texts.label("changed_total", before=before.total, now=now.total))
    return "\n".join(f"• {row}" for row in rows)


def _of_lines(before: Bill, now: Bill, texts: Texts) -> Iterator[str]:
    lines = {line.key: line for line in now.lines}
    for old in before.lines:
        new = lines.pop(old.key, None)
        if new is None:
            yield texts.label("changed_gone", name=old.name)
            continue
        if (new.price_minor, now.currency) != (old.price_minor, before.currency):
            yield texts.label(
                "changed_price",
                name=new.name,
                before=before.money(old.price_minor),
                now=now.money(new.price_minor),
            )
        if new.quantity != old.quantity:
            yield texts.label(
                "changed_quantity", name=new.name, before=old.quantity, now=new.quantity
            )
    for new in lines.values():
        yield texts.label("changed_new", name=new.name)


def _of_adjustments(before: Bill, now: Bill, texts: Texts) -> Iterator[str]:
    found = {each.name: each for each in now.adjustments}
    for old in before.adjustments:
        new = found.pop(old.name, None)
        if new is None:
            yield texts.label("changed_gone", name=old.label)
        elif new.amount_minor != old.amount_minor:
            yield texts.label(
                "changed_price",
                name=new.label,
                before=before.money(old.amount_minor),
                now=now.money(new.amount_minor),
            )
    for new in found.values():
        yield _adjustment(now, new, texts)
