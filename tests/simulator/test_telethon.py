"""Telethon as a bot: another library, another transport, its own TL and key exchange."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from pyrogram import Client
from pyrogram.raw.all import layer
from pyrogram.raw.all import objects as kurigram_objects
from telethon import Button, TelegramClient, events, functions
from telethon.crypto import rsa
from telethon.errors import AccessTokenInvalidError, FloodWaitError
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
)
from telethon.sessions import MemorySession
from telethon.tl.alltlobjects import LAYER
from telethon.tl.alltlobjects import tlobjects as telethon_objects

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.wire.server_key import PUBLIC_FILE
from tests.simulator.clients import new_token, until
from tests.simulator.test_faults import ask
from tests.simulator.test_messages import incoming

BOT = DEMO_BOTS[0]


def telethon_client(
    port: int, data_dir: Path, transport: Any = ConnectionTcpFull, **settings: Any
) -> TelegramClient:
    public = load_pem_public_key((data_dir / PUBLIC_FILE).read_bytes())
    rsa.add_key(public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode(), old=False)
    session = MemorySession()
    session.set_dc(2, "127.0.0.1", port)
    return TelegramClient(session, 1, "simulator", connection=transport, **settings)


async def disconnect(client: TelegramClient) -> None:
    """Returns once Telethon has no task left: it cancels some of them without waiting."""
    await client.disconnect()
    await until(
        lambda: not [each for each in asyncio.all_tasks() if "telethon" in repr(each.get_coro())],
        "Telethon's tasks",
    )


@pytest.fixture(name="bot")
async def answering_bot(simulator: Simulator, data_dir: Path) -> AsyncIterator[TelegramClient]:
    client = telethon_client(simulator.port, data_dir)
    await client.start(bot_token=BOT.token)

    async def on_message(event: Any) -> None:
        buttons = [[Button.inline("Tea", b"tea"), Button.inline("Coffee", b"coffee")]]
        await event.respond(f"You said **{event.raw_text}**", buttons=buttons)

    async def on_press(event: Any) -> None:
        await event.answer(f"pressed {event.data.decode()}")
        await event.edit("A cup of " + event.data.decode())

    client.add_event_handler(on_message, events.NewMessage(incoming=True))
    client.add_event_handler(on_press, events.CallbackQuery())
    yield client
    await disconnect(client)


async def test_it_logs_in_hears_answers_and_edits(
    bot: TelegramClient, buyer: Client, simulator: Simulator
) -> None:
    assert (await bot.get_me()).username == BOT.username
    await buyer.send_message(BOT.username, "hello")
    (welcome,) = await incoming(buyer)
    assert str(welcome.text) == "You said hello"
    assert [str(each.type) for each in welcome.entities or []] == ["MessageEntityType.BOLD"]
    answer = await buyer.request_callback_answer(BOT.id, welcome.id, "tea")
    assert answer.message == "pressed tea"

    async def edited() -> bool:
        (message,) = await incoming(buyer)
        return str(message.text) == "A cup of tea"

    await until(edited, "the edited message")
    assert (await ask(simulator, "stats"))["sessions"] == 2


@pytest.mark.parametrize("transport", [ConnectionTcpAbridged, ConnectionTcpIntermediate])
async def test_other_transports_of_its_own(
    simulator: Simulator, data_dir: Path, transport: Any
) -> None:
    client = telethon_client(simulator.port, data_dir, transport)
    await client.start(bot_token=BOT.token)
    assert (await client.get_me()).id == BOT.id
    await disconnect(client)


async def test_it_sees_telegrams_errors(
    simulator: Simulator, data_dir: Path, bot: TelegramClient
) -> None:
    wrong = telethon_client(simulator.port, data_dir)
    with pytest.raises(AccessTokenInvalidError):
        await wrong.start(bot_token=new_token(7_000_000_123))
    await disconnect(wrong)
    await ask(simulator, "flood_wait", method="updates.getState", seconds=70)
    with pytest.raises(FloodWaitError) as caught:
        await bot(functions.updates.GetStateRequest())
    assert caught.value.seconds == 70


@pytest.mark.usefixtures("bot")
async def test_it_recovers_what_a_cut_has_cost(simulator: Simulator, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "one")
    await incoming(buyer)
    calls = simulator.world.calls
    before = calls["users.getUsers"]
    await ask(simulator, "drop_sockets", account=BOT.id)
    await buyer.send_message(BOT.username, "two")
    # It comes back as a new session, tells so by a call, and sees the gap with the next message.
    await until(lambda: calls["users.getUsers"] > before, "Telethon's return")
    await buyer.send_message(BOT.username, "three")
    await until(lambda: _answers(buyer, 3), "the answers to both")
    assert calls["updates.getDifference"] >= 1


async def _answers(buyer: Client, count: int) -> bool:
    history: Any = buyer.get_chat_history(BOT.id, limit=20)
    return len([each async for each in history if not each.outgoing]) == count


def test_both_libraries_speak_the_servers_layer() -> None:
    """If one day they differ, answers must be chosen whose constructors agree: see README.md."""
    assert LAYER == layer
    ours, theirs = _constructors(kurigram_objects), _constructors(telethon_objects)
    # That one is not on the server's paths.
    differing = {name for name, number in ours.items() if theirs.get(name, number) != number}
    assert differing <= {"types.communitypeer"}
    assert len(ours.keys() & theirs.keys()) > 2000


def _constructors(objects: dict[int, Any]) -> dict[str, int]:
    """Names of both libraries in one form: types.messages.dialogs."""
    names = {}
    for number, each in objects.items():
        module = each.__module__.split(".")
        if "types" in module or "functions" in module:
            kind = "types" if "types" in module else "functions"
            spelled = getattr(each, "QUALNAME", "") or ".".join(
                [kind, *module[3:], each.__name__.removesuffix("Request")]
            )
            names[spelled.lower()] = number
    return names
