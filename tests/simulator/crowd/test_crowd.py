import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import pytest
from pyrogram import raw

from simulator.control import port as control
from simulator.crowd import truth
from simulator.crowd.options import CrowdOptions, Role
from simulator.crowd.totals import totals_of
from simulator.demo import DEMO_BOTS
from simulator.server import background, running
from simulator.simulator import Simulator, SimulatorOptions
from simulator.world import payments
from tests.simulator.clients import TinyShop, client_of, started, until
from tests.simulator.crowd.conftest import HASTY, MakeCrowd

BOT = DEMO_BOTS[0]
R = TypeVar("R", bound=truth.Record)


def records(folder: Path, kind: type[R]) -> list[R]:
    return [each for each in truth.read(folder) if isinstance(each, kind)]


def stops(shop: TinyShop) -> list[tuple[int, bool]]:
    """Who blocked the bot and came back, as it was told."""
    return [
        (each.user_id, each.stopped)
        for each in shop.raw
        if isinstance(each, raw.types.UpdateBotStopped)
    ]


async def blocks_agree(shop: TinyShop, folder: Path) -> None:
    blocks = [(each.telegram_id, each.stopped) for each in records(folder, truth.Block)]
    await until(lambda: len(stops(shop)) == len(blocks), "the last block")
    assert blocks == stops(shop)


