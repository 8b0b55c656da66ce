"""What bookings offer: the question for a time, what is shown with an order, what waits."""

from functools import partial

from bots.modules.bookings import store, times
from bots.modules.bookings.choosing import ask_day
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.staff import STATES
from bots.modules.bookings.store import Booking
from bots.sdk.context import Scope
from bots.sdk.keyboards import button
from bots.sdk.offers import Offers
from bots.sdk.points import (
    Basket,
    CheckoutStep,
    Fulfilment,
    NeedsYou,
    OrderAction,
    StaffCard,
    Subject,
)
from core.events import Bilingual
from core.shop import order_refunds
from core.shop.orders import Detail, Order

offers = Offers[BookingsSettings]()
BookingsScope = Scope[BookingsSettings]
DETAIL = "booking"  # the order's, of the time that was chosen


@offers.provide(CheckoutStep)
async def times_of(scope: BookingsScope, basket: Basket) -> list[CheckoutStep]:
    wanted: dict[int, int] = {}
    for item in basket.items:
        wanted[item.product_id] = wanted.get(item.product_id, 0) + item.quantity
    kinds = {item.product_id: item.kind for item in basket.items}
    found = await times.services_of(scope, kinds)
    steps = []
    for product_id in found:
        places = wanted[product_id]
        chosen = await store.current(scope.connection, scope.bot_id, basket.customer, product_id)
        is_done = chosen is not None and chosen.places == places
        texts = scope.texts
        details = []
        if chosen is not None and is_done:
            when = times.when(texts, chosen, scope.shop.timezone)
            details.append(Detail(field=DETAIL, label=chosen.title, value=when))
        steps.append(
            CheckoutStep(
                is_done=is_done,
                ask=partial(ask_day, product_id=product_id, places=places),
                details=tuple(details),
                change=button(texts.label("other_time"), "booking_days", f"{product_id}.{places}"),
            )
        )
    return steps


@offers.provide(Fulfilment)
async def booked(scope: BookingsScope, order: Order) -> list[Fulfilment]:
    lines = {line.product_id: number for number, line in enumerate(order.lines, 1)}
    return [
        Fulfilment(
            line=lines.get(each.product_id, 1),
            state="delivered" if each.is_done else "waiting",
            text=_said(scope, each, order),
            detail=DETAIL,
        )
        for each in await store.of_order(scope.connection, order.id)
    ]


def _said(scope: BookingsScope, booking: Booking, order: Order) -> str:
    """When it is, and its state; for a past booking only when it was."""
    texts = scope.texts
    when = times.when(texts, booking, scope.shop.timezone)
    if booking.is_done or (booking.state == "confirmed" and booking.starts_at <= scope.now):
        return texts.label("booked_before", title=booking.title, when=when)
    state = STATES[booking.state]
    if booking.state == "requested" and booking.starts_at <= scope.now:
        state = "state_unanswered"
    elif booking.state == "held" and order.status == "paid":
        state = "state_confirmed"
    elif booking.state == "released" and order.status != "expired":
        state = "state_cancelled"  # the order was given up before its time to pay ran out
    return texts.label("booked", title=booking.title, when=when, state=texts.label(state))


@offers.provide(OrderAction)
async def cancel(scope: BookingsScope, order: Order) -> list[OrderAction]:
    found = await store.of_order(scope.connection, order.id)
    going_on = [
        each
        for each in found
        if each.state in ("requested", "confirmed") and each.is_ahead(scope.now)
    ]
    if going_on and await order_refunds.is_going_back(scope.connection, order.id):
        return []
    label = scope.texts.label("cancel")
    return [
        OrderAction(
            label=label if len(going_on) == 1 else f"{label}: {each.title}",
            action="booking_cancel",
            argument=each.id,
            order=60,
        )
        for each in going_on
    ]


@offers.provide(StaffCard)
async def on_card(scope: BookingsScope, subject: Subject) -> list[StaffCard]:
    found = await store.of_order(scope.connection, subject.id) if subject.kind == "order" else []
    ru, en = scope.item.texts["ru"], scope.item.texts["en"]
    shown = []
    for each in found:
        words = [
            texts.label(
                "booked",
                title=each.title,
                when=times.when(texts, each, scope.shop.timezone),
                state=texts.label(STATES[each.state]),
            )
            for texts in (ru, en)
        ]
        shown.append(StaffCard(text=Bilingual(*words)))
    return shown


@offers.provide(NeedsYou)
async def waiting(scope: BookingsScope) -> list[NeedsYou]:
    found = []
    asked = await store.waiting(scope.connection, scope.bot_id, "requested")
    if asked["count"]:
        found.append(
            NeedsYou(
                kind="bookings_asked",
                title=Bilingual("Записи ждут подтверждения", "Bookings to confirm"),
                text=Bilingual(
                    "Покупатели выбрали время и ждут ответа: подтвердите или отклоните.",
                    "Shoppers have chosen a time and wait for an answer: confirm or decline.",
                ),
                at=asked["since"],
                count=asked["count"],
                link="bookings?state=requested",
            )
        )
    lost = await store.waiting(scope.connection, scope.bot_id, "lost")
    if lost["count"]:
        found.append(
            NeedsYou(
                kind="bookings_lost",
                title=Bilingual("Оплачено, а время занято", "Paid, and the time is taken"),
                text=Bilingual(
                    "Заказ оплатили, когда его время уже ушло другому. Предложите другое время "
                    "или верните деньги.",
                    "The order was paid when its time had gone to somebody else. Offer another "
                    "time, or refund.",
                ),
                at=lost["since"],
                count=lost["count"],
                link="bookings?state=lost",
            )
        )
    return found
