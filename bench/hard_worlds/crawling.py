"""Those who hide in traffic: slow floods, click farms, slow scraping, guessed codes."""

from collections import deque

from bench.hard_worlds.records import DAY, HOUR, MINUTE, Person, Product
from bench.hard_worlds.shop import Shop
from bench.hard_worlds.shoppers import look_around, newcomer
from bench.hard_worlds.visit import Visit

_FLOODERS, _FARM_LINKS, _SCRAPERS, _GUESSERS = 12, 12, 8, 40
_FLOOD_IN_MINUTE = 14


def add_crawlers(shop: Shop) -> None:
    for _ in range(shop.count(_FLOODERS)):
        _slow_flood(shop)
    for _ in range(shop.count(_FARM_LINKS)):
        _click_farm(shop)
    for _ in range(shop.count(_SCRAPERS)):
        _slow_scraping(shop)
    for _ in range(shop.count(_GUESSERS)):
        _promo_guessing(shop)


def someone(shop: Shop, kind: str) -> Person:
    """A new account, or one that was there before; with a past of one usual visit or none."""
    random = shop.random
    if random.random() < 0.4:
        return shop.person(kind, -random.uniform(1, 90) * DAY)
    person = shop.person(kind, shop.moment(random.randint(0, shop.days // 3)))
    visit = Visit(random, person, person.came_at)
    visit.start()
    look_around(shop, visit, most=4)
    return person


def days_of(shop: Shop, person: Person, least: int, most: int) -> list[int]:
    """Some days, after they came."""
    first = int(max(0.0, person.came_at) // DAY) + 1
    days = range(first, shop.days)
    return sorted(shop.random.sample(days, min(len(days), shop.random.randint(least, most))))


def _slow_flood(shop: Shop) -> None:
    """A little too fast for an hour or so, a few times a day, for days."""
    random = shop.random
    person = someone(shop, "slow_flood")
    goods = [shop.pick() for _ in range(random.randint(5, 12))]
    visit = Visit(random, person, 0, spread=0.7)
    for day in days_of(shop, person, 5, 9):
        for _ in range(random.randint(1, 3)):
            visit.at = shop.later(day, visit.at + 0.5 * HOUR)
            visit.pace = random.uniform(4, 5.5)
            visit.start()
            _press_on(visit, goods, random.uniform(0.4, 1.4) * HOUR)


def _press_on(visit: Visit, goods: list[Product], seconds: float) -> None:
    random, ends = visit.random, visit.at + seconds
    last: deque[float] = deque([visit.at], maxlen=_FLOOD_IN_MINUTE)
    while visit.at < ends:
        if len(last) == _FLOOD_IN_MINUTE:
            visit.at = max(visit.at, last[0] + MINUTE - 1)
        chance = random.random()
        if chance < 0.35:
            visit.view(random.choice(goods))
        elif chance < 0.55:
            visit.catalogue(random.randint(0, 3))
        else:
            visit.press(random.choice(("menu", "cart", "orders", "help", "back")))
        last.append(visit.at)


def _click_farm(shop: Shop) -> None:
    """One start link of many: people who look at a thing or two like people, and never return."""
    random = shop.random
    link = shop.link()
    first, days = random.uniform(0, shop.days - 9), random.uniform(5, 8)
    for _ in range(random.randint(15, 21)):
        at = shop.moment(int(first + random.uniform(0, days)))
        visit = Visit(random, shop.person("click_farm", at, link), at, pace=random.uniform(4.5, 10))
        visit.start(link)
        if random.random() < 0.9:
            look_around(shop, visit, most=5)
    for _ in range(random.randint(0, 2)):  # somebody real follows it too
        newcomer(shop, link, first, first + days)


def _slow_scraping(shop: Shop) -> None:
    """All goods in order at a reader's pace, round the clock."""
    random = shop.random
    person = someone(shop, "slow_scraping")
    days = random.randint(4, 6)
    came = max(0.0, person.came_at)
    visit = Visit(
        random, person, came + random.uniform(0.5, 3) * DAY, pace=random.uniform(45, 60), spread=0.5
    )
    ends = visit.at + days * DAY
    number = random.randrange(len(shop.products))
    visit.start()
    while visit.at < ends:
        visit.at += 15  # nobody reads a card in less
        visit.view(shop.products[number % len(shop.products)])
        number += 1
        if number % 8 == 0:
            visit.catalogue(number // 8 % 30)
        if random.random() < 0.004:
            visit.at += random.uniform(0.3, 1.5) * HOUR


def _promo_guessing(shop: Shop) -> None:
    """A few codes an hour, for some hours a day."""
    random = shop.random
    person = someone(shop, "promo_guessing")
    visit = Visit(random, person, 0)
    for day in days_of(shop, person, 4, 8):
        visit.at = shop.later(day, visit.at + HOUR)
        visit.start()
        for _ in range(random.randint(5, 11)):
            if random.random() < 0.2:
                look_around(shop, visit, most=2)
            visit.enter_code(is_right=False)
            visit.at += max(7 * MINUTE, random.gauss(17, 7) * MINUTE)
        if random.random() < 0.03:
            visit.enter_code(is_right=True)
