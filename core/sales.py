"""What a sale is worth: the one definition for every query, frame and page (metrics 21 to 25, 28).

The amount of an `order_paid` is what was paid: goods less the discount, plus tax, shipping and tip.
Its goods are the order's lines (`order_line`). An order without lines counts as one line: what was
paid, less the stated tax, shipping and tip, plus the stated discount. The amount of a
`refund_completed` is what was refunded; its properties state the tax, shipping and tip in it, and
what was the top-up of a wallet; the rest is goods. Tips and top-ups are no sales.

    gross sales = Σ lines, or the order itself if it has none
    net sales   = gross sales − discounts − refunded goods
    total sales = net sales + tax + shipping, less the refunded parts of these two
    AOV         = (gross sales − discounts) ÷ paid orders

Each event counts on its own day. The SQL here is for a row `e` of `events`.
"""

from typing import Any, Protocol, TypeVar

LINE = "e.event = 'order_line'"
PAID = "e.event = 'order_paid'"
REFUND = "e.event = 'refund_completed'"
EVENTS = ("order_paid", "order_line", "refund_completed")

# How many days around its order's payment a line may lie; the intake gives both the same time.
LINES_WITHIN_DAYS = 1


class _Amount(Protocol):
    """A number, or an expression that evaluates to numbers."""

    def __add__(self, other: Any, /) -> Any: ...

    def __sub__(self, other: Any, /) -> Any: ...


_A = TypeVar("_A", bound=_Amount)


def charged(gross: _A, discounts: _A) -> _A:
    """What the goods were sold for, before refunds."""
    result: _A = gross - discounts
    return result


def net_sales(gross: _A, discounts: _A, returns: _A) -> _A:
    """Metric 24; `returns` are refunded goods, without tax and shipping."""
    result: _A = charged(gross, discounts) - returns
    return result


def total_sales(net: _A, tax: _A, shipping: _A, tax_back: _A, shipping_back: _A) -> _A:
    """Metric 25."""
    result: _A = net + tax + shipping - tax_back - shipping_back
    return result


def prop(name: str) -> str:
    """SQL of a whole number in the event's properties, or 0 if it is missing."""
    return f"JSONExtractInt(e.props, '{name}')"


DISCOUNT = prop("discount_minor")
TAX = prop("tax_minor")
SHIPPING = prop("shipping_minor")
_TIP = prop("tip_minor")
_EXTRAS = f"{TAX} - {SHIPPING} - {_TIP}"  # the parts that are not goods
_TOP_UP = prop("top_up_minor")


def _order(row: str) -> str:
    # A shop with its own code may send orders without a number: those are identified by their
    # buyer.
    return f"({row}.shop_id, {row}.order_id, if({row}.order_id = 0, {row}.buyer_no, toUInt64(0)))"


def has_lines(near: str) -> str:
    """SQL: the event's order has lines. `near` restricts the rows `l` that are searched: the shops,
    and the days in question with `LINES_WITHIN_DAYS` around them."""
    return (
        f"{_order('e')} IN (SELECT {_order('l')} FROM events AS l "
        f"WHERE l.event = 'order_line' AND {near})"
    )


def is_sold(lined: str) -> str:
    """SQL: the event counts in gross sales. `lined` is SQL of `has_lines`, or its alias."""
    return f"({LINE} OR {PAID} AND NOT {lined})"


# What the event adds to gross sales, if it counts.
SOLD = f"if({LINE}, e.amount_minor, greatest(0, e.amount_minor + {DISCOUNT} - {_EXTRAS}))"
# Goods of a refund.
RETURNED = f"greatest(0, e.amount_minor - {_EXTRAS} - {_TOP_UP})"


# For each order, what counts in the days of the rows. Added up, they are the days' figures.
BY_ORDER = {
    "gross_minor": f"sumIf({SOLD}, {is_sold('is_lined')})",
    "discount_minor": f"sumIf({DISCOUNT}, {PAID})",
    "tax_minor": f"sumIf({TAX}, {PAID})",
    "shipping_minor": f"sumIf({SHIPPING}, {PAID})",
    "returned_minor": f"sumIf({RETURNED}, {REFUND})",
    "returned_tax_minor": f"sumIf({TAX}, {REFUND})",
    "returned_shipping_minor": f"sumIf({SHIPPING}, {REFUND})",
}
NET_SALES = "gross_minor - discount_minor - returned_minor"
TOTAL_SALES = (
    f"{NET_SALES} + tax_minor + shipping_minor - returned_tax_minor - returned_shipping_minor"
)


def by_order(days: str, near: str, *columns: str) -> str:
    """SQL of one row for each order with an event in `days` (a condition of `e`): when it was first
    paid (`occurred_at`; `orders` is 0 if that was before the days), the amount paid, the columns of
    `BY_ORDER`, and those `columns` of its payment. `near` is as in `has_lines`."""
    sums = ", ".join(f"{each} AS {name}" for name, each in BY_ORDER.items())
    taken = ", ".join(f"argMax(e.{name}, ({PAID}, e.occurred_at)) AS {name}" for name in columns)
    return f"""
    SELECT e.shop_id AS shop_id, e.order_id AS order_id, e.currency AS currency,
        countIf({PAID}) AS orders,
        if(orders > 0, minIf(e.occurred_at, {PAID}), min(e.occurred_at)) AS occurred_at,
        any(e.buyer_no) AS buyer_no, sumIf(e.amount_minor, {PAID}) AS amount_minor,
        sumIf(toInt64(e.quantity), {PAID}) AS quantity, {sums}, {taken}
    FROM (SELECT *, {has_lines(near)} AS is_lined FROM events AS e WHERE {days}
        AND e.event IN {EVENTS} AND NOT e.is_staff AND NOT e.is_test) AS e
    GROUP BY shop_id, order_id, if(e.order_id = 0, e.buyer_no, toUInt64(0)), currency
    """


def refund_parts(
    amount_minor: int, *, paid_minor: int, tax_minor: int, shipping_minor: int, tip_minor: int = 0
) -> dict[str, int]:
    """The properties of a refund of which only the amount is known: tax, shipping and tip in
    proportion to those of the order, rounded down, so that a full refund returns all of each.

    Empty if there is nothing to split. A refund of more than was paid counts as goods beyond that.
    """
    if paid_minor <= 0 or amount_minor <= 0:
        return {}
    given = min(amount_minor, paid_minor)
    parts = {
        "tax_minor": tax_minor * given // paid_minor,
        "shipping_minor": shipping_minor * given // paid_minor,
        "tip_minor": tip_minor * given // paid_minor,
    }
    if sum(parts.values()) > amount_minor:  # an order whose parts add up to more than was paid
        return {}
    return {name: minor for name, minor in parts.items() if minor}
