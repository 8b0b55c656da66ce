"""The innocent who look like somebody who does harm."""

from dataclasses import replace

from bench.hard_worlds.records import DAY, HOUR, Deed, Person
from bench.hard_worlds.shop import Shop
from bench.hard_worlds.shoppers import buy, live, look_around, visit_shop
from bench.hard_worlds.visit import Visit

_VIRAL, _HEAVY, _FAMILIES, _STAFF, _FLAKY = 600, 15, 14, 6, 40


def add_innocents(shop: Shop) -> None:
    _viral_post(shop)
    for _ in range(shop.count(_HEAVY)):
        _heavy_buyer(shop)
    for _ in range(shop.count(_FAMILIES)):
        _family(shop)
    for _ in range(shop.count(_STAFF)):
        _staff(shop)
    for _ in range(shop.count(_FLAKY)):
        _flaky_network(shop)


def _viral_post(shop: Shop) -> None:
    """Hundreds within an hour; a quarter look at something, few come back, fewer buy."""
    random = shop.random
    link, began = shop.link(), random.uniform(3, shop.days - 8) // 1 * DAY + 17 * HOUR
    for _ in range(shop.count(_VIRAL)):
        person = shop.person("viral", began + random.expovariate(1 / (0.4 * HOUR)), link)
        visit = Visit(random, person, person.came_at)
        visit.start(link)
        if random.random() < 0.25:
            look_around(shop, visit, most=4)
        if random.random() < 0.08:
            for _ in range(random.randint(1, 3)):
                day = (person.came_at + random.uniform(1, 7) * DAY) // DAY
                visit_shop(shop, person, shop.moment(day), 0.3)


def _heavy_buyer(shop: Shop) -> None:
    """Buys on most days, and leaves a quarter to two fifths of the bills unpaid."""
    random = shop.random
    person = shop.person("heavy_buyer", -random.uniform(20, 300) * DAY)
    unpaid = random.uniform(0.25, 0.4)
    for day in range(shop.days):
        for _ in range(random.choices((0, 1, 2, 3), (25, 40, 25, 10))[0]):
            visit = Visit(random, person, shop.moment(day), pace=5)
            visit.start()
            product = look_around(shop, visit)
            visit.put(product)
            order = visit.order(product, random.randint(1, 3))
            if random.random() < unpaid:
                if random.random() < 0.3:
                    visit.ask(order)
                visit.leave(order)
                continue
            visit.pay(order)
            if random.random() < 0.01:
                visit.refund(order, random.uniform(1, 4) * DAY)


def _family(shop: Shop) -> None:
    """Three or four who live together and pay with one card; each shops for themselves."""
    random = shop.random
    members: list[Person] = []
    for _ in range(random.randint(3, 4)):
        came = random.uniform(-120, shop.days - 6)
        person = shop.person("family", shop.moment(int(came)) if came >= 0 else came * DAY)
        members.append(person)
        first = members[0]
        person.payer_telegram_id, person.address = first.telegram_id, first.address
        person.phone = first.phone if random.random() < 0.5 else person.phone
        live(shop, person, random.uniform(1, 3), random.uniform(0.35, 0.7))
    for _ in range(random.randint(0, 2)):  # they show each other what is new
        at, product = shop.moment(random.randrange(shop.days)), shop.pick()
        for person in members:
            if person.came_at < at:
                visit = Visit(random, person, at + random.uniform(0, 0.5) * HOUR)
                visit.start()
                visit.view(product)
                buy(shop, visit, product)


def _staff(shop: Shop) -> None:
    """Checks the shop all day: reads the cards, tries codes, tries orders out, some to the end."""
    random = shop.random
    person = shop.person("unmarked_staff", -random.uniform(20, 300) * DAY)
    for day in range(shop.days):
        if random.random() < 0.25:
            continue
        for _ in range(random.randint(2, 5)):
            visit = Visit(random, person, shop.moment(day), pace=3.5, spread=0.6)
            visit.start()
            first = random.randrange(len(shop.products) - 60)
            for product in shop.products[first : first + random.randint(8, 45)]:
                visit.view(product)
            if random.random() < 0.3:
                visit.enter_code(is_right=random.random() < 0.6)
            if random.random() < 0.25:
                _try_order(shop, visit)


def _try_order(shop: Shop, visit: Visit) -> None:
    random = shop.random
    product = random.choice(shop.cheap)
    visit.put(product)
    order = visit.order(product)
    chance = random.random()
    if chance < 0.4:
        visit.cancel(order)
    elif chance < 0.7:
        visit.leave(order)
    elif chance < 0.8:
        visit.fail(order)
        visit.leave(order)
    else:
        visit.pay(order)
        if random.random() < 0.6:
            visit.refund(order, random.uniform(0.1, 5) * HOUR)


def _flaky_network(shop: Shop) -> None:
    """An ordinary shopper each of whose presses arrives two to four times."""
    random = shop.random
    came = random.uniform(-150, shop.days - 4)
    person = shop.person("flaky_network", shop.moment(int(came)) if came >= 0 else came * DAY)
    live(shop, person, random.uniform(1.5, 4), random.betavariate(1.5, 5))
    again: list[Deed] = []
    repeated = {"button_pressed", "product_viewed", "catalog_viewed", "cart_viewed"}
    late: dict[float, list[float]] = {}
    for deed in person.deeds:
        if deed.event in repeated:
            delays = late.setdefault(
                deed.at, [random.uniform(0.2, 2.4) for _ in range(random.randint(1, 3))]
            )
            again += [replace(deed, at=deed.at + delay) for delay in delays]
    person.deeds += again
