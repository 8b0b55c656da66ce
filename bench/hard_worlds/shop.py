"""What a world is made with: its chance, its goods, its links, and people as they come."""

import math
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from bench.hard_worlds.records import DAY, HOUR, Person, Product

_GOODS = 240
_SCARCE = 16
_NAMES = ("Анна", "Иван", "Мария", "Олег", "Дарья", "Пётр", "Нина", "Юрий", "Ольга", "Артём")


@dataclass
class Shop:
    """The shop under way; `scale` shrinks the numbers of people, for tests."""

    random: Random
    days: int
    scale: float = 1.0
    products: list[Product] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    _weights: list[float] = field(default_factory=list)
    _ids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        random = self.random
        order = list(range(_GOODS))
        random.shuffle(order)
        for number, rank in enumerate(order, 1):
            price = 100 * round(math.exp(random.gauss(math.log(1500), 0.8)))
            stock = random.randint(30, 50) if number <= _SCARCE else random.randint(120, 400)
            self.products.append(Product(number, price, stock, 1 / (rank + 3) ** 0.9))
        self._weights = list(accumulate(each.weight for each in self.products))

    @property
    def scarce(self) -> list[Product]:
        """Goods of which there are few."""
        return self.products[:_SCARCE]

    @property
    def cheap(self) -> list[Product]:
        """The cheapest fifth."""
        return sorted(self.products, key=lambda each: each.price_minor)[: _GOODS // 5]

    @property
    def dear(self) -> list[Product]:
        """The dearest fifth."""
        return sorted(self.products, key=lambda each: each.price_minor)[-_GOODS // 5 :]

    def count(self, people: int) -> int:
        """So many people, scaled."""
        return max(1, round(people * self.scale))

    def pick(self) -> Product:
        """One that somebody looks at: few goods are looked at by most."""
        return self.random.choices(self.products, cum_weights=self._weights)[0]

    def later(self, day: float, after: float) -> float:
        """A moment of that day, but not before another."""
        return max(self.moment(day), after)

    def link(self) -> int:
        """A new start link."""
        self.sources.append(f"l{self.random.getrandbits(40):010x}")
        return len(self.sources)

    def moment(self, day: float) -> float:
        """A moment of that day when people are awake: most in the afternoon, few at night."""
        return day * DAY + (self.random.gauss(14, 4.3) % 24) * HOUR

    def person(self, kind: str, came_at: float, source: int = 0) -> Person:
        """Somebody new; what they have is drawn alike for every kind."""
        random = self.random
        number = random.randint(10**8, 8 * 10**9)
        while number in self._ids:
            number = random.randint(10**8, 8 * 10**9)
        self._ids.add(number)
        person = Person(
            kind=kind,
            telegram_id=number,
            language=random.choices(("ru", "en", "uk", "uz", ""), (80, 6, 5, 4, 5))[0],
            is_premium=random.random() < 0.12,
            username=f"u{random.getrandbits(32):08x}" if random.random() < 0.7 else None,
            name=random.choice(_NAMES),
            came_at=came_at,
            source=source,
            phone=f"+79{random.randrange(10**9):09d}",
            address=f"ул. Садовая, {random.randint(1, 180)}-{random.randint(1, 300)}",
            payer_telegram_id=number,
        )
        self.people.append(person)
        return person
