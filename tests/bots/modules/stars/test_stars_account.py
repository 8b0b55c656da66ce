"""Refunds of Stars, and the comparison with Telegram's own list."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.modules.stars import store
from bots.modules.stars.reconciliation import Booked, Span, compare
from bots.sdk.context import Scope
from bots.sdk.points import NeedsYou
from bots.sdk.replies import AnswerPreCheckout, SendInvoice
from bots.sdk.stars import StarMove, StarsRefused
from core.postgres import Connection, Pool
from core.shop import order_refunds, refunds
from core.shop.order_refunds import NotRefundable, RefundDraft
from core.shop.orders import Order
from core.shop.refunds import Refund
from tests.bots.agreement import Sold, sold
from tests.bots.paying import Paid
from tests.bots.shopper import outgoing
from tests.factories import create_shop

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SPAN = Span(
    ours_from=NOW - timedelta(days=9),
    booked_from=NOW - timedelta(days=9),
    until=NOW - timedelta(minutes=10),
)


class Telegram:
    """Telegram's side of a bot's Stars."""

    def __init__(self) -> None:
        self.list: list[StarMove] = []
        self.refused: str | None = None
        self.asked: list[tuple[int, str]] = []

    async def give_back(self, telegram_id: int, charge_id: str) -> None:
        self.asked.append((telegram_id, charge_id))
        if self.refused is not None:
            raise StarsRefused(self.refused)

    async def moves(self, offset: str = "") -> tuple[list[StarMove], str]:
        start = int(offset or 0)
        page = self.list[start : start + 2]
        return page, str(start + 2) if start + 2 < len(self.list) else ""


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Paid:
    return await Paid.open(connection, stars={})


async def paid(shop: Paid, number: int = 1, charge: str = "charge") -> Order:
    shopper = shop.shopper(number)
    order = await shop.order(shopper, await shop.product(currency="XTR", stock=3))
    bill = (await shop.asked(shopper, order)).only(SendInvoice)
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill, charge_id=charge)
    return order


async def refund(shop: Paid, order: Order) -> int:
    async with shop.transaction() as transaction:
        asked = await order_refunds.ask(
            shop.connection, transaction.origin, "owner", order_id=order.id, draft=RefundDraft()
        )
        return asked.id


async def state(shop: Paid, refund_id: int) -> tuple[str, str | None]:
    found = await order_refunds.get(shop.connection, shop.origin, refund_id)
    return found.state, found.error


async def test_telegram_is_asked_and_its_word_books_the_refund(shop: Paid) -> None:
    shop.stars = telegram = Telegram()
    order = await paid(shop)
    number = await refund(shop, order)
    assert await shop.run_jobs() == 1
    assert telegram.asked == [(9001, "charge")]
    assert await state(shop, number) == ("asked", None)
    told = Refund(
        provider="stars", charge_id="charge", payer_telegram_id=9001, occurred_at=datetime.now(UTC)
    )
    async with shop.transaction() as transaction:
        assert await refunds.book(shop.connection, transaction.origin, told) == "booked"
    assert await state(shop, number) == ("done", None)
    assert (await shop.reread(order)).status == "refunded"
    await shop.run_periodic("stars", "give_back_asked")
    assert len(telegram.asked) == 1


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("CHARGE_ALREADY_REFUNDED", ("done", None)),
        ("CHARGE_NOT_FOUND", ("failed", "CHARGE_NOT_FOUND")),
    ],
)
async def test_what_telegram_refuses_is_said_and_given_back_already_is_done(
    shop: Paid, code: str, outcome: tuple[str, str | None]
) -> None:
    shop.stars = telegram = Telegram()
    telegram.refused = code
    order = await paid(shop)
    number = await refund(shop, order)
    await shop.run_jobs()
    assert await state(shop, number) == outcome
    is_done = outcome[0] == "done"
    assert (await shop.reread(order)).status == ("refunded" if is_done else "paid")
    assert len(await shop.facts("refund_completed")) == int(is_done)


async def test_a_refund_of_the_shop_that_the_bot_left_is_booked_there(shop: Paid) -> None:
    shop.stars = telegram = Telegram()
    numbers = [
        await refund(shop, await paid(shop, person, f"charge {person}")) for person in (1, 2)
    ]
    other = await create_shop(shop.connection)
    await shop.connection.execute("UPDATE bots SET shop_id = $1", other.id)
    former, shop.origin = shop.origin, replace(shop.origin, shop_id=other.id)
    telegram.refused = "CHARGE_ALREADY_REFUNDED"
    await shop.run_periodic("stars", "give_back_asked")
    for number in numbers:
        assert (await order_refunds.get(shop.connection, former, number)).state == "done"


async def test_one_refund_that_cannot_be_made_does_not_hold_up_the_next(shop: Paid) -> None:
    shop.stars = telegram = Telegram()
    first, second = [
        await refund(shop, await paid(shop, person, f"charge {person}")) for person in (1, 2)
    ]
    telegram.refused = "CHARGE_ALREADY_REFUNDED"
    await shop.connection.execute(
        "UPDATE payments SET refunded_minor = 1 WHERE charge_id = 'charge 1'"
    )
    with pytest.raises(NotRefundable):
        await shop.run_periodic("stars", "give_back_asked")
    assert (await state(shop, first))[0] == "asked"
    assert (await state(shop, second))[0] == "done"


async def test_another_ways_refund_is_not_asked_of_telegram(shop: Paid) -> None:
    order = await paid(shop)
    await shop.connection.execute("UPDATE payments SET provider = 'transfer'")
    await refund(shop, order)
    assert await shop.run_jobs() == 0


async def test_one_charge_fifty_times_at_once_is_one_sale(
    shop: Paid, pool: Pool, clickhouse_url: str
) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(currency="XTR", stock=3))
    bill = (await shop.asked(shopper, order)).only(SendInvoice)

    async def told() -> None:
        async with pool.acquire() as connection:
            await Paid(connection, shop.origin, shop.enabled).shopper().pay(bill, charge_id="same")

    await asyncio.gather(*(told() for _ in range(50)))
    assert await shop.payments() == [("stars", "succeeded", 300, "XTR")]
    for event in ("payment_succeeded", "order_paid", "order_line"):
        assert len(await shop.facts(event)) == 1
    assert await shop.connection.fetchval("SELECT stock FROM products") == 2
    assert len(await outgoing(shop.connection)) <= 1
    assert await sold(pool, clickhouse_url) == Sold(1, 300, 1, 300)


async def test_a_price_that_changes_between_bill_and_payment_is_not_charged(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(currency="XTR"))
    bill = (await shop.asked(shopper, order)).only(SendInvoice)
    await shop.connection.execute("UPDATE products SET price_minor = 350")
    refusal = (await shopper.check_out(bill)).only(AnswerPreCheckout)
    assert not refusal.ok and "new price" in refusal.error


async def test_the_comparison_is_shown_until_it_agrees(shop: Paid) -> None:
    shop.stars = telegram = Telegram()
    await paid(shop)
    await shop.connection.execute("UPDATE payments SET created_at = now() - interval '1 hour'")
    await shop.connection.execute("UPDATE bots SET created_at = now() - interval '1 day'")
    hour = datetime.now(UTC) - timedelta(hours=1)
    telegram.list = [
        move("lost", at=hour),
        move("another's", at=hour - timedelta(days=3)),  # from before the bot was ours
        move("given away", -50, at=hour, telegram_id=None),
    ]
    await shop.run_periodic("stars", "reconcile")
    found = await store.differences(shop.connection, shop.origin.bot_id)
    assert {(each.kind, each.charge_id) for each in found} == {
        ("not_at_telegram", "charge"),
        ("not_booked", "lost"),
    }
    ((needed),) = await offered(shop)
    assert (needed.kind, needed.count) == ("stars_disagree", 2)
    telegram.list = [move("charge", at=hour)]
    await shop.run_periodic("stars", "reconcile")
    assert await offered(shop) == ()
    done = await store.last(shop.connection, shop.origin.bot_id)
    assert done is not None and done.moves == 1


async def offered(shop: Paid) -> Any:
    async with shop.transaction() as transaction:
        return await Scope(transaction, transaction.enabled[0]).offered(NeedsYou)


def move(
    charge: str, amount: int = 300, *, at: datetime = NOW - timedelta(hours=1), **more: Any
) -> StarMove:
    return StarMove(charge_id=charge, amount=amount, at=at, **({"telegram_id": 9001} | more))


def booked(charge: str, amount: int = 300, *, back: bool = False, hours: float = 1) -> Booked:
    return Booked(charge, amount, back, NOW - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("moves", "ours", "kinds"),
    [
        ([move("a")], [booked("a")], []),
        ([move("a")], [], ["not_booked"]),
        ([], [booked("a")], ["not_at_telegram"]),
        ([], [booked("a", hours=0.1)], []),  # it may be on its way
        ([], [booked("a", hours=24 * 20)], []),  # older than what was read
        ([move("a", at=NOW)], [], []),
        ([move("a", 299)], [booked("a")], ["amount"]),
        ([move("a"), move("a", -300, is_refund=True)], [booked("a", back=True)], []),
        ([move("a"), move("a", -300, is_refund=True)], [booked("a")], ["refund_not_booked"]),
        ([move("a")], [booked("a", back=True)], ["refund_not_at_telegram"]),
        ([move("w", -1000, telegram_id=None)], [], []),  # a withdrawal
        ([move("g", 5, telegram_id=None)], [], []),
    ],
)
def test_what_the_one_has_and_the_other_has_not(
    moves: list[StarMove], ours: list[Booked], kinds: list[str]
) -> None:
    assert [each.kind for each in compare(moves, ours, SPAN)] == kinds
