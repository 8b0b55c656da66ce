"""A shopper's own orders: the list, a page each, and "where is my order?"."""

from collections.abc import Callable
from typing import TypeAlias

from bots.modules.orders import screens, store
from bots.modules.orders.questions import asks_for_order, number_in
from bots.modules.orders.settings import OrdersSettings
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import BELOW
from bots.sdk.replies import Text
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, Command, Message, number_of
from core.errors import NotFound
from core.shop import orders
from core.shop.orders import Order, OrderClosed

_LAST_PAGE = 100_000  # further on than anybody's orders go

router = Router[OrdersSettings]()
Show: TypeAlias = Callable[[Text, Keyboard | None], None]
OrdersContext = Context[OrdersSettings]


@router.command("orders")
async def command(context: OrdersContext, _: Command) -> None:
    await _list(context, 0, context.reply)


@router.button("orders")
async def pressed(context: OrdersContext, update: Button) -> None:
    say: Show = context.reply if update.argument == BELOW else context.edit
    await _list(context, min(number_of(update.argument) or 0, _LAST_PAGE), say)


async def _list(context: OrdersContext, number: int, say: Show) -> None:
    """Shows a page; the last one if there are fewer by now."""
    found, total = await store.of_buyer(
        context.connection,
        context.bot_id,
        context.shop.id,
        context.customer.buyer_no,
        limit=screens.PAGE,
        offset=number * screens.PAGE,
    )
    if not found and number:
        await _list(context, 0, say)
        return
    texts = context.texts
    turns: list[AnyButton] = []
    if number > 0:
        turns.append(button(texts.label("newer"), "orders", number - 1))
    if (number + 1) * screens.PAGE < total:
        turns.append(button(texts.label("older"), "orders", number + 1))
    rows = [[screens.order_button(texts, order)] for order in found]
    text = texts.get("list") if found else texts.get("none")
    say(text, keyboard(*rows, turns, await screens.home_row(context)))


async def _own(context: OrdersContext, update: Button) -> Order | None:
    """The order of a button, if it is this shopper's; otherwise they are told that it is not."""
    try:
        number, _, _ = update.argument.partition(".")
        order = await orders.get(context.connection, number_of(number) or 0)
    except NotFound:
        order = None
    customer = context.customer
    if order is None or (order.shop_id, order.buyer_no) != (customer.shop_id, customer.buyer_no):
        context.answer(context.texts.label("not_found"), alert=True)
        return None
    return order


@router.button("order")
async def show(context: OrdersContext, update: Button) -> None:
    order = await _own(context, update)
    if order is not None:
        say: Show = context.reply if update.argument.endswith(BELOW) else context.edit
        say(*await screens.page(context, order))


@router.button("order_ask")
async def ask(context: OrdersContext, update: Button) -> None:
    order = await _own(context, update)
    if order is None:
        return
    say: Show = context.reply if update.argument.endswith(BELOW) else context.edit
    if not context.shop.imprint.contact:  # taken away since the button was made
        say(*await screens.page(context, order))
        return
    say(*await screens.question(context, order))


@router.button("order_cancel")
async def cancel(context: OrdersContext, update: Button) -> None:
    order = await _own(context, update)
    if order is None:
        return
    try:
        order = await orders.cancel(
            context.connection, context.origin, context.customer, order_id=order.id
        )
    except OrderClosed:
        context.answer(context.texts.label("too_late"), alert=True)
    else:
        context.answer(context.texts.label("cancelled"))
    context.edit(*await screens.page(context, order))


@router.message
async def where(context: OrdersContext, update: Message) -> Pass | None:
    if update.kind != "text" or not asks_for_order(update.text):
        return PASS
    customer, number = context.customer, number_in(update.text)
    if number is not None:
        order = await store.numbered(context.connection, context.shop.id, customer.buyer_no, number)
        if order is not None:
            context.reply(*await screens.page(context, order))
            return None
    found, total = await store.of_buyer(
        context.connection,
        context.bot_id,
        context.shop.id,
        customer.buyer_no,
        limit=screens.PAGE,
        offset=0,
    )
    if len(found) == 1:
        context.reply(*await screens.page(context, found[0]))
        return None
    texts = context.texts
    if not found:
        context.reply(texts.get("none"), keyboard(await screens.home_row(context)))
        return None
    text, _ = await screens.page(context, found[0])
    rows = [[screens.order_button(texts, order)] for order in found]
    more = [button(texts.label("older"), "orders", 1)] if total > screens.PAGE else []
    context.reply(
        paragraphs(texts.get("latest"), text),
        keyboard(*rows, more, await screens.home_row(context)),
    )
    return None
