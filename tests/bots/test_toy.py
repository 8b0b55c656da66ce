"""A module that is only a folder: copied in, it works; removed, the rest works and its data are
kept."""

import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule, LoadedModule, enable, load
from bots.sdk.points import CustomerRow, MenuEntry, NeedsYou
from bots.sdk.reacting import acting
from bots.sdk.updates import Command, Start
from core.modules import Modules
from core.postgres import Connection
from core.shop import customers, module_texts
from core.shop.bots import ModuleChoice
from tests.bots.shopper import Seen, Shopper, events, outgoing
from tests.factories import create_origin

TOY = Path(__file__).parent.parent / "toy" / "gift"
PACKAGE = "toybox"
OTHERS = ("menu", "catalogue", "cart", "stars")


@pytest.fixture(name="toybox")
def folder_of_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the product's own modules, into which others are copied."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").touch()
    own = Modules.discover()
    for key in OTHERS:
        _copy(own.folder / key, folder, own.package)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def _copy(module: Path, folder: Path, package: str) -> None:
    copied = folder / module.name
    shutil.copytree(module, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for file in copied.glob("*.py"):
        file.write_text(file.read_text("utf-8").replace(f"{package}.", f"{PACKAGE}."), "utf-8")


def copy_toy(folder: Path) -> None:
    _copy(TOY, folder, "tests.toy")
    for file in (folder / "gift").glob("*.py"):
        text = file.read_text("utf-8").replace("from tests.toy.gift", f"from {PACKAGE}.gift")
        file.write_text(text, "utf-8")


def found() -> dict[str, LoadedModule]:
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    return load(Modules.discover(PACKAGE))


def all_on(loaded: dict[str, LoadedModule], **more: Any) -> list[EnabledModule]:
    enabled, problems = enable(
        loaded, [ModuleChoice(bot_id=1, module=key, settings={}) for key in loaded], **more
    )
    assert not problems
    return enabled


@pytest.fixture(name="toy")
async def installed(connection: Connection, toybox: Path) -> AsyncIterator[dict[str, LoadedModule]]:
    copy_toy(toybox)
    loaded = found()
    for script in Modules.discover(PACKAGE).migrations():
        if (script.store, script.owner) == ("postgres", "gift"):  # the others are there
            await connection.execute(script.sql)
    yield loaded


def command(name: str, chat_id: int = 9001) -> Command:
    return Command(name=name, chat_id=chat_id, occurred_at=datetime.now(UTC))


def said(seen: Seen) -> list[str]:
    texts = [getattr(reply, "text", "") for reply in seen.replies]
    return [text if isinstance(text, str) else text.plain for text in texts if text]


async def test_it_works_in_the_bot_and_goes_without_harm(
    connection: Connection, toy: dict[str, LoadedModule], toybox: Path
) -> None:
    origin = await create_origin(connection)
    shopper = Shopper(connection, origin, all_on(toy), language="en")
    code = Start(code="gift", chat_id=9001, occurred_at=datetime.now(UTC))
    seen = await shopper.do(code)
    # It has said its word and left the rest to the menu, in which its own line stands.
    assert seen.taken_by == "menu" and len(seen.replies) == 2
    assert "gift:0" in [
        button.data for button in _buttons(seen.replies[-1]) if hasattr(button, "data")
    ]
    assert (await shopper.write("what a 🎁")).taken_by == "gift"
    assert (await shopper.write("hello")).taken_by == "menu"
    assert (await shopper.press("gift:7")).buttons == ["gift:7", "menu"]

    assert said(await shopper.do(command("gift"))) == ["What shall the card say?"]
    assert said(await shopper.write("?")) == ["No riddles, please."]
    asked = await shopper.write("With love")
    assert said(asked) == ["Which paper?"]
    given = await shopper.press(_buttons(asked.replies[0])[1].data)
    assert "Gift 1 is on its way." in said(given)
    row = await connection.fetchrow("SELECT note, buyer_no FROM gifts")
    assert row is not None and tuple(row) == ("With love (fancy)", 1)
    # Its reaction ran in the same transaction, and what it put off waits.
    assert await connection.fetchval("SELECT count(*) FROM gift_hints") == 1
    assert "gift_given" in await events(connection)
    assert await connection.fetchval("SELECT task FROM module_jobs") == "remind"

    shutil.rmtree(toybox / "gift")
    rest = all_on(found())
    assert {item.key for item in rest} == {*OTHERS}
    alone = Shopper(connection, origin, rest, language="en")
    assert "catalogue:0" in (await alone.start()).buttons
    assert (await alone.do(command("gift"))).taken_by == "menu"  # nobody knows it
    assert "no longer works" in said(await alone.press("gift:7"))[0]
    assert await connection.fetchval("SELECT count(*) FROM gifts") == 1


def _buttons(reply: Any) -> list[Any]:
    return [button for row in reply.keyboard.rows for button in row]


async def test_the_panel_causes_the_same_reactions_and_asks_for_its_offers(
    connection: Connection, toy: dict[str, LoadedModule]
) -> None:
    origin = await create_origin(connection)
    await Shopper(connection, origin, all_on(toy)).start()
    for key in toy:
        await connection.execute(
            "INSERT INTO bot_modules (bot_id, module) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            origin.bot_id,
            key,
        )
    given = toy["gift"].manifest.events[0]
    async with connection.transaction(), acting(connection, toy, origin.bot_id) as transaction:
        customer = await customers.numbered(connection, origin.shop_id, 1)
        assert customer is not None
        transaction.emit(customer.actor, given, props={"gift": 5})
    assert await connection.fetchval("SELECT gift FROM gift_hints") == 5
    async with connection.transaction(), acting(connection, toy, origin.bot_id) as transaction:
        await connection.execute(
            "INSERT INTO gifts (shop_id, bot_id, buyer_no, note) VALUES ($1, $2, 1, 'x')",
            origin.shop_id,
            origin.bot_id,
        )
        scope: Scope[Any] = Scope(transaction, transaction.enabled[0])
        (row,) = await scope.offered(CustomerRow, customer)
        (item,) = await scope.offered(NeedsYou)
        shown = [entry.module for entry in await scope.offered(MenuEntry)]
        assert {"catalogue", "gift", "menu"} <= set(shown)
    assert (row.value.en, row.module, item.count) == ("1", "gift", 1)


async def test_an_owners_words_stand_in_place_of_its_own(
    connection: Connection, toy: dict[str, LoadedModule]
) -> None:
    origin = await create_origin(connection)
    for key, template in (("ask_note", "Ваши <b>слова</b>?"), ("given", "{nobody} {number}")):
        await module_texts.write(connection, origin.bot_id, "gift", "ru", key, template)
    own = await module_texts.of_bot(connection, origin.bot_id)
    shopper = Shopper(connection, origin, all_on(toy, own_texts=own))
    assert said(await shopper.do(command("gift"))) == ["Ваши слова?"]
    asked = await shopper.write("Любимой")
    given = await shopper.press(_buttons(asked.replies[0])[0].data)
    assert "Подарок 1 уже в пути." in said(given)  # one that cannot be filled in is left out
    await module_texts.reset(connection, origin.bot_id, "gift", "ru", "ask_note")
    own = await module_texts.of_bot(connection, origin.bot_id)
    again = Shopper(connection, origin, all_on(toy, own_texts=own))
    assert said(await again.do(command("gift"))) == ["Что написать на открытке?"]


async def test_what_it_puts_off_reaches_the_shopper_in_their_language(
    connection: Connection, toy: dict[str, LoadedModule]
) -> None:
    origin = await create_origin(connection)
    await Shopper(connection, origin, all_on(toy), language="en").start()
    for key in toy:
        await connection.execute(
            "INSERT INTO bot_modules (bot_id, module) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            origin.bot_id,
            key,
        )
    jobs = importlib.import_module(f"{PACKAGE}.gift.jobs")
    told = importlib.import_module("bots.sdk.jobs").Job("5", {"gift": 5}, datetime.now(UTC))
    async with connection.transaction(), acting(connection, toy, origin.bot_id) as transaction:
        item = next(each for each in transaction.enabled if each.key == "gift")
        customer = await transaction.person(1)
        await jobs.remind(Scope(transaction, item, customer), told)
    ((chat_id, purpose, message),) = await outgoing(connection)
    assert (chat_id, purpose) == (9001, "notice_gift")
    assert getattr(message, "text").plain == "Your gift 5 is waiting."
