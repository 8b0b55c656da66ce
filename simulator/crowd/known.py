"""What is known of a shop's first day: what its people did, and what its owner states."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simulator.crowd.history import Person
from simulator.crowd.sold import Sale
from simulator.crowd.truth import Charge


@dataclass(frozen=True, slots=True)
class Between:
    """What people know the bounds of: a shop books what they did after they did it, and before they
    see that it has."""

    least: float
    most: float


Value: TypeAlias = int | float | str | Between | None
# Table, what of it (a product's number, a touch and a code), and the column.
Metric: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A product as its owner knows it; `cost` in minor units."""

    number: str
    cost: int


@dataclass(frozen=True, slots=True)
class Owner:
    """What a shop's owner knows. Amounts are in minor units of the shop's currency."""

    products: Mapping[str, Product]
    """By the names that stand on receipts."""
    links: Mapping[str, int | None]
    """What each link cost that day, by its start code; None if that was never stated."""
    shelf: Mapping[str, int]
    """How many there were when the day began, by the numbers of products that are counted."""
    is_digital: bool
    """Whether the bot itself hands the goods over."""
    has_fees: bool
    """Whether providers take fees that nobody tells: what is left after them is not known."""

    @property
    def numbers(self) -> list[str]:
        return sorted({each.number for each in self.products.values()})


@dataclass(frozen=True, slots=True)
class Known:
    """A shop's people by their Telegram ids, and what each has bought."""

    people: Mapping[int, Person]
    bought: Mapping[int, Sequence[Sale]]
    owner: Owner

    @property
    def sales(self) -> list[Sale]:
        return [sale for each in self.bought.values() for sale in each]

    @property
    def top_ups(self) -> list[Charge]:
        """What people have put into their wallets."""
        return [charge for each in self.people.values() for charge in each.top_ups.values()]

    @property
    def active(self) -> int:
        return sum(bool(each.starts or each.deeds or each.bills) for each in self.people.values())

    @property
    def buyers(self) -> int:
        return sum(map(bool, self.bought.values()))


Rows: TypeAlias = Iterator[tuple[str, str, dict[str, Value]]]


def ratio(part: float | None, whole: float) -> float | None:
    return part / whole if whole and part is not None else None
