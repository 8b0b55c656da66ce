"""Turns of exports to make the engine work."""

import asyncio

from api.exporting.pace import Pace
from tests.patience import SECONDS


async def test_a_second_one_waits_until_the_first_is_done() -> None:
    pace = Pace(turns=1)
    done: list[str] = []

    async def work(name: str) -> None:
        async with pace.turn():
            done.append(f"{name} begins")
            await asyncio.sleep(0)
            done.append(f"{name} ends")

    await asyncio.gather(work("first"), work("second"))
    assert done == ["first begins", "first ends", "second begins", "second ends"]


async def test_one_that_lasts_does_not_hold_up_the_next_and_gives_its_turn_back_once() -> None:
    pace = Pace(turns=1)
    async with asyncio.timeout(SECONDS), pace.turn():
        async with pace.turn():  # after a second
            pass
    begun: list[int] = []

    async def work(number: int) -> None:
        async with pace.turn():
            begun.append(number)
            await asyncio.sleep(0)
            assert begun == list(range(number + 1))  # nobody else has begun meanwhile

    await asyncio.gather(work(0), work(1))
