"""A shopper in bots with every module alone, in every template's and in one with all on, through
the real client. Modules and templates are found, never listed."""

import asyncio

import pytest

from bots.sdk.updates import Command, Start
from simulator.wire.rpc import RpcError
from tests.bots.buyer import Buyer
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.matrix import (
    MODULES,
    TEMPLATES,
    Case,
    case_of,
    case_of_template,
    count,
    failed,
)
from tests.bots.visitor import Saw, Visitor

pytestmark = pytest.mark.usefixtures("quiet")

MOST_PRESSES = 25


async def walked(stage: Stage, case: Case) -> Case:
    """A shopper starts, writes, gives every command and presses what there is to press."""
    visitor = Visitor(stage.telegram.world, stage.telegram.person(), case.bot.id)
    with visitor.listening():
        if not any(each.answers for each in case.modules):
            await _expect_silence(stage, case, visitor)
            return case
        await _expect_answers(stage, case, visitor)
        await _press_all(case, visitor)
    return case


async def _expect_silence(stage: Stage, case: Case, visitor: Visitor) -> None:
    visitor.start()
    visitor.write("Hello?")

    async def is_counted() -> bool:
        return await count(stage, case, "bot_started", "message_received") == 2

    await until(is_counted, f"{case.name} counts")
    if visitor.seen:
        case.troubles.append(f"it answers: {visitor.seen[0].entry.text}")


async def _expect_answers(stage: Stage, case: Case, visitor: Visitor) -> None:
    """To Start and commands by those who may not decline them; the rest is counted."""
    taken = [
        handled
        for each in case.modules
        for handled in each.router.handled()
        if not handled.may_pass
    ]
    asked = ["/start"] if any(handled.kind is Start for handled in taken) else []
    asked += [f"/{handled.subject}" for handled in taken if handled.kind is Command]
    for text in asked:
        visitor.write(text)
        try:
            await visitor.until(lambda: visitor.seen[0] if visitor.seen else None, text)
        except AssertionError as error:
            case.troubles.append(str(error))
    visitor.start()
    visitor.write("a 🎁 for \u202esomebody")

    async def is_counted() -> bool:
        return await count(stage, case, "update_handled") >= len(asked) + 2

    await until(is_counted, f"{case.name} counts what was written")


async def _press_all(case: Case, visitor: Visitor) -> None:
    """Whatever stands under the messages so far, and whatever comes of that."""
    pressed: set[str] = set()
    place = 0
    while place < len(visitor.log) and len(pressed) < MOST_PRESSES:
        saw = visitor.log[place]
        place += 1
        if not isinstance(saw, Saw):
            continue
        for button in saw.buttons:
            if button.label in pressed:
                continue
            pressed.add(button.label)
            try:
                await visitor.press(button)
            except RpcError as error:
                case.troubles.append(f"[{button.label}]: {error.text}")
            await visitor.glance()


async def test_every_module_alone_answers_whatever_it_offers(stage: Stage) -> None:
    cases = [await case_of(stage, key, [key]) for key in MODULES.manifests]
    await stage.worker()
    for case in cases:
        await stage.runs(case.bot)
    done = await asyncio.gather(*(walked(stage, case) for case in cases))
    assert {case.name: case.troubles for case in done if case.troubles} == {}
    assert await failed(stage) == []


async def test_every_template_and_all_modules_together_sell(stage: Stage) -> None:
    sellers = [await case_of_template(stage, each) for each in TEMPLATES.by_key.values()]
    sellers.append(await case_of(stage, "all on", list(MODULES.manifests)))
    await stage.worker()
    for case in sellers:
        await stage.runs(case.bot)
    for case in sellers:
        visitor = Visitor(stage.telegram.world, stage.telegram.person(), case.bot.id)
        with visitor.listening():
            if case.is_hosted:
                await Buyer(visitor, stage.pool).buy()
            else:
                await _expect_silence(stage, case, visitor)
    assert {case.name: case.troubles for case in sellers if case.troubles} == {}
    hosted = [case for case in sellers if case.is_hosted]
    rows = await stage.pool.fetch(
        "SELECT o.bot_id, o.status, o.total_minor, p.status AS payment, count(e) AS told "
        "FROM orders AS o JOIN payments AS p ON p.order_id = o.id "
        "JOIN outbox AS e ON e.order_id = o.id AND e.event = 'order_paid' "
        "GROUP BY o.id, p.id ORDER BY o.bot_id"
    )
    assert [tuple(row) for row in rows] == [
        (case.bot.id, "paid", 300, "succeeded", 1) for case in hosted
    ]
    assert await stage.pool.fetchval("SELECT sum(stock) FROM products") == (
        9 * len(sellers) - len(hosted)
    )
    assert await failed(stage) == []
