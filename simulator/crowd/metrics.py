"""The metrics of docs/metrics.md for a shop's first day, by the truth of its people alone.

They have the names of the tables and columns there, so that the product's tables can be compared
with them. Nothing here asks the product: money is what people read on their receipts. What no
person knows, its owner states (`Owner`): what goods and links cost. Metrics that no first day has
(cohorts, churn, carts abandoned for two days) are left out, as is what nobody can see from outside
(the time until a bot's first answer is measured by the bot).
"""

import statistics
from collections.abc import Mapping, Sequence

from simulator.crowd import breakdowns, takings
from simulator.crowd.history import Person
from simulator.crowd.known import Between, Known, Metric, Owner, Rows, Value, ratio
from simulator.crowd.sold import sales

VISIT_PAUSE_SECONDS = 30 * 60.0
MONTH_DAYS = 30
_ROUNDED_SECONDS = 1.5


def metrics(people: Mapping[int, Person], owner: Owner) -> dict[Metric, Value]:
    """Of all that the people of one shop did, on its first day. Raises UnreadReceipt."""
    known = Known(people, {each: sales(person) for each, person in people.items()}, owner)
    return {
        (table, about, column): value
        for table, about, values in (
            *_audience(known),
            *_money(known),
            *takings.payments(known),
            *takings.wallets(known),
            *_customers(known),
            *breakdowns.products(known),
            *breakdowns.sources(known),
            *breakdowns.broadcasts(known),
        )
        for column, value in values.items()
    }


def _audience(known: Known) -> Rows:
    people = [each for each in known.people.values() if each.starts]
    blocked = sum(each.is_blocked for each in people)
    common: dict[str, Value] = {"new_users": len(people)}
    common["starts"] = sum(len(each.starts) for each in people)
    gates = {
        column: ratio(sum(gate in each.gates for each in people), len(people))
        if any(gate in each.gates for each in people)
        else None
        for column, gate in (("gate_pass_rate", "rules"), ("captcha_pass_rate", "captcha"))
    }
    yield (
        "audience_day",
        "",
        {
            **common,
            **dict.fromkeys(("dau", "wau", "mau"), known.active),
            "stickiness": ratio(1 / MONTH_DAYS, known.active and 1),
            "reachable_users": len(people) - blocked,
            "blocked_share": ratio(blocked, len(people)),
            "sessions": sum(map(_sessions, people)),
            **gates,
        },
    )
    yield (
        "shop_kpi_day",
        "",
        {
            **common,
            "active_users": known.active,
            "buyers": known.buyers,
            "buyer_conversion": ratio(known.buyers, known.active),
        },
    )
    yield (
        "conversion_day",
        "",
        {
            "buyer_conversion": ratio(known.buyers, known.active),
            "hours_to_first_purchase": _first_purchase(known),
        },
    )


def _first_purchase(known: Known) -> Between | None:
    """Hours from the first start to the first purchase: the median. Telegram's moments are whole
    seconds."""
    firsts = [
        (person.starts[0], known.bought[who][0])
        for who, person in known.people.items()
        if known.bought[who]
    ]
    if not firsts:
        return None
    least = statistics.median(sale.charge.at - start for start, sale in firsts)
    most = statistics.median(sale.receipt.at - start for start, sale in firsts)
    return Between((least - _ROUNDED_SECONDS) / 3600, (most + _ROUNDED_SECONDS) / 3600)


def _sessions(person: Person) -> int:
    """Half an hour without a visit ends one."""
    count, until = 0, float("-inf")
    for begins, ends in sorted(person.visits):
        count += begins - until > VISIT_PAUSE_SECONDS
        until = max(until, ends)
    return count


def _money(known: Known) -> Rows:
    sold = known.sales
    gross = sum(each.parts.gross for each in sold)
    charged = sum(each.charged for each in sold)
    returns = sum(each.returned for each in sold)
    net, units = charged - returns, sum(each.parts.units for each in sold)
    cost = sum(
        known.owner.products[name].cost * count
        for each in sold
        for name, count in each.units.items()
    )
    common: dict[str, Value] = {
        "gross_sales_minor": gross,
        "discounts_minor": gross - charged,
        "returns_minor": returns,
        "net_sales_minor": net,
        "paid_orders": len(sold),
        "units": units,
        "aov_minor": ratio(charged, len(sold)),
        "arpu_minor": ratio(net, known.active),
        "arppu_minor": ratio(net, known.buyers),
    }
    items = ratio(units, len(sold))
    yield (
        "shop_kpi_day",
        "",
        common | {"payment_success": takings.success(known), "items_per_order": items},
    )
    yield "shop_money_day", "", common | {"buyers": known.buyers}
    yield (
        "money_day",
        "",
        {
            **common,
            "total_sales_minor": sum(each.charge.amount - each.refunded for each in sold),
            "cash_collected_minor": takings.cash(known),
            "items_per_order": items,
            "refund_rate": ratio(returns, charged),
            "paying_share": ratio(known.buyers, known.active),
            "gross_margin_minor": net - cost,
            "gross_margin": ratio(net - cost, net),
            "margin_after_fees_minor": None if known.owner.has_fees else net - cost,
        },
    )


def _customers(known: Known) -> Rows:
    again = [sale for each in known.bought.values() for sale in each[1:]]
    repeating = sum(len(each) > 1 for each in known.bought.values())
    charged = sum(each.charged for each in known.sales)
    yield (
        "customer_day",
        "",
        {
            "returning_share": ratio(sum(each.charged for each in again), charged),
            "returning_rate": ratio(repeating, known.buyers),
            "repeat_rate": ratio(repeating, known.buyers),
        },
    )
    buyers = {each: sold for each, sold in known.bought.items() if sold}
    counts = [len(each) for each in buyers.values()]
    worth = [sum(sale.net for sale in each) for each in buyers.values()]
    for number, sold in buyers.items():
        mean = (_fifth(len(sold), counts) + _fifth(sum(each.net for each in sold), worth)) / 2
        # All have bought on the same day: nobody is of the upper fifths by recency.
        yield "rfm_day", str(number), {"segment": "at_risk" if mean >= 3.5 else "lost"}


def _fifth(value: int, among: Sequence[int]) -> int:
    """1 to 5; 5 is the best fifth, and equal values are of the same one."""
    return sum(each < value for each in among) * 5 // len(among) + 1
