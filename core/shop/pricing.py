"""What an order costs: its lines, and what is taken off and added, in a fixed order.

Pure and in whole minor units. The order of the steps is that of `STEPS`: promo codes, then referral
discounts, then loyalty points, then shipping, then tax. A step sees what the steps before it left.
A share is rounded half up to the minor unit, once a step, and a discount is divided among its lines
in proportion to what they still cost; the units that rounding leaves over go to the largest
remainders, the earlier line first. No line costs less than nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from typing_extensions import assert_never

from core.money import Money

DiscountKind = Literal["promo", "referral", "loyalty"]
AdjustmentKind = Literal["promo", "referral", "loyalty", "shipping", "tax", "tip"]
ProductKind = Literal["physical", "digital", "service"]
STEPS: tuple[AdjustmentKind, ...] = ("promo", "referral", "loyalty", "shipping", "tax")
WHOLE_BP = 10_000  # basis points: 100 %


@dataclass(frozen=True, slots=True)
class Item:
    """A quantity of one product, or of one variant of it, at today's price. A gift is added by a
    rule and costs nothing."""

    product_id: int
    title: str
    unit_price_minor: int
    quantity: int = 1
    variant_id: int | None = None
    variant_title: str = ""
    kind: ProductKind = "physical"
    unit_cost_minor: int | None = None
    is_gift: bool = False

    @property
    def gross_minor(self) -> int:
        return self.unit_price_minor * self.quantity

    @property
    def cost_minor(self) -> int | None:
        """Of all its units; None if unknown."""
        return None if self.unit_cost_minor is None else self.unit_cost_minor * self.quantity


@dataclass(frozen=True, slots=True)
class Discount:
    """A deduction from the goods: a share in basis points or an amount, for some products or for
    all.

    `source` is the key of the module that gives it, `reference` is that module's own.
    """

    kind: DiscountKind
    label: str
    source: str
    share_bp: int = 0
    amount_minor: int = 0
    product_ids: frozenset[int] | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        if (self.share_bp > 0) == (self.amount_minor > 0) or not 0 <= self.share_bp <= WHOLE_BP:
            raise ValueError("a discount is a share of up to 100 % or an amount, above zero")


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """A discount of the whole cost of shipping."""

    kind: DiscountKind
    label: str
    source: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Gift:
    """Something that is added to the order: a line of its own, all of whose price is taken off."""

    kind: DiscountKind
    label: str
    source: str
    item: Item
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Shipping:
    """The cost of shipping; free once the discounted goods cost `free_from_minor`."""

    label: str
    source: str
    price_minor: int
    free_from_minor: int | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        if self.price_minor < 0:
            raise ValueError("shipping costs nothing or more")


@dataclass(frozen=True, slots=True)
class Tax:
    """A share of the discounted goods and, where that is the rule, of shipping: added to the
    prices, or included in them, where it is shown and changes nothing."""

    label: str
    source: str
    rate_bp: int
    is_included: bool = False
    on_shipping: bool = True

    def __post_init__(self) -> None:
        if self.rate_bp <= 0:
            raise ValueError("a tax is above zero")


Rule: TypeAlias = Discount | FreeShipping | Gift | Shipping | Tax


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A line of the bill below the goods; `amount_minor` is signed, negative for a discount.

    A line that `is_included` is shown but not added.
    """

    kind: AdjustmentKind
    label: str
    source: str
    amount_minor: int
    reference: str = ""
    is_included: bool = False


