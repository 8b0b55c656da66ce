"""What a shopper sees of their cart."""

from collections.abc import Mapping, Sequence

from bots.modules.cart import bill
from bots.modules.cart.basket import Contents, Wanted, contents_of
from bots.modules.cart.checkouts import Source
from bots.modules.cart.events import CART_ITEM_REMOVED, CART_VIEWED
from bots.modules.cart.settings import CartSettings
from bots.modules.cart.store import CartLine, take_out
from bots.sdk import prices
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Basket, BasketAction, Home, ShippingOption
from bots.sdk.replies import Text
from bots.sdk.texts import paragraphs
from core.money import Money, sign
from core.shop.pricing import Item

Cart = Context[CartSettings]
THE_CART = Source()
_TITLE_ON_BUTTON = 24


def key_of(product_id: int, variant_id: int | None) -> str:
    """A line's name in a button."""
    return f"{product_id}" if variant_id is None else f"{product_id}.{variant_id}"


async def home(context: Cart) -> list[AnyButton]:
    homes: list[AnyButton] = [each.button for each in await context.offered(Home)]
    return homes[:1]


def basket_of(
    context: Cart,
    contents: Contents,
    shipping: str = "",
    *,
    answers: Mapping[str, str] | None = None,
    is_firm: bool = False,
) -> Basket:
    """What a price is asked for; `answers` are the shopper's, by field."""
    fields = {**(answers or {})}
    if shipping:
        fields["shipping"] = shipping
    return Basket(
        items=contents.items,
        currency=contents.currency,
        customer=context.customer,
        fields=fields,
        is_firm=is_firm,
    )


def notes_of(actions: Sequence[BasketAction]) -> str:
    """What other modules say of the basket, a row each."""
    return "\n".join(each.note for each in actions if each.note)


async def show_cart(context: Cart, notice: Text | str | None = None) -> None:
    """The cart at today's prices; products that are no longer sold leave it with a notice."""
    contents = await contents_of(context.connection, context.customer, THE_CART)
    context.emit(
        CART_VIEWED,
        quantity=contents.units,
        amount_minor=contents.goods.amount_minor,
        currency=contents.currency,
    )
    texts = context.texts
    if not contents.lines:
        context.edit(paragraphs(notice, texts.get("empty")), keyboard(await home(context)))
        return
    said = await tidy(context, contents)
    parts: list[Text | str | None] = [notice, texts.get("title"), said]
    actions: tuple[BasketAction, ...] = ()
    if contents.items:
        basket = basket_of(context, contents)
        actions = await context.offered(BasketAction, basket)
        shown = bill.of_quote(await prices.price(context, basket))
        parts += [bill.goods_of(shown, texts), bill.adjustments_of(shown, texts)]
        parts.append(notes_of(actions))
        parts.append(texts.get("total", total=shown.total))
        if contents.is_physical and await context.offered(ShippingOption, basket):
            parts.append(texts.get("shipping_later"))
        parts.append(_least(context, contents))
    context.edit(paragraphs(*parts), await _buttons(context, contents, actions))


async def tidy(context: Cart, contents: Contents) -> str | None:
    """Removes what is no longer sold or not sufficiently in stock; returns the problem of each
    line, None if there is none."""
    for each in contents.lines:
        line = each.line
        if each.trouble == "gone":
            await remove(context, line, line.quantity)
        elif each.trouble == "fewer" and each.left is not None:
            await remove(context, line, line.quantity - each.left)
    return "\n".join(_trouble(context, each) for each in contents.troubles) or None


def _trouble(context: Cart, each: Wanted) -> str:
    texts = context.texts
    match each.trouble:
        case "gone":
            return texts.label("line_gone", name=each.line.title)
        case "fewer":
            return texts.label("line_fewer", name=each.line.title, left=each.left)
        case "currency":
            currency = sign(each.currency)
            return texts.label("line_currency", name=each.line.title, currency=currency)
        case _:
            return texts.label("line_sold_out", name=each.line.title)


def _least(context: Cart, contents: Contents) -> Text | None:
    least = context.settings.least_minor(contents.currency)
    if contents.goods.amount_minor >= least:
        return None
    return context.texts.get("least", least=Money(least, contents.currency))


async def remove(context: Cart, line: CartLine, quantity: int) -> int:
    """Removes a quantity and emits the event; returns how many were removed."""
    went = await take_out(
        context.connection,
        context.bot_id,
        context.customer,
        line.product_id,
        line.variant_id,
        quantity,
    )
    if went:
        context.emit(
            CART_ITEM_REMOVED,
            product_id=line.product_id,
            variant_id=line.variant_id or 0,
            quantity=went,
        )
    return went


async def _buttons(
    context: Cart, contents: Contents, actions: Sequence[BasketAction]
) -> Keyboard | None:
    texts = context.texts
    rows: list[list[AnyButton]] = []
    for each in contents.lines:
        line = each.line
        if each.trouble == "gone":
            continue
        key = key_of(line.product_id, line.variant_id)
        name = _short(name_of(each.item) if each.item else line.title)
        if each.item is None:
            rows.append([button(texts.label("drop", name=name), "cart_set", f"{key}:0")])
            continue
        count = each.item.quantity
        rows.append(
            [
                button("−", "cart_set", f"{key}:{count - 1}"),
                button(f"{name} × {count}", "cart_count", key),
                button("+", "cart_set", f"{key}:{count + 1}"),
            ]
        )
    if contents.items:
        rows.append([button(texts.label("checkout"), "cart_checkout")])
        rows += [[each.button] for each in actions]
    rows.append([button(texts.label("clear"), "cart_clear")])
    return keyboard(*rows, await home(context))


def name_of(item: Item) -> str:
    """As people read it, with the variant."""
    return f"{item.title}, {item.variant_title}" if item.variant_title else item.title


def _short(name: str) -> str:
    return name if len(name) <= _TITLE_ON_BUTTON else name[: _TITLE_ON_BUTTON - 1].rstrip() + "…"
