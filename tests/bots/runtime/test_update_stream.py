"""Telegram's count of updates: gaps are noticed and filled, and our own messages count too."""

from typing import Any

import pytest
from pyrogram import raw
from pyrogram.errors import AuthKeyUnregistered, FloodWait, PersistentTimestampInvalid
from pyrogram.errors.exceptions import InternalServerError

from bots.runtime.update_stream import DIFFERENCE_TRIES
from bots.sdk import updates as sdk
from tests.bots.runtime.conftest import until
from tests.bots.runtime.difference import (
    ANNA,
    NOW,
    Telegram,
    difference,
    message,
    news,
    open_stream,
    pushed,
    state,
)


async def test_what_comes_before_the_opening_waits_for_it() -> None:
    telegram = Telegram()
    telegram.stream.take(news(11))
    assert telegram.keys == []
    open_stream(telegram)
    assert telegram.keys == ["11"]


async def test_a_gap_is_fetched_from_where_it_begins() -> None:
    telegram = Telegram(lambda _: difference([11, 12], state(12)))
    stream = open_stream(telegram)
    stream.take(news(12))
    assert stream.position().pts == 10

    async def is_filled() -> bool:
        return telegram.asked == [(10, 0)] and telegram.keys == ["12", "11", "12"]

    await until(is_filled, "the gap is filled")
    for arrival in telegram.arrivals:
        stream.finish(arrival)
    assert stream.position().pts == 12
    stream.close()


async def test_a_gap_that_our_own_answer_fills_is_not_fetched() -> None:
    telegram = Telegram()
    stream = open_stream(telegram)
    stream.take(news(12))
    assert stream.is_filling
    stream.note(raw.types.UpdateShortSentMessage(id=1, pts=11, pts_count=1, date=NOW, out=True))
    stream.finish(telegram.arrivals[0])
    assert stream.position().pts == 12

    async def is_over() -> bool:
        return not stream.is_filling

    await until(is_over, "the gap has had its time")
    assert not telegram.asked
    stream.close()


async def test_what_comes_while_an_empty_difference_is_asked_for_closes_no_gap() -> None:
    def answer(_: Any) -> Any:
        telegram.stream.take(news(15))  # 13 and 14 are missing
        return raw.types.updates.DifferenceEmpty(date=NOW, seq=0)

    telegram = Telegram(answer)
    stream = open_stream(telegram)
    stream.take(news(12))
    await stream.catch_up()
    for arrival in telegram.arrivals:
        stream.finish(arrival)
    assert (telegram.keys, stream.position().pts) == (["12", "15"], 12)
    assert stream.is_filling
    stream.close()


async def test_too_long_means_ask() -> None:
    telegram = Telegram(lambda _: difference([11], state(11)))
    stream = open_stream(telegram)
    stream.take(raw.types.UpdatesTooLong())

    async def has_come() -> bool:
        return telegram.keys == ["11"]

    await until(has_come, "the difference")
    stream.close()


async def test_too_long_is_not_forgotten_while_a_gap_has_its_time() -> None:
    telegram = Telegram(lambda _: difference([13], state(13)))
    stream = open_stream(telegram)
    stream.take(news(12))  # 11 is missing: it is given a moment
    stream.take(raw.types.UpdatesTooLong())
    stream.take(news(11))

    async def has_come() -> bool:
        return telegram.keys == ["12", "11", "13"]

    await until(has_come, "what was too long to tell")
    stream.close()


async def test_too_long_that_comes_while_we_ask_is_asked_for_again() -> None:
    def answer(query: Any) -> Any:
        if query.pts == 10:  # Telegram has answered, and then there is more
            telegram.stream.take(raw.types.UpdatesTooLong())
            return difference([11], state(11))
        return difference([12], state(12))

    telegram = Telegram(answer)
    stream = open_stream(telegram)
    stream.take(raw.types.UpdatesTooLong())

    async def has_come() -> bool:
        return telegram.keys == ["11", "12"]

    await until(has_come, "the rest")
    stream.close()


