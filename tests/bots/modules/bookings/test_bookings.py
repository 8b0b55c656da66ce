"""Bookings: chosen by buttons, reserved, confirmed, reminded of, released."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bots.modules.bookings import course, services, store
from bots.modules.bookings.services import DayOff, Service
from bots.modules.bookings.store import Booking
from bots.sdk.context import Scope
from bots.sdk.jobs import Job
from bots.sdk.points import NeedsYou, OrderAction, StaffCard, Subject
from bots.sdk.reacting import react
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from bots.sdk.transaction import Transaction
from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import order_refunds, orders, shops, staff
from core.shop.catalogue import Product
from core.shop.order_refunds import RefundDraft
from core.shop.staff import Doer
from tests.bots.counter import counter
from tests.bots.purse import purse
from tests.bots.shopper import Seen, Shopper, enabled_modules, events, outgoing
from tests.factories import create_origin, create_product

ANNA = Doer("Anna")
DAILY = dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "10:00-12:00"
)


class Salon:
    """A bot whose haircut is booked."""

    def __init__(self, connection: Connection, origin: Origin, **settings: Any) -> None:
        self.connection = connection
        self.origin = origin
        own = enabled_modules(bookings=DAILY | settings, cart={}, orders={}, stock={})
        self.enabled = [*own, purse(), counter()]

    @classmethod
    async def open(cls, connection: Connection, **settings: Any) -> "tuple[Salon, Product]":
        salon = cls(connection, await create_origin(connection), **settings)
        cut = await create_product(
            connection, salon.origin.shop_id, title="Стрижка", kind="service"
        )
        return salon, cut

    def shopper(self, number: int = 1, language: str = "ru") -> Shopper:
        return Shopper(
            self.connection, self.origin, self.enabled, telegram_id=9000 + number, language=language
        )

    async def bookings(self) -> list[tuple[str, int | None]]:
        rows = await self.connection.fetch("SELECT state, order_id FROM bookings ORDER BY id")
        return [(row["state"], row["order_id"]) for row in rows]

    async def one(self) -> Booking:
        number = await self.connection.fetchval("SELECT max(id) FROM bookings")
        return await store.get(self.connection, self.origin.bot_id, number)

    async def places(self) -> int:
        found: int = await self.connection.fetchval("SELECT count(*) FROM booking_places")
        return found

    async def inside(self, act: Any) -> Any:
        """Runs it in a transaction of the module's, with reactions."""
        (item,) = [each for each in self.enabled if each.key == "bookings"]
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(self.connection, self.origin, shop, enabled=self.enabled)
            result = await act(Scope(transaction, item))
            await react(transaction)
        return result

    async def job(self, name: str, **data: Any) -> None:
        (item,) = [each for each in self.enabled if each.key == "bookings"]
        run = item.module.jobs.tasks[name].run
        given = [Job("", data, datetime.now(UTC))] if data else []
        await self.inside(lambda scope: run(scope, *given))


def pick(seen: Seen, action: str, number: int = 0) -> str:
    return [each for each in seen.buttons if each.split(":")[0] == action][number]


async def to_times(shopper: Shopper, product: Product) -> Seen:
    days = await shopper.press(f"buy:{product.id}")
    return await shopper.press(pick(days, "booking_day", 1))


async def order(shopper: Shopper, product: Product, number: int = 0) -> SendInvoice:
    """Chooses a time of tomorrow and goes to the bill."""
    bill = await shopper.press(pick(await to_times(shopper, product), "booking_time", number))
    paying = await shopper.press(pick(bill, "checkout_pay"))
    return paying.only(SendInvoice).model_copy(update={"on_sent": ()})


