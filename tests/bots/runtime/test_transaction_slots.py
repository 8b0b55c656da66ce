"""However many bots hang, the others get their transactions."""

import asyncio
from contextlib import suppress

import pytest

from bots.runtime import transaction_slots
from bots.runtime.transaction_slots import A_BOT, BotSlots, Slots
from tests import patience


async def _hold(bot: BotSlots, taken: list[BotSlots], seconds: float) -> None:
    async with bot.take():
        taken.append(bot)
        await asyncio.sleep(seconds)


async def _after(pause: float, tasks: list[asyncio.Task[None]]) -> None:
    """Lets the tasks run for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await asyncio.gather(*(asyncio.shield(task) for task in tasks))


async def test_one_bot_takes_no_more_than_its_part() -> None:
    taken: list[BotSlots] = []
    bot = BotSlots(Slots(16))
    tasks = [asyncio.create_task(_hold(bot, taken, 60)) for _ in range(10)]
    await _after(0.05, tasks)
    assert len(taken) == A_BOT
    for task in tasks:
        task.cancel()


async def test_bots_that_were_slow_share_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_slots, "SLOW_SECONDS", 0.01)
    shared = Slots(16)
    hanging = [BotSlots(shared) for _ in range(10)]
    await asyncio.gather(*(_hold(bot, [], 0.02) for bot in hanging))
    assert all(bot.is_slow for bot in hanging)
    taken: list[BotSlots] = []
    tasks = [asyncio.create_task(_hold(bot, taken, 60)) for bot in hanging for _ in range(A_BOT)]
    await _after(0.05, tasks)
    assert len(taken) == 4
    quick = BotSlots(shared)
    async with asyncio.timeout(patience.SECONDS):
        await asyncio.gather(*(_hold(quick, taken, 0) for _ in range(20)))
    assert taken.count(quick) == 20 and not quick.is_slow
    for task in tasks:
        task.cancel()


async def test_a_bot_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_slots, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(transaction_slots, "SLOW_FOR", 0.0)
    bot = BotSlots(Slots(4))
    await _hold(bot, [], 0)
    assert not bot.is_slow


async def test_what_is_urgent_goes_first_but_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = Slots(4)
    taken: list[BotSlots] = []
    bot = BotSlots(shared)
    with shared.urgent():
        task = asyncio.create_task(_hold(bot, taken, 0))
        await _after(0.05, [task])
        assert not taken
    await task
    assert taken == [bot]
    monkeypatch.setattr(transaction_slots, "_MOMENT", 0.01)
    with shared.urgent():
        async with asyncio.timeout(patience.SECONDS):
            await _hold(bot, taken, 0)
