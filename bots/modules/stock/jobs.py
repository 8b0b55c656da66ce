"""Periodic jobs: orders expire, staff are warned of low stock, shoppers learn what is back."""

from bots.modules.stock import store
from bots.modules.stock.events import STOCK_BACK_TOLD, StockAwaited
from bots.modules.stock.settings import StockSettings
from bots.modules.stock.store import Ended
from bots.sdk import next_steps, staffing
from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs
from bots.sdk.keyboards import keyboard
from bots.sdk.points import ProductAction
from bots.sdk.replies import SendText
from core.errors import NotFound
from core.shop import catalogue, orders
from core.shop.orders import Order

_ORDERS_AT_ONCE = 100
_TOLD_AT_ONCE = 200
_LINES = 30  # of one notice to staff

jobs = Jobs[StockSettings]()


@jobs.every(minutes=1)
async def expire(scope: Scope[StockSettings]) -> None:
    for order in await orders.expire_due(scope.connection, scope.origin, most=_ORDERS_AT_ONCE):
        if scope.settings.tell_expired and order.purpose == "goods":
            await _tell_expired(scope, order)


async def _tell_expired(scope: Scope[StockSettings], order: Order) -> None:
    theirs = await scope.about(order.buyer_no)
    if theirs is None:
        return
    goods = "\n".join(
        f"{line.name} × {line.quantity}" if line.quantity > 1 else line.name for line in order.lines
    )
    text = theirs.texts.get("expired", number=order.order_no, items=goods)
    message = SendText(text=text, keyboard=keyboard(*await next_steps.below(theirs)))
    await theirs.send_durably("order_expired", message, str(order.id))


@jobs.every(minutes=1)
async def tell_low(scope: Scope[StockSettings]) -> None:
    if not scope.settings.tell_low:
        return
    lines = await store.newly_low(
        scope.connection, scope.shop.id, scope.bot_id, scope.settings.low_stock, scope.now
    )
    if not lines:
        return
    shown = "\n".join(lines[:_LINES])
    text = scope.texts.get("low", items=shown)
    if len(lines) > _LINES:
        text = scope.texts.get("low_and_more", items=shown, count=len(lines) - _LINES)
    key = f"{scope.now:%Y%m%dT%H%M%S%f}"
    await staffing.tell(scope, "low_stock", text, key, topic="stock")


@jobs.every(seconds=30, rests_in_pause=True)
async def tell_back(scope: Scope[StockSettings]) -> None:
    for ended in await store.take_ended(scope.connection, scope.bot_id, most=_TOLD_AT_ONCE):
        await _tell_back(scope, ended)


async def _tell_back(scope: Scope[StockSettings], ended: Ended) -> None:
    theirs = await scope.about(ended.buyer_no)
    if theirs is None:
        return
    try:
        product = await catalogue.get(scope.connection, scope.shop.id, ended.product_id)
        item = product.item(1, ended.variant_id) if ended.variant_id else None
    except NotFound:  # removed in between
        return
    name = f"{product.title}, {item.variant_title}" if item else product.title
    actions = await theirs.offered(ProductAction, product)
    message = SendText(
        text=theirs.texts.get("back", name=name),
        keyboard=keyboard(
            *([each.button] for each in actions if each.module != scope.manifest.key),
            *await next_steps.below(theirs),
        ),
        on_sent=(
            theirs.event(
                STOCK_BACK_TOLD,
                product_id=product.id,
                props=StockAwaited(variant_id=ended.variant_id),
            ),
        ),
    )
    key = f"{product.id}.{ended.variant_id}:{ended.buyer_no}:{ended.asked_at:%Y%m%dT%H%M%S%f}"
    await theirs.send_durably("back_in_stock", message, key)
