"""A whole world of a seed: everybody's deeds, cut at the end, put in order and numbered."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

from bench.hard_worlds.crawling import add_crawlers
from bench.hard_worlds.innocents import add_innocents
from bench.hard_worlds.records import Deed, Order, World
from bench.hard_worlds.shop import Shop
from bench.hard_worlds.shoppers import add_ordinary
from bench.hard_worlds.trading import add_traders

DAYS = 21
ENDS = datetime(2026, 11, 29, tzinfo=UTC)
_MOMENTS = ("asked_at", "paid_at", "cancelled_at", "expired_at", "refunded_at")
RESTOCK_BELOW = 0.4


def generate(seed: int, *, ends: datetime = ENDS, days: int = DAYS, scale: float = 1.0) -> World:
    """The world of a seed; equal arguments give equal worlds. `scale` shrinks the numbers of
    people."""
    shop = Shop(Random(seed), days, scale)
    add_ordinary(shop)
    add_innocents(shop)
    add_crawlers(shop)
    add_traders(shop)
    world = World(
        seed,
        ends - timedelta(days=days),
        days,
        shop.products,
        shop.sources,
        shop.people,
        [],
        {},
        [],
    )
    _cut(world)
    _number(world)
    _sell(world)
    return world


def _cut(world: World) -> None:
    """Nothing is known of what comes after the end, and of whoever comes after it."""
    for person in world.people:
        person.deeds = sorted(
            (each for each in person.deeds if 0 <= each.at < world.seconds),
            key=lambda each: each.at,
        )
    world.people = [each for each in world.people if each.deeds or each.came_at < 0]
    seen: dict[int, Order] = {}
    for person in world.people:
        for deed in person.deeds:
            if deed.order is not None:
                seen[id(deed.order)] = deed.order
    for order in seen.values():
        for name in _MOMENTS:
            moment = getattr(order, name)
            if moment is not None and moment >= world.seconds:
                setattr(order, name, None)
    world.orders = sorted(seen.values(), key=lambda each: each.created_at)


def _number(world: World) -> None:
    """As the shop would: people as they came, orders as they were made."""
    world.people.sort(key=lambda each: each.came_at)
    for number, person in enumerate(world.people, 1):
        person.buyer_no = number
    for number, order in enumerate(world.orders, 1):
        order.id = number


def _sell(world: World) -> None:
    """What is paid leaves the stock, which is filled up in time."""
    by_id = {each.id: each for each in world.products}
    on_hand = {each.id: each.stock for each in world.products}
    paid: dict[float, list[Order]] = defaultdict(list)
    for order in world.orders:
        if order.paid_at is not None:
            paid[order.paid_at].append(order)
    for at in sorted(paid):
        for order in paid[at]:
            product = order.product.id
            full = by_id[product].stock
            on_hand[product] -= order.quantity
            world.restocks.append(_change(at, product, on_hand[product], -order.quantity, order))
            if on_hand[product] < full * RESTOCK_BELOW:
                more = full - on_hand[product]
                on_hand[product] = full
                world.restocks.append(_change(at + 1, product, full, more, None))
    world.on_hand = on_hand


def _change(at: float, product: int, left: int, delta: int, order: Order | None) -> Deed:
    return Deed(
        at,
        "stock_changed",
        order=order,
        product=product,
        quantity=left,
        props={"delta": delta},
    )