async def test_a_time_is_chosen_shown_in_the_bill_and_confirmed_by_the_payment(
    connection: Connection,
) -> None:
    salon, cut = await Salon.open(connection)
    shopper = salon.shopper()
    times = await to_times(shopper, cut)
    assert len([each for each in times.buttons if each.startswith("booking_time")]) == 3
    bill = await shopper.press(pick(times, "booking_time", 2))
    assert "11:00" in bill.screen.text.plain and await salon.bookings() == [("held", None)]
    paying = await shopper.press(pick(bill, "checkout_pay"))
    invoice = paying.only(SendInvoice).model_copy(update={"on_sent": ()})
    ((state, order_id),) = await salon.bookings()
    assert state == "held" and order_id is not None
    again = await shopper.press(pick(bill, "checkout_pay"))  # two presses are one order
    assert again.only(SendInvoice).payload == invoice.payload
    assert (await shopper.check_out(invoice)).only(AnswerPreCheckout).ok
    await shopper.pay(invoice)
    assert await salon.bookings() == [("confirmed", order_id)]
    ordered = await orders.get(connection, order_id)
    assert [each.field for each in ordered.details] == ["booking"]
    receipt = [
        message for _, purpose, message in await outgoing(connection) if purpose == "receipt"
    ]
    assert isinstance(receipt[0], SendText) and "ждём вас" in receipt[0].text.plain
    page = await shopper.press(f"order:{order_id}")
    assert pick(page, "booking_cancel") and "11:00" in page.screen.text.plain
    assert {"booking_requested", "booking_confirmed"} <= set(await events(connection))
    # The time is gone for everybody else, and for the next order of theirs.
    left = await to_times(salon.shopper(2), cut)
    assert len([each for each in left.buttons if each.startswith("booking_time")]) == 1


async def test_of_two_who_want_the_last_place_one_gets_it(pool: Pool) -> None:
    async with pool.acquire() as connection:
        salon, cut = await Salon.open(connection, places=2)
        button = pick(await to_times(salon.shopper(99), cut), "booking_time")

    async def choose(number: int) -> bool:
        async with pool.acquire() as connection:
            mine = Shopper(connection, salon.origin, salon.enabled, telegram_id=9100 + number)
            await mine.press(f"buy:{cut.id}")
            return any(
                each.startswith("checkout_pay") for each in (await mine.press(button)).buttons
            )

    got = await asyncio.gather(*(choose(number) for number in range(8)))
    assert sum(got) == 2
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM booking_places") == 2


async def test_no_place_is_given_twice_whoever_writes(connection: Connection) -> None:
    salon, cut = await Salon.open(connection)
    shopper = salon.shopper()
    await shopper.press(pick(await to_times(shopper, cut), "booking_time"))
    booking = await salon.one()
    with pytest.raises(asyncpg.ExclusionViolationError):
        await connection.execute(
            "WITH other AS (INSERT INTO bookings (shop_id, bot_id, buyer_no, product_id, title, "
            "places, calendar, starts_at, ends_at, state, held_until) SELECT shop_id, bot_id, "
            "buyer_no, 77, title, places, calendar, starts_at + interval '30 minutes', "
            "ends_at + interval '30 minutes', 'held', held_until FROM bookings WHERE id = $1 "
            "RETURNING id, calendar, starts_at, ends_at) "
            "INSERT INTO booking_places SELECT id, calendar, 1, tstzrange(starts_at, ends_at) "
            "FROM other",
            booking.id,
        )


async def test_an_unpaid_order_gives_its_time_back(connection: Connection) -> None:
    salon, cut = await Salon.open(connection)
    shopper = salon.shopper()
    invoice = await order(shopper, cut)
    await connection.execute("UPDATE orders SET expires_at = now() - interval '1 minute'")
    await salon.inside(lambda scope: orders.expire_due(scope.connection, scope.origin))
    ((state, _),) = await salon.bookings()
    assert state == "released" and await salon.places() == 0
    # Somebody else takes it, and then the money comes all the same and is accepted.
    await order(salon.shopper(2), cut)
    booking = await store.get(
        connection, salon.origin.bot_id, await connection.fetchval("SELECT min(id) FROM bookings")
    )

    async def pay_late(scope: Scope[Any]) -> bool:
        theirs = await scope.about(booking.buyer_no)
        assert theirs is not None
        return await course.paid(theirs, booking)

    assert await salon.inside(pay_late) is False
    needs = await salon.inside(lambda scope: scope.offered(NeedsYou))
    assert "bookings_lost" in {each.kind for each in needs}
    told = {purpose for _, purpose, _ in await outgoing(connection)}
    assert "booking_lost" in told and invoice.payload


