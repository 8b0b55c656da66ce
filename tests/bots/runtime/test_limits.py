"""A bot's messages keep within Telegram's limits, the urgent ones first."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.runtime.limits import CHAT_BURST, Limits, Urgency
from tests import patience


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def made_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    async def sleep(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr("bots.runtime.limits.asyncio.sleep", sleep)
    return clock


async def sent_at(limits: Limits, clock: Clock, chats: list[int], urgency: Urgency) -> list[float]:
    moments = []
    for chat_id in chats:
        await limits.turn(chat_id, urgency)
        moments.append(clock.now)
    return moments


def most_within(moments: list[float], seconds: float) -> int:
    """In any stretch of that length."""
    return max(
        sum(1 for other in moments if moment <= other < moment + seconds) for moment in moments
    )


async def test_a_bot_sends_thirty_a_second(clock: Clock) -> None:
    moments = await sent_at(Limits(clock), clock, list(range(1, 200)), Urgency.ANSWER)
    assert most_within(moments, 1.0) == 30
    assert moments[-1] - moments[0] < 8


async def test_a_broadcast_leaves_room_for_answers(clock: Clock) -> None:
    limits = Limits(clock)
    moments = await sent_at(limits, clock, list(range(1, 201)), Urgency.BROADCAST)
    assert most_within(moments, 1.0) == 25
    assert limits.wait(500, Urgency.BROADCAST) > 0
    assert limits.wait(500, Urgency.ANSWER) <= 0


async def test_a_chat_gets_one_a_second_after_a_burst(clock: Clock) -> None:
    moments = await sent_at(Limits(clock), clock, [7] * 20, Urgency.ANSWER)
    assert moments[CHAT_BURST - 1] == moments[0]
    later = moments[CHAT_BURST:]
    assert [round(b - a, 3) for a, b in zip(later, later[1:], strict=False)] == [1.0] * 11


async def test_a_group_gets_twenty_a_minute(clock: Clock) -> None:
    moments = await sent_at(Limits(clock), clock, [-100] * 50, Urgency.ANSWER)
    assert most_within(moments, 60.0) == 20


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(Urgency)), max_size=80))
def test_no_limit_is_ever_passed(messages: list[tuple[int, Urgency]]) -> None:
    clock = Clock()
    limits = Limits(clock)
    moments: list[float] = []
    of_chat: Counter[int] = Counter()
    for chat_id, urgency in messages:
        while (wait := limits.wait(chat_id, urgency)) > 0:
            clock.now += wait
        coroutine = limits.turn(chat_id, urgency)
        with pytest.raises(StopIteration):
            coroutine.send(None)  # it does not wait any more
        moments.append(clock.now)
        of_chat[chat_id] += 1
    if moments:
        assert most_within(moments, 1.0) <= 30
        assert all(count <= CHAT_BURST + clock.now - 1000 + 1 for count in of_chat.values())


async def test_a_flood_wait_is_the_chats_until_another_chat_meets_one(clock: Clock) -> None:
    limits = Limits(clock)
    assert not limits.pause(7, 5)
    assert limits.wait(7, Urgency.ANSWER) == 5
    assert limits.wait(8, Urgency.ANSWER) <= 0
    assert limits.pause(8, 3)
    assert limits.wait(9, Urgency.ANSWER) == limits.bot_pause == 3


async def test_a_long_flood_wait_is_the_bots(clock: Clock) -> None:
    limits = Limits(clock)
    assert limits.pause(7, 60)
    assert limits.wait(8, Urgency.ANSWER) == 60


async def test_many_chats_are_not_remembered_for_ever(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.limits._CHATS_REMEMBERED", 10)
    limits = Limits(clock)
    for chat_id in range(1, 1000):
        await limits.turn(chat_id)
    assert len(limits._chats) < 100  # pylint: disable=protected-access  # nothing else shows it


async def test_those_who_wait_do_not_all_go_at_once() -> None:
    limits = Limits(chat_burst=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(limits.turn(7) for _ in range(3)))
    assert 1.9 < loop.time() - began < patience.SECONDS
