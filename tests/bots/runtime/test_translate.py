"""What people send and do, in the words of the SDK."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram import raw

from bots.runtime.storage import Position
from bots.runtime.translate import translate
from bots.sdk import updates as sdk
from tests.bots.runtime.difference import ANNA, NOW, Telegram, message, news, open_stream, pushed


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
