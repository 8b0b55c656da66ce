"""Proofs of transfers in the staff's group: shown with their picture, decided by a button."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.modules.transfer import store
from bots.sdk import staffing
from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.points import StaffCard, Subject
from bots.sdk.replies import AnswerButton, EditText, Reply, SendDocument, SendPhoto, SendText
from bots.sdk.updates import StaffPress
from core.postgres import Connection
from core.shop import staff
from tests.bots.modules.transfer.test_transfer import PDF, REQUISITES, offered, picture, proven
from tests.bots.paying import Paid
from tests.bots.shopper import outgoing

GROUP, OTHER = -1001234567890, -77
OWNER, BORIS, STRANGER = 501, 502, 503
_numbers = itertools.count(1)


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Paid:
    """With two groups and two who may decide; one has a topic for payments."""
    shop = await Paid.open(connection, transfer={"requisites": REQUISITES})
    for chat_id in (GROUP, OTHER):
        code, _ = await staff.create_code(connection, shop.origin.bot_id, "owner")
        await staff.bind(
            connection,
            shop.origin,
            code,
            chat_id=chat_id,
            title="Staff",
            has_topics=chat_id == GROUP,
            telegram_id=OWNER,
            name="Olga",
        )
    await staff.set_topic(connection, shop.origin.bot_id, GROUP, "orders", 3)
    await staff.set_topic(connection, shop.origin.bot_id, GROUP, "payments", 5)
    await staff.add_member(
        connection, shop.origin.shop_id, BORIS, "Boris", added_by="owner", rights=["orders"]
    )
    return shop


async def press(shop: Paid, data: str, person_id: int = OWNER) -> list[Reply]:
    action, _, argument = data.partition(":")
    async with shop.transaction() as transaction:
        update = StaffPress(
            chat_id=GROUP,
            occurred_at=datetime.now(UTC),
            person_id=person_id,
            person_name="x",
            action=action,
            argument=argument,
            query_id=next(_numbers),
            message_id=9,
        )
        await staffing.take(transaction, update)
    return transaction.replies


async def cards(shop: Paid) -> list[tuple[int, Any]]:
    return [
        (chat_id, message)
        for chat_id, purpose, message in await outgoing(shop.connection)
        if purpose == "staff_proof"
    ]


def data_of(message: Any) -> list[str]:
    rows = message.keyboard.rows if isinstance(message.keyboard, Keyboard) else ()
    return [each.data for row in rows for each in row if isinstance(each, ActionButton)]


async def told(shop: Paid, purpose: str) -> list[str]:
    return [
        message.text.plain
        for _, of, message in await outgoing(shop.connection)
        if of == purpose and isinstance(message, SendText)
    ]


async def test_a_proof_comes_with_its_picture_and_is_confirmed_once(shop: Paid) -> None:
    order, proof = await proven(shop)
    shown = await cards(shop)
    assert sorted((chat_id, card.thread_id) for chat_id, card in shown) == [
        (GROUP, 5),
        (OTHER, None),
    ]
    card = shown[0][1]
    kept = await store.get(shop.connection, shop.origin.bot_id, proof)
    assert isinstance(card, SendPhoto) and card.photo.model_dump()["sha256"] == kept.sha256
    assert card.caption is not None and "Чек за заказ № 1" in card.caption.plain
    assert data_of(card) == [f"transfer_confirm:{proof}", f"transfer_decline:{proof}"]
    done, edited = await press(shop, f"transfer_confirm:{proof}")
    assert isinstance(done, AnswerButton) and "Olga" in done.text
    assert isinstance(edited, EditText) and "Деньги пришли · Olga" in edited.text.plain
    assert data_of(edited) == []
    assert (await shop.reread(order)).status == "paid"
    for data in (f"transfer_confirm:{proof}", f"transfer_decline:{proof}.other"):
        again, _ = await press(shop, data)
        assert isinstance(again, AnswerButton) and again.alert and "Olga" in again.text
    assert await shop.payments() == [("transfer", "succeeded", order.total_minor, "RUB")]


async def test_a_proof_is_declined_for_a_reason_that_the_shopper_reads(shop: Paid) -> None:
    order, proof = await proven(shop, content=PDF)
    assert isinstance((await cards(shop))[0][1], SendDocument)
    _, asked = await press(shop, f"transfer_decline:{proof}")
    assert isinstance(asked, EditText) and "Почему отклоняем?" in asked.text.plain
    assert data_of(asked)[-1] == f"transfer_proof:{proof}"
    _, back = await press(shop, f"transfer_proof:{proof}")
    assert isinstance(back, EditText) and len(data_of(back)) == 2
    _, edited = await press(shop, data_of(asked)[1])
    assert isinstance(edited, EditText) and "Отклонён · Olga" in edited.text.plain
    assert "A different amount has arrived." in (await told(shop, "transfer_declined"))[0]
    assert (await shop.reread(order)).status == "created"
    assert (await store.get(shop.connection, shop.origin.bot_id, proof)).reason == "wrong_amount"


@pytest.mark.parametrize("who", [STRANGER, BORIS])
async def test_who_may_not_decide_changes_nothing(shop: Paid, who: int) -> None:
    order, proof = await proven(shop)
    for data in (f"transfer_confirm:{proof}", f"transfer_decline:{proof}.other"):
        (answer,) = await press(shop, data, who)
        assert isinstance(answer, AnswerButton) and answer.alert
    assert (await shop.reread(order)).status == "created"


@pytest.mark.parametrize("argument", ["", "0", "x", "99", "1.none", "9" * 40])
async def test_buttons_of_no_proof_are_answered(shop: Paid, argument: str) -> None:
    (answer,) = await press(shop, f"transfer_confirm:{argument}"[:63])
    assert isinstance(answer, AnswerButton) and "больше нет" in answer.text


async def test_staff_see_that_a_proof_came_before_and_in_the_orders_card(shop: Paid) -> None:
    same = picture("Paid 1500 to Anna")
    await proven(shop, 1, same)
    order, proof = await proven(shop, 2, same)
    captions = [card.caption.plain for _, card in await cards(shop)]
    assert "Этот же файл уже присылали за заказ № 1." in captions[2]
    (part,) = await offered(shop, StaffCard, Subject("order", order.id))
    assert [each[:2] for each in part.actions] == [
        ("transfer_confirm", str(proof)),
        ("transfer_decline", str(proof)),
    ]
