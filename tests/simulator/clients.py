"""Real Kurigram clients pointed at a simulator, and a tiny shop run by one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from pyrogram import Client, filters, types
from pyrogram.errors import MessageNotModified
from pyrogram.handlers import (
    CallbackQueryHandler,
    MessageHandler,
    PreCheckoutQueryHandler,
    RawUpdateHandler,
)

from simulator.clients.kurigram import connection_to, trust
from simulator.wire.server_key import PUBLIC_FILE
from simulator.world.methods.auth import LOGIN_CODE

# Long, for machines that do much else; a test that passes never waits for it.
WAIT_SECONDS = 120.0
_numbers = count(1)


def new_token(bot_id: int) -> str:
    return f"{bot_id}:{'T' * 28}{bot_id % 10**7:07}"


async def until(condition: Callable[[], Any], what: str) -> Any:
    """The condition's value once it holds; fails after WAIT_SECONDS."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        assert asyncio.get_running_loop().time() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.01)


def client_of(port: int, data_dir: Path, **arguments: Any) -> Client:
    trust(data_dir / PUBLIC_FILE)
    settings: dict[str, Any] = {
        "name": f"client-{next(_numbers)}",
        "api_id": 1,
        "api_hash": "simulator",
        "in_memory": True,
        "workers": 1,  # two would handle updates in any order
        "skip_updates": False,
        "max_message_cache_size": 20,
        "fetch_topics": False,
        "fetch_stories": False,
        "fetch_stickers": False,
        "connection_factory": connection_to(f"127.0.0.1:{port}"),
    }
    return Client(**(settings | arguments))


async def call(client: Client, query: Any) -> Any:
    """A raw call; what its result is, the test knows better than the types do."""
    return await client.invoke(query)


@asynccontextmanager
async def started(client: Client) -> AsyncIterator[Client]:
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@asynccontextmanager
async def person(port: int, data_dir: Path, phone: str = "+79990000001") -> AsyncIterator[Client]:
    """Someone signed in with a phone number, without the dialogue of `Client.start`."""
    client = client_of(port, data_dir)
    await client.connect()
    code = await client.send_code(phone)
    await client.sign_in(phone, code.phone_code_hash, LOGIN_CODE)
    client.me = await client.get_me()
    await client.initialize()
    try:
        yield client
    finally:
        await client.stop()


def keyboard(*data: str) -> types.InlineKeyboardMarkup:
    return types.InlineKeyboardMarkup(
        [[types.InlineKeyboardButton(each, callback_data=each)] for each in data]
    )


@dataclass
class TinyShop:
    """A bot that shows what the demo world's bots show, and notes what it was asked."""

    client: Client
    accepts: bool = True
    deaf_to: set[str] = field(default_factory=set)
    """Presses that it loses, each once."""
    pressed: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    paid: list[types.SuccessfulPayment] = field(default_factory=list)
    raw: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client.add_handler(MessageHandler(self._on_paid, filters.successful_payment))
        self.client.add_handler(MessageHandler(self._on_text, filters.text & filters.incoming))
        self.client.add_handler(CallbackQueryHandler(self._on_press))
        self.client.add_handler(PreCheckoutQueryHandler(self._on_checkout))
        # Before those that answer, and in a group of its own, as one of a group has each update:
        # whoever has the answer finds its update noted.
        self.client.add_handler(RawUpdateHandler(self._on_raw), group=-2)

    async def _on_raw(self, _client: Client, update: Any, _users: Any, _chats: Any) -> None:
        self.raw.append(update)

    async def _on_text(self, _client: Client, message: types.Message) -> None:
        self.texts.append(str(message.text))
        await message.reply("Welcome", reply_markup=keyboard("catalogue:0"))

    async def _on_press(self, client: Client, query: types.CallbackQuery) -> None:
        data = str(query.data)
        self.pressed.append(data)
        if data in self.deaf_to:
            self.deaf_to.discard(data)
            return
        action, _, argument = data.partition(":")
        assert query.message is not None and query.message.chat is not None
        screen = {
            "catalogue": ("Products", keyboard("product:1", "product:2")),
            "product": ("A product", keyboard(f"buy:{argument}", "catalogue:0")),
        }.get(action)
        if screen is not None:
            with suppress(MessageNotModified):  # it was pressed twice
                await query.edit_message_text(screen[0], reply_markup=screen[1])
        elif action == "buy":
            await client.send_invoice(
                int(query.message.chat.id or 0),
                title=f"Product {argument}",
                description="Nice to have",
                payload=f"order:{100 + len(self.paid)}",
                currency="XTR",
                prices=[types.LabeledPrice("Product", 25)],
            )
        await query.answer(f"you pressed {data}")

    async def _on_checkout(self, _client: Client, query: types.PreCheckoutQuery) -> None:
        await query.answer(self.accepts, error_message=None if self.accepts else "Sold out")

    async def _on_paid(self, _client: Client, message: types.Message) -> None:
        assert message.successful_payment is not None
        self.paid.append(message.successful_payment)
        order = str(message.successful_payment.invoice_payload).removeprefix("order:")
        await message.reply(f"Thank you! Order №{order}")
