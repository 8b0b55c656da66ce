"""An existing bot reports in three lines: aiogram's own dispatcher, and Kurigram's own client."""

import importlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from pyrogram import Client, raw
from pyrogram.handlers import RawUpdateHandler

from core.postgres import Connection, Pool
from ingestion.client import Vitrina
from ingestion.client_pyrogram import report_to
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.ingestion.intake.conftest import Sender, outbox_count, rows
from tests.simulator import conftest as simulator_fixtures
from tests.simulator.clients import TinyShop, until

if TYPE_CHECKING:
    from tests.ingestion.intake.aiogram_shop import AiogramShop

fresh_data_directory = simulator_fixtures.fresh_data_directory
running_simulator = simulator_fixtures.running_simulator
tiny_shop = simulator_fixtures.tiny_shop
signed_in_person = simulator_fixtures.signed_in_person

PERSON = {"id": 501, "is_bot": False, "first_name": "Anna", "language_code": "pt-br"}
CHAT = {"id": 501, "type": "private", "first_name": "Anna"}
DATE = 1_790_000_000


@pytest.fixture(name="vitrina")
async def opened_client(sender: Sender) -> AsyncIterator[Vitrina]:
    async with Vitrina(sender.url, sender.key, interval=0.01) as vitrina:
        yield vitrina


@pytest.fixture(scope="module", name="shop_class")
def imported_shop_class() -> type["AiogramShop"]:
    """Importing aiogram takes ten processor seconds: it is not for those who only collect."""
    module = importlib.import_module("tests.ingestion.intake.aiogram_shop")
    found: type[AiogramShop] = module.AiogramShop
    return found


@pytest.fixture(name="aiogram_shop")
async def shop_of_aiogram(
    vitrina: Vitrina, shop_class: type["AiogramShop"]
) -> AsyncIterator["AiogramShop"]:
    shop = shop_class(vitrina)
    yield shop
    await shop.bot.session.close()


def a_message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": fields.pop("date"), "chat": CHAT, "from": PERSON} | fields


async def test_a_bot_of_aiogram_reports_and_goes_on(
    vitrina: Vitrina, connection: Connection, aiogram_shop: "AiogramShop"
) -> None:
    shop = aiogram_shop
    now = int((await connection.fetchval("SELECT extract(epoch FROM now())")))
    query = {"id": "77", "from": PERSON, "chat_instance": "1", "data": "buy:Anna"}
    await shop.feed(message=a_message(date=now, text="/start vk"))
    await shop.feed(message=a_message(date=now, text="my secret"))
    await shop.feed(callback_query=query)
    await shop.feed(number=3, callback_query=query)  # Telegram repeats it
    await shop.feed(inline_query={"id": "5", "from": PERSON, "query": "tea", "offset": ""})
    money = {"currency": "XTR", "total_amount": 25, "invoice_payload": "order:1"}
    await shop.feed(pre_checkout_query={"id": "6", "from": PERSON, **money})
    charges = {"telegram_payment_charge_id": "a", "provider_payment_charge_id": "b"}
    await shop.feed(message=a_message(date=now, successful_payment=money | charges))
    member = {
        "chat": CHAT,
        "from": PERSON,
        "date": now,
        "old_chat_member": {"status": "member", "user": PERSON},
        "new_chat_member": {"status": "kicked", "user": PERSON, "until_date": 0},
    }
    await shop.feed(my_chat_member=member)
    group = {"id": -5, "type": "group", "title": "Friends"}
    await shop.feed(message=a_message(date=now, text="hi") | {"chat": group})

    assert shop.handled == ["/start vk", "my secret", "buy:Anna", "buy:Anna", "?", "hi"]
    assert await vitrina.flush()
    told = await rows(connection, "event", "props", "amount_minor", "outcome")
    assert told == [
        ("bot_started", '{"is_first":true}', 0, ""),
        ("message_received", '{"kind":"text","length":16}', 0, ""),
        ("button_pressed", '{"action":"buy"}', 0, ""),
        ("inline_queried", "", 0, ""),
        ("payment_initiated", "", 25, ""),
        ("payment_succeeded", "", 25, "stars"),
        ("bot_blocked", "", 0, ""),
    ]
    assert set(await rows(connection, "buyer_no", "lang", "mode")) == {(1, "pt", "external")}
    assert await connection.fetchval("SELECT code FROM sources") == "vk"
    assert await connection.fetchval("SELECT blocked_at FROM customers") is not None


async def test_trouble_in_counting_never_reaches_the_bot(
    vitrina: Vitrina,
    aiogram_shop: "AiogramShop",
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_arguments: Any, **_fields: Any) -> bool:
        raise ValueError("broken")

    monkeypatch.setattr(vitrina, "track", fail)
    with caplog.at_level(logging.ERROR):
        await aiogram_shop.feed(message=a_message(date=DATE, text="hello"))
    assert aiogram_shop.handled == ["hello"] and "not counted" in caplog.text


async def test_a_bot_of_kurigram_reports_and_goes_on(
    vitrina: Vitrina,
    shop: TinyShop,
    buyer: Client,
    pool: Pool,
    simulator: Simulator,
) -> None:
    assert simulator.port
    shop.client.add_handler(RawUpdateHandler(report_to(vitrina)), group=-1)
    bot = DEMO_BOTS[0]
    peer = await buyer.resolve_peer(bot.username)
    start: Any = raw.functions.messages.StartBot
    await buyer.invoke(start(bot=peer, peer=peer, random_id=1, start_param="vk"))
    await buyer.send_message(bot.username, "my secret")
    await until(lambda: len(shop.texts) == 2, "both messages")

    async def welcomes() -> list[Any]:
        history = buyer.get_chat_history(bot.username, limit=10)
        assert history is not None
        return [each async for each in history if each.reply_markup]

    welcome = (await until(welcomes, "the keyboard"))[0]
    await buyer.request_callback_answer(bot.id, welcome.id, "catalogue:0")
    await buyer.block_user(bot.id)

    async def all_told() -> bool:
        await vitrina.flush()
        return await outbox_count(pool) == 4

    await until(all_told, "four events")
    async with pool.acquire() as connection:
        told = await rows(connection, "event", "props", "mode")
    assert sorted(told) == [
        ("bot_blocked", "", "external"),
        ("bot_started", '{"is_first":true}', "external"),
        ("button_pressed", '{"action":"catalogue"}', "external"),
        ("message_received", '{"kind":"text","length":16}', "external"),
    ]
    assert shop.pressed == ["catalogue:0"]  # its own handlers got everything, too
