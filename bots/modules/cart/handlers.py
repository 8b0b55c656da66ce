"""Buttons and commands of the cart and of the checkout."""

from bots.modules.cart import checkouts, steps
from bots.modules.cart.basket import contents_of
from bots.modules.cart.checkouts import Checkout, Source
from bots.modules.cart.events import CART_ITEM_ADDED
from bots.modules.cart.screens import THE_CART, Cart, home, key_of, remove, show_cart
from bots.modules.cart.settings import FIELDS, CartSettings
from bots.modules.cart.store import (
    MOST_LINES,
    MOST_UNITS,
    CartLine,
    lines_of,
    put,
    silence,
    was_just_put,
)
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command, number_of
from core.errors import NotFound
from core.money import sign
from core.shop import catalogue, stock
from core.shop.catalogue import Product

router = Router[CartSettings]()


def _line_of(argument: str) -> tuple[int, int | None]:
    """A product's number and its variant's, 0 for what was not sent by us."""
    product, dot, variant = argument.partition(".")
    return number_of(product) or 0, (number_of(variant) or 0) if dot else None


async def _product(context: Cart, argument: str) -> tuple[Product, int | None] | None:
    """The product of a button, with its variant; None if it no longer exists, and the shopper was
    told so."""
    product_id, variant_id = _line_of(argument)
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id)
        if variant_id is not None:
            product.variant(variant_id)
    except NotFound:
        context.answer(context.texts.label("gone"), alert=True)
        return None
    return product, variant_id


async def _choose(context: Cart, product: Product, action: str) -> None:
    """A button for each variant that there is."""
    units = [
        CartLine(product_id=product.id, variant_id=each.id, title="", quantity=1)
        for each in product.variants
    ]
    lefts = await stock.sellable_all(context.connection, units)
    rows: list[list[AnyButton]] = [
        [
            button(
                context.texts.label("variant", name=each.title, price=product.price_of(each)),
                action,
                key_of(product.id, each.id),
            )
        ]
        for each, left in zip(product.variants, lefts, strict=True)
        if left is None or left > 0
    ]
    if not rows:
        context.answer(context.texts.label("sold_out"), alert=True)
        return
    asked = context.texts.get("choose_variant", title=product.title)
    context.reply(asked, keyboard(*rows, await home(context)))


@router.button("buy")
async def buy(context: Cart, update: Button) -> None:
    found = await _product(context, update.argument)
    if found is None:
        return
    product, variant_id = found
    if product.variants and variant_id is None:
        await _choose(context, product, "buy")
        return
    source = Source(product_id=product.id, variant_id=variant_id)
    checkout = await checkouts.begin(context.connection, context.customer, source)
    await steps.advance(context, checkout)


@router.button("cart_add")
async def add(context: Cart, update: Button) -> None:
    found = await _product(context, update.argument)
    if found is None:
        return
    product, variant_id = found
    if product.variants and variant_id is None:
        await _choose(context, product, "cart_add")
        return
    there = await _quantity(context, product.id, variant_id)
    if await was_just_put(context.connection, context.customer, product.id, variant_id):
        context.answer(context.texts.label("added_more", count=there))
        return
    quantity = await _put(context, product, variant_id, there + 1)
    if quantity is None:
        return
    item = product.item(quantity, variant_id)
    if there and not item.variant_title:
        context.answer(context.texts.label("added_more", count=quantity))
        return
    key = key_of(product.id, variant_id)
    name = f"{item.title}, {item.variant_title}" if item.variant_title else item.title
    controls: list[AnyButton] = [
        button("−", "cart_set", f"{key}:{quantity - 1}"),
        button("+", "cart_set", f"{key}:{quantity + 1}"),
    ]
    open_cart: list[AnyButton] = [button(context.texts.label("open_cart"), "cart")]
    said = context.texts.get("added", name=name, count=quantity)
    context.reply(said, keyboard(controls, open_cart, await home(context)))


async def _quantity(context: Cart, product_id: int, variant_id: int | None) -> int:
    lines = await lines_of(context.connection, context.customer)
    return next(
        (
            line.quantity
            for line in lines
            if (line.product_id, line.variant_id) == (product_id, variant_id)
        ),
        0,
    )


async def _put(context: Cart, product: Product, variant_id: int | None, wanted: int) -> int | None:
    """Sets the quantity in the cart, limited by what is in stock; returns it, or None if the
    shopper was told why not."""
    texts = context.texts
    contents = await contents_of(context.connection, context.customer, THE_CART)
    there = next(
        (
            each.line.quantity
            for each in contents.lines
            if (each.line.product_id, each.line.variant_id) == (product.id, variant_id)
        ),
        0,
    )
    if contents.items and contents.currency != product.currency:
        said = texts.label("other_currency", currency=sign(contents.currency))
        context.answer(said, alert=True)
        return None
    if not there and len(contents.lines) >= MOST_LINES:
        context.answer(texts.label("too_many_lines", most=MOST_LINES), alert=True)
        return None
    left = await stock.sellable(context.connection, product.id, variant_id)
    most = MOST_UNITS if left is None else min(left, MOST_UNITS)
    if most < 1:
        context.answer(texts.label("sold_out"), alert=True)
        return None
    quantity = min(wanted, most)
    if quantity < wanted:
        context.answer(texts.label("no_more", count=quantity), alert=True)
    if quantity > there:
        item = product.item(quantity - there, variant_id)
        context.emit(
            CART_ITEM_ADDED,
            product_id=product.id,
            variant_id=variant_id or 0,
            quantity=quantity - there,
            amount_minor=item.gross_minor,
            currency=product.currency,
        )
    await put(context.connection, context.bot_id, context.customer, product, variant_id, quantity)
    return quantity


