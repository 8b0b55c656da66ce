from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.context import Context, Scope
from bots.sdk.keyboards import button, keyboard
from bots.sdk.reactions import Reactions
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendText, Text
from bots.sdk.router import Router
from bots.sdk.transaction import random_id_of
from bots.sdk.turn import failure_replies
from bots.sdk.updates import Blocked, Button, Command, Message, PreCheckout, Start
from core.events import ORDER_CREATED, ORDER_PAID, Event
from core.money import Money
from core.postgres import Connection
from core.shop import catalogue, orders
from tests.bots.sdk.modules import NoteSettings, event_type, switched_on
from tests.bots.shopper import Shopper, events, outgoing
from tests.factories import create_origin, create_product

WHEN: dict[str, Any] = {"chat_id": 9001, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
NOTED = event_type("noted")
ECHOED = event_type("echoed")

Notes = Context[NoteSettings]


def answering(word: str) -> Router[NoteSettings]:
    """Says its word to Start, to any message, and to its own button."""
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        context.reply(word)

    @router.message
    async def message(context: Notes, update: Message) -> None:
        context.reply(f"{word}: {update.text}")

    @router.button(word)
    async def press(context: Notes, update: Button) -> None:
        context.edit(f"{word} {update.argument}")

    return router


async def test_the_first_module_that_is_asked_takes_an_update(connection: Connection) -> None:
    origin = await create_origin(connection)
    a, b = switched_on("a", router=answering("a")), switched_on("b", router=answering("b"))
    seen = await Shopper(connection, origin, [b, a]).start()
    assert (seen.taken_by, seen.only(SendText).text.plain) == ("b", "b")


async def test_a_press_changes_the_message_and_is_answered_first(connection: Connection) -> None:
    origin = await create_origin(connection)
    a, b = switched_on("a", router=answering("a")), switched_on("b", router=answering("b"))
    seen = await Shopper(connection, origin, [a, b]).press("a:1")
    assert seen.screen.text.plain == "a 1"
    assert [reply.kind for reply in seen.replies] == ["answer_button", "edit_text"]


@pytest.mark.parametrize(
    ("language", "word"), [("ru", "Нажмите"), ("en", "Press"), ("de", "Нажмите")]
)
async def test_a_button_that_nobody_knows_says_so(
    connection: Connection, language: str, word: str
) -> None:
    origin = await create_origin(connection)
    item = switched_on("a", router=answering("a"))
    seen = await Shopper(connection, origin, [item], language=language).press("gone:1")
    assert seen.taken_by is None
    assert word in seen.only(AnswerButton).text


@pytest.mark.parametrize("modules", [[], ["works_behind"]])
async def test_a_bot_none_of_whose_modules_answers_only_counts(
    connection: Connection, modules: list[str]
) -> None:
    origin = await create_origin(connection)
    router = Router[NoteSettings]()
    heard: list[str] = []

    @router.blocked
    async def note(_: Context[NoteSettings], update: Blocked) -> None:
        heard.append(type(update).__name__)

    shopper = Shopper(connection, origin, [switched_on(key, router=router) for key in modules])
    pre_checkout = PreCheckout(
        query_id=1, payload="order:1", amount_minor=1, currency="XTR", **WHEN
    )
    for seen in (
        await shopper.press("menu"),
        await shopper.do(pre_checkout),
        await shopper.do(Command(name="cancel", **WHEN)),
        await shopper.start(),
    ):
        assert (seen.taken_by, seen.replies) == (None, [])
    await shopper.do(Blocked(**WHEN))
    assert len(heard) == len(modules)


async def test_a_payment_that_nobody_checks_is_refused(connection: Connection) -> None:
    origin = await create_origin(connection)
    items = [switched_on("a", router=answering("a"))]
    shopper = Shopper(connection, origin, items, language="en")
    seen = await shopper.do(
        PreCheckout(query_id=5, payload="tip:1", amount_minor=1, currency="XTR", **WHEN)
    )
    answer = seen.only(AnswerPreCheckout)
    assert (answer.query_id, answer.ok) == (5, False)
    assert "not charged" in answer.error


async def test_a_command_that_nobody_knows_is_a_message(connection: Connection) -> None:
    origin = await create_origin(connection)
    router = answering("a")

    @router.command("help")
    async def help_command(context: Notes, update: Command) -> None:
        context.reply(f"help {update.argument}")

    shopper = Shopper(connection, origin, [switched_on("a", router=router)])
    known = await shopper.do(Command(name="help", argument="me", **WHEN))
    unknown = await shopper.do(Command(name="hack", argument="me", **WHEN))
    assert known.only(SendText).text.plain == "help me"
    assert unknown.only(SendText).text.plain == "a: /hack me"


async def test_only_declared_events_are_emitted(connection: Connection) -> None:
    origin = await create_origin(connection)
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        context.emit(NOTED, props={"limit": context.settings.limit})
        context.emit(ECHOED)

    sly = Shopper(connection, origin, [switched_on("a", router=router, events=(NOTED,))])
    with pytest.raises(ValueError, match="a does not declare echoed"):
        await sly.start()
    assert await events(connection) == []
    honest = switched_on("a", router=router, events=(NOTED, ECHOED))
    await Shopper(connection, origin, [honest]).start()
    row = await connection.fetchrow("SELECT event, buyer_no, lang, props FROM outbox LIMIT 1")
    assert row is not None and tuple(row) == ("noted", 1, "ru", '{"limit":3}')
    assert await events(connection) == ["noted", "echoed"]


async def test_modules_react_to_what_core_and_others_emitted(connection: Connection) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    selling, watching = Router[NoteSettings](), Reactions[NoteSettings]()
    heard: list[tuple[str, int, str]] = []

    @selling.button("sell")
    async def sell(context: Notes, _: Button) -> None:
        context.emit(NOTED)
        thing = await catalogue.get(context.connection, context.shop.id, product.id)
        await orders.create(context.connection, context.origin, context.customer, thing)

    @watching.on(ORDER_CREATED)
    @watching.on(NOTED)
    async def hear(scope: Scope[NoteSettings], event: Event) -> None:
        heard.append((event.type.name, scope.actor.buyer_no, scope.texts.label("hello")))
        scope.emit(ECHOED, outcome=event.type.name)

    seller = switched_on("seller", router=selling, events=(NOTED,))
    watcher = switched_on("watcher", reactions=watching, events=(ECHOED,))
    shopper = Shopper(connection, origin, [seller, watcher], language="en")
    await shopper.press("sell")
    assert heard == [("order_created", 1, "hello en"), ("noted", 1, "hello en")]
    assert await events(connection) == ["order_created", "noted", "echoed", "echoed"]

    heard.clear()
    await Shopper(connection, origin, [seller]).press("sell")
    assert not heard


async def test_reactions_that_cause_each_other_end_with_nothing_done(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    router, reactions = Router[NoteSettings](), Reactions[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        context.emit(NOTED)

    @reactions.on(NOTED, required=True)
    async def again(scope: Scope[NoteSettings], _: Event) -> None:
        scope.emit(NOTED)

    item = switched_on("a", router=router, reactions=reactions, events=(NOTED,))
    with pytest.raises(RuntimeError, match="without an end"):
        await Shopper(connection, origin, [item]).start()
    assert await events(connection) == []


async def test_a_required_reaction_that_fails_undoes_what_caused_it(connection: Connection) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    router, reactions = Router[NoteSettings](), Reactions[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        await orders.create(context.connection, context.origin, context.customer, product)

    @reactions.on(ORDER_CREATED, required=True)
    async def fail(_: Scope[NoteSettings], __: Event) -> None:
        raise LookupError("no room")

    @reactions.on(ORDER_PAID)
    async def unheard(_: Scope[NoteSettings], __: Event) -> None:
        raise AssertionError("nothing was paid")

    item = switched_on("a", router=router, reactions=reactions)
    with pytest.raises(LookupError):
        await Shopper(connection, origin, [item]).start()
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def test_an_optional_reaction_that_hangs_or_breaks_undoes_itself_alone(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    router, reactions = Router[NoteSettings](), Reactions[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        await orders.create(context.connection, context.origin, context.customer, product)
        context.reply("ordered")

    @reactions.on(ORDER_CREATED)
    async def hang(scope: Scope[NoteSettings], _: Event) -> None:
        await scope.send_durably("notice_a", "never said", "1")
        await scope.connection.execute("SELECT pg_sleep(60)")

    @reactions.on(ORDER_CREATED)
    async def broken(scope: Scope[NoteSettings], _: Event) -> None:
        scope.emit(NOTED)
        await scope.connection.execute("SELECT no_such_column")

    @reactions.on(ORDER_CREATED)
    async def sound(scope: Scope[NoteSettings], _: Event) -> None:
        await scope.send_durably("notice_b", "said", "1")

    item = switched_on("a", router=router, reactions=reactions, events=(NOTED,))
    seen = await Shopper(connection, origin, [item]).start()
    assert [reply.kind for reply in seen.replies] == ["send_text"] and seen.queued == 1
    assert [purpose for _, purpose, _ in await outgoing(connection)] == ["notice_b"]
    assert await events(connection) == ["order_created"]
    rows = await connection.fetch("SELECT data ->> 'reaction', attempts, error FROM module_jobs")
    assert {row[0] for row in rows} == {"order_created:hang", "order_created:broken"}
    assert {row[1] for row in rows} == {1} and any("Timeout" in row[2] for row in rows)


async def test_a_durable_message_with_the_same_cause_is_one_message(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    router = Router[NoteSettings]()
    message = SendText(text=Text(plain="Спасибо"), keyboard=keyboard([button("В меню", "menu")]))

    @router.start
    async def start(context: Notes, _: Start) -> None:
        assert await context.send_durably("receipt", message, "12")
        assert not await context.send_durably("receipt", message, "12")

    @router.message
    async def other(context: Notes, update: Message) -> None:
        await context.send_durably("receipt", message, update.text, chat_id=555)

    shopper = Shopper(connection, origin, [switched_on("a", router=router)])
    assert (await shopper.start()).queued == 1
    assert (await shopper.write("12")).queued == 1  # two chats are told of one thing
    assert (await shopper.write("12")).queued == 0
    assert await outgoing(connection) == [(9001, "receipt", message), (555, "receipt", message)]
    stored = await connection.fetch("SELECT random_id FROM outgoing ORDER BY id")
    expected = [random_id_of(origin.bot_id, chat, "receipt", "12") for chat in (9001, 555)]
    assert [row["random_id"] for row in stored] == expected


def test_a_random_id_is_telegrams_size_and_depends_on_the_whole_cause() -> None:
    # The figure was taken once: it must not change between releases, or a retry would double.
    assert random_id_of(7000000001, 9001, "receipt", "12") == 5357340749141070425
    others = {
        random_id_of(bot, chat, purpose, key)
        for bot in (1, 2)
        for chat in (3, 4)
        for purpose in ("receipt", "notice")
        for key in ("1", "2")
    }
    assert len(others) == 16
    assert all(-(2**63) <= number < 2**63 for number in others)


async def test_only_a_press_or_a_check_can_be_answered(connection: Connection) -> None:
    origin = await create_origin(connection)
    router = Router[NoteSettings]()

    @router.start
    async def start(context: Notes, _: Start) -> None:
        with pytest.raises(TypeError):
            context.answer("Hi")
        with pytest.raises(TypeError):
            context.approve()
        context.edit("a screen of its own")
        context.invoice(title="t", description="d", payload="x:1", price=Money(1, "XTR"))

    seen = await Shopper(connection, origin, [switched_on("a", router=router)]).start()
    assert isinstance(seen.screen, SendText)


def test_when_all_was_rolled_back_who_waits_is_told() -> None:
    press = Button(action="buy", argument="1", query_id=3, message_id=1, **WHEN)
    (answer,) = failure_replies(press, "en")
    assert isinstance(answer, AnswerButton) and answer.alert and "try again" in answer.text
    check = PreCheckout(query_id=4, payload="order:1", amount_minor=1, currency="XTR", **WHEN)
    (refusal,) = failure_replies(check, "ru")
    assert isinstance(refusal, AnswerPreCheckout) and not refusal.ok
    (apology,) = failure_replies(Start(**WHEN), "ru")
    assert isinstance(apology, SendText) and "Ничего" in apology.text.plain
    assert not failure_replies(Blocked(**WHEN), "ru")
