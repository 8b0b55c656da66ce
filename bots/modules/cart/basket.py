"""What a shopper can buy right now of what they want, at today's prices, and what is wrong with the
rest of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bots.modules.cart.checkouts import Source
from bots.modules.cart.store import CartLine, lines_of
from core.errors import NotFound
from core.money import Money
from core.postgres import Connection
from core.shop import catalogue, stock
from core.shop.catalogue import Product
from core.shop.customers import Customer
from core.shop.pricing import Item

# gone: no longer on sale; sold_out: none is left for them; fewer: not so many as they want;
# currency: it cannot be bought together with the rest.
Trouble = Literal["gone", "sold_out", "fewer", "currency"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of the cart; `item` is what can be bought of it, None if nothing can be."""

    line: CartLine
    item: Item | None
    currency: str
    trouble: Trouble | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The lines, in the shopper's order; of one currency, that of the first that is on sale."""

    lines: tuple[Wanted, ...]
    currency: str

    @property
    def items(self) -> tuple[Item, ...]:
        """What can be bought now."""
        return tuple(each.item for each in self.lines if each.item is not None)

    @property
    def goods(self) -> Money:
        return Money(sum(item.gross_minor for item in self.items), self.currency)

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def troubles(self) -> list[Wanted]:
        return [each for each in self.lines if each.trouble is not None]

    @property
    def is_physical(self) -> bool:
        """Something of it has to be carried."""
        return any(item.kind == "physical" for item in self.items)


async def contents_of(connection: Connection, customer: Customer, source: Source) -> Contents:
    """What the shopper wants: their cart, or one of a product."""
    if source.product_id is None:
        return await contents(connection, customer.shop_id, await lines_of(connection, customer))
    line = CartLine(
        product_id=source.product_id, variant_id=source.variant_id, title="", quantity=1
    )
    return await contents(connection, customer.shop_id, [line])


async def contents(connection: Connection, shop_id: int, lines: Sequence[CartLine]) -> Contents:
    """What can be bought of these lines, the shop's currency if nothing can be."""
    products = {
        product.id: product
        for product in await catalogue.of_ids(
            connection, shop_id, [line.product_id for line in lines]
        )
    }
    lefts = await stock.sellable_all(connection, lines) if lines else []
    found = [
        _wanted(line, products.get(line.product_id), left)
        for line, left in zip(lines, lefts, strict=True)
    ]
    currency = next((each.currency for each in found if each.currency), "")
    if not currency:
        currency = await connection.fetchval("SELECT currency FROM shops WHERE id = $1", shop_id)
    checked = (
        Wanted(each.line, None, each.currency, "currency")
        if each.currency not in ("", currency)
        else each
        for each in found
    )
    return Contents(tuple(checked), currency)


def _wanted(line: CartLine, product: Product | None, left: int | None) -> Wanted:
    try:
        if product is None:
            raise NotFound(line.title)
        item = product.item(line.quantity, line.variant_id)
    except NotFound:
        return Wanted(line, None, "", "gone")
    if left is None or left >= line.quantity:
        return Wanted(line, item, product.currency)
    if left <= 0:
        return Wanted(line, None, product.currency, "sold_out")
    return Wanted(line, product.item(left, line.variant_id), product.currency, "fewer", left)
