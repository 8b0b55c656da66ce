"""A product's card: its photos one by one, what it is, what can be done with it."""

from bots.modules.catalogue.events import PRODUCT_VIEWED
from bots.modules.catalogue.listing import Browsing, home, least_price, price_differs
from bots.modules.catalogue.store import standing
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import ProductAction
from bots.sdk.replies import StoredFile, Text
from bots.sdk.texts import paragraphs
from core.errors import NotFound
from core.money import Money
from core.shop import catalogue
from core.shop.catalogue import Product


async def find(context: Browsing, product_id: int | None) -> Product | None:
    """A product on sale; None if there is none."""
    try:
        return await catalogue.get(context.connection, context.shop.id, product_id or 0)
    except NotFound:
        return None


async def show(context: Browsing, product: Product, *, photo: int = 0, is_new: bool = True) -> None:
    """`is_new`: it was opened, and not looked at further."""
    if is_new:
        context.emit(PRODUCT_VIEWED, product_id=product.id)
    photos = product.photos
    number = photo if 0 <= photo < len(photos) else 0
    context.edit(
        describe(context, product),
        await _keyboard(context, product, number),
        photo=StoredFile(sha256=photos[number]) if photos else None,
    )


def describe(context: Browsing, product: Product) -> Text:
    """Title and price, description, variants, what is left."""
    texts = context.texts
    key = "card_from" if price_differs(product) else "card"
    return paragraphs(
        texts.get(key, title=product.title, price=least_price(product)),
        product.description,
        _variants(context, product),
        _left(context, product),
    )


def _variants(context: Browsing, product: Product) -> str:
    texts, lines = context.texts, []
    for variant in product.variants:
        price = Money(product.item(1, variant.id).unit_price_minor, product.currency)
        if variant.stock == 0:
            key = "variant_sold_out"
        elif variant.stock is not None and context.settings.show_stock:
            key = "variant_left"
        else:
            key = "variant"
        lines.append(texts.label(key, title=variant.title, price=price, count=variant.stock))
    return "\n".join(lines)


def _left(context: Browsing, product: Product) -> Text | None:
    if product.is_sold_out:
        return context.texts.get("sold_out")
    if product.stock is None or product.variants or not context.settings.show_stock:
        return None
    return context.texts.get("in_stock", count=product.stock)


async def _keyboard(context: Browsing, product: Product, photo: int) -> Keyboard | None:
    texts, count = context.texts, len(product.photos)
    pager: list[AnyButton] = []
    if count > 1:
        for label, to in (("←", photo - 1), ("→", photo + 1)):
            pager.append(button(label, "photo", f"{product.id}.{to % count}"))
        pager.insert(1, button(f"{photo + 1}/{count}", "photo", f"{product.id}.{photo}"))
    actions = await context.offered(ProductAction, product)
    place, marked = await standing(context.connection, context.customer, product)
    star = button(
        texts.label("unmark" if marked else "mark"), "favourite", f"{product.id}.{int(not marked)}"
    )
    return keyboard(
        pager,
        *([action.button] for action in actions),
        [star] if context.settings.favourites else [],
        [_back(context, product, place)],
        await home(context),
    )


def _back(context: Browsing, product: Product, place: int) -> AnyButton:
    """A button to the page of the list that has the product, computed from the number of products
    before it."""
    label = context.texts.label("back")
    if product.is_hidden:
        return button(label, "catalogue", 0)
    page = place // context.settings.page_size
    if product.category_id is None:
        return button(label, "catalogue", page)
    return button(label, "category", f"{product.category_id}.{page}")
