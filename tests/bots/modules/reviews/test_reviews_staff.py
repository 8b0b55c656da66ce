"""Reviews in the staff's group: shown and hidden by a button, answered by a reply."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk import staffing
from bots.sdk.replies import SendText
from bots.sdk.updates import StaffPress, StaffReply
from core.postgres import Connection
from core.shop import staff
from tests.bots.modules.reviews.test_reviews import delivered, the_review
from tests.bots.paying import Paid
from tests.bots.shopper import outgoing

GROUP = -1001234567890
OLGA, BORIS = 501, 502
_numbers = itertools.count(1000)


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Paid:
    """Olga may look after reviews, Boris may not; one review waits."""
    shop = await Paid.open(connection, reviews={})
    code, _ = await staff.create_code(connection, shop.origin.bot_id, "owner")
    await staff.bind(
        connection,
        shop.origin,
        code,
        chat_id=GROUP,
        title="Staff",
        has_topics=False,
        telegram_id=OLGA,
        name="Olga",
    )
    await staff.add_member(
        connection, shop.origin.shop_id, BORIS, "Boris", added_by="owner", rights=["orders"]
    )
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.4")
    await shopper.write("Strong")
    await connection.execute("UPDATE outgoing SET state = 'sent', message_id = id + 100")
    return shop


async def take(shop: Paid, update: Any) -> None:
    async with shop.transaction() as transaction:
        await staffing.take(transaction, update)


def by(person: int) -> dict[str, Any]:
    return {
        "chat_id": GROUP,
        "occurred_at": datetime.now(UTC),
        "person_id": person,
        "person_name": "x",
    }


async def press(shop: Paid, data: str, person: int = OLGA) -> None:
    action, _, argument = data.partition(":")
    update = StaffPress(
        action=action, argument=argument, query_id=next(_numbers), message_id=9, **by(person)
    )
    await take(shop, update)


async def reply(shop: Paid, text: str, person: int = OLGA) -> None:
    card = await shop.connection.fetchval(
        "SELECT message_id FROM outgoing WHERE purpose = 'staff_review'"
    )
    update = StaffReply(
        kind="text", text=text, reply_to=card, message_id=next(_numbers), **by(person)
    )
    await take(shop, update)


async def test_who_may_shows_and_hides_it(shop: Paid) -> None:
    cards = [each for _, why, each in await outgoing(shop.connection) if why == "staff_review"]
    assert len(cards) == 1 and isinstance(cards[0], SendText)
    assert "★★★★☆" in cards[0].text.plain and "Strong" in cards[0].text.plain
    review = await the_review(shop)
    await press(shop, f"review_show:{review.id}", BORIS)
    assert (await the_review(shop)).state == "waiting"
    await press(shop, "review_show:999999")
    await press(shop, f"review_show:{review.id}")
    shown = await the_review(shop)
    assert (shown.state, shown.moderated_by) == ("shown", "Olga")
    await press(shop, f"review_hide:{review.id}")
    assert (await the_review(shop)).state == "hidden"


async def test_a_reply_to_its_card_is_the_shops_answer(shop: Paid) -> None:
    await reply(shop, "Thank you", BORIS)
    await reply(shop, "x" * 1001)
    assert (await the_review(shop)).answer == ""
    await reply(shop, " Thank you ")
    assert (await the_review(shop)).answer == "Thank you"
    told = [why for _, why, _ in await outgoing(shop.connection) if why == "review_answer"]
    assert told == ["review_answer"]
