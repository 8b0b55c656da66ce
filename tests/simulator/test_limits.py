"""Telegram's limits on bots' messages, with a clock of the test's own."""

from collections.abc import Callable
from typing import Any

import pytest
from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.world.limits import Limited, Limits

BOT_ID = 7_000_000_001


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def stopped_clock() -> Clock:
    return Clock()


@pytest.fixture(name="limits")
def limits_by_clock(clock: Clock) -> Limits:
    return Limits(clock=clock)


def to_person(user_id: int = 1) -> functions.messages.SendMessage:
    peer = types.InputPeerUser(user_id=user_id, access_hash=0)
    return functions.messages.SendMessage(peer=peer, message="hello", random_id=1)


def to_group(chat_id: int = 1) -> functions.messages.SendMessage:
    peer = types.InputPeerChannel(channel_id=chat_id, access_hash=0)
    return functions.messages.SendMessage(peer=peer, message="hello", random_id=1)


def refusal(limits: Limits, query: Limited) -> str:
    try:
        limits.admit(BOT_ID, query)
    except RpcError as error:
        return error.text
    return ""


def passed(limits: Limits, clock: Clock, seconds: int, query: Callable[[int], Any]) -> int:
    """How many of 100 attempts a second go through."""
    count = 0
    for attempt in range(seconds * 100):
        count += not refusal(limits, query(attempt))
        clock.now += 0.01
    return count


def test_a_chat_takes_a_burst_and_then_one_a_second(limits: Limits, clock: Clock) -> None:
    assert [refusal(limits, to_person()) for _ in range(21)] == [""] * 20 + ["FLOOD_WAIT_5"]
    clock.now += 2
    assert refusal(limits, to_person()) == "FLOOD_WAIT_3", "waiting is asked of all, not of one"
    clock.now += 3
    assert [refusal(limits, to_person()) for _ in range(6)] == [""] * 5 + ["FLOOD_WAIT_5"]
    clock.now += 5
    assert passed(limits, clock, 100, lambda _: to_person()) <= 5 + 100 + 1


def test_a_bot_sends_thirty_a_second_to_all(limits: Limits, clock: Clock) -> None:
    assert [refusal(limits, to_person(user)) for user in range(1, 32)] == [""] * 30 + [
        "FLOOD_WAIT_1"
    ]
    clock.now += 1
    assert passed(limits, clock, 10, lambda attempt: to_person(attempt + 100)) <= 30 * 11
    assert not refusal(Limits(clock=clock), to_person()), "each bot has its own"


def test_a_group_takes_twenty_a_minute(limits: Limits, clock: Clock) -> None:
    assert [refusal(limits, to_group()) for _ in range(21)] == [""] * 20 + ["FLOOD_WAIT_15"]
    assert not refusal(limits, to_group(2))
    clock.now += 60
    assert passed(limits, clock, 60, lambda _: to_group()) <= 40


def test_an_album_counts_as_its_messages_and_needs_room_for_all(
    limits: Limits, clock: Clock
) -> None:
    peer = types.InputPeerUser(user_id=1, access_hash=0)
    media = types.InputSingleMedia(media=types.InputMediaEmpty(), random_id=1, message="")
    album = functions.messages.SendMultiMedia(peer=peer, multi_media=[media] * 8)
    forward = functions.messages.ForwardMessages(
        from_peer=peer, to_peer=peer, id=[1] * 10, random_id=[1] * 10
    )
    assert [refusal(limits, each) for each in (album, forward)] == ["", ""]
    assert refusal(limits, album) == "FLOOD_WAIT_6"
    clock.now += 6
    assert not refusal(limits, album)


def test_full_buckets_are_forgotten_and_switched_off_is_off(limits: Limits, clock: Clock) -> None:
    for user in range(1, 31):
        limits.admit(BOT_ID, to_person(user))
    clock.now += 30
    limits.sweep()
    assert limits == Limits(clock=clock)
    limits.enabled = False
    assert not any(refusal(limits, to_person()) for _ in range(100))
