"""An update's transaction and what surrounds it: once, in order, whatever fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from pyrogram import raw
from structlog.testing import capture_logs

from bots.runtime import leases
from bots.runtime.booking import book_due
from bots.runtime.client import BotClient
from bots.runtime.dispatch import PAYMENT_TRIES, Dispatcher
from bots.runtime.intake import Arrival
from bots.runtime.leases import Lease
from bots.runtime.limits import Limits
from bots.runtime.metrics import Meter, Metrics
from bots.runtime.sending import Outbox
from bots.runtime.slots import Slots
from bots.runtime.storage import Position, load_position
from bots.runtime.tenancy import Tenancy, load_tenancy
from bots.runtime.translate import Translation
from bots.sdk import updates as sdk
from bots.sdk.context import Context
from bots.sdk.loading import EnabledModule, load
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, Reply, SendText
from bots.sdk.router import Router
from core.modules import Modules
from core.postgres import Connection, Pool
from core.shop import customers, unbooked
from core.shop.customers import Customer, Profile
from core.shop.orders import Order
from pipelines.upkeep import erasure
from tests.bots.runtime.conftest import until
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import enabled_modules
from tests.factories import (
    create_bot,
    create_order,
    create_origin,
    create_product,
    create_shop,
)

ANNA, BORIS = 9001, 9002
Notes = Context[NoteSettings]


class Recorder:
    """What would have been sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, Reply]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, reply: Reply, chat_id: int, _random_id: int) -> int:
        await self.gate.wait()
        self.sent.append((chat_id, reply))
        return len(self.sent)

    async def call(self, _query: Any) -> Any:
        return raw.types.updates.DifferenceEmpty(date=0, seq=0)


class Bot:
    """A bot's dispatcher on the database, without Telegram."""

    def __init__(
        self,
        pool: Pool,
        lease: Lease,
        tenancy: Tenancy,
        *,
        slots: Slots | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.pool = pool
        self.lease = lease
        self.recorder = Recorder()
        client = cast(BotClient, self.recorder)
        self.outbox = Outbox(pool, lease, client, limits or Limits(chat_burst=100))
        self.dispatcher = Dispatcher(
            pool,
            slots or Slots(8),
            lease,
            tenancy,
            client,
            self.outbox,
            Meter(Metrics(CollectorRegistry())),
        )
        self.dispatcher.intake.begin(Position(100, 0, 0))

    def push(self, *texts: str, person: int = ANNA, first_id: int = 1) -> None:
        """Messages as Telegram sends them, numbered from `first_id`."""
        for number, text in enumerate(texts, start=first_id):
            message = raw.types.Message(
                id=number,
                peer_id=raw.types.PeerUser(user_id=person),
                date=int(datetime.now(UTC).timestamp()),
                message=text,
            )
            update = raw.types.UpdateNewMessage(message=message, pts=100 + number, pts_count=1)
            user = raw.types.User(id=person, first_name="Anna", lang_code="en")
            self.dispatcher.intake.take(
                raw.types.Updates(updates=[update], users=[user], chats=[], date=0, seq=0)
            )

    def happen(self, update: sdk.Update, key: str, kind: str = "message") -> None:
        profile = Profile(telegram_id=update.chat_id, language="en")
        self.dispatcher.accept(Arrival(Translation(update, profile, kind, key)))

    async def settle(self) -> None:
        async def is_idle() -> bool:
            return self.dispatcher.waiting == 0

        await until(is_idle, "all is handled")

    @property
    def texts(self) -> list[str]:
        return [reply.text.plain for _, reply in self.recorder.sent if isinstance(reply, SendText)]

    async def events(self) -> list[str]:
        rows = await self.pool.fetch("SELECT event FROM outbox ORDER BY xid, pos")
        return [row["event"] for row in rows]


@asynccontextmanager
async def a_bot(
    pool: Pool,
    enabled: list[EnabledModule] | None = None,
    *,
    slots: Slots | None = None,
    limits: Limits | None = None,
    **values: Any,
) -> AsyncIterator[Bot]:
    async with pool.acquire() as connection:
        row = await create_bot(connection, await create_shop(connection), modules=[], **values)
        (lease,) = await leases.take(connection, "w", limit=1)
        tenancy = await load_tenancy(connection, row.id, {})
    assert tenancy is not None
    running = Tenancy(tenancy.bot, tenancy.shop, tuple(enabled or []))
    bot = Bot(pool, lease, running, slots=slots, limits=limits)
    yield bot
    await bot.dispatcher.drain(5)


def echo(*, failing: str = "") -> EnabledModule:
    router = Router[NoteSettings]()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)
        await context.connection.execute("SELECT pg_sleep(0.01)")
        if update.text == failing:
            await context.connection.execute("SELECT 1 / 0")

    @router.button("buy")
    async def press(context: Notes, _: sdk.Button) -> None:
        raise RuntimeError("not for shoppers")

    return switched_on("echo", router=router)