async def test_slices_are_asked_for_to_the_end_and_hold_the_mark() -> None:
    def answer(query: Any) -> Any:
        if query.pts < 30:
            return raw.types.updates.DifferenceSlice(
                new_messages=[message(query.pts + 1)],
                new_encrypted_messages=[],
                other_updates=[],
                chats=[],
                users=[ANNA],
                intermediate_state=state(query.pts + 10),
            )
        return difference([], state(33))

    telegram = Telegram(answer)
    stream = open_stream(telegram)
    await stream.catch_up()
    assert [pts for pts, _ in telegram.asked] == [10, 20, 30]
    marks = []
    for arrival in reversed(telegram.arrivals):
        marks.append(stream.position().pts)
        stream.finish(arrival)
    assert [*marks, stream.position().pts] == [10, 10, 33]
    stream.close()


async def test_what_telegram_no_longer_keeps_is_passed_over() -> None:
    answers = iter([raw.types.updates.DifferenceTooLong(pts=500), difference([501], state(501))])
    telegram = Telegram(lambda _: next(answers))
    stream = open_stream(telegram)
    await stream.catch_up()
    assert ([pts for pts, _ in telegram.asked], telegram.keys) == ([10, 500], ["501"])


async def test_a_block_is_counted_by_qts() -> None:
    telegram = Telegram()
    stream = open_stream(telegram, qts=4)
    stopped = raw.types.UpdateBotStopped(user_id=ANNA.id, date=NOW, stopped=True, qts=5)
    stream.take(pushed(stopped))
    arrival = telegram.only
    assert isinstance(arrival.translation.update, sdk.Blocked)
    assert (stream.position().qts, stream.position(arrival).qts) == (4, 5)


async def test_channels_and_our_own_messages_are_nothing_to_handle() -> None:
    telegram = Telegram()
    stream = open_stream(telegram)
    channel = raw.types.PeerChannel(channel_id=77)
    stream.take(
        pushed(
            raw.types.UpdateNewChannelMessage(
                message=message(1, peer_id=channel), pts=900_000, pts_count=1
            )
        )
    )
    stream.take(news(11, out=True))
    assert telegram.keys == []
    assert stream.position().pts == 11


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InternalServerError(), "HTTP_500"),
        (PersistentTimestampInvalid(), "PERSISTENT_TIMESTAMP_INVALID"),
        (TimeoutError(), "TIMEOUT"),
    ],
)
async def test_what_telegram_cannot_hand_out_is_passed_over_in_the_end(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    monkeypatch.setattr("bots.runtime.update_stream._FIRST_PAUSE", 0.001)
    tries: list[Any] = []
    skipped: list[tuple[str, int]] = []

    def answer(query: Any) -> Any:
        tries.append(query)
        if isinstance(query, raw.functions.updates.GetState):
            return state(25)
        raise error

    telegram = Telegram(answer)
    open_stream(telegram)
    telegram.stream.on_skipped = lambda why, missed: skipped.append((why, missed))
    await telegram.stream.catch_up()
    assert len(tries) == DIFFERENCE_TRIES + 1
    assert skipped == [(code, 15)]
    assert telegram.stream.position().pts == 25
    telegram.stream.take(news(26))
    assert len(telegram.arrivals) == 1


@pytest.mark.parametrize("error", [FloodWait(7), AuthKeyUnregistered(), ConnectionResetError()])
async def test_what_is_no_fault_of_the_difference_skips_nothing(error: Exception) -> None:
    def answer(_query: Any) -> Any:
        raise error

    telegram = Telegram(answer)
    open_stream(telegram)
    with pytest.raises(type(error)):
        await telegram.stream.catch_up()
    assert telegram.stream.position().pts == 10


async def test_a_server_that_answers_nothing_else_either_skips_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bots.runtime.update_stream._FIRST_PAUSE", 0.001)

    def answer(_query: Any) -> Any:
        raise TimeoutError

    telegram = Telegram(answer)
    open_stream(telegram)
    with pytest.raises(TimeoutError):
        await telegram.stream.catch_up()
    assert telegram.stream.position().pts == 10
