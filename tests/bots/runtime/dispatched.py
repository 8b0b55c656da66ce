"""A bot's dispatcher on the database, without Telegram, and what tests do with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

from prometheus_client import CollectorRegistry
from pyrogram import raw

from bots.runtime import leases
from bots.runtime.bot_config import BotConfig, load_bot_config
from bots.runtime.client import BotClient
from bots.runtime.dispatch import Dispatcher
from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.leases import Lease
from bots.runtime.limits import Limits
from bots.runtime.metrics import Meter, Metrics
from bots.runtime.sending import OutgoingSender
from bots.runtime.storage import Position
from bots.runtime.transaction_slots import Slots
from bots.runtime.translate import Translation
from bots.runtime.update_stream import Arrival
from bots.sdk import updates as sdk
from bots.sdk.context import Context
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import Reply, SendText
from bots.sdk.router import Router
from core.postgres import Connection, Pool
from core.shop import customers
from core.shop.customers import Customer, Profile
from core.shop.orders import Order
from tests.bots.runtime.conftest import until
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.factories import KEYS, create_bot, create_order, create_product, create_shop

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

    async def answer(self, reply: Reply, *, seconds: float) -> None:
        await self.gate.wait()
        assert seconds > 0
        self.sent.append((0, reply))

    async def call(self, _query: Any) -> Any:
        return raw.types.updates.DifferenceEmpty(date=0, seq=0)


class Bot:
    """A bot's dispatcher on the database, without Telegram."""

    def __init__(
        self,
        pool: Pool,
        lease: Lease,
        config: BotConfig,
        *,
        slots: Slots | None = None,
        limits: Limits | None = None,
        checkouts: "Pool | None" = None,
        fraud: FraudWatch | None = None,
    ) -> None:
        self.pool = pool
        self.lease = lease
        self.recorder = Recorder()
        client = cast(BotClient, self.recorder)
        self.sender = OutgoingSender(pool, lease, client, limits or Limits(chat_burst=100))
        self.dispatcher = Dispatcher(
            pool,
            slots or Slots(8),
            lease,
            config,
            client,
            self.sender,
            Meter(Metrics(CollectorRegistry())),
            checkouts=checkouts,
            fraud=fraud,
        )
        self.dispatcher.stream.begin(Position(100, 0, 0))

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
            self.dispatcher.stream.take(
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
    checkouts: "Pool | None" = None,
    fraud: FraudWatch | None = None,
    **values: Any,
) -> AsyncIterator[Bot]:
    async with pool.acquire() as connection:
        row = await create_bot(connection, await create_shop(connection), modules=[], **values)
        (lease,) = await leases.take(connection, "w", limit=1)
        config = await load_bot_config(connection, row.id, {}, KEYS)
    assert config is not None
    running = BotConfig(config.bot, config.shop, tuple(enabled or []))
    bot = Bot(pool, lease, running, slots=slots, limits=limits, checkouts=checkouts, fraud=fraud)
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


async def ordered(connection: Connection, bot: Bot) -> Order:
    """An order of Anna's."""
    shop_id = bot.dispatcher.config.shop.id
    product = await create_product(connection, shop_id, stock=3)
    bot.push("/start")
    await bot.settle()
    buyer = await customer(connection, shop_id)
    return await create_order(connection, bot.dispatcher.config.origin, buyer, product)


async def customer(connection: Connection, shop_id: int) -> Customer:
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


def refund(order: Order) -> sdk.PaymentRefunded:
    return sdk.PaymentRefunded(
        chat_id=ANNA,
        occurred_at=datetime.now(UTC),
        payload="",
        amount_minor=order.total_minor,
        currency=order.currency,
        charge_id="charge-1",
    )


async def unbooked_payments(pool: Pool) -> list[tuple[str, str, bool]]:
    """Charge, reason, and whether it is booked by now."""
    rows = await pool.fetch("SELECT * FROM unbooked_payments ORDER BY id")
    return [(row["charge_id"], row["reason"], row["booked_at"] is not None) for row in rows]
