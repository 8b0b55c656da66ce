import pytest
from pydantic import ValidationError

from bots.sdk.keyboards import button, keyboard, link
from bots.sdk.replies import (
    DURABLE,
    AnswerPreCheckout,
    EditText,
    SendInvoice,
    SendText,
    Span,
    Text,
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