@dataclass(frozen=True, slots=True)
class PricedLine:
    """An item and its share of the discounts."""

    item: Item
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """What has to be paid now, line by line. `total` = goods − discounts + shipping + tax on
    top."""

    currency: str
    lines: tuple[PricedLine, ...]
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def goods_minor(self) -> int:
        """Unit price × quantity, before any discount."""
        return sum(line.item.gross_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        return sum(line.discount_minor for line in self.lines)

    @property
    def shipping_minor(self) -> int:
        return self._sum("shipping")

    @property
    def tax_minor(self) -> int:
        """Added to the prices; a tax included in them does not count."""
        return self._sum("tax")

    @property
    def total_minor(self) -> int:
        return self.goods_minor - self.discount_minor + self.shipping_minor + self.tax_minor

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    def _sum(self, kind: AdjustmentKind) -> int:
        return sum(
            each.amount_minor
            for each in self.adjustments
            if each.kind == kind and not each.is_included
        )


def quote(currency: str, items: Sequence[Item], rules: Iterable[Rule] = ()) -> Quote:
    """What the items cost by the rules, which may come in any order: `STEPS` is the order in which
    they apply, and rules of one step apply as they come.

    A rule that changes nothing adds no line, except free shipping. Raises ValueError for no items,
    a quantity below one or a price below zero.
    """
    if not items or any(item.quantity < 1 or item.unit_price_minor < 0 for item in items):
        raise ValueError("an order has items, at least one of each, at no price below zero")
    ordered = sorted(rules, key=lambda rule: STEPS.index(_step(rule)))
    items = list(items)
    left = [item.gross_minor for item in items]
    adjustments: list[Adjustment] = []
    free = next((rule for rule in ordered if isinstance(rule, FreeShipping)), None)
    shipping_minor = 0
    for rule in ordered:
        match rule:
            case Discount():
                taken = _taken_off(rule, items, left)
                left = [cost - share for cost, share in zip(left, taken, strict=True)]
                added = [_adjustment(rule, -sum(taken))] if sum(taken) else []
            case Gift():
                items.append(replace(rule.item, is_gift=True))
                left.append(0)
                added = [_adjustment(rule, -rule.item.gross_minor)]
            case FreeShipping():
                added = []
            case Shipping():
                amount = 0 if free else _shipping(rule, sum(left))
                shipping_minor += amount
                label = f"{rule.label} ({free.label})" if free else rule.label
                added = [Adjustment("shipping", label, rule.source, amount, rule.reference)]
            case Tax():
                base = sum(left) + (shipping_minor if rule.on_shipping else 0)
                added = [tax for tax in [_tax(rule, base)] if tax.amount_minor]
            case _:
                assert_never(rule)
        adjustments += added
    lines = tuple(
        PricedLine(item, item.gross_minor - cost) for item, cost in zip(items, left, strict=True)
    )
    return Quote(currency, lines, tuple(adjustments))


def _step(rule: Rule) -> AdjustmentKind:
    match rule:
        case Discount() | FreeShipping() | Gift():
            return rule.kind
        case Shipping():
            return "shipping"
        case Tax():
            return "tax"
        case _:
            assert_never(rule)


def _adjustment(rule: Discount | Gift, amount_minor: int) -> Adjustment:
    return Adjustment(rule.kind, rule.label, rule.source, amount_minor, rule.reference)


def _taken_off(rule: Discount, items: Sequence[Item], left: Sequence[int]) -> list[int]:
    """The discount's amount for each line."""
    bases = [
        cost if rule.product_ids is None or item.product_id in rule.product_ids else 0
        for item, cost in zip(items, left, strict=True)
    ]
    whole = sum(bases)
    wanted = half_up(whole * rule.share_bp, WHOLE_BP) if rule.share_bp else rule.amount_minor
    return divide(min(wanted, whole), bases)


def _shipping(rule: Shipping, goods_minor: int) -> int:
    is_free = rule.free_from_minor is not None and goods_minor >= rule.free_from_minor
    return 0 if is_free else rule.price_minor


def _tax(rule: Tax, base: int) -> Adjustment:
    amount = half_up(base * rule.rate_bp, WHOLE_BP + (rule.rate_bp if rule.is_included else 0))
    return Adjustment("tax", rule.label, rule.source, amount, is_included=rule.is_included)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def divide(amount: int, weights: Sequence[int]) -> list[int]:
    """Divides an amount in proportion to the weights, by largest remainders: the parts add up to
    it, and no part exceeds its weight if the amount does not exceed the sum of the weights."""
    whole = sum(weights)
    if not whole or not amount:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(amount * weights[n] % whole), n))
    for n in by_remainder[: amount - sum(parts)]:
        parts[n] += 1
    return parts
