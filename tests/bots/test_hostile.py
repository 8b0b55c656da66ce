"""Input that no client sends, to every module alone and to all together: each gets a sensible
answer, nothing fails, and no other person's data are touched."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.loading import EnabledModule, enable, load
from bots.sdk.replies import AnswerButton
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Contact,
    Location,
    Message,
    ReceivedFile,
    Start,
    Unblocked,
    Update,
)
from core.modules import Modules
from core.postgres import Connection
from core.shop import owned_products, shops
from core.shop.bots import ModuleChoice
from core.shop.imprint import ImprintDraft
from tests.bots.shopper import Seen, Shopper
from tests.factories import (
    KEYS,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_shop,
)

pytestmark = pytest.mark.long

MODULES = Modules.discover()
LOADED = load(MODULES)
ANNA, BORIS = 9001, 9002
SETS = {key: [*MODULES.needed_by(key), key] for key in MODULES.manifests} | {
    "all": list(MODULES.manifests)
}
every_set = pytest.mark.parametrize("name", SETS)

TEXTS = {
    "longest": "я" * 4096,
    "longest word": "x" * 4096,
    "emoji": "👩‍👩‍👧‍👦" * 300,
    "right to left": "\u202eمرحبا\u202c \u2067שלום\u2069",
    "marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́O̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́",
    "white": "\u2003\u200b\ufeff\u2028",
    "markup": "<b>{shop}</b> {0} %s ${HOME} [x](tg://user?id=1) `'\"\\",
    "sql": "'); DROP TABLE orders; --",
    "slash": "/",
    "number": "9" * 400,
    "minus": "-1",
}
ARGUMENTS = (
    *("", "0", "-1", "1.5", "x", "9" * 18, "9" * 50, "١", "1e3", "1:2:3", "1.2.3", "..", ":"),
    *("🎁", "\u202e1", "yes", "below", "' OR 1=1", "null", " 1", "01", "1.0.stars"),
)


def on(name: str) -> list[EnabledModule]:
    enabled, problems = enable(
        LOADED, [ModuleChoice(bot_id=1, module=key, settings={}) for key in SETS[name]], KEYS
    )
    assert problems == []
    return enabled


def at(**values: Any) -> dict[str, Any]:
    return {"chat_id": ANNA, "occurred_at": datetime.now(UTC)} | values


def messages() -> Iterator[tuple[str, Update]]:
    for name, text in TEXTS.items():
        yield name, Message(kind="text", text=text, **at())
        yield f"forwarded {name}", Message(kind="text", text=text, is_forwarded=True, **at())
        yield f"command {name}", Command(name="gone", argument=text, **at())
        yield f"start {name}", Start(code=text[:64], **at())
    for kind in ("photo", "video", "voice", "document"):
        for size, name, media_type in (
            (0, "", ""),
            (5 * 1024**3, "x" * 200, "application/x-msdownload"),
            (10, "\u202egpj.exe", "image/jpeg"),
        ):
            file = ReceivedFile(
                kind=kind,
                file_id="AAA",
                unique_id="1",
                size=size,
                name=name,
                media_type=media_type,
            )
            yield f"{kind} of {size}", Message(kind=file.kind, file=file, **at())
            yield f"album of {kind}", Message(kind=file.kind, file=file, album_id=7, **at())
    yield "photo that is gone", Message(kind="photo", **at())
    yield "sticker", Message(kind="sticker", **at())
    yield "other", Message(kind="other", **at())
    for number in ("", "+7" * 40, "not a number"):
        yield f"contact {number}", Message(kind="contact", contact=Contact(phone=number), **at())
    place = Location(latitude=-90.0, longitude=180.0, title="\u202e" * 100, address="x" * 4096)
    yield "place", Message(kind="location", location=place, **at())
    yield "blocked", Blocked(**at())
    yield "unblocked", Unblocked(**at())


def speaks(seen: Seen) -> bool:
    """A press is answered with a word or a screen."""
    return any(not isinstance(reply, AnswerButton) or reply.text for reply in seen.replies)


@every_set
async def test_whatever_is_sent_is_answered_by_those_who_answer(
    connection: Connection, name: str
) -> None:
    shopper = await shopper_of(connection, name)
    hears = any(
        handled.kind is Message and not handled.may_pass
        for item in shopper.enabled
        for handled in item.module.router.handled()
    )
    for what, update in messages():
        seen = await shopper.do(update)
        if hears and isinstance(update, Message) and update.album_id == 0:
            assert seen.replies or seen.queued, what


@every_set
async def test_whatever_is_pressed_is_answered_and_touches_nobody_else(
    connection: Connection, name: str
) -> None:
    shopper = await shopper_of(connection, name)
    foreign = await foreign_numbers(connection, shopper)
    before = await matters_of_others(connection)
    actions = {
        str(action) for each in shopper.enabled for action in each.module.router.subjects(Button)
    }
    silent = [
        f"{action}:{argument}"
        for action in sorted(actions | {"gone", "choose", "cancel"})
        for argument in (*ARGUMENTS, *foreign)
        if not speaks(await shopper.press(f"{action}:{argument}"))
    ]
    # What speaks in the owner's chat alone makes no button that a shopper could press.
    assert not silent or not actions
    assert await matters_of_others(connection) == before


async def shopper_of(connection: Connection, name: str) -> Shopper:
    shop = await create_shop(connection)
    await shops.set_imprint(connection, shop.id, ImprintDraft(contact="@tea_shop"))
    origin = await create_origin(connection, shop)
    for number in range(9):  # enough for a catalogue to be searched
        await create_product(connection, shop.id, title=f"Tea {number}", stock=3)
    return Shopper(connection, origin, on(name), telegram_id=ANNA)


async def foreign_numbers(connection: Connection, shopper: Shopper) -> list[str]:
    """A product that was taken off sale, an order of somebody else's, and both of another shop."""
    here, there = shopper.origin, await create_origin(connection)
    found = []
    for origin in (here, there):
        product = await create_product(connection, origin.shop_id, stock=3)
        boris = await create_customer(connection, origin.shop_id, telegram_id=BORIS)
        order = await create_order(connection, origin, boris, product)
        found += [product.id, order.id]
        if origin is here:
            await owned_products.archive(connection, origin.shop_id, product.id, is_archived=True)
    return [f"{number}{rest}" for number in found for rest in ("", ".0", ".1", ":1")]