async def test_the_truth_is_what_the_bot_and_the_books_saw(
    simulator: Simulator, shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    crowd = make_crowd(seed=3, roles={"buyer": 4, "visitor": 1, "blocker": 2}, return_share=0.4)
    async with background(crowd.come(600)):
        await until(lambda: len(shop.paid) >= 8, "purchases")
        await until(
            lambda: {each.stopped for each in records(folder, truth.Block)} == {True, False},
            "someone blocking the bot and coming back",
        )
        crowd.let_in(False)
        await until(lambda: not crowd.visiting, "the end of the visits")
    books = payments.charges(simulator.world.db)
    charges = records(folder, truth.Charge)
    assert [(each.charge_id, each.telegram_id, each.amount) for each in charges] == [
        (each.id, each.user, each.amount) for each in books
    ]
    starts = [each.code for each in records(folder, truth.Start)]
    written = sum(each.written for each in records(folder, truth.Visit))
    await until(lambda: len(shop.texts) == len(starts) + written, "the last message")
    heard = Counter(text for text in shop.texts if text.startswith("/start"))
    assert Counter(f"/start {code}".rstrip() for code in starts) == heard
    await blocks_agree(shop, folder)
    visits = records(folder, truth.Visit)
    pressed = sum(each.pressed for each in visits)
    await until(lambda: len(shop.pressed) >= pressed, "the last press")
    assert pressed == len(shop.pressed)
    assert sum(each.paid for each in visits) == sum(each.amount for each in books)
    roles = {each.telegram_id: each.role for each in records(folder, truth.Person)}
    assert len(roles) < len(starts), "some came back"
    assert {roles[each.telegram_id] for each in charges} == {Role.BUYER}
    audit = crowd.audit(payers=True)
    assert (audit.receipts_missing, audit.receipts_doubled) == (0, 0)
    assert audit.totals == totals_of(truth.read(folder))
    assert audit.payers is not None
    assert sum(len(each.receipts) for each in audit.payers) == len(books)
    assert audit.milliseconds["press"].count == len(shop.pressed)


async def test_nobody_comes_to_a_shop_that_never_opened(
    make_crowd: MakeCrowd, folder: Path
) -> None:
    async with background(make_crowd().come(60_000)):
        for _ in range(50):  # time for a hundred visitors
            await asyncio.sleep(0.002)
    assert {type(each) for each in truth.read(folder)} == {truth.Run}


async def test_a_silent_bot_is_given_up(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    for handlers in shop.client.dispatcher.groups.values():
        handlers.clear()
    crowd = make_crowd(patience_seconds=0.05, most_visits=5, return_share=0)
    async with background(crowd.come(3000)):
        # More than could visit at once: the first have left.
        await until(lambda: len(records(folder, truth.Visit)) > 5, "visitors who have left")
    gone = [each for each in records(folder, truth.Visit) if each.outcome != "cut"]
    assert {(each.outcome, each.reason) for each in gone} == {("gave_up", "no menu")}


async def test_a_press_that_shows_nothing_is_repeated(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    shop.deaf_to.add("catalogue:0")
    crowd = make_crowd(roles={"buyer": 1}, press_again_seconds=3, pay_share=1)
    async with background(crowd.come_again(1, 0.05)):
        await until(lambda: shop.paid, "a purchase")
        await until(lambda: records(folder, truth.Visit), "the visit's end")
    visit = records(folder, truth.Visit)[0]
    assert (visit.repeated, visit.unanswered, visit.outcome) == (1, 1, "done")


async def test_the_impatient_press_twice_and_pay_once(
    simulator: Simulator, shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    crowd = make_crowd(roles={"impatient": 1}, pay_share=1)
    async with background(crowd.come_again(1, 0.05)):
        await until(lambda: records(folder, truth.Visit), "a visit")
        crowd.let_in(False)
        await until(lambda: not crowd.visiting, "the end of the visits")
    pressed = sum(each.pressed for each in records(folder, truth.Visit))
    await until(lambda: len(shop.pressed) >= pressed, "the last press")
    assert all(count % 2 == 0 for count in Counter(shop.pressed).values())
    charges = payments.charges(simulator.world.db)
    await until(lambda: len(shop.paid) >= len(charges), "the last payment")
    assert len({each.invoice for each in charges}) == len(charges) == len(shop.paid) > 0
    assert crowd.audit().receipts_doubled == 0


async def _first_visits(data_dir: Path, seed: int) -> dict[int, object]:
    """By slot: who came, and what they did during their first visit."""
    options = SimulatorOptions(
        data_dir=data_dir,
        shops=1,
        limits=False,
        seed=seed,
        shoppers=12,
        pause_seconds=0.1,
        # Who lives with whom depends on who comes first.
        crowd=CrowdOptions.model_validate(HASTY | {"household_share": 0}),
    )
    folder = data_dir / truth.FOLDER
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running(options))
        client = client_of(simulator.port, data_dir, bot_token=BOT.token)
        TinyShop(client)
        await stack.enter_async_context(started(client))
        await until(
            lambda: len({each.telegram_id for each in records(folder, truth.Visit)}) == 12,
            "everybody's first visit",
        )
    people = {each.telegram_id: each for each in records(folder, truth.Person)}
    first: dict[int, object] = {}
    for visit in records(folder, truth.Visit):
        person = people[visit.telegram_id]
        did = visit.code, visit.pressed, visit.products, visit.written, visit.paid
        first.setdefault(person.slot or 0, (person.model_dump(exclude={"at"}), did))
    return first


async def test_the_same_seed_does_the_same(
    tmp_path_factory: pytest.TempPathFactory, server_key: Path
) -> None:
    runs = []
    for seed in (1, 1, 2):
        data_dir = tmp_path_factory.mktemp("run")
        (data_dir / server_key.name).write_bytes(server_key.read_bytes())
        runs.append(await _first_visits(data_dir, seed))
    assert runs[0] == runs[1] != runs[2]


async def test_the_crowd_goes_on_after_a_restart(data_dir: Path, folder: Path) -> None:
    options = SimulatorOptions(
        data_dir=data_dir,
        shops=1,
        limits=False,
        shoppers=6,
        pause_seconds=0.05,
        crowd=CrowdOptions.model_validate(HASTY | {"patience_seconds": 3, "roles": {"buyer": 1}}),
    )

    async def purchases(count: int) -> None:
        async with AsyncExitStack() as stack:
            simulator = await stack.enter_async_context(running(options))
            client = client_of(simulator.port, data_dir, bot_token=BOT.token)
            shop = TinyShop(client)
            await stack.enter_async_context(started(client))
            await until(lambda: len(shop.paid) >= count, "purchases")
            address = "127.0.0.1", simulator.control_port

            async def is_over() -> bool:
                return not await control.call(*address, "let_in", open=False)

            await until(is_over, "the end of the visits")
            audit = await control.call(*address, "audit", payers=True)
            assert audit["receipts_missing"] == 0
            books = {each["id"] for each in await control.call(*address, "charges")}
            assert {c["charge_id"] for p in audit["payers"] for c in p["charges"]} == books

    await purchases(8)
    before = list(truth.read(folder))
    people = {each.slot: each.telegram_id for each in before if isinstance(each, truth.Person)}
    # A process that is killed between a charge, or a receipt, and its line.
    (file,) = truth.files(folder)
    doomed = (b'"kind":"charge"', b'"kind":"receipt"')
    lines = file.read_bytes().splitlines(keepends=True)
    for mark in doomed:
        lines.remove(next(line for line in reversed(lines) if mark in line))
    file.write_bytes(b"".join(lines))
    await purchases(8)
    after = list(truth.read(folder))
    assert [each.run for each in after if isinstance(each, truth.Run)] == [1, 2]
    again = {each.slot: each.telegram_id for each in after if isinstance(each, truth.Person)}
    assert people.items() <= again.items() and len(again) == 6
    charged = [each.charge_id for each in after if isinstance(each, truth.Charge)]
    assert len(charged) == len(set(charged))
    assert {each.charge_id for each in before if isinstance(each, truth.Charge)} < set(charged)


async def test_a_simulator_without_people_says_so(simulator: Simulator) -> None:
    with pytest.raises(control.ControlError, match="no scripted people"):
        await control.call("127.0.0.1", simulator.control_port, "audit")
