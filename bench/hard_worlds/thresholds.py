"""What no abuser of a world may cross: half of each threshold that is stated for one account, one
link or the whole bot within minutes or a day (docs/fraud-worlds.md)."""

import statistics
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench.hard_worlds.generate import RESTOCK_BELOW
from bench.hard_worlds.records import ABUSERS, DAY, HOUR, MINUTE, Deed, Order, Person, World
from bench.hard_worlds.visit import UPDATES

_MANY = 30  # gaps from which on their variation is judged


def crossings(world: World) -> list[str]:
    """Who crosses what, in words; empty as it should be."""
    hidden = [each for each in world.people if each.kind in ABUSERS]
    orders: dict[int, list[Order]] = defaultdict(list)
    for order in world.orders:
        orders[order.person.buyer_no].append(order)
    found = [
        f"{person.kind} {person.buyer_no}: {name} {value:g}, at most {most:g}"
        for person in hidden
        for name, value, most in _of_person(world, person, orders[person.buyer_no])
        if value > most
    ]
    return found + list(_of_all(world, hidden))


def _of_person(
    world: World, person: Person, orders: Sequence[Order]
) -> Iterator[tuple[str, float, float]]:
    """Name, value and half of the threshold."""
    deeds = person.deeds
    yield "updates in 60 s", _densest(_at(deeds, lambda each: each.event in UPDATES), MINUTE), 15
    starts = _at(deeds, lambda each: each.event == "bot_started")
    yield "starts in 1 s", _densest(starts, 1), 1
    wrong = _at(deeds, lambda each: each.event == "promo_rejected")
    yield "wrong codes in 300 s", _densest(wrong, 300), 2
    right = _at(deeds, lambda each: each.event == "promo_applied")
    yield "codes in a day", _densest(right, DAY), 2
    for likeness, times in _texts(deeds).items():
        yield f"texts like {likeness} in an hour", _densest(times, HOUR), 1
    products = _products_in_ten_minutes(deeds)
    yield "products in 10 min", products, 30
    yield "share of the catalogue in 10 min", products / len(world.products), 0.4
    yield "expired orders in 24 h", _densest(_moments(each.expired_at for each in orders), DAY), 1
    yield "open orders", _most_open(orders), 1
    yield "unpaid share of a stock", _unpaid_share(orders), 0.1
    yield "refunded share", _refunded_share(orders), 0.15
    yield "regularity of gaps", _regularity(deeds), 1 / 0.4


def _of_all(world: World, hidden: Sequence[Person]) -> Iterator[str]:
    """What is of links, of the bot, and between people."""
    starts: dict[int, list[float]] = defaultdict(list)
    for person in world.people:
        for deed in person.deeds:
            if deed.event == "bot_started" and deed.source:
                starts[deed.source].append(deed.at)
    for link in {each.source for each in hidden if each.kind == "click_farm"}:
        if _densest(sorted(starts[link]), HOUR) > 15:
            yield f"link {link}: over 15 starts in an hour"
        if len(starts[link]) > 25:
            yield f"link {link}: over 25 starts"
    wrong = sorted(
        each.at for person in hidden for each in person.deeds if each.event == "promo_rejected"
    )
    if _densest(wrong, 300) > 25:
        yield "over 25 wrong codes in 300 s"
    for name, values in (
        ("payer", Counter(each.payer_telegram_id for each in hidden)),
        ("phone", Counter(each.phone for each in hidden)),
    ):
        if max(values.values(), default=0) > 1:
            yield f"a shared {name}"


def _at(deeds: Iterable[Deed], is_meant: Callable[[Deed], bool]) -> list[float]:
    return [each.at for each in deeds if is_meant(each)]


def _moments(times: Iterable[float | None]) -> list[float]:
    return sorted(each for each in times if each is not None)


def _densest(times: Sequence[float], seconds: float) -> int:
    """The most of the sorted times within so many seconds."""
    return max(
        (number + 1 - bisect_left(times, at - seconds + 1e-6) for number, at in enumerate(times)),
        default=0,
    )


def _texts(deeds: Iterable[Deed]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for each in deeds:
        if each.event == "message_received" and each.props:
            found[each.props["likeness"]].append(each.at)
    return found


def _products_in_ten_minutes(deeds: Iterable[Deed]) -> int:
    viewed = [(each.at, each.product) for each in deeds if each.event == "product_viewed"]
    most, first = 0, 0
    inside: Counter[int] = Counter()
    for at, product in viewed:
        inside[product] += 1
        while viewed[first][0] <= at - 10 * MINUTE:
            inside[viewed[first][1]] -= 1
            inside += Counter()  # drops what is not inside any more
            first += 1
        most = max(most, len(inside))
    return most


def _ends(order: Order) -> float:
    ends = (order.paid_at, order.cancelled_at, order.expired_at)
    return min(_moments(ends), default=float("inf"))


def _most_open(orders: Sequence[Order]) -> int:
    return max(
        (
            sum(other.created_at <= each.created_at < _ends(other) for other in orders)
            for each in orders
        ),
        default=0,
    )


def _unpaid_share(orders: Iterable[Order]) -> float:
    return max(
        (
            each.quantity / (each.product.stock * RESTOCK_BELOW)
            for each in orders
            if not each.paid_at
        ),
        default=0.0,
    )


def _refunded_share(orders: Sequence[Order]) -> float:
    """The greatest at any moment of a refund."""
    paid = _moments(each.paid_at for each in orders)
    back = _moments(each.refunded_at for each in orders)
    return max(
        (number / bisect_left(paid, at) for number, at in enumerate(back, 1)),
        default=0.0,
    )


def _regularity(deeds: Sequence[Deed]) -> float:
    """Mean gap ÷ its standard deviation, within visits; 0 of few gaps."""
    times = _at(deeds, lambda each: each.event in UPDATES)
    gaps = [after - before for before, after in zip(times, times[1:]) if after - before < 1800]
    if len(gaps) < _MANY:
        return 0.0
    spread = statistics.pstdev(gaps)
    return statistics.fmean(gaps) / spread if spread else float("inf")
