"""Lists of products by pages: a category's, what was found, what was marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from bots.modules.catalogue.events import CATALOG_VIEWED
from bots.modules.catalogue.settings import CatalogueSettings
from bots.modules.catalogue.store import favourites, has_favourites
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from bots.sdk.updates import number_of
from core.money import Money
from core.shop import catalogue, categories
from core.shop.catalogue import Product
from core.shop.categories import Category, CategoryNotFound

Browsing = Context[CatalogueSettings]

# A page further on than any shop has; a number beyond it was not sent by us.
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Turn:
    """How the buttons of a list lead to its other pages: the action, and the part of its argument
    before the page's number."""

    action: str
    before: str = ""

    def to(self, label: str, page: int) -> AnyButton:
        return button(label, self.action, f"{self.before}{page}")


def page_of(argument: str) -> int:
    """The page that a button names, 0 if it names none."""
    return min(number_of(argument) or 0, LAST_PAGE)


def last_page(total: int, size: int) -> int:
    return max(0, (total - 1) // size)


def line(texts: Texts, product: Product) -> AnyButton:
    """A product's button in a list: its title, and its least price."""
    if product.is_sold_out:
        label = texts.label("line_sold_out", title=product.title)
    elif price_differs(product):
        label = texts.label("line_from", title=product.title, price=least_price(product))
    else:
        label = texts.label("line", title=product.title, price=least_price(product))
    return button(label, "product", product.id)


def prices(product: Product) -> list[int]:
    """In minor units: its own, or those of its variants."""
    return [product.item(1, variant.id).unit_price_minor for variant in product.variants] or [
        product.price_minor
    ]


def price_differs(product: Product) -> bool:
    return len(set(prices(product))) > 1


def least_price(product: Product) -> Money:
    return Money(min(prices(product)), product.currency)


def turns(texts: Texts, turn: Turn, page: int, last: int) -> list[AnyButton]:
    found: list[AnyButton] = []
    if page > 0:
        found.append(turn.to(texts.label("previous"), page - 1))
    if page < last:
        found.append(turn.to(texts.label("next"), page + 1))
    return found


async def home(context: Browsing) -> list[AnyButton]:
    return [each.button for each in await context.offered(Home)]


async def _path(context: Browsing, category_id: int | None) -> list[Category]:
    """From the top to the category; empty for the top, and for one that no longer exists."""
    if not category_id:
        return []
    try:
        return await categories.path(context.connection, context.shop.id, category_id)
    except CategoryNotFound:
        return []


async def show_category(context: Browsing, category_id: int | None, page: int) -> None:
    """Shows a page of a category, or of the catalogue's top: what is below it, then its products.
    The last page if it has shrunk since the button was made; the top if it is gone."""
    texts, size = context.texts, context.settings.page_size
    connection, shop_id = context.connection, context.shop.id
    path = await _path(context, category_id)
    here = path[-1].id if path else None
    page = page if here == category_id else 0
    products, total = await catalogue.page(
        connection, shop_id, size=size, offset=page * size, category=here
    )
    last = last_page(total, size)
    if page > last:
        await show_category(context, here, last)
        return
    below = await categories.shown(connection, shop_id, here) if page == 0 else []
    if path and not below and not products and page == 0:
        await show_category(context, path[-1].parent_id, 0)
        return
    context.emit(CATALOG_VIEWED, props={"page": page} | ({"category": here} if here else {}))
    heading = texts.get("list")
    if path:
        heading = texts.get("category", path=" › ".join(each.title for each in path))
    turn = Turn("category", f"{here}.") if here else Turn("catalogue")
    context.edit(
        paragraphs(
            heading if below or products else texts.get("empty"),
            texts.get("page", number=page + 1, total=last + 1) if last else None,
        ),
        keyboard(
            *([button(f"📂 {each.title}", "category", f"{each.id}.0")] for each in below),
            *([line(texts, product)] for product in products),
            turns(texts, turn, page, last),
            await _ways(context, is_large=last > 0 or bool(below)) if not path else [],
            _up(texts, path[-1].parent_id) if path else [],
            await home(context),
        ),
    )


def _up(texts: Texts, above: int | None) -> list[AnyButton]:
    """From a category to the one that it is in, or to the catalogue's top."""
    if above:
        return [button(texts.label("up"), "category", f"{above}.0")]
    return [button(texts.label("back"), "catalogue", 0)]


async def _ways(context: Browsing, *, is_large: bool) -> list[AnyButton]:
    """Other ways to a product than by the list, where there are any."""
    ways: list[AnyButton] = []
    if is_large:
        ways.append(button(context.texts.label("search"), "search"))
    if await has_favourites(context.connection, context.customer):
        ways.append(button(context.texts.label("favourites"), "favourites", 0))
    return ways


async def show_favourites(context: Browsing, page: int) -> None:
    """What the shopper has marked and is on sale."""
    texts, size = context.texts, context.settings.page_size
    products, total = await favourites(
        context.connection, context.customer, size=size, offset=page * size
    )
    last = last_page(total, size)
    if page > last:
        await show_favourites(context, last)
        return
    shown = texts.get("favourites_list") if products else texts.get("no_favourites")
    await show_list(context, shown, products, turns(texts, Turn("favourites"), page, last))


async def show_list(
    context: Browsing,
    shown: Text,
    products: Sequence[Product],
    leaves: Sequence[AnyButton],
    ways: Sequence[AnyButton] = (),
) -> None:
    """A list that is no category's, from which one gets back to the catalogue."""
    texts = context.texts
    context.edit(
        shown,
        keyboard(
            *([line(texts, product)] for product in products),
            leaves,
            ways,
            [button(texts.label("back"), "catalogue", 0)],
            await home(context),
        ),
    )
