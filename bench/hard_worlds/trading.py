"""Those who hide in orders: resellers, carding, refunds, held stock."""

from bench.hard_worlds.crawling import days_of, someone
from bench.hard_worlds.records import DAY, HOUR, MINUTE, Order, Person, Product
from bench.hard_worlds.shop import Shop
from bench.hard_worlds.shoppers import look_around, visit_shop
from bench.hard_worlds.visit import Visit

_RESELLING, _IN_GROUP, _CARDERS, _REFUNDERS, _HELD, _HOLDERS = 4, 8, 40, 12, 4, 10
_REFUNDED = 0.15


def add_traders(shop: Shop) -> None:
    for _ in range(shop.count(_RESELLING)):
        _resellers(shop)
    for _ in range(shop.count(_CARDERS)):
        _carding(shop)
    for _ in range(shop.count(_REFUNDERS)):
        _refunds(shop)
    for product in shop.random.sample(shop.scarce, shop.count(_HELD)):
        _stock_holding(shop, product)


def _come(shop: Shop, person: Person, at: float, product: Product) -> Visit:
    visit = Visit(shop.random, person, at, pace=shop.random.uniform(4.5, 9))
    visit.start()
    if shop.random.random() < 0.3:
        look_around(shop, visit, most=2)
    visit.view(product)
    return visit


def _resellers(shop: Shop) -> None:
    """A group buys the same thing within minutes, one each, five or six times in these weeks."""
    random = shop.random
    group = [someone(shop, "resellers") for _ in range(_IN_GROUP)]
    begins = shop.days // 3 + 1
    for day in random.sample(range(begins, shop.days), random.randint(5, 6)):
        at, product = shop.moment(day), random.choice((*shop.scarce, *shop.dear))
        for person in random.sample(group, random.randint(6, _IN_GROUP)):
            visit = _come(shop, person, at + random.uniform(0, 6) * MINUTE, product)
            visit.put(product)
            visit.pay(visit.order(product))
    for person in group:
        for day in days_of(shop, person, 1, 4):
            visit_shop(shop, person, shop.moment(day), 0)


def _carding(shop: Shop) -> None:
    """Small payments that are refused, on several days; half of the accounts end with a large one
    that works."""
    random = shop.random
    person = someone(shop, "carding")
    days = days_of(shop, person, 3, 6)
    for day in days:
        product = random.choice(shop.cheap)
        visit = _come(shop, person, day * DAY + random.uniform(9, 15) * HOUR, product)
        if random.random() < 0.4:
            order = visit.order(product)
            visit.fail(order)
            visit.cancel(order)
            visit.at += random.uniform(2, 6) * HOUR
            product = random.choice(shop.cheap)
            visit.view(product)
        order = visit.order(product)
        visit.fail(order)
        if random.random() < 0.5 or day + 1 in days:
            visit.cancel(order)
        else:
            visit.leave(order)
    if random.random() < 0.5 and days[-1] + 1 < shop.days:
        product = random.choice(shop.dear)
        visit = _come(shop, person, (days[-1] + 1) * DAY + random.uniform(8, 20) * HOUR, product)
        visit.pay(visit.order(product))


def _refunds(shop: Shop) -> None:
    """Buys on most days and now and then has the money back, far above the shop's share."""
    random = shop.random
    person = shop.person("refunds", -random.uniform(10, 200) * DAY)
    orders = random.randint(27, 40)
    days = sorted(random.choices(range(shop.days - 1), k=orders))
    paid: list[Order] = []
    visit = Visit(random, person, 0)
    for day in days:
        visit.at = shop.later(day, visit.at + HOUR)
        visit.start()
        product = look_around(shop, visit, most=3)
        visit.put(product)
        order = visit.order(product)
        visit.pay(order)
        paid.append(order)
    # Only after enough orders, so that the share is small at every moment.
    late = [each for number, each in enumerate(paid) if number * _REFUNDED >= 1]
    done = 0
    for order in sorted(random.sample(late, int(orders * _REFUNDED)), key=_paid_at):
        after = random.uniform(0.3, 2) * DAY
        before = sum(_paid_at(each) < _paid_at(order) + after for each in paid)
        if done + 1 <= before * _REFUNDED:
            visit.refund(order, after)
            done += 1


def _paid_at(order: Order) -> float:
    return order.paid_at or 0.0


def _stock_holding(shop: Shop, product: Product) -> None:
    """Many accounts take one unit of the same thing, each at most once a day, and never pay."""
    random = shop.random
    for _ in range(_HOLDERS):
        person = someone(shop, "stock_holding")
        last = -DAY
        for day in days_of(shop, person, 4, 8):
            visit = _come(shop, person, shop.moment(day), product)
            if visit.at < last + 1.2 * DAY:
                continue
            order = visit.order(product)
            if random.random() < 0.4:
                visit.ask(order)
            visit.leave(order)
            last = visit.at
