"""Orders in the staff's group: a message for each paid one, with what can be done with it."""

from bots.modules.orders import actions, screens, store
from bots.modules.orders.settings import OrdersSettings
from bots.sdk import staffing
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import StaffCard, Subject
from bots.sdk.replies import Text
from bots.sdk.staffing import StaffContext, StaffDesk
from bots.sdk.texts import paragraphs
from bots.sdk.updates import StaffCommand, StaffPress, number_of, split
from core.shop import fulfilment, orders
from core.shop.orders import Order, Stage

desk = StaffDesk[OrdersSettings]()
OrdersScope = Scope[OrdersSettings]
PURPOSE = "staff_order"
_DO: dict[Stage, str] = {
    "processing": "do_processing",
    "shipped": "do_shipped",
    "delivered": "do_delivered",
}


async def card(scope: OrdersScope, order: Order) -> tuple[Text, Keyboard | None]:
    """An order as staff read it, in the shop's language, with what modules add to it."""
    texts = scope.item.texts[scope.shop.language]
    offered = await scope.offered(StaffCard, Subject("order", order.id))
    details = "\n".join(f"{each.label}: {each.value}" for each in order.details)
    noted = await fulfilment.note_of(scope.connection, order.id)
    text = paragraphs(
        texts.get("staff_card", number=order.order_no, state=screens.state_of(texts, order)),
        screens.bill_of(texts, order),
        texts.get("staff_oversold") if order.attention == "oversold" else None,
        details if scope.settings.show_details_to_staff else None,
        texts.get("staff_note", note=noted) if noted else None,
        *(each.text.ru if texts.language == "ru" else each.text.en for each in offered),
    )
    rows: list[list[AnyButton]] = [
        [button(texts.get(_DO[stage]).plain, "staff_order", f"{order.id}.{stage}")]
        for stage in fulfilment.next_stages(order)
        if stage in _DO
    ]
    for each in offered:
        for action, argument, words in each.actions:
            label = words.ru if texts.language == "ru" else words.en
            rows.append([button(label, action, argument)])
    return text, keyboard(*rows)


async def tell_paid(scope: OrdersScope, order: Order) -> None:
    """Tells each bound group of a paid order, once."""
    text, under = await card(scope, order)
    await staffing.tell(scope, PURPOSE, text, str(order.id), keyboard=under)


async def tell_held(scope: OrdersScope, order: Order) -> None:
    """Tells each bound group that money came which does not fit."""
    texts = scope.item.texts[scope.shop.language]
    text = texts.get("staff_held", number=order.order_no)
    await staffing.tell(scope, "staff_held", text, str(order.id), topic="payments")


@desk.button("staff_order", right="orders")
async def pressed(context: StaffContext[OrdersSettings], update: StaffPress) -> None:
    number, _, wanted = update.argument.partition(".")
    stage = next((each for each in _DO if each == wanted), None)
    order = await orders.own(context.connection, context.origin, number_of(number) or 0)
    if stage is None:
        context.answer(context.texts.label("not_found"), alert=True)
        return
    if stage in fulfilment.next_stages(order):
        order = await actions.move(context, context.doer, order.id, stage)
        context.answer(context.texts.label("staff_done", name=context.doer.name))
    else:  # somebody was faster, here or in the panel
        state = screens.state_of(context.texts, order)
        context.answer(context.texts.label("staff_already", state=state), alert=True)
    text, under = await card(context, order)
    context.edit(text, under)


@desk.command("note", right="orders")
async def note(context: StaffContext[OrdersSettings], update: StaffCommand) -> None:
    """`/note text` as a reply to an order's message, or `/note 17 text`."""
    order_id, text = await _meant(context, update)
    if order_id is None or not text:
        context.answer(context.texts.label("staff_note_how"))
        return
    order = await actions.note(context, context.doer, order_id, text)
    context.answer(context.texts.label("staff_noted", number=order.order_no))


async def _meant(
    context: StaffContext[OrdersSettings], update: StaffCommand
) -> tuple[int | None, str]:
    data = await staffing.order_replied_to(context, update, PURPOSE)
    if data is not None:
        _, argument = split(data)
        return number_of(argument.partition(".")[0]), update.argument
    number, _, text = update.argument.partition(" ")
    order_no = number_of(number.lstrip("#№"))
    if order_no is None:
        return None, ""
    return await store.id_of_number(context.connection, context.shop.id, order_no), text.strip()