async def matters_of_others(connection: Connection) -> list[Any]:
    rows = await connection.fetch(
        "SELECT o.id, o.status, o.stage, o.total_minor, o.method, c.telegram_id, c.language "
        "FROM orders AS o JOIN customers AS c USING (shop_id, buyer_no) WHERE telegram_id = $1 "
        "ORDER BY o.id",
        BORIS,
    )
    stock = await connection.fetch("SELECT id, stock, is_active FROM products ORDER BY id")
    return [tuple(row) for row in (*rows, *stock)]


async def test_whatever_is_asked_takes_no_nonsense_for_an_answer(connection: Connection) -> None:
    """Every question that is reached by pressing: it stays, or goes on; it never fails."""
    shopper = await shopper_of(connection, "all")
    waiting, pressed, asked = [*(await shopper.start()).buttons], set[str](), set[str]()
    while waiting and len(pressed) < 100:
        data = waiting.pop(0)
        if data in pressed:
            continue
        pressed.add(data)
        seen = await shopper.press(data)
        waiting += [each for reply in seen.replies for each in data_of(reply)]
        question = await connection.fetchval("SELECT module || ' ' || question FROM dialogs")
        if question is None or question in asked:
            continue
        asked.add(question)
        for what, update in messages():
            if isinstance(update, Message):
                seen = await shopper.press(data) if not await is_asked(connection) else seen
                answered = await shopper.do(update)
                assert answered.replies or answered.queued, (question, what)
    assert {"catalogue search", "cart count"} <= asked


async def is_asked(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM dialogs)")
    return found


def data_of(reply: Any) -> list[str]:
    rows = getattr(getattr(reply, "keyboard", None), "rows", ())
    return [each.data for row in rows for each in row if hasattr(each, "data")]