async def test_a_choice_that_is_not_ordered_lapses(connection: Connection) -> None:
    salon, cut = await Salon.open(connection)
    shopper = salon.shopper()
    button = pick(await to_times(shopper, cut), "booking_time")
    await shopper.press(button)
    # Choosing again takes the place of the first choice.
    days = await shopper.press(f"booking_days:{cut.id}.1")
    times = await shopper.press(pick(days, "booking_day", 2))
    await shopper.press(pick(times, "booking_time", 2))
    assert [state for state, _ in await salon.bookings()] == ["released", "held"]
    assert await salon.places() == 1
    await connection.execute(
        "UPDATE bookings SET held_until = now() - interval '1 second' WHERE state = 'held'"
    )
    await salon.job("lapse")
    assert await salon.places() == 0


async def test_staff_confirm_what_was_asked_for(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, confirms="staff")
    code, _ = await staff.create_code(connection, salon.origin.bot_id, "Anna")
    await staff.bind(
        connection,
        salon.origin,
        code,
        chat_id=-5,
        title="Staff",
        has_topics=False,
        telegram_id=5,
        name="Anna",
    )
    await order(salon.shopper(language="en"), cut)
    ((state, order_id),) = await salon.bookings()
    assert state == "requested"
    (asked,) = [each for chat, _, each in await outgoing(connection) if chat == -5]
    assert isinstance(asked, SendText) and "Стрижка" in asked.text.plain
    booking = await salon.one()
    done = await salon.inside(lambda scope: course.confirm(scope, booking.id, ANNA))
    assert done.state == "confirmed" and done.decided_by == "Anna"
    with pytest.raises(course.AlreadyDecided):
        await salon.inside(lambda scope: course.decline(scope, booking.id, ANNA))
    told = [
        message
        for _, purpose, message in await outgoing(connection)
        if purpose == "booking_confirmed"
    ]
    assert isinstance(told[0], SendText) and "not paid yet" in told[0].text.plain
    about = Subject("order", order_id or 0)
    cards = await salon.inside(lambda scope: scope.offered(StaffCard, about))
    assert any("Стрижка" in each.text.ru for each in cards)


async def test_a_declined_one_gives_up_its_order_and_its_time(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, confirms="staff")
    await order(salon.shopper(), cut)
    booking = await salon.one()
    await salon.inside(lambda scope: course.decline(scope, booking.id, ANNA, "Мастер болеет"))
    assert await salon.places() == 0
    assert await connection.fetchval("SELECT status FROM orders") == "cancelled"
    (told,) = [
        each for _, purpose, each in await outgoing(connection) if purpose == "booking_declined"
    ]
    assert isinstance(told, SendText) and "Мастер болеет" in told.text.plain


async def test_a_shopper_cancels_in_time_and_the_money_goes_back(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, cancel_hours=1)
    shopper = salon.shopper()
    invoice = await order(shopper, cut)
    await shopper.check_out(invoice)
    await shopper.pay(invoice)
    booking = await salon.one()
    stranger = salon.shopper(2)
    for data in (f"booking_cancelled:{booking.id}", "booking_cancelled:x", "booking_cancel:0"):
        assert (await stranger.press(data)).only(AnswerButton).alert
    sure = await shopper.press(f"booking_cancel:{booking.id}")
    done = await shopper.press(pick(sure, "booking_cancelled"))
    assert "возвращаются" in done.screen.text.plain and await salon.places() == 0
    assert await connection.fetchval("SELECT state FROM order_refunds") == "asked"
    assert (await shopper.press(f"booking_cancelled:{booking.id}")).only(AnswerButton).alert
    assert await connection.fetchval("SELECT count(*) FROM order_refunds") == 1


