"""A first day's metrics by product, by link and by broadcast; see `simulator.crowd.metrics`."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.crowd.history import Person
from simulator.crowd.known import Between, Known, Owner, Rows, Value, ratio
from simulator.crowd.sold import Sale

COVER_DAYS = 28
DELIVERED_WITHIN_SECONDS = 60.0
BLOCKS_WITHIN_SECONDS = 24 * 3600.0
SALES_WITHIN_SECONDS = 72 * 3600.0
INVITED = "invited"
TOUCHES = ("first", "last", "last_significant")


def products(known: Known) -> Rows:
    sold = {number: _Sold.of(number, known) for number in known.owner.numbers}
    for number, each in sold.items():
        viewers = {who for who, person in known.people.items() if number in person.viewed}
        left = known.owner.shelf.get(number)
        on_hand = None if left is None else left - each.gone
        yield (
            "product_day",
            number,
            {
                "conversion": ratio(len(viewers & each.buyers), len(viewers)),
                "units": each.units,
                "gross_sales_minor": each.gross,
                "net_sales_minor": each.net,
                "rank_by_units": _rank(each.units, [other.units for other in sold.values()]),
                "rank_by_net": _rank_by_net(each, sold.values()),
                "days_of_cover": ratio(on_hand, each.units / COVER_DAYS),
            },
        )
    counted = [left - sold[number].gone for number, left in known.owner.shelf.items()]
    yield (
        "catalogue_day",
        "",
        {
            "stock_out_share": ratio(sum(not left for left in counted), len(counted)),
            **_delivered(known),
        },
    )


@dataclass(frozen=True, slots=True)
class _Sold:
    """What was sold of a product."""

    units: int
    gone: int
    """Those of them that have not come back: what a wallet had paid for is on the shelf again once
    the clerk has given all of it back."""
    gross: int
    least: int
    """What came in for it at least: a receipt does not say which of several things a discount or a
    refund is for."""
    most: int
    buyers: set[int]

    @property
    def net(self) -> int | Between:
        return self.most if self.least == self.most else Between(self.least, self.most)

    @classmethod
    def of(cls, number: str, known: Known) -> "_Sold":
        names = {name for name, each in known.owner.products.items() if each.number == number}
        units, gone, gross, least, most, buyers = 0, 0, 0, 0, 0, set[int]()
        for who, bought in known.bought.items():
            for sale in bought:
                if not (count := sum(sale.units[name] for name in names)):
                    continue
                part = sum(sale.gross[name] for name in names)
                units, gross, buyers = units + count, gross + part, buyers | {who}
                gone += 0 if _is_on_the_shelf(sale, known.owner) else count
                least += max(0, part - (sale.parts.gross - sale.net))
                # A refund of several things takes from none of them unless it names it.
                most += sale.net if sale.gross.keys() <= names else min(part, sale.charged)
        return cls(units, gone, gross, least, most, buyers)


def _is_on_the_shelf(sale: Sale, owner: Owner) -> bool:
    """Whether what was sold is there again: the clerk has given all of it back, and it was paid by
    a wallet, which has it at once."""
    return sale.to_wallet == sale.charge.amount and not owner.is_digital


def _rank_by_net(one: _Sold, among: Iterable[_Sold]) -> int | Between | None:
    others = [each for each in among if each.units and each is not one]
    if not one.units:
        return None
    best = 1 + sum(each.least > one.most for each in others)
    worst = 1 + sum(each.most > one.least for each in others)
    return best if best == worst else Between(best, worst)


def _rank(value: int, among: Iterable[int]) -> int | None:
    """1 is the best; None for what was not sold."""
    return 1 + sum(each > value for each in among) if value else None


def _delivered(known: Known) -> dict[str, Value]:
    """Of the orders whose goods the bot hands over: how many came in time, and how soon nearly all
    did, in microseconds."""
    if not known.owner.is_digital:
        return {"delivery_success": None}
    waits = sorted(
        person.deliveries.get(sale.receipt.order_no, math.inf) - sale.charge.at
        for who, person in known.people.items()
        for sale in known.bought[who]
    )
    came = [each for each in waits if each < math.inf]
    slowest = came[math.ceil(0.95 * (len(came) - 1))] if came else None
    return {
        "delivery_success": ratio(
            sum(each <= DELIVERED_WITHIN_SECONDS for each in waits), len(waits)
        ),
        "delivery_p95_us": None if slowest is None else Between(0, slowest * 1e6),
    }


def sources(known: Known) -> Rows:
    """By touch and start code; `INVITED` for the links of other shoppers."""
    codes = {"", INVITED, *known.owner.links}
    came = Counter(
        _code(each.codes[0], known.owner) for each in known.people.values() if each.codes
    )
    share = ratio(came[INVITED], came.total())
    # Every reward waits for the time for returns, so none is given on a first day.
    yield "referral_day", "", {"referral_share": share, "reward_cost_minor": 0}
    for touch in TOUCHES:
        touched = {
            who: [_code(_touch(touch, person, sale.charge.at), known.owner) for sale in bought]
            for who, person in known.people.items()
            if (bought := known.bought[who])
        }
        for code in codes:
            net = sum(
                sale.net
                for who, by in touched.items()
                for sale, found in zip(known.bought[who], by, strict=True)
                if found == code
            )
            first = sum(by[0] == code for by in touched.values())
            cost = known.owner.links.get(code)
            yield (
                "source_day",
                f"{touch} {code}",
                {
                    "users": came[code],
                    "buyers": sum(code in by for by in touched.values()),
                    "net_sales_minor": net,
                    "cac_minor": ratio(cost, came[code]),
                    "cpa_minor": ratio(cost, first),
                    "roas": ratio(net, cost or 0),
                },
            )


def _code(code: str, owner: Owner) -> str:
    return code if code in owner.links or not code else INVITED


def _touch(touch: str, person: Person, paid_at: float) -> str:
    """The start code by which an order is explained: of the first start, of the last before the
    payment, or of the last with a code."""
    if touch == "first":
        return person.codes[0]
    before = [code for at, code in zip(person.starts, person.codes, strict=True) if at <= paid_at]
    return next((code for code in reversed(before) if code or touch == "last"), "")


def broadcasts(known: Known) -> Rows:
    for number in sorted({each for person in known.people.values() for each in person.broadcasts}):
        reached = {
            who: person for who, person in known.people.items() if number in person.broadcasts
        }
        clicked = {
            who: person.clicked[number]
            for who, person in reached.items()
            if number in person.clicked
        }
        blocked = sum(
            any(
                0 <= at - person.broadcasts[number] <= BLOCKS_WITHIN_SECONDS for at in person.blocks
            )
            for person in reached.values()
        )
        yield (
            "broadcast_day",
            number,
            {
                "delivered": len(reached),
                "delivery_rate": _delivery_rate(len(reached), known),
                "click_rate": ratio(len(clicked), len(reached)),
                "blocks_per_1000": ratio(blocked * 1000, len(reached)),
                "net_sales_72h_minor": sum(
                    sale.net
                    for who, at in clicked.items()
                    for sale in known.bought[who]
                    if 0 <= sale.charge.at - at <= SALES_WITHIN_SECONDS
                ),
            },
        )


def _delivery_rate(reached: int, known: Known) -> float | Between:
    """It may have been sent in vain to whoever had blocked the bot at some time."""
    away = sum(bool(person.blocks) for person in known.people.values())
    return Between(reached / (reached + away), 1) if away else 1
