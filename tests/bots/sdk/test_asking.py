"""The order in which modules are asked, who may decline, and gates."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.conflicts import conflicts
from bots.sdk.context import Context, Scope
from bots.sdk.loading import enable
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, Gate, Home, MenuEntry, PriceRule
from bots.sdk.replies import SendText, Text
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Blocked, Button, Command, Message, Start
from core.postgres import Connection
from core.shop.bots import ModuleChoice
from tests.bots.sdk.modules import NoteSettings, made_up, switched_on
from tests.bots.shopper import Seen, Shopper
from tests.factories import create_origin

Notes = Context[NoteSettings]
Notebook = Scope[NoteSettings]
WHEN: dict[str, Any] = {"chat_id": 9001, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}


def texts(seen: Seen) -> list[str]:
    return [reply.text.plain for reply in seen.replies if isinstance(reply, SendText)]


def taking(word: str) -> Router[NoteSettings]:
    """Takes Start and every message."""
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, update: Start) -> None:
        context.reply(f"{word} {update.code}".strip())

    @router.message
    async def message(context: Notes, _: Message) -> None:
        context.reply(word)

    return router


def declining(only: str) -> Router[NoteSettings]:
    """Takes the messages that say one word; says something to Start, and leaves it."""
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> Pass | None:
        context.reply(f"{only} first")
        return PASS

    @router.message
    async def message(context: Notes, update: Message) -> Pass | None:
        if update.text != only:
            return PASS
        context.reply(f"yes, {only}")
        return None

    return router


async def test_who_declines_leaves_it_to_the_next(connection: Connection) -> None:
    items = [
        switched_on("a", router=declining("promo")),
        switched_on("b", router=declining("help")),
        switched_on("c", router=taking("menu")),
    ]
    shopper = Shopper(connection, await create_origin(connection), items)
    assert texts(await shopper.start()) == ["promo first", "help first", "menu"]
    assert texts(await shopper.write("help")) == ["yes, help"]
    seen = await shopper.write("else")
    assert (seen.taken_by, texts(seen)) == ("c", ["menu"])


async def test_all_hear_of_a_blocked_bot(connection: Connection) -> None:
    heard: list[str] = []
    items = []
    for key in ("a", "b"):
        router = Router[NoteSettings]()

        @router.blocked
        async def blocked(context: Notes, _: Blocked) -> None:
            heard.append(context.manifest.key)

        items.append(switched_on(key, router=router))
    await Shopper(connection, await create_origin(connection), items).do(Blocked(**WHEN))
    assert heard == ["a", "b"]
    assert not conflicts([item.module for item in items])


def buying(*buttons: str) -> Router[NoteSettings]:
    router = Router[NoteSettings]()
    for name in buttons:

        @router.button(name)
        async def press(_: Notes, __: Button) -> None:
            """Takes it."""

        @router.command(name)
        async def command(_: Notes, __: Command) -> None:
            """Takes it."""

    return router


def test_two_that_answer_one_thing_are_named_in_both_languages() -> None:
    first, second = made_up("stars", router=buying("buy")), made_up("cards", router=buying("buy"))
    found = conflicts([first, second])
    assert [(each.first, each.second) for each in found] == [("cards", "stars")] * 2
    russian, english = [[getattr(e.notice, it) for e in found] for it in ("ru", "en")]
    assert "кнопку buy" in russian[0] and "the button buy" in english[0]
    assert "/buy" in russian[1]
    for words in (*russian, *english):
        assert "stars" in words and "cards" in words
    assert not conflicts([first, made_up("cards", router=buying("pay"))])


def test_one_that_would_never_be_asked_is_named_whatever_the_order_of_switching_on() -> None:
    greedy, shy = made_up("greedy", router=taking("x")), made_up("shy", router=declining("y"))
    for modules in ([greedy, shy], [shy, greedy]):
        assert {(each.first, each.second) for each in conflicts(modules)} == {("greedy", "shy")}
    last = made_up("greedy", router=taking("x"), phase="fallback")
    assert not conflicts([last, shy])


def test_what_would_never_be_asked_is_switched_off_with_a_word() -> None:
    loaded = {
        "a": made_up("a", router=taking("x")),
        "b": made_up("b", router=taking("y")),
        "c": made_up("c", requires=("b",)),
    }
    chosen = [ModuleChoice(bot_id=1, module=key, settings={}) for key in loaded]
    enabled, problems = enable(loaded, chosen)
    assert [item.key for item in enabled] == ["a"]
    assert {problem.module for problem in problems} == {"b", "c"}
    assert any(problem.notice.startswith("conflicts_with: a") for problem in problems)


@pytest.mark.parametrize("name", ["choose", "cancel"])
def test_the_platforms_own_buttons_are_its_own(name: str) -> None:
    with pytest.raises(ValueError, match="platform's own"):
        buying(name)


def subscription(passed: list[bool]) -> Any:
    """Lets nobody in until they have passed."""
    router, offers = Router[NoteSettings](), Offers[NoteSettings]()

    @offers.provide(Gate)
    def gate(_: Notebook) -> list[Gate]:
        return [] if passed else [Gate(text=Text(plain="subscribe first"))]

    @router.button("subscribed")
    async def check(context: Notes, _: Button) -> None:
        passed.append(True)
        context.proceed()

    return switched_on("gate", router=router, offers=offers)


async def test_a_gate_stands_before_all_and_what_it_held_up_goes_on(
    connection: Connection,
) -> None:
    passed: list[bool] = []
    items = [subscription(passed), switched_on("shop", router=buying("buy", "terms"))]
    items.append(switched_on("z", router=taking("welcome")))
    shopper = Shopper(connection, await create_origin(connection), items)
    seen = await shopper.do(Start(code="spring", **WHEN))
    assert (seen.taken_by, texts(seen)) == ("gate", ["subscribe first"])
    assert texts(await shopper.start()) == ["subscribe first"]  # without a code: the kept one stays
    assert texts(await shopper.write("let me in")) == ["subscribe first"]
    assert texts(await shopper.press("buy")) == ["subscribe first"]
    assert (await shopper.do(Command(name="terms", **WHEN))).taken_by == "shop"
    seen = await shopper.press("subscribed")
    assert (seen.taken_by, texts(seen)) == ("gate", ["welcome spring"])
    assert texts(await shopper.start()) == ["welcome"]
    assert await connection.fetchval("SELECT count(*) FROM kept_starts") == 0


ORDERS = {"a": 30, "b": 20, "c": 10}


def menu() -> Any:
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        context.reply(" ".join(e.label for e in await context.offered(MenuEntry)) or "empty")

    return switched_on("z", router=router)


async def test_offers_stand_in_their_order_and_a_failing_one_is_left_out(
    connection: Connection,
) -> None:
    items = []
    for key in ORDERS:
        offers = Offers[NoteSettings]()

        @offers.provide(MenuEntry)
        async def entries(scope: Notebook) -> list[MenuEntry]:
            order = ORDERS[scope.manifest.key]
            if order == 20:
                await scope.connection.execute("SELECT 1 / 0")
            return [MenuEntry(label=scope.manifest.key, action="x", order=order)]

        items.append(switched_on(key, offers=offers))
    shopper = Shopper(connection, await create_origin(connection), [*items, menu()])
    assert texts(await shopper.start()) == ["c a"]


def test_a_provider_takes_what_it_is_given() -> None:
    offers = Offers[NoteSettings]()
    with pytest.raises(TypeError, match="PriceRule"):

        @offers.provide(PriceRule)
        def rules(_: Notebook) -> list[PriceRule]:
            return []


async def test_a_vital_offer_is_never_left_out(connection: Connection) -> None:
    offers, router = Offers[NoteSettings](), Router[NoteSettings]()

    @offers.provide(PriceRule)
    async def rules(_: Notebook, __: Any) -> list[PriceRule]:
        raise LookupError("which discount?")

    @offers.provide(Home)
    def home(_: Notebook) -> list[Home]:
        raise LookupError("no way home")

    @router.message
    async def message(context: Notes, _: Message) -> None:
        assert await context.offered(Home) == ()
        with pytest.raises(TypeError, match="not about"):
            await context.offered(PriceRule)
        basket = Basket(items=(), currency="XTR", customer=context.customer)
        await context.offered(PriceRule, basket)

    item = switched_on("a", offers=offers, router=router)
    with pytest.raises(LookupError, match="which discount"):
        await Shopper(connection, await create_origin(connection), [item]).write("x")