async def test_what_is_being_refunded_cannot_be_cancelled_as_well(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, cancel_hours=1)
    shopper = salon.shopper()
    invoice = await order(shopper, cut)
    await shopper.check_out(invoice)
    await shopper.pay(invoice)
    booking = await salon.one()
    bought = await orders.get(connection, booking.order_id or 0)
    cancel = f"booking_cancel:{booking.id}"

    async def ways() -> list[str]:
        found = await salon.inside(lambda scope: scope.offered(OrderAction, bought))
        return [each.button.data for each in found if each.module == "bookings"]

    async def ask(amount: int | None) -> None:
        draft = RefundDraft(amount_minor=amount)
        await salon.inside(
            lambda scope: order_refunds.ask(
                connection, scope.origin, "Anna", order_id=bought.id, draft=draft
            )
        )

    assert await ways() == [cancel]
    await ask(None)
    assert await ways() == []
    for data in (cancel, f"booking_cancelled:{booking.id}"):
        assert "возвращаются" in (await shopper.press(data)).only(AnswerButton).text
    assert [state for state, _ in await salon.bookings()] == ["confirmed"]
    await connection.execute("UPDATE order_refunds SET state = 'failed'")
    assert await ways() == [cancel]


async def test_too_late_it_is_the_shops_to_cancel(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, cancel_hours=720)
    shopper = salon.shopper()
    await order(shopper, cut)
    booking = await salon.one()
    assert "720" in (await shopper.press(f"booking_cancelled:{booking.id}")).only(AnswerButton).text
    await salon.inside(lambda scope: course.cancel(scope, booking.id, ANNA))
    assert [state for state, _ in await salon.bookings()] == ["cancelled"]


async def test_a_reminder_comes_once_and_not_of_what_was_cancelled(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, remind_hours=1)
    shopper = salon.shopper()
    invoice = await order(shopper, cut)
    await shopper.check_out(invoice)
    await shopper.pay(invoice)
    booking = await salon.one()
    due = await connection.fetchval("SELECT due_at FROM module_jobs WHERE task = 'remind'")
    assert due == booking.starts_at - timedelta(hours=1)
    for _ in range(2):
        await salon.job("remind", booking=booking.id)
    told = [
        each for _, purpose, each in await outgoing(connection) if purpose == "booking_reminder"
    ]
    assert len(told) == 1
    await salon.inside(lambda scope: course.cancel(scope, booking.id, ANNA))
    assert await connection.fetchval("SELECT count(*) FROM module_jobs WHERE task = 'remind'") == 0


async def test_days_off_and_a_class_with_places_of_its_own(connection: Connection) -> None:
    salon, cut = await Salon.open(connection, notice_hours=0)
    shopper = salon.shopper()
    days = await shopper.press(f"buy:{cut.id}")
    off = pick(days, "booking_day", 1).rpartition(".")[2]
    day = datetime.strptime(off, "%Y%m%d").date()
    await services.put_day_off(connection, salon.origin.shop_id, DayOff(day=day, note="праздник"))
    assert off not in str((await shopper.press(f"buy:{cut.id}")).buttons)
    stale = await shopper.press(f"booking_day:{cut.id}.1.{off}")
    assert any(each.startswith("booking_day") for each in stale.buttons)
    await services.remove_day_off(connection, salon.origin.shop_id, day)
    yoga = await create_product(connection, salon.origin.shop_id, title="Йога", kind="service")
    group = Service(product_id=yoga.id, minutes=90, places=3)
    await services.put_service(connection, salon.origin.shop_id, group)
    await shopper.press(f"cart_add:{yoga.id}")
    await shopper.press(f"cart_set:{yoga.id}:2")
    asked = await shopper.press("cart_checkout")
    for number in range(1, 3):
        times = await shopper.press(pick(asked, "booking_day", number))
        bill = await shopper.press(pick(times, "booking_time"))
        asked = await shopper.press(pick(bill, "booking_days"))  # another time
    assert await salon.places() == 2
    assert f"booking_day:{yoga.id}.2." in str(asked.buttons)


@pytest.mark.parametrize(
    "data",
    [
        "booking_days:0",
        "booking_days:9999999999999999999.5",
        "booking_day:1.1.20269999",
        "booking_day:1.-1.20260601",
        "booking_time:1.1.99999999999",
        "booking_time:1.1.1",
        "booking_time:x.y.z",
        "booking_cancel:-1",
    ],
)
async def test_what_was_never_shown_is_answered(connection: Connection, data: str) -> None:
    salon, cut = await Salon.open(connection)
    assert cut.id
    seen = await salon.shopper().press(data)
    assert seen.replies and await salon.places() == 0