@router.command("cart")
async def command(context: Cart, _: Command) -> None:
    await show_cart(context)


@router.button("cart")
async def opened(context: Cart, _: Button) -> None:
    await show_cart(context)


@router.button("cart_set")
async def set_quantity(context: Cart, update: Button) -> None:
    """The button says how many there shall be, so that pressing it twice is pressing it once."""
    key, _, count = update.argument.partition(":")
    await change_quantity(context, key, number_of(count) or 0)


async def change_quantity(context: Cart, key: str, wanted: int) -> None:
    """Has so many of a line in the cart, none at 0, and shows it."""
    product_id, variant_id = _line_of(key)
    there = await _quantity(context, product_id, variant_id)
    if wanted < there:
        line = CartLine(product_id=product_id, variant_id=variant_id, title="", quantity=there)
        await remove(context, line, there - wanted)
    elif wanted > there:
        product = await _buyable(context, product_id, variant_id)
        if product is not None:
            await _put(context, product, variant_id, min(wanted, MOST_UNITS + 1))
    await show_cart(context)


async def _buyable(context: Cart, product_id: int, variant_id: int | None) -> Product | None:
    """None if it is no longer on sale like this; the cart says so."""
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id)
        product.item(1, variant_id)
    except NotFound:
        return None
    return product


@router.button("cart_count")
async def ask_count(context: Cart, update: Button) -> None:
    if await _product(context, update.argument) is not None:
        asked = context.texts.get("ask_count", most=MOST_UNITS)
        await context.ask("count", asked, data={"line": update.argument})


@router.button("cart_clear")
async def clear(context: Cart, update: Button) -> None:
    if update.argument == "yes":
        for line in await lines_of(context.connection, context.customer):
            await remove(context, line, line.quantity)
        await show_cart(context)
        return
    texts = context.texts
    context.edit(
        texts.get("clear_sure"),
        keyboard(
            [button(texts.label("clear"), "cart_clear", "yes")],
            [button(texts.label("back_to_cart"), "cart")],
        ),
    )


@router.button("cart_checkout")
async def check_out(context: Cart, _: Button) -> None:
    checkout = await checkouts.begin(context.connection, context.customer, THE_CART)
    await steps.advance(context, checkout)


async def _current(context: Cart, number: str) -> Checkout | None:
    """The checkout of a button; None if it has ended, and the shopper was told so."""
    checkout = await checkouts.current(context.connection, context.customer, number_of(number) or 0)
    if checkout is None:
        context.answer(context.texts.label("stale"), alert=True)
    return checkout


@router.button("checkout")
async def back(context: Cart, update: Button) -> None:
    if checkout := await _current(context, update.argument):
        await steps.advance(context, checkout, said="")


@router.button("checkout_ship")
async def ship(context: Cart, update: Button) -> None:
    number, _, key = update.argument.partition(".")
    if checkout := await _current(context, number):
        if key.isascii() and key.isprintable() and len(key) <= 40:
            checkout = await checkouts.choose_shipping(context.connection, checkout, key)
        await steps.advance(context, checkout)


@router.button("checkout_shipping")
async def choose_shipping(context: Cart, update: Button) -> None:
    if checkout := await _current(context, update.argument):
        contents = await contents_of(context.connection, context.customer, checkout)
        if contents.is_physical:
            await steps.ask_shipping(context, checkout, contents)
        else:
            await steps.advance(context, checkout)


@router.button("checkout_field")
async def ask_field(context: Cart, update: Button) -> None:
    number, _, name = update.argument.partition(".")
    checkout = await _current(context, number)
    field = next((each for each in FIELDS if each == name), None)
    if checkout and field is not None and context.settings.asked(field) != "no":
        await steps.ask_field(context, checkout, field)


@router.button("checkout_edit")
async def edit(context: Cart, update: Button) -> None:
    if checkout := await _current(context, update.argument):
        await steps.edit(context, checkout)


@router.button("checkout_pay")
async def pay(context: Cart, update: Button) -> None:
    number, _, rest = update.argument.partition(".")
    mark, _, method = rest.partition(".")
    if checkout := await _current(context, number):
        await steps.pay_by(context, checkout, mark, method)


@router.button("cart_forget")
async def forget(context: Cart, _: Button) -> None:
    await checkouts.forget(context.connection, context.customer)
    context.edit(context.texts.get("forgotten"), keyboard(await home(context)))


@router.button("cart_quiet")
async def quiet(context: Cart, _: Button) -> None:
    await silence(context.connection, context.customer)
    context.answer(context.texts.label("quiet"), alert=True)
