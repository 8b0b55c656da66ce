"""The list of products, and a product's card."""

from bots.modules.catalogue.events import CATALOG_VIEWED, PRODUCT_VIEWED
from bots.modules.catalogue.settings import CatalogueSettings
from bots.modules.catalogue.store import place_of
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Home, ProductAction
from bots.sdk.replies import Text
from bots.sdk.router import Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, Command, number_of
from core.errors import NotFound
from core.shop import catalogue
from core.shop.catalogue import Product

# A page further on than any shop has; a number beyond it was not sent by us.
_LAST_PAGE = 100_000

router = Router[CatalogueSettings]()


@router.command("catalogue")
async def command(context: Context[CatalogueSettings], _: Command) -> None:
    await _show_page(context, 0)


@router.button("catalogue")
async def page(context: Context[CatalogueSettings], update: Button) -> None:
    await _show_page(context, min(number_of(update.argument) or 0, _LAST_PAGE))


async def _show_page(context: Context[CatalogueSettings], number: int) -> None:
    """Shows a page; the last one if the catalogue has shrunk since the button was made."""
    size = context.settings.page_size
    products, total = await catalogue.page(
        context.connection, context.shop.id, size=size, offset=number * size
    )
    last = max(0, (total - 1) // size)
    if number > last:
        await _show_page(context, last)
        return
    context.emit(CATALOG_VIEWED, props={"page": number})
    texts = context.texts
    rows: list[list[AnyButton]] = [
        [button(f"{product.title} · {product.price}", "product", product.id)]
        for product in products
    ]
    turns: list[AnyButton] = []
    if number > 0:
        turns.append(button(texts.label("previous"), "catalogue", number - 1))
    if number < last:
        turns.append(button(texts.label("next"), "catalogue", number + 1))
    text = texts.get("list") if products else texts.get("empty")
    if last > 0:
        text = paragraphs(text, texts.get("page", number=number + 1, total=last + 1))
    context.edit(text, keyboard(*rows, turns, await _home(context)))


@router.button("product")
async def card(context: Context[CatalogueSettings], update: Button) -> None:
    product_id = number_of(update.argument)
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id or 0)
    except NotFound:
        context.answer(context.texts.label("gone"), alert=True)
        return
    context.emit(PRODUCT_VIEWED, product_id=product.id)
    place = await place_of(context.connection, product)
    context.edit(_describe(context, product), await _actions(context, product, place))


def _describe(context: Context[CatalogueSettings], product: Product) -> Text:
    texts = context.texts
    stock: Text | None = None
    if product.stock == 0:
        stock = texts.get("sold_out")
    elif product.stock is not None and context.settings.show_stock:
        stock = texts.get("in_stock", count=product.stock)
    return paragraphs(
        texts.get("card", title=product.title, price=product.price), product.description, stock
    )


async def _actions(
    context: Context[CatalogueSettings], product: Product, place: int
) -> Keyboard | None:
    actions = await context.offered(ProductAction, product)
    page_number = place // context.settings.page_size
    back = button(context.texts.label("back"), "catalogue", page_number)
    return keyboard(*([action.button] for action in actions), [back])


async def _home(context: Context[CatalogueSettings]) -> list[AnyButton]:
    return [home.button for home in await context.offered(Home)]
