"""What is repeated while PostgreSQL is away."""

import asyncpg
import pytest

from bots.runtime.outage import until_back


async def test_a_step_is_taken_again_until_it_goes_well() -> None:
    left: list[Exception] = [OSError(), asyncpg.InterfaceError("closed"), TimeoutError()]

    async def step() -> str:
        if left:
            raise left.pop()
        return "done"

    assert await until_back(step, 0.001, 0.002) == "done"
    assert not left


@pytest.mark.parametrize("failures", [0, 1, 2])
async def test_what_is_no_outage_ends_it(failures: int) -> None:
    tries = 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        raise OSError if tries <= failures else ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        await until_back(step, 0.001, 0.002)
    assert tries == failures + 1
