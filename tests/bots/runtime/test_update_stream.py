"""Telegram's count of updates: gaps are noticed and filled, and our own messages count too."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram import raw
from pyrogram.errors import AuthKeyUnregistered, FloodWait, PersistentTimestampInvalid
from pyrogram.errors.exceptions import InternalServerError

from bots.runtime.storage import Position
from bots.runtime.translate import translate
from bots.runtime.update_stream import DIFFERENCE_TRIES, Arrival, UpdateStream
from bots.sdk import updates as sdk
from tests.bots.runtime.conftest import until

NOW = int(datetime.now(UTC).timestamp())
ANNA = raw.types.User(id=9001, first_name="Anna", username="anna", lang_code="pt-br", premium=True)


def message(number: int, **values: Any) -> raw.types.Message:
    defaults: dict[str, Any] = {
        "id": number,
        "peer_id": raw.types.PeerUser(user_id=ANNA.id),
        "date": NOW,
        "message": "x",
    }
    return raw.types.Message(**(defaults | values))


def news(pts: int, **values: Any) -> raw.types.Updates:
    """A message that moves the count to `pts`."""
    update = raw.types.UpdateNewMessage(message=message(pts, **values), pts=pts, pts_count=1)
    return pushed(update)


def pushed(*updates: raw.base.Update) -> raw.types.Updates:
    return raw.types.Updates(updates=list(updates), users=[ANNA], chats=[], date=NOW, seq=0)


def state(pts: int, qts: int = 0) -> raw.types.updates.State:
    return raw.types.updates.State(pts=pts, qts=qts, date=NOW, seq=0, unread_count=0)


def difference(numbers: list[int], end: raw.types.updates.State) -> raw.types.updates.Difference:
    return raw.types.updates.Difference(
        new_messages=[message(number) for number in numbers],
        new_encrypted_messages=[],
        other_updates=[],
        chats=[],
        users=[ANNA],
        state=end,
    )


class Telegram:
    """Answers `getDifference` with what the test says, and notes what was asked."""

    def __init__(self, answer: Callable[[Any], Any] | None = None) -> None:
        self.asked: list[tuple[int, int]] = []
        self.arrivals: list[Arrival] = []
        self._answer = answer or (lambda _: raw.types.updates.DifferenceEmpty(date=NOW, seq=0))
        self.stream = UpdateStream(self.call, self.arrivals.append, gap_seconds=0.05)

    async def call(self, query: Any) -> Any:
        if isinstance(query, raw.functions.updates.GetDifference):
            self.asked.append((query.pts, query.qts))
        return self._answer(query)

    @property
    def only(self) -> Arrival:
        assert len(self.arrivals) == 1
        return self.arrivals[0]

    @property
    def keys(self) -> list[str]:
        return [arrival.translation.natural_key for arrival in self.arrivals]


def open_stream(telegram: Telegram, pts: int = 10, qts: int = 0) -> UpdateStream:
    telegram.stream.begin(Position(pts, qts, NOW))
    return telegram.stream


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


def translated(update: raw.base.Update) -> sdk.Update:
    telegram = Telegram()
    telegram.stream.begin(Position(0, 0, 0))
    telegram.stream.take(pushed(update))
    return telegram.only.translation.update


def said(**values: Any) -> sdk.Update:
    return translated(raw.types.UpdateNewMessage(message=message(1, **values), pts=1, pts_count=1))


async def test_what_people_send_in_our_words() -> None:
    start = said(message="/start flyer-1")
    assert isinstance(start, sdk.Start) and (start.chat_id, start.code) == (ANNA.id, "flyer-1")
    command = said(message="/Help@tea_bot  with tea ")
    assert isinstance(command, sdk.Command)
    assert (command.name, command.argument) == ("help", "with tea")
    text = said(message="hello / there")
    assert isinstance(text, sdk.Message) and (text.kind, text.text) == ("text", "hello / there")
    location = said(
        media=raw.types.MessageMediaGeo(geo=raw.types.GeoPoint(long=37.6, lat=55.7, access_hash=0)),
        message="/start",
    )
    assert isinstance(location, sdk.Message) and location.kind == "location"


async def test_a_message_of_yesterday_keeps_its_time() -> None:
    assert said(date=NOW - 86_400).occurred_at == datetime.fromtimestamp(NOW - 86_400, UTC)
    fresh = said(date=int(datetime.now(UTC).timestamp()))
    assert abs((datetime.now(UTC) - fresh.occurred_at).total_seconds()) < 1


async def test_buttons_and_payments_in_our_words() -> None:
    press = translated(
        raw.types.UpdateBotCallbackQuery(
            query_id=7,
            user_id=ANNA.id,
            peer=raw.types.PeerUser(user_id=ANNA.id),
            msg_id=3,
            chat_instance=1,
            data=b"product:12\xff",
        )
    )
    assert isinstance(press, sdk.Button)
    assert (press.action, press.argument[:2], press.message_id) == ("product", "12", 3)
    check = translated(
        raw.types.UpdateBotPrecheckoutQuery(
            query_id=8, user_id=ANNA.id, payload=b"order:5", currency="XTR", total_amount=70
        )
    )
    assert isinstance(check, sdk.PreCheckout) and (check.prefix, check.argument) == ("order", "5")
    paid = raw.types.MessageService(
        id=9,
        peer_id=raw.types.PeerUser(user_id=ANNA.id),
        date=NOW,
        action=raw.types.MessageActionPaymentSentMe(
            currency="XTR",
            total_amount=70,
            payload=b"order:5",
            charge=raw.types.PaymentCharge(id="c1", provider_charge_id=""),
        ),
    )
    payment = translated(raw.types.UpdateNewMessage(message=paid, pts=1, pts_count=1))
    assert isinstance(payment, sdk.PaymentReceived)
    assert (payment.charge_id, payment.amount_minor, payment.provider) == ("c1", 70, "stars")


@pytest.mark.parametrize("out", [True, False])
async def test_what_telegram_gave_back(out: bool) -> None:
    returned = raw.types.MessageService(
        id=10,
        peer_id=raw.types.PeerUser(user_id=ANNA.id),
        out=out,
        date=NOW,
        action=raw.types.MessageActionPaymentRefunded(
            peer=raw.types.PeerUser(user_id=ANNA.id),
            currency="XTR",
            total_amount=70,
            payload=b"order:5" if out else None,
            charge=raw.types.PaymentCharge(id="c1", provider_charge_id=""),
        ),
    )
    telegram = Telegram()
    open_stream(telegram)
    telegram.stream.take(pushed(raw.types.UpdateNewMessage(message=returned, pts=11, pts_count=1)))
    arrival = telegram.arrivals[0]
    refund = arrival.translation.update
    assert isinstance(refund, sdk.PaymentRefunded)
    assert (refund.chat_id, refund.charge_id, refund.amount_minor) == (ANNA.id, "c1", 70)
    assert (refund.payload, refund.provider) == ("order:5" if out else "", "stars")
    assert (arrival.translation.kind, arrival.translation.natural_key) == ("refund", "10")


@pytest.mark.parametrize(
    "peer", [raw.types.PeerChat(chat_id=5), raw.types.PeerChannel(channel_id=5)]
)
async def test_a_refund_told_of_in_a_group_is_nobodys(peer: raw.base.Peer) -> None:
    returned = raw.types.MessageService(
        id=10,
        peer_id=peer,
        out=True,
        date=NOW,
        action=raw.types.MessageActionPaymentRefunded(
            peer=raw.types.PeerUser(user_id=ANNA.id),
            currency="XTR",
            total_amount=70,
            charge=raw.types.PaymentCharge(id="c1", provider_charge_id=""),
        ),
    )
    update = raw.types.UpdateNewMessage(message=returned, pts=11, pts_count=1)
    assert translate(update, {}, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/start", ""),
        ("/start ", ""),
        ("/start flyer", "flyer"),
        ("/start\nflyer", "flyer"),
        ("/start\r\nflyer\n", "flyer"),
        ("/start\tflyer", "flyer"),
        ("/start\u00a0flyer", "flyer"),
        ("/start  \n flyer", "flyer"),
        ("/START@Tea_bot\nflyer", "flyer"),
    ],
)
async def test_a_start_is_one_whatever_white_space_its_code_stands_behind(
    text: str, code: str
) -> None:
    update = raw.types.UpdateNewMessage(message=message(5, message=text), pts=5, pts_count=1)
    translation = translate(update, {}, datetime.now(UTC))
    assert translation is not None
    assert translation.update == sdk.Start(
        chat_id=ANNA.id, occurred_at=translation.update.occurred_at, code=code
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/help", ("help", "")),
        ("/find\ngreen tea\nor black", ("find", "green tea\nor black")),
        ("/starting now", ("starting", "now")),
        ("/", None),
        ("/ start", None),
        ("\n/start", None),
    ],
)
async def test_what_is_a_command(text: str, expected: tuple[str, str] | None) -> None:
    update = raw.types.UpdateNewMessage(message=message(5, message=text), pts=5, pts_count=1)
    translation = translate(update, {}, datetime.now(UTC))
    assert translation is not None
    happened = translation.update
    if expected is None:
        assert isinstance(happened, sdk.Message) and happened.text == text
    else:
        assert isinstance(happened, sdk.Command)
        assert (happened.name, happened.argument) == expected


async def test_whose_it_is() -> None:
    telegram = Telegram()
    open_stream(telegram)
    telegram.stream.take(news(11))
    profile = telegram.arrivals[0].translation.profile
    assert (profile.telegram_id, profile.first_name, profile.username) == (9001, "Anna", "anna")
    assert (profile.language, profile.is_premium) == ("pt", True)


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
