"""The metrics that are counted for any stretch of time, from its sums and distinct people: each by
the name that the dictionary (`core.metric_dictionary`) has for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from api.figures import Sums, Totals, average_of, net_sales_of
from core import sales

Value = float | None


@dataclass(frozen=True, slots=True)
class Formula:
    """`value` gives it from the totals; money from the sums of one currency, too.

    `needs` are the fields of `Totals` that it is made of. `by_currency` is false for money that is
    only known in the shop's own currency, because its denominator is people and not people of a
    currency. With `is_of_a_day` it stands for single days (or hours), and has no value of more.
    """

    value: Callable[[Totals, Sums], Value]
    needs: tuple[str, ...]
    is_money: bool = False
    by_currency: bool = True
    is_of_a_day: bool = False


def ratio(part: float | None, whole: float) -> Value:
    """Null without a denominator, or if the numerator is not known."""
    return part / whole if part is not None and whole > 0 else None


def _per_head(part: float | None, whole: float) -> Value:
    """Money per head, exact to a ten-thousandth of the minor unit."""
    found = ratio(part, whole)
    return None if found is None else round(found, 4)


def total_sales_of(sums: Sums) -> int | None:
    """Metric 25, in minor units."""
    net = net_sales_of(sums)
    parts = (sums.tax_minor, sums.shipping_minor, sums.returned_tax_minor)
    tax, shipping, tax_back = parts
    shipping_back = sums.returned_shipping_minor
    if net is None or tax is None or shipping is None or tax_back is None or shipping_back is None:
        return None
    return sales.total_sales(net, tax, shipping, tax_back, shipping_back)


def _money(value: Callable[[Sums], Value], *needs: str) -> Formula:
    return Formula(lambda _, sums: value(sums), needs, is_money=True)


def _count(value: Callable[[Totals], Value], *needs: str) -> Formula:
    return Formula(lambda totals, _: value(totals), needs)


def _field(name: str) -> Formula:
    return _count(lambda totals: getattr(totals, name), name)


_PAYMENTS = ("payments_succeeded", "payments_failed", "payments_expired")
_NET = ("gross_minor", "discounts_minor", "returns_minor")
_TOTAL = (
    *_NET,
    *("tax_minor", "shipping_minor", "returned_tax_minor", "returned_shipping_minor"),
)
_BUYING = _count(
    lambda totals: ratio(totals.active_buyers, totals.active_users), "active_buyers", "active_users"
)

FORMULAS: Mapping[str, Formula] = {
    "new_users": _field("new_users"),
    "starts": _field("starts"),
    "active_users": _field("active_users"),
    "dau": replace(_field("active_users"), is_of_a_day=True),
    "buyers": _field("active_buyers"),
    "buyer_conversion": _BUYING,
    "paying_share": _BUYING,
    "payment_success": _count(
        lambda totals: ratio(
            totals.payments_succeeded, sum(getattr(totals, name) for name in _PAYMENTS)
        ),
        *_PAYMENTS,
    ),
    "gross_sales_minor": _money(lambda sums: sums.gross_minor, "gross_minor"),
    "discounts_minor": _money(lambda sums: sums.discounts_minor, "discounts_minor"),
    "returns_minor": _money(lambda sums: sums.returns_minor, "returns_minor"),
    "net_sales_minor": _money(net_sales_of, *_NET),
    "total_sales_minor": _money(total_sales_of, *_TOTAL),
    "paid_orders": _count(lambda totals: totals.orders.total(), "orders"),
    "units": _count(lambda totals: totals.units.total(), "units"),
    "aov_minor": _money(average_of, "orders", "gross_minor", "discounts_minor"),
    "items_per_order": _count(
        lambda totals: ratio(totals.units.total(), totals.orders.total()), "units", "orders"
    ),
    "arpu_minor": Formula(
        lambda totals, sums: _per_head(net_sales_of(sums), totals.active_users),
        (*_NET, "active_users"),
        is_money=True,
    ),
    "arppu_minor": Formula(
        lambda totals, sums: _per_head(net_sales_of(sums), totals.active_buyers),
        (*_NET, "active_buyers"),
        is_money=True,
        by_currency=False,
    ),
}