async def test_one_persons_updates_keep_their_order(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push(*(str(number) for number in range(1, 21)))
        await bot.settle()
        assert bot.texts == [str(number) for number in range(1, 21)]


async def test_people_do_not_wait_for_each_other(pool: Pool) -> None:
    opened = asyncio.Event()
    router = Router[NoteSettings]()

    @router.message
    async def wait(context: Notes, update: sdk.Message) -> None:
        if update.text == "slow":
            await opened.wait()
        context.reply(update.text)

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        # A shop's newcomers take their numbers one after the other, so these two are none.
        bot.push("hello", person=ANNA)
        bot.push("hello", person=BORIS, first_id=2)
        await bot.settle()
        bot.push("slow", "after", person=ANNA, first_id=3)
        bot.push("quick", person=BORIS, first_id=5)

        async def is_answered() -> bool:
            return bot.texts == ["hello", "hello", "quick"]

        await until(is_answered, "Boris has his answer")
        assert bot.dispatcher.intake.position().pts == 102  # Anna's are open still
        opened.set()
        await bot.settle()
        assert bot.texts[2:] == ["quick", "slow", "after"]
        assert bot.dispatcher.intake.position().pts == 105


async def test_a_replay_is_handled_once(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        for _ in range(3):
            bot.push("hello")
        await bot.settle()
        bot.push("hello")
        await bot.settle()
        assert bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]


async def test_a_module_that_fails_takes_nothing_with_it(pool: Pool) -> None:
    async with a_bot(pool, [echo(failing="bad")]) as bot:
        bot.push("one", "bad", "two")
        await bot.settle()
        first, apology, last = bot.texts
        assert (first, last) == ("one", "two")
        assert "try again" in apology
        assert await pool.fetchval(
            "SELECT array_agg(outcome ORDER BY outcome) FROM outbox WHERE event = 'update_handled'"
        ) == ["error", "ok", "ok"]
        assert (await bot.events()).count("message_received") == 3
        async with pool.acquire() as connection:
            position = await load_position(connection, bot.lease.bot_id)
        assert position is not None and position.pts == 103


async def test_a_press_and_a_check_are_answered_even_by_a_module_that_fails(pool: Pool) -> None:
    when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
    async with a_bot(pool, [echo()]) as bot:
        bot.happen(sdk.Button(action="buy", query_id=5, message_id=1, **when), "5", "button")
        bot.happen(
            sdk.PreCheckout(query_id=6, payload="x:1", amount_minor=1, currency="XTR", **when),
            "6",
            "pre_checkout",
        )
        await bot.settle()
    pressed, checked = (reply for _, reply in bot.recorder.sent)
    assert isinstance(pressed, AnswerButton) and pressed.alert
    assert isinstance(checked, AnswerPreCheckout) and not checked.ok


async def test_a_holder_of_yesterday_changes_nothing(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            await leases.take(connection, "w", limit=1, own_too=True)
        bot.push("hello", "again")
        await bot.settle()
        assert bot.dispatcher.lost.is_set()
        assert (bot.texts, await bot.events()) == ([], [])
        assert bot.dispatcher.intake.position().pts == 100
        assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def ordered(connection: Connection, bot: Bot) -> Order:
    """An order of Anna's."""
    shop_id = bot.dispatcher.tenancy.shop.id
    product = await create_product(connection, shop_id, stock=3)
    bot.push("/start")
    await bot.settle()
    buyer = await _customer(connection, shop_id)
    return await create_order(connection, bot.dispatcher.tenancy.origin, buyer, product)


async def _customer(connection: Connection, shop_id: int) -> Customer:
    return await customers.touch(connection, shop_id, Profile(telegram_id=ANNA))


def failing_inserts(table: str, code: str, *, times: int, at_commit: bool = False) -> str:
    """SQL: so many insertions into the table fail, and are counted though they are undone."""
    trigger = (
        f"CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
        if at_commit
        else f"CREATE TRIGGER trouble BEFORE INSERT ON {table}"
    )
    return f"""
        CREATE SEQUENCE troubles;
        CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('troubles') <= {times} THEN
                RAISE EXCEPTION 'trouble' USING ERRCODE = '{code}';
            END IF;
            RETURN NEW;
        END $$;
        {trigger} FOR EACH ROW EXECUTE FUNCTION trouble();
    """


async def failed_inserts(pool: Pool) -> int:
    value: int = await pool.fetchval("SELECT last_value FROM troubles")
    return value


async def has_said(bot: Bot, text: str) -> bool:
    return text in bot.texts


def payment(order: Order) -> sdk.PaymentReceived:
    return sdk.PaymentReceived(
        chat_id=ANNA,
        occurred_at=datetime.now(UTC),
        payload=f"order:{order.id}",
        amount_minor=order.total_minor,
        currency=order.currency,
        charge_id="charge-1",
    )


async def test_a_payment_that_comes_twice_is_booked_once(pool: Pool) -> None:
    async with a_bot(pool, enabled_modules(catalogue={}, checkout_stars={}, menu={})) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        for message_id in ("50", "50", "51"):
            bot.happen(payment(order), message_id)
        await bot.settle()
        assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
        assert await pool.fetchval("SELECT stock FROM products") == 2
        assert (await bot.events()).count("order_paid") == 1
        assert await pool.fetchval("SELECT count(*) FROM outgoing") == 1


async def unbooked_payments(pool: Pool) -> list[tuple[str, str, bool]]:
    """Charge, reason, and whether it is booked by now."""
    rows = await pool.fetch("SELECT * FROM unbooked_payments ORDER BY id")
    return [(row["charge_id"], row["reason"], row["booked_at"] is not None) for row in rows]


async def has_kept(pool: Pool) -> bool:
    return bool(await unbooked_payments(pool))


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_no_module_takes_is_kept_for_one(pool: Pool) -> None:
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        bot.happen(payment(order), "51")  # Telegram may say so twice
        await bot.settle()
        assert await unbooked_payments(pool) == [("charge-1", "no_module", False)]
        stored = await pool.fetchrow("SELECT * FROM unbooked_payments")
        assert stored is not None
        assert stored["payload"] == f"order:{order.id}"
        assert stored["message_id"] in (50, 51)  # whichever was tried first
        assert (stored["amount_minor"], stored["currency"]) == (order.total_minor, "XTR")
        assert (
            await pool.fetchval("SELECT outcome FROM outbox WHERE event = 'payment_failed'")
            == "unbooked"
        )
        (told,) = [row["purpose"] for row in await pool.fetch("SELECT purpose FROM outgoing")]
        assert told == "payment_kept"

        tenancy = replace(bot.dispatcher.tenancy, enabled=tuple(checkout))
        for _ in range(2):  # once it is booked, there is nothing left to do
            await book_due(pool, bot.lease, tenancy, at_once=True)
            assert await pool.fetchval("SELECT status FROM orders") == "paid"
            assert await unbooked_payments(pool) == [("charge-1", "no_module", True)]
            assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        bot.happen(payment(order), "52")
        await bot.settle()
        assert await pool.fetchval("SELECT count(*) FROM unbooked_payments") == 1


@pytest.mark.usefixtures("quiet")
async def test_a_payment_is_booked_when_the_modules_change(pool: Pool) -> None:
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        booking = asyncio.create_task(bot.dispatcher.book_late())
        bot.dispatcher.tenancy = replace(bot.dispatcher.tenancy, enabled=tuple(checkout))

        async def is_paid() -> bool:
            return bool(await pool.fetchval("SELECT status = 'paid' FROM orders"))

        await until(is_paid, "the payment is booked")
        booking.cancel()
        await asyncio.gather(booking, return_exceptions=True)


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_keeps_failing_is_kept_and_booked_once_it_can_be(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, [echo(), *checkout]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        await pool.execute(failing_inserts("payments", "P0001", times=1_000_000))
        bot.happen(payment(order), "50")
        bot.push("meanwhile", first_id=2)
        await until(lambda: has_said(bot, "meanwhile"), "the next update is handled")
        await until(lambda: has_kept(pool), "the payment is kept")
        assert await failed_inserts(pool) == 1 + PAYMENT_TRIES
        await bot.settle()
        assert bot.dispatcher.intake.position().pts == 102  # it holds up nothing any more

        tenancy = bot.dispatcher.tenancy
        await book_due(pool, bot.lease, tenancy, at_once=True)
        assert await unbooked_payments(pool) == [("charge-1", "failed:RaiseError", False)]
        assert await pool.fetchval("SELECT attempts FROM unbooked_payments") == 1
        await pool.execute("DROP TRIGGER trouble ON payments")
        await book_due(pool, bot.lease, tenancy, at_once=False)  # not yet: it is put off
        assert await pool.fetchval("SELECT status FROM orders") == "created"
        await book_due(pool, bot.lease, tenancy, at_once=True)
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
        assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        assert (await bot.events()).count("order_paid") == 1


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_cannot_even_be_kept_ends_with_the_lease(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            await pool.execute(failing_inserts("unbooked_payments", "P0001", times=1_000_000))
            bot.happen(payment(order), "50")

            async def has_failed_often() -> bool:
                return await failed_inserts(pool) > 2

            await until(has_failed_often, "it is tried again")
            await leases.take(connection, "w", limit=1, own_too=True)
        await bot.settle()
        assert bot.dispatcher.lost.is_set()
        assert await unbooked_payments(pool) == []
        assert await pool.fetchval("SELECT count(*) FROM inbox WHERE natural_key = '50'") == 0


def refund(order: Order) -> sdk.PaymentRefunded:
    return sdk.PaymentRefunded(
        chat_id=ANNA,
        occurred_at=datetime.now(UTC),
        payload="",
        amount_minor=order.total_minor,
        currency=order.currency,
        charge_id="charge-1",
    )


async def test_a_refund_is_booked_whatever_modules_are_on_and_is_no_visit(pool: Pool) -> None:
    async with a_bot(pool, enabled_modules(catalogue={}, checkout_stars={}, menu={})) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        bot.happen(sdk.Blocked(chat_id=ANNA, occurred_at=datetime.now(UTC)), "1:1", "stopped")
        await bot.settle()
        bot.dispatcher.tenancy = replace(bot.dispatcher.tenancy, enabled=())
        for message_id in ("51", "51", "52"):
            bot.happen(refund(order), message_id, "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        assert (await bot.events()).count("refund_completed") == 1
        assert await pool.fetchval("SELECT blocked_at IS NOT NULL FROM customers")
        kinds = await pool.fetchval(
            "SELECT count(*) FROM outbox WHERE event = 'update_handled' "
            "AND props::jsonb ->> 'kind' = 'paymentrefunded'"
        )
        assert kinds == 2  # of three, one was a replay


@pytest.mark.usefixtures("quiet")
async def test_modules_hear_of_refunds_and_cannot_stop_them(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    router = Router[NoteSettings]()
    heard: list[str] = []

    @router.refund("order")
    async def fail(_: Notes, update: sdk.PaymentRefunded) -> None:
        heard.append(update.argument)
        raise RuntimeError("not now")

    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, [switched_on("a", router=router), *checkout]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        with capture_logs() as logs:
            bot.happen(replace(refund(order), payload=f"order:{order.id}"), "51", "refund")
            await bot.settle()
        said = {each["event"] for each in logs if each["log_level"] == "error"}
        assert said == {"a refund is not booked yet"}
        assert heard == [str(order.id)] * (1 + PAYMENT_TRIES)
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        assert (await bot.events()).count("refund_completed") == 1


async def test_a_refund_that_comes_before_its_payment_is_booked_with_it(pool: Pool) -> None:
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    with capture_logs() as logs:
        async with a_bot(pool, [echo()]) as bot:
            async with pool.acquire() as connection:
                order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            bot.happen(refund(order), "51", "refund")
            await bot.settle()
            assert await pool.fetchval("SELECT status FROM orders") == "created"
            tenancy = replace(bot.dispatcher.tenancy, enabled=tuple(checkout))
            bot.dispatcher.tenancy = tenancy
            bot.happen(payment(order), "52")  # Telegram may say so twice
            await bot.settle()
            assert await pool.fetchval("SELECT status FROM orders") == "refunded"
            assert (await bot.events()).count("refund_completed") == 1
            # Nothing is sold, so there is no receipt.
            assert await pool.fetchval("SELECT array_agg(purpose) FROM outgoing") == [
                "payment_kept"
            ]
    said = [each for each in logs if each["event"].startswith("a refund waits")]
    assert [each["charge_id"] for each in said] == ["charge-1"]


async def test_a_held_payment_that_goes_back_lets_its_order_go(pool: Pool) -> None:
    async with a_bot(pool, enabled_modules(catalogue={}, checkout_stars={}, menu={})) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(replace(payment(order), amount_minor=1), "50")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "held"
        bot.happen(replace(refund(order), amount_minor=1), "51", "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "cancelled"
        assert await pool.fetchval("SELECT status FROM payments") == "refunded"
        events = await bot.events()
        assert "refund_completed" not in events and events.count("order_cancelled") == 1


async def test_a_refund_does_not_make_an_erased_payer_known_again(pool: Pool) -> None:
    async with a_bot(pool, enabled_modules(catalogue={}, checkout_stars={}, menu={})) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            await pool.execute("UPDATE outgoing SET state = 'sent', sent_at = now()")
            await pool.execute("UPDATE customers SET is_test = true")
            async with connection.transaction():
                await erasure.erase(connection, order.shop_id, order.buyer_no, with_events=False)
        for key, update in (("51", refund(order)), ("52", replace(refund(order), charge_id="c2"))):
            bot.happen(update, key, "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        told = await pool.fetchrow(
            "SELECT buyer_no, is_test FROM outbox WHERE event = 'refund_completed'"
        )
        assert told is not None and tuple(told) == (order.buyer_no, True)
        people = await pool.fetch("SELECT buyer_no, telegram_id, first_name FROM customers")
        assert [tuple(row) for row in people] == [(order.buyer_no, -order.buyer_no, "")]
        assert await pool.fetchval("SELECT next_buyer_no FROM shops") == order.buyer_no + 1


async def test_a_refund_of_what_the_bot_sold_in_another_shop_is_that_shops(pool: Pool) -> None:
    router = Router[NoteSettings]()
    heard: list[str] = []

    @router.refund("order")
    async def hear(_: Notes, update: sdk.PaymentRefunded) -> None:
        heard.append(update.argument)

    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    listening = [switched_on("a", router=router), *checkout]
    async with a_bot(pool, listening) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            shop = await create_shop(connection)
        bot.happen(payment(order), "50")
        await bot.settle()
        before = bot.dispatcher.tenancy
        bot.dispatcher.tenancy = replace(before, shop=shop)
        bot.happen(replace(refund(order), payload=f"order:{order.id}"), "51", "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        told = await pool.fetchrow(
            "SELECT shop_id, buyer_no FROM outbox WHERE event = 'refund_completed'"
        )
        assert told is not None and tuple(told) == (before.shop.id, order.buyer_no)
        assert await pool.fetchval("SELECT count(*) FROM customers") == 1
        assert not heard  # modules of a shop that the order is not of


async def test_an_unbooked_payment_that_goes_back_needs_nobody(pool: Pool) -> None:
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            bot.happen(refund(order), "51", "refund")
            await bot.settle()
            assert await unbooked.of_shops(connection, [order.shop_id]) == []
            tenancy = replace(bot.dispatcher.tenancy, enabled=tuple(checkout))
            assert await book_due(pool, bot.lease, tenancy, at_once=True) == 0
            await pool.execute("UPDATE outgoing SET state = 'sent', sent_at = now()")
            async with connection.transaction():  # nothing that they paid for is under way
                await erasure.erase(connection, order.shop_id, order.buyer_no, with_events=False)
        assert await unbooked_payments(pool) == [("charge-1", "refunded", True)]
        assert await pool.fetchval("SELECT status FROM orders") == "created"


async def test_a_refund_of_another_bots_payment_is_told_of_and_left_out(pool: Pool) -> None:
    checkout = enabled_modules(catalogue={}, checkout_stars={}, menu={})
    async with a_bot(pool, checkout) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        with capture_logs() as logs:
            async with a_bot(pool, checkout) as other:
                other.happen(refund(order), "51", "refund")
                await other.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
    said = [each for each in logs if "another bot's" in each["event"]]
    assert [each["charge_id"] for each in said] == ["charge-1"]


async def test_replies_hold_up_no_updates(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.recorder.gate.clear()
        bot.push("one", "two", "three")

        async def are_handled() -> bool:
            return (await bot.events()).count("update_handled") == 3

        await until(are_handled, "all are handled while the first reply is under way")
        assert bot.texts == []
        bot.recorder.gate.set()
        await bot.settle()
        assert bot.texts == ["one", "two", "three"]


async def test_acknowledged_replies_are_counted(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push("one", "two")
        await bot.settle()
        sending = asyncio.create_task(bot.outbox.run())

        async def are_counted() -> bool:
            return (await bot.events()).count("reply_acknowledged") == 2

        await until(are_counted, "both are counted")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        latencies = await pool.fetch(
            "SELECT latency_us, buyer_no FROM outbox WHERE event = 'reply_acknowledged'"
        )
        assert all(row["latency_us"] > 0 and row["buyer_no"] == 0 for row in latencies)


async def test_an_observed_bot_counts_and_says_nothing(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        bot.push("/start flyer", "hello", "/help me")
        when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
        bot.happen(sdk.Button(action="x", query_id=5, message_id=1, **when), "5", "button")
        bot.happen(sdk.Blocked(**when), "1:1", "stopped")
        bot.happen(
            sdk.PaymentReceived(
                payload="any", amount_minor=70, currency="XTR", charge_id="c", **when
            ),
            "60",
        )
        await bot.settle()
        assert bot.recorder.sent == []
        counted = [name for name in await bot.events() if name != "update_handled"]
        assert counted == [
            "bot_started",
            "message_received",
            "message_received",
            "button_pressed",
            "bot_blocked",
            "payment_succeeded",
        ]
        assert await pool.fetchval(
            "SELECT array_agg(DISTINCT mode || amount_minor) FROM outbox "
            "WHERE event = 'payment_succeeded'"
        ) == ["observed70"]


async def test_no_text_of_a_person_is_stored(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push("my secret", "/Secret_Command now", "/" + "s" * 40)
        when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
        bot.happen(sdk.Button(action="se cret", query_id=5, message_id=1, **when), "5", "button")
        await bot.settle()
        props = await pool.fetchval("SELECT string_agg(props, ' ') FROM outbox")
        assert "my secret" not in props and "se cret" not in props and "now" not in props
        assert '"length":16' in props and '"command":"secret_command"' in props


@pytest.mark.parametrize("code", ["40001", "40P01", "57P01"])
async def test_what_postgres_undoes_is_done_again(pool: Pool, code: str) -> None:
    troubles = iter([code, code])
    router = Router[NoteSettings]()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)
        trouble = next(troubles, None)
        if trouble is not None:
            await context.connection.execute(
                f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{trouble}'; END $$"
            )

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]


@pytest.mark.parametrize("code", ["25006", "25P03"])
@pytest.mark.parametrize("table", ["inbox", "outbox"])
async def test_what_postgres_refuses_for_a_while_is_done_again(
    pool: Pool, table: str, code: str
) -> None:
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts(table, code, times=3))
        bot.push("hello", "again")
        await bot.settle()
        assert bot.texts == ["hello", "again"]
        assert (await bot.events()).count("update_handled") == 2
        assert bot.dispatcher.intake.position().pts == 102


async def test_a_commit_that_postgres_refuses_for_a_while_is_done_again(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts("inbox", "25006", times=2, at_commit=True))
        bot.push("hello", "again")
        await bot.settle()
        assert bot.texts == ["hello", "again"]
        assert bot.dispatcher.intake.position().pts == 102


async def test_an_update_that_cannot_be_entered_does_not_stop_the_next(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch.TRIES", 3)
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts("inbox", "22000", times=3))
        bot.push("lost", "next")
        await bot.settle()
        assert bot.texts == ["next"]
        assert bot.dispatcher.intake.position().pts == 102


async def test_a_lost_connection_is_no_fault_of_the_module(pool: Pool) -> None:
    killed: list[int] = []
    router = Router[NoteSettings]()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)
        if not killed:
            killed.append(await context.connection.fetchval("SELECT pg_backend_pid()"))
            async with pool.acquire() as other:
                await other.execute("SELECT pg_terminate_backend($1, 5000)", killed[0])
            await context.connection.execute("SELECT 1")

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert killed and bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]


async def test_a_module_that_hangs_is_stopped(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.runtime.handling.HANDLER_SECONDS", 0.2)
    router = Router[NoteSettings]()

    @router.message
    async def hang(context: Notes, _: sdk.Message) -> None:
        await context.connection.execute("SELECT pg_sleep(60)")

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert len(bot.texts) == 1 and "try again" in bot.texts[0]


async def test_invalid_stored_settings_switch_the_module_off(connection: Connection) -> None:
    origin = await create_origin(connection)
    await connection.execute(
        "UPDATE bot_modules SET settings = '{\"nonsense\": 1}' WHERE module = 'menu'"
    )
    loaded = load(Modules.discover())
    for _ in range(2):
        tenancy = await load_tenancy(connection, origin.bot_id, loaded)
        assert tenancy is not None
        assert [item.key for item in tenancy.enabled] == ["catalogue", "checkout_stars"]
    row = await connection.fetchrow("SELECT enabled, notice FROM bot_modules WHERE module = 'menu'")
    assert row is not None and not row["enabled"] and "nonsense" in row["notice"]


async def test_draining_has_an_end_however_many_presses_come(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take_a_while(_arrival: Arrival) -> None:
        await asyncio.sleep(0.02)

    async def press_on(bot: Bot) -> None:
        for number in range(10_000):
            press = sdk.Button(
                chat_id=number,
                occurred_at=datetime.now(UTC),
                action="x",
                query_id=number,
                message_id=1,
            )
            bot.happen(press, str(number), "button")
            await asyncio.sleep(0.001)

    async with a_bot(pool) as bot:
        monkeypatch.setattr(bot.dispatcher, "_handle", take_a_while)
        pressing = asyncio.create_task(press_on(bot))
        await asyncio.sleep(0)
        await bot.dispatcher.drain(0.3)
        assert not pressing.done()
        pressing.cancel()


async def test_replies_to_somebody_who_floods_do_not_pile_up(pool: Pool) -> None:
    now = 1000.0
    async with a_bot(pool, [echo()], limits=Limits(lambda: now, chat_burst=1)) as bot:
        bot.recorder.gate.clear()
        bot.push("1", "2", "3")
        await until(lambda: has_handled(pool, 3), "all are handled")
        now += 60  # Telegram was slow, and the chat has its limit as well
        bot.outbox.limits.pause(ANNA, 1)
        with capture_logs() as logged:
            bot.recorder.gate.set()
            await bot.settle()
        assert bot.texts == ["1"]
        assert [each["event"] for each in logged].count("a reply was not delivered") == 2


async def has_handled(pool: Pool, number: int) -> bool:
    handled = "SELECT count(*) FROM outbox WHERE event = 'update_handled'"
    return bool(await pool.fetchval(handled) == number)


async def test_a_module_that_hangs_for_one_bot_holds_up_no_other(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = Router[NoteSettings]()

    @router.message
    async def hang(_context: Notes, _update: sdk.Message) -> None:
        await asyncio.Event().wait()

    slots = Slots(8)
    async with (
        a_bot(pool, [switched_on("hanging", router=router)], slots=slots) as stuck,
        a_bot(pool, [echo()], slots=slots) as other,
    ):
        for person in range(20):
            stuck.push("hello", person=ANNA + person, first_id=person + 1)
        await asyncio.sleep(0)
        other.push("hello")
        await other.settle()
        assert other.texts == ["hello"]
        assert stuck.dispatcher.waiting
        monkeypatch.setattr("bots.runtime.handling.HANDLER_SECONDS", 0.01)
        await stuck.dispatcher.drain(0)
