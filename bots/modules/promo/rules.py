"""Whether a code may be used, and what it takes off. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from typing_extensions import assert_never

from bots.modules.promo.codes import Code
from bots.sdk.points import Basket
from core.shop.pricing import Discount, FreeShipping, Gift, Item, Rule

# Why nobody, or not this shopper, may use it; a shopper is never told which.
Refusal = Literal[
    "switched_off", "early", "expired", "used_up", "used", "not_first", "shared", "not_yours"
]
# Why it does not fit what is being bought; the shopper reads it.
Misfit = Literal["invalid", "busy", "currency", "least", "products", "no_gift", "no_shipping"]
_ORDER = ("goods", "percent", "amount", "shipping")


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been done with a code, without the order in question: by all, by the shopper.

    `is_busy`: an order of theirs that is being paid at this moment has it. `is_shared`: somebody
    with the same telephone, e-mail or address has had a first order with a code already.
    """

    used: int = 0
    used_by_buyer: int = 0
    has_ordered: bool = False
    is_busy: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A code that a shopper has entered."""

    code: Code
    standing: Standing


@dataclass(frozen=True, slots=True)
class Facts:
    """What has to be looked up of a code and a basket: for which products it is (None: all), and
    the gift, if there is one to give."""

    product_ids: frozenset[int] | None = None
    gift: Item | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code gives to a basket; None if nothing, for the reason `misfit`."""

    code: Code
    rule: Rule | None = None
    misfit: Misfit | None = None


def refusal(code: Code, standing: Standing, buyer_no: int, now: datetime) -> Refusal | None:
    """Why this shopper may not use it, whatever they buy."""
    reasons: tuple[tuple[bool, Refusal], ...] = (
        (not code.is_active, "switched_off"),
        (code.buyer_no is not None and code.buyer_no != buyer_no, "not_yours"),
        (code.starts_at is not None and now < code.starts_at, "early"),
        (code.ends_at is not None and now >= code.ends_at, "expired"),
        (code.most_uses is not None and standing.used >= code.most_uses, "used_up"),
        (
            code.most_per_buyer is not None and standing.used_by_buyer >= code.most_per_buyer,
            "used",
        ),
        (code.first_order_only and standing.has_ordered, "not_first"),
        (code.first_order_only and standing.is_shared, "shared"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def stacked(entries: Iterable[Entry]) -> list[Entry]:
    """Those that apply together, in the order in which they do: gifts, then shares, the largest
    first, then amounts, the largest first, then free shipping; the older code first.

    `entries` are in the order in which they were entered: a code that stands alone gives way to a
    later one, and takes the place of earlier ones.
    """
    kept: list[Entry] = []
    for entry in entries:
        if not entry.code.is_together or not all(each.code.is_together for each in kept):
            kept = []
        kept.append(entry)
    return sorted(
        kept,
        key=lambda each: (
            _ORDER.index(each.code.kind),
            -(each.code.share_bp or each.code.amount_minor or 0),
            each.code.id,
        ),
    )


def verdict(entry: Entry, basket: Basket, facts: Facts, now: datetime, label: str) -> Verdict:
    """What the code gives to the basket; `label` is what the bill calls it."""
    code = entry.code
    if refusal(code, entry.standing, basket.customer.buyer_no, now):
        return Verdict(code, misfit="busy" if entry.standing.is_busy else "invalid")
    misfit = _misfit(code, basket, facts)
    if misfit is not None:
        return Verdict(code, misfit=misfit)
    return Verdict(code, _rule(code, facts, label))


def _misfit(code: Code, basket: Basket, facts: Facts) -> Misfit | None:
    if code.currency is not None and code.currency != basket.currency:
        return "currency"
    if code.least_minor is not None and basket.goods.amount_minor < code.least_minor:
        return "least"
    if facts.product_ids is not None and not _any_of(facts.product_ids, basket.items):
        return "products"
    is_carried = any(item.kind == "physical" for item in basket.items)
    if code.kind == "goods" and (
        facts.gift is None or (facts.gift.kind == "physical" and not is_carried)
    ):
        return "no_gift"
    if code.kind == "shipping" and not is_carried:
        return "no_shipping"
    return None


def _any_of(product_ids: frozenset[int], items: Sequence[Item]) -> bool:
    return any(item.product_id in product_ids for item in items)


def _rule(code: Code, facts: Facts, label: str) -> Rule:
    reference = str(code.id)
    match code.kind:
        case "percent" | "amount":
            return Discount(
                "promo",
                label,
                "promo",
                share_bp=code.share_bp or 0,
                amount_minor=code.amount_minor or 0,
                product_ids=facts.product_ids,
                reference=reference,
            )
        case "goods":
            assert facts.gift is not None  # else it would not fit
            return Gift("promo", label, "promo", facts.gift, reference)
        case "shipping":
            return FreeShipping("promo", label, "promo", reference)
        case _:
            assert_never(code.kind)
