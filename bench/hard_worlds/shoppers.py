"""Ordinary shoppers, and what every shopper does in a usual visit."""

from bench.hard_worlds.records import DAY, HOUR, MINUTE, Person, Product
from bench.hard_worlds.shop import Shop
from bench.hard_worlds.visit import Visit

_REFUNDED = 0.01
_DECLINED = 0.05
_ORDINARY = 1300
_SMALL_LINKS = 10
_ANNOUNCED = 30


def look_around(shop: Shop, visit: Visit, most: int = 8) -> Product:
    """Looks at some goods; the last one."""
    random = shop.random
    visit.catalogue()
    if random.random() < 0.2:
        visit.search()
    product = shop.pick()
    visit.view(product)
    for _ in range(min(most, int(random.expovariate(0.4)))):
        if random.random() < 0.25:
            visit.catalogue(random.randint(0, 5))
        product = shop.pick()
        visit.view(product)
    if random.random() < 0.05:
        visit.write()
    return product


def buy(shop: Shop, visit: Visit, product: Product) -> None:
    """Orders a product and mostly pays: some are refused at first, some think better of it."""
    random = shop.random
    quantity = random.choices((1, 2, 3), (85, 12, 3))[0]
    visit.put(product, quantity)
    if random.random() < 0.08:
        for _ in range(random.choices((0, 1, 2), (75, 20, 5))[0]):
            visit.enter_code(is_right=False)
        visit.enter_code(is_right=True)
    order = visit.order(product, quantity)
    if random.random() < 0.12:
        (visit.leave if random.random() < 0.8 else visit.cancel)(order)
        return
    if random.random() < _DECLINED:
        visit.fail(order)
        if random.random() < 0.4:
            visit.leave(order)
            return
    visit.pay(order)
    if random.random() < _REFUNDED:
        visit.refund(order, random.uniform(1, 6) * DAY)


def visit_shop(shop: Shop, person: Person, at: float, buys: float) -> None:
    """One usual visit: `buys` is the chance that it ends with an order."""
    random = shop.random
    visit = Visit(random, person, at, pace=random.uniform(4.5, 10))
    if at == person.came_at:
        visit.start(person.source)
        if random.random() < 0.12:
            return
    elif random.random() < 0.5:
        visit.start()
    else:
        visit.press("menu")
    product = look_around(shop, visit)
    if random.random() < buys:
        buy(shop, visit, product)
    elif random.random() < 0.1:
        visit.put(product)


def live(shop: Shop, person: Person, visits: float, buys: float) -> None:
    """Their first visit, if it falls into these weeks, and about so many a week afterwards."""
    if person.came_at >= 0:
        visit_shop(shop, person, person.came_at, buys)
    last = max(0.0, person.came_at)
    while True:
        last += max(2 * HOUR, shop.random.expovariate(visits / (7 * DAY)))
        if last >= shop.days * DAY:
            return
        at = max(shop.moment(last // DAY), person.came_at + HOUR)
        visit_shop(shop, person, at, buys)


def newcomer(shop: Shop, source: int, first_day: float, last_day: float) -> Person:
    """Somebody who comes by a link that was paid for or found; about half come again."""
    random = shop.random
    person = shop.person("ordinary", shop.moment(int(random.uniform(first_day, last_day))), source)
    if random.random() < 0.5:
        visit_shop(shop, person, person.came_at, random.betavariate(1.2, 9))
    else:
        live(shop, person, random.gammavariate(1.5, 0.8) + 0.05, random.betavariate(1.2, 5))
    return person


def add_ordinary(shop: Shop) -> None:
    """Those who were known before, newcomers by large and small links, and buyers of what was
    announced to all at one moment."""
    random = shop.random
    large = [0, 0, *(shop.link() for _ in range(5))]
    for _ in range(shop.count(_ORDINARY)):
        source = random.choice(large)
        if random.random() < 0.5:
            newcomer(shop, source, 0, shop.days)
        else:
            person = shop.person("ordinary", -random.uniform(1, 200) * DAY, source)
            live(shop, person, random.gammavariate(1.2, 1.2) + 0.05, random.betavariate(1.4, 4))
    for _ in range(shop.count(_SMALL_LINKS)):
        link, day = shop.link(), random.uniform(0, shop.days - 9)
        for _ in range(random.randint(12, 24)):
            newcomer(shop, link, day, day + random.uniform(5, 9))
    _announce(shop)


def _announce(shop: Shop) -> None:
    known = [each for each in shop.people if each.came_at < 0]
    for day in range(5, shop.days, 7):
        product, at = random_dear(shop), shop.moment(day)
        for person in shop.random.sample(known, min(len(known), shop.count(_ANNOUNCED))):
            visit = Visit(shop.random, person, at + shop.random.expovariate(1 / (25 * MINUTE)))
            visit.start()
            visit.view(product)
            buy(shop, visit, product)


def random_dear(shop: Shop) -> Product:
    """Something that is worth announcing."""
    return shop.random.choice(shop.dear)
