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
from bots.sdk.updates import StaffCommand, StaffPress, number_of
from core.errors import NotFound
from core.money import Money
from core.shop import fulfilment, order_refunds, orders
from core.shop.order_refunds import NotRefundable
from core.shop.orders import Order, OrderClosed, Stage
from core.shop.refunds import WHOLE_ONLY

desk = StaffDesk[OrdersSettings]()
OrdersScope = Scope[OrdersSettings]
Staff = StaffContext[OrdersSettings]
PURPOSE = "staff_order"
_DO: dict[Stage, str] = {
    "processing": "do_processing",
    "shipped": "do_shipped",
    "delivered": "do_delivered",
}
_YES = "yes"  # the argument's second part when the question was confirmed
_SHOW = "show"
_OWN = frozenset({"staff_order", "staff_cancel", "staff_refund"})


async def card(scope: OrdersScope, order: Order) -> tuple[Text, Keyboard | None]:
    """An order as staff read it, in the shop's language, with what modules add to it."""
    texts = scope.item.texts[scope.shop.language]
    offered = await scope.offered(StaffCard, Subject("order", order.id))
    details = "\n".join(f"{each.label}: {each.value}" for each in order.details)
    noted = await fulfilment.note_of(scope.connection, order.id)
    going = Money(await store.going_back(scope.connection, order.id), order.currency)
    text = paragraphs(
        texts.get("staff_card", number=order.order_no, state=screens.state_of(texts, order)),
        screens.bill_of(texts, order),
        texts.get("staff_oversold") if order.attention == "oversold" else None,
        texts.get("staff_going_back", amount=going) if going.amount_minor else None,
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
    if order.status == "created":
        rows.append([button(texts.label("do_cancel"), "staff_cancel", order.id)])
    if await store.may_go_back(scope.connection, order.id):
        rows.append([button(texts.label("do_refund"), "staff_refund", order.id)])
    return text, keyboard(*rows)


async def tell_paid(scope: OrdersScope, order: Order) -> None:
    """Tells each bound group of a paid order, once."""
    text, under = await card(scope, order)
    await staffing.tell(scope, PURPOSE, text, str(order.id), keyboard=under)


async def tell_held(scope: OrdersScope, order: Order) -> None:
    """Tells each bound group that money came which does not fit, once a payment."""
    texts = scope.item.texts[scope.shop.language]
    for payment in await order_refunds.payments_of(scope.connection, order.id):
        if payment.status == "held":
            amount = Money(payment.amount_minor, payment.currency)
            text = texts.get("staff_held", number=order.order_no, amount=amount)
            await staffing.tell(scope, "staff_held", text, str(payment.id), topic="payments")


async def tell_to_refund(scope: OrdersScope, order: Order) -> None:
    """Tells each bound group of money that somebody has to send back, once a refund."""
    texts = scope.item.texts[scope.shop.language]
    for refund in await order_refunds.of_order(scope.connection, order.id):
        if refund.state == "asked" and refund.provider not in WHOLE_ONLY:
            amount = Money(refund.amount_minor, order.currency)
            text = texts.get(
                "staff_to_refund", number=order.order_no, amount=amount, by=refund.asked_by
            )
            await staffing.tell(scope, "staff_refund", text, str(refund.id), topic="payments")


async def _own(context: Staff, update: StaffPress) -> tuple[Order | None, str]:
    """The order of a button, and the argument's second part; says so if there is none."""
    number, _, rest = update.argument.partition(".")
    try:
        return await orders.own(context.connection, context.origin, number_of(number) or 0), rest
    except NotFound:
        context.answer(context.texts.label("staff_no_order"), alert=True)
        return None, rest


async def _show(context: Staff, order: Order) -> None:
    context.edit(*await card(context, order))


def _already(context: Staff, order: Order) -> None:
    """Somebody was faster, here or in the panel."""
    state = screens.state_of(context.texts, order)
    context.answer(context.texts.label("staff_already", state=state), alert=True)


def _done(context: Staff) -> None:
    context.answer(context.texts.label("staff_done", name=context.doer.name))


@desk.button("staff_order", right="orders")
async def pressed(context: Staff, update: StaffPress) -> None:
    order, wanted = await _own(context, update)
    if order is None:
        return
    stage = next((each for each in _DO if each == wanted), None)
    if stage in fulfilment.next_stages(order) and stage is not None:
        order = await actions.move(context, context.doer, order.id, stage)
        _done(context)
    elif wanted == _SHOW:
        context.answer()
    else:
        _already(context, order)
    await _show(context, order)


def _ask(context: Staff, order: Order, question: Text, yes: str, action: str) -> None:
    """Asks in the place of the card whether somebody is sure."""
    texts = context.texts
    context.answer()
    context.edit(
        question,
        keyboard(
            [button(texts.label(yes), action, f"{order.id}.{_YES}")],
            [button(texts.label("do_nothing"), "staff_order", f"{order.id}.{_SHOW}")],
        ),
    )


@desk.button("staff_cancel", right="orders.cancel")
async def cancel(context: Staff, update: StaffPress) -> None:
    order, answer = await _own(context, update)
    if order is None:
        return
    if order.status == "created" and answer != _YES:
        question = context.texts.get("staff_sure_cancel", number=order.order_no)
        _ask(context, order, question, "do_cancel_yes", "staff_cancel")
        return
    try:
        order = await actions.cancel(context, context.doer, order.id)
    except OrderClosed:
        order = await orders.get(context.connection, order.id)
        _already(context, order)
    else:
        _done(context)
    await _show(context, order)


@desk.button("staff_refund", right="orders.refund")
async def give_back(context: Staff, update: StaffPress) -> None:
    """All of a paid order's money; a part of it is given back in the panel."""
    order, answer = await _own(context, update)
    if order is None:
        return
    left = Money(order.total_minor - order.refunded_minor, order.currency)
    may = await store.may_go_back(context.connection, order.id)
    if may and answer != _YES:
        question = context.texts.get("staff_sure_refund", number=order.order_no, amount=left)
        _ask(context, order, question, "do_refund_yes", "staff_refund")
        return
    try:
        asked = await actions.refund_whole(context, context.doer, order)
    except NotRefundable:
        context.answer(context.texts.label("staff_nothing_to_refund"), alert=True)
    else:
        by_itself = all(each.provider in WHOLE_ONLY or each.state == "done" for each in asked)
        is_done = all(each.state == "done" for each in asked)
        key = "staff_refund_goes" if by_itself else "staff_refund_send"
        key = "staff_refund_done" if is_done else key
        context.answer(context.texts.label(key), alert=not by_itself)
    await _show(context, await orders.get(context.connection, order.id))


@desk.command("order", right="orders")
async def show(context: Staff, update: StaffCommand) -> None:
    """`/order 17`: the order as it is now."""
    order_no = number_of(update.argument.lstrip("#№ "))
    order_id = await _numbered(context, order_no)
    if order_id is None:
        context.answer(context.texts.label("staff_order_how"))
        return
    context.reply(*await card(context, await orders.get(context.connection, order_id)))


@desk.command("note", right="orders")
async def note(context: Staff, update: StaffCommand) -> None:
    """`/note text` as a reply to an order's message, or `/note 17 text`."""
    order_id, text = await _meant(context, update)
    if order_id is None or not text:
        context.answer(context.texts.label("staff_note_how"))
        return
    if len(text) > fulfilment.NOTE_CHARACTERS:
        context.answer(context.texts.label("staff_note_long", most=fulfilment.NOTE_CHARACTERS))
        return
    order = await actions.note(context, context.doer, order_id, text)
    context.answer(context.texts.label("staff_noted", number=order.order_no))


async def _meant(context: Staff, update: StaffCommand) -> tuple[int | None, str]:
    for action, argument in await staffing.buttons_replied_to(context, update, PURPOSE):
        if action in _OWN:
            return number_of(argument.partition(".")[0]), update.argument
    number, _, text = update.argument.partition(" ")
    return await _numbered(context, number_of(number.lstrip("#№"))), text.strip()


async def _numbered(context: Staff, order_no: int | None) -> int | None:
    if order_no is None:
        return None
    return await store.id_of_number(context.connection, context.shop.id, order_no)
