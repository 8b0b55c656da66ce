"""What a shopper reads about a booking and can do with it, before, during and after."""

from typing import Any

import pytest

from bots.modules.bookings import course
from bots.sdk.keyboards import Keyboard
from bots.sdk.replies import AnswerButton, SendText
from core.postgres import Connection
from core.shop import fulfilment, orders
from tests.bots.modules.bookings.test_bookings import ANNA, Salon, order, to_times
from tests.bots.shopper import Shopper, outgoing


@pytest.mark.parametrize(
    ("language", "zone", "place"),
    [
        ("ru", "Europe/Moscow", "Местное время: Москва."),
        ("en", "America/New_York", "Local time: New York."),
        ("ru", "Etc/GMT-7", "Местное время: UTC+7."),
    ],
)
async def test_the_clock_is_named_as_people_name_it(
    connection: Connection, language: str, zone: str, place: str
) -> None:
    salon, cut = await Salon.open(connection)
    await connection.execute("UPDATE shops SET timezone = $1", zone)
    shopper = salon.shopper(language=language)
    days = await shopper.press(f"buy:{cut.id}")
    times = await to_times(shopper, cut)
    for seen in (days, times):
        assert seen.screen.text.plain.endswith(place) and zone not in seen.screen.text.plain


async def booked(connection: Connection, **settings: Any) -> tuple[Salon, Shopper, int]:
    """A paid order of a booking: who has it, and its number."""
    salon, cut = await Salon.open(connection, **settings)
    shopper = salon.shopper()
    invoice = await order(shopper, cut)
    await shopper.check_out(invoice)
    await shopper.pay(invoice)
    return salon, shopper, await connection.fetchval("SELECT id FROM orders")


async def page_of(shopper: Shopper, order_id: int) -> tuple[str, list[str]]:
    """An order's page: its words, and the actions of its buttons."""
    page = await shopper.press(f"order:{order_id}")
    return page.screen.text.plain, [data.split(":")[0] for data in page.buttons]


async def test_a_booking_is_said_once_on_its_orders_page(connection: Connection) -> None:
    _, shopper, order_id = await booked(connection)
    words, buttons = await page_of(shopper, order_id)
    assert words.count("10:00") == 1 and "ждём вас" in words
    assert "booking_cancel" in buttons


@pytest.mark.parametrize("confirms", ["payment", "staff"])
@pytest.mark.parametrize("end", ["done", "past", "refunded"])
async def test_what_is_over_promises_nothing_and_cannot_be_cancelled(
    connection: Connection, end: str, confirms: str
) -> None:
    salon, shopper, order_id = await booked(connection, confirms=confirms)
    booking = await salon.one()
    match end:
        case "done":
            await deliver(salon, connection, order_id)
        case "past":
            await connection.execute(
                "UPDATE bookings SET starts_at = starts_at - interval '30 days', "
                "ends_at = ends_at - interval '30 days'"
            )
        case _:
            await salon.inside(lambda scope: course.cancel(scope, booking.id, ANNA))
    words, buttons = await page_of(shopper, order_id)
    assert "10:00" in words
    assert not any(promise in words for promise in ("ждём вас", "ждёт подтверждения"))
    assert "booking_cancel" not in buttons
    for action in ("booking_cancel", "booking_cancelled"):
        assert (await shopper.press(f"{action}:{booking.id}")).only(AnswerButton).alert
    await salon.job("remind", booking=booking.id)
    assert "booking_reminder" not in {purpose for _, purpose, _ in await outgoing(connection)}


async def deliver(salon: Salon, connection: Connection, order_id: int) -> None:
    await salon.inside(
        lambda scope: fulfilment.move(
            connection, scope.origin, order_id=order_id, stage="delivered"
        )
    )


async def test_goods_that_are_delivered_end_no_booking_of_the_same_order(
    connection: Connection,
) -> None:
    salon, shopper, order_id = await booked(connection)
    await connection.execute(
        "INSERT INTO order_lines (order_id, line, product_id, title, kind, unit_price_minor, "
        "quantity, discount_minor) SELECT order_id, line + 1, product_id, 'Shampoo', 'physical', "
        "100, 1, 0 FROM order_lines"
    )
    await deliver(salon, connection, order_id)
    words, buttons = await page_of(shopper, order_id)
    assert "ждём вас" in words and "booking_cancel" in buttons


async def test_a_cancelled_booking_of_a_delivered_order_stays_cancelled(
    connection: Connection,
) -> None:
    salon, shopper, order_id = await booked(connection, refunds=False)
    booking = await salon.one()
    await salon.inside(lambda scope: course.cancel(scope, booking.id, ANNA))
    await deliver(salon, connection, order_id)
    words, _ = await page_of(shopper, order_id)
    assert "отменено" in words


async def test_an_order_that_its_shopper_gave_up_says_so_of_its_booking(
    connection: Connection,
) -> None:
    salon, cut = await Salon.open(connection)
    shopper = salon.shopper()
    await order(shopper, cut)
    order_id = await connection.fetchval("SELECT id FROM orders")
    await shopper.press(f"order_cancel:{order_id}")
    words, buttons = await page_of(shopper, order_id)
    assert "отменено" in words and "не оплачено вовремя" not in words
    assert "booking_cancel" not in buttons


async def test_what_is_told_of_a_booking_leads_to_its_order(connection: Connection) -> None:
    salon, shopper, order_id = await booked(connection, confirms="staff", remind_hours=1)
    booking = await salon.one()
    await salon.inside(lambda scope: course.confirm(scope, booking.id, ANNA))
    await salon.job("remind", booking=booking.id)
    told = {purpose: message for _, purpose, message in await outgoing(connection)}
    for purpose in ("booking_confirmed", "booking_reminder"):
        message = told[purpose]
        assert isinstance(message, SendText) and isinstance(message.keyboard, Keyboard)
        data = [getattr(each, "data", "") for row in message.keyboard.rows for each in row]
        assert data[-2:] == [f"order:{order_id}.below", "menu:below"]
    below = await shopper.press(f"order:{order_id}.below")
    assert isinstance(below.screen, SendText)


async def test_who_thinks_better_of_cancelling_gets_back_to_the_order(
    connection: Connection,
) -> None:
    salon, shopper, order_id = await booked(connection, cancel_hours=0)
    booking = await salon.one()
    sure = await shopper.press(f"booking_cancel:{booking.id}")
    assert sure.buttons == [f"booking_cancelled:{booking.id}", f"order:{order_id}", "menu"]
    assert (await orders.get(connection, order_id)).status == "paid"
