import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.sdk.keyboards import NoKeyboard, button, keyboard, link
from bots.sdk.replies import (
    DURABLE,
    AnswerPreCheckout,
    EditText,
    SendAlbum,
    SendInvoice,
    SendPhoto,
    SendText,
    Span,
    StoredFile,
    TelegramFile,
    Text,
    split_text,
    utf16_length,
)
from core.events import BOT_STARTED, Actor, Emitted, Event
from core.money import Money


def test_a_durable_message_survives_the_store() -> None:
    message = SendText(
        text=Text(plain="Заказ № 1", spans=(Span(style="bold", offset=0, length=5),)),
        keyboard=keyboard([button("Меню", "menu"), link("Сайт", "https://example.org")]),
    )
    stored = DURABLE.dump_python(message, mode="json")
    assert DURABLE.validate_python(stored) == message
    assert DURABLE.validate_json(DURABLE.dump_json(message)) == message


def test_a_bill_survives_the_store() -> None:
    bill = SendInvoice(title="Пуэр", description="Чай", payload="order:12", price=Money(300, "XTR"))
    assert DURABLE.validate_python(DURABLE.dump_python(bill, mode="json")) == bill


def test_an_answer_to_something_that_passes_cannot_wait() -> None:
    answer = AnswerPreCheckout(query_id=1, ok=True)
    with pytest.raises(ValidationError):
        DURABLE.validate_python(answer.model_dump(mode="json"))


def test_what_a_message_leads_to_waits_with_it() -> None:
    actor = Actor(buyer_no=7, lang="ru")
    sent = Emitted(actor, Event(BOT_STARTED, order_id=5, props={"a": 1}))
    edit = EditText(message_id=1, text=Text(plain="x"), on_sent=(sent,))
    stored = DURABLE.dump_python(edit, mode="json")
    assert DURABLE.validate_python(stored) == edit
    plain = DURABLE.dump_python(SendText(text=Text(plain="x")), mode="json")
    assert plain.keys() == {"kind", "text", "keyboard"}  # as workers before this one read it


def test_a_text_is_measured_as_telegram_measures_it() -> None:
    assert SendText(text=Text(plain="😀" * 2048))
    with pytest.raises(ValidationError, match="4096"):
        SendText(text=Text(plain="😀" * 2049))
    with pytest.raises(ValidationError):
        Text(plain="")
    with pytest.raises(ValidationError, match="behind the text"):
        Text(plain="ab", spans=(Span(style="bold", offset=1, length=2),))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"description": ""},
        {"payload": "12"},
        {"payload": "order:" + "1" * 101},
    ],
)
def test_a_bill_that_telegram_would_refuse_is_refused_before(changes: dict[str, str]) -> None:
    values = {"title": "Пуэр", "description": "Чай", "payload": "order:1"} | changes
    with pytest.raises(ValidationError):
        SendInvoice.model_validate(values | {"price": Money(300, "XTR")})


def test_what_is_too_long_for_a_bill_is_cut() -> None:
    bill = SendInvoice(
        title="a" * 33, description="b " * 200, payload="order:1", price=Money(300, "XTR")
    )
    assert (bill.title, len(bill.description)) == ("a" * 31 + "…", 254)


def test_a_refusal_says_why() -> None:
    with pytest.raises(ValidationError, match="reason"):
        AnswerPreCheckout(query_id=1, ok=False)


@given(
    st.text(st.sampled_from("ab \n😀ש"), min_size=1, max_size=60).filter(str.strip),
    st.integers(2, 12),
    st.data(),
)
def test_a_long_text_goes_in_parts_with_its_words_and_styles(
    plain: str, limit: int, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(plain) - 1))
    whole = Text(
        plain=plain,
        spans=(Span(style="bold", offset=utf16_length(plain[:offset]), length=1),),
    )
    parts = split_text(whole, limit)
    assert all(part.units <= limit for part in parts)
    assert "".join("".join(part.plain.split()) for part in parts) == "".join(plain.split())
    assert sum(len(part.spans) for part in parts) <= 1


def test_a_text_that_fits_is_one_part_and_a_longer_one_breaks_between_paragraphs() -> None:
    assert [part.plain for part in split_text(Text(plain="one"))] == ["one"]
    long = Text(plain=f"{'a' * 3000}\n\n{'b' * 3000}")
    assert [part.units for part in split_text(long)] == [3000, 3000]
    assert [part.units for part in split_text(Text(plain="😀" * 3000))] == [4096, 1904]


@pytest.mark.parametrize("units", [1024, 1025])
def test_a_caption_holds_1024_characters(units: int) -> None:
    photo = TelegramFile(file_id="x")
    if units == 1024:
        assert SendPhoto(photo=photo, caption=Text(plain="x" * units))
    else:
        with pytest.raises(ValidationError, match="1024"):
            SendPhoto(photo=photo, caption=Text(plain="x" * units))


def test_an_album_and_a_picture_survive_the_store() -> None:
    stored = StoredFile(sha256="a" * 64, name="tea.jpg")
    for message in (
        SendPhoto(photo=stored, caption=Text(plain="Чай")),
        SendAlbum(photos=(stored, TelegramFile(file_id="x"))),
        SendText(text=Text(plain="?"), keyboard=NoKeyboard()),
    ):
        assert DURABLE.validate_python(DURABLE.dump_python(message, mode="json")) == message
