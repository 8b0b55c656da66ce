"""Handing goods over: what is set aside for an order, sent once, and opened again."""

from bots.modules.delivery import store
from bots.modules.delivery.events import (
    DELIVERY_FAILED,
    DELIVERY_SENT,
    GOODS_ASSIGNED,
    GoodsAssigned,
)
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk import next_steps
from bots.sdk.context import Scope
from bots.sdk.keyboards import Keyboard, button, keyboard
from bots.sdk.replies import SendDocument, SendSealed, SendText, StoredFile, Text, split_text
from bots.sdk.texts import paragraphs
from core.fraud_rules import AbuseType
from core.shop import fulfilment, orders, risk_standing
from core.shop.orders import Order

DeliveryScope = Scope[DeliverySettings]
DOUBTED: tuple[AbuseType, ...] = ("refund",)


async def assign(scope: DeliveryScope, order: Order, *, is_decided: bool = False) -> bool:
    """Sets aside what an order's digital lines lack; says whether anything was to be done.

    The scope is on the matter of the order's shopper. What is missing flags the order. Who is held
    for abuse of refunds gets nothing by itself: the owner hands it over (`is_decided`), or lets
    them go.
    """
    lines = await store.begin(scope.connection, order)
    if not lines:
        return False
    is_held = not is_decided and await risk_standing.enforce(
        scope.connection,
        scope.origin,
        order.buyer_no,
        *DOUBTED,
        action="by_hand",
        order_id=order.id,
    )
    missing = 0
    for line in lines:
        if is_held:
            missing += line["quantity"]
        else:
            missing += await store.hand_over(scope.connection, scope.shop.id, line)
    await store.mark(scope.connection, order.id, is_complete=not missing)
    keys = await store.keys_of(scope.connection, scope.secrets, scope.shop.id, order.id)
    details = GoodsAssigned(keys=sum(map(len, keys.values())), missing=missing)
    scope.emit(GOODS_ASSIGNED, order_id=order.id, props=details)
    if missing:
        why = "held" if is_held else "nothing_left"
        scope.emit(DELIVERY_FAILED, order_id=order.id, outcome=why, quantity=missing)
    elif order.is_digital:
        await fulfilment.move(scope.connection, scope.origin, order_id=order.id, stage="delivered")
    return True


async def contents(scope: DeliveryScope, order: Order) -> tuple[list[str], list[StoredFile]]:
    """What an order's shopper has bought, as text by line, and files."""
    keys = await store.keys_of(scope.connection, scope.secrets, scope.shop.id, order.id)
    texts: list[str] = []
    files: dict[str, StoredFile] = {}
    for delivery in await store.of_order(scope.connection, order.id):
        line = order.lines[delivery.line - 1]
        parts = list(keys.get(delivery.line, []))
        goods = await store.goods_of(
            scope.connection, scope.secrets, scope.shop.id, delivery.product_id
        )
        for good in goods:
            if good.variant_id not in (None, line.variant_id):
                continue
            if good.sha256 is not None:
                files[good.sha256] = StoredFile(sha256=good.sha256, name=good.title)
            else:
                parts.append(f"{good.title}: {good.content}" if good.title else good.content)
        if parts:
            texts.append("\n".join([f"{line.name}:", *parts]))
    return texts, list(files.values())


async def send(scope: DeliveryScope, order: Order) -> None:
    """Sends what an order's shopper has by now; what was sent already is not sent again."""
    if scope.customer is None:
        return
    texts, files = await contents(scope, order)
    if not texts and not files:
        await _say_late(scope, order)
        return
    keys = await store.keys_of(scope.connection, scope.secrets, scope.shop.id, order.id)
    # Of an order that got the rest later the whole comes anew, under another key.
    cause = f"{order.id}:{sum(map(len, keys.values()))}"
    await _send_text(
        scope, order, paragraphs(scope.texts.get("goods", number=order.order_no), *texts), cause
    )
    for file in files:
        document = SendDocument(document=file)
        await scope.send_durably("goods", document, f"{order.id}:{file.sha256}")
    if await _is_short(scope, order):
        await _say_late(scope, order)


async def _send_text(scope: DeliveryScope, order: Order, text: Text, cause: str) -> None:
    """In as many messages as necessary; the event that it was sent belongs to the last one."""
    latency = scope.now - (order.paid_at or scope.now)
    sent = scope.event(
        DELIVERY_SENT,
        order_id=order.id,
        latency_us=max(0, round(latency.total_seconds() * 1e6)),
    )
    lost = scope.event(DELIVERY_FAILED, order_id=order.id, outcome="not_reached")
    parts = split_text(text)
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        message = SendSealed.of(
            scope.secrets,
            f"outgoing|{scope.bot_id}|{cause}|{number}",
            part,
            await _again(scope, order) if is_last else None,
            on_sent=(sent,) if is_last else (),
            on_lost=(lost,) if is_last else (),
        )
        await scope.send_durably("goods", message, f"{cause}#{number}")


async def _again(scope: DeliveryScope, order: Order) -> Keyboard | None:
    """The goods stay in the chat, whatever is pressed under them."""
    opens = button(scope.texts.label("open"), "goods", order.id)
    return keyboard([opens], *await next_steps.below(scope))


async def _is_short(scope: DeliveryScope, order: Order) -> bool:
    return any(each.state == "failed" for each in await store.of_order(scope.connection, order.id))


async def _say_late(scope: DeliveryScope, order: Order) -> None:
    text = scope.texts.get("late", number=order.order_no)
    message = SendText(text=text, keyboard=keyboard(*await next_steps.below(scope, order)))
    await scope.send_durably("goods_late", message, str(order.id))


async def waiting(scope: DeliveryScope) -> list[int]:
    """Orders that lack something and may have it now, a batch of the oldest."""
    return await store.may_come_now(scope.connection, scope.bot_id, DOUBTED)


async def catch_up(scope: DeliveryScope, order_id: int, *, is_decided: bool = False) -> bool:
    """Hands over what an order lacked, to its shopper; `is_decided`: also to who is held. Says
    whether there was anything to do. Raises NotFound if the shop has no such order."""
    order = await _paid(scope, order_id)
    if order is None:
        return False
    if not is_decided and await risk_standing.holds(
        scope.connection, scope.shop.id, [order.buyer_no], *DOUBTED
    ):
        return False
    own = await scope.about(order.buyer_no)
    return own is not None and await assign(own, order, is_decided=is_decided)


async def _paid(scope: DeliveryScope, order_id: int) -> Order | None:
    order = await orders.own(scope.connection, scope.origin, order_id)
    return order if order.status == "paid" else None
