"""Buyers rate, write and show; the shop looks through it and answers."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from bots.modules.reviews import reviewing, staff_cards, store
from bots.modules.reviews.store import Review
from bots.sdk.context import Scope
from bots.sdk.jobs import Job
from bots.sdk.points import NeedsYou, OrderAction, ProductAction
from bots.sdk.replies import AnswerButton, SendPhoto, SendText
from bots.sdk.updates import Message, ReceivedFile
from core.postgres import Connection
from core.shop import bots, catalogue, customers, erasures, files, fulfilment, payments, shops
from core.shop.orders import Order
from core.shop.staff import Doer
from tests.bots.paying import Paid
from tests.bots.shopper import Shopper, outgoing
from tests.factories import charge_of, create_bot, create_shop

DOER = Doer("the owner")


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Paid:
    return await Paid.open(connection, reviews={})


async def scope_of(shop: Paid, transaction: Any, buyer_no: int = 0) -> Scope[Any]:
    item = next(each for each in shop.enabled if each.key == "reviews")
    scope: Scope[Any] = Scope(transaction, item)
    return (await scope.about(buyer_no) or scope) if buyer_no else scope


async def paid(shop: Paid, shopper: Shopper, **product: Any) -> Order:
    order = await shop.order(shopper, await shop.product(**({"title": "Tea"} | product)))
    buyer = await customers.touch(shop.connection, shop.origin.shop_id, shopper.profile)
    async with shop.transaction() as transaction:
        charge = charge_of(order, buyer, provider="transfer")
        await payments.pay(
            shop.connection, transaction.origin, buyer, order_id=order.id, charge=charge
        )
    return await shop.reread(order)


async def delivered(shop: Paid, shopper: Shopper, **product: Any) -> Order:
    order = await paid(shop, shopper, **product)
    async with shop.transaction() as transaction:
        await fulfilment.move(
            shop.connection, transaction.origin, order_id=order.id, stage="delivered"
        )
    return await shop.reread(order)


async def again(shop: Paid, shopper: Shopper, product_id: int) -> Order:
    """Another delivered order of the same product."""
    product = await catalogue.get(shop.connection, shop.origin.shop_id, product_id)
    order = await shop.order(shopper, product)
    buyer = await customers.touch(shop.connection, shop.origin.shop_id, shopper.profile)
    charge = charge_of(order, buyer, provider="transfer")
    await payments.pay(shop.connection, shop.origin, buyer, order_id=order.id, charge=charge)
    await fulfilment.move(shop.connection, shop.origin, order_id=order.id, stage="delivered")
    return await shop.reread(order)


async def the_review(shop: Paid) -> Review:
    number = await shop.connection.fetchval("SELECT max(id) FROM reviews")
    return await store.get(shop.connection, shop.origin.bot_id, number)


async def offered(shop: Paid, point: type[Any], about: object) -> list[Any]:
    async with shop.transaction() as transaction:
        scope = await scope_of(shop, transaction)
        return [each for each in await scope.offered(point, about) if each.module == "reviews"]


async def moderated(shop: Paid, state: store.State) -> Review:
    async with shop.transaction() as transaction:
        scope = await scope_of(shop, transaction)
        return await reviewing.moderate(scope, DOER, (await the_review(shop)).id, state)


async def facts(connection: Connection, event: str) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT product_id, quantity, outcome FROM outbox WHERE event = $1 ORDER BY xid, pos",
        event,
    )
    return [tuple(row) for row in rows]


async def test_a_rating_counts_at_once_and_words_once_they_were_looked_at(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    product = await catalogue.get(shop.connection, shop.origin.shop_id, order.lines[0].product_id)
    (action,) = await offered(shop, OrderAction, order)
    assert action.label == "⭐ Оставить отзыв"  # the shop's own language: nobody asks
    assert f"review_rate:{order.id}.1.5" in (await shopper.press(f"review:{order.id}")).buttons
    await shopper.press(f"review_rate:{order.id}.1.4")
    (rating,) = await offered(shop, ProductAction, product)
    assert "4,0" in rating.label  # as the shop's own language writes it
    thanks = await shopper.write("Strong and <b>fresh</b>")
    assert "once the shop has looked through it" in thanks.screen.text.plain
    assert not await offered(shop, ProductAction, product)
    (needed,) = await offered(shop, NeedsYou, None)
    assert (needed.kind, needed.count) == ("reviews_waiting", 1)
    for _ in range(2):
        await moderated(shop, "shown")
    listed = await shopper.press(f"reviews:{product.id}.0")
    assert "★★★★☆" in listed.screen.text.plain
    assert "Strong and <b>fresh</b>" in listed.screen.text.plain
    assert not await offered(shop, NeedsYou, None)
    assert await facts(shop.connection, "review_submitted") == [(product.id, 4, "new")]
    assert await facts(shop.connection, "review_moderated") == [(product.id, 4, "shown")]


async def test_one_review_a_line_that_can_be_changed(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    for rating in (2, 2, 5):
        await shopper.press(f"review_rate:{order.id}.1.{rating}")
    await shopper.write("Better now")
    await moderated(shop, "shown")
    await shopper.press(f"review_rate:{order.id}.1.5")
    await shopper.write("Even better")
    review = await the_review(shop)
    assert (review.rating, review.body, review.state) == (5, "Even better", "waiting")
    assert await shop.connection.fetchval("SELECT count(*) FROM reviews") == 1
    told = await facts(shop.connection, "review_submitted")
    assert [each[1:] for each in told] == [(2, "new"), (5, "edited"), (5, "edited")]
    before = await shopper.press(f"review:{order.id}")
    assert "Your rating: ★★★★★" in before.screen.text.plain
    assert "Even better" in before.screen.text.plain


async def test_only_who_has_bought_and_has_it_may_review(shop: Paid) -> None:
    shopper, stranger = shop.shopper(), shop.shopper(2)
    order = await paid(shop, shopper)
    assert not await offered(shop, OrderAction, order)
    assert (await shopper.press(f"review_rate:{order.id}.1.5")).only(AnswerButton).alert
    await shop.connection.execute("UPDATE orders SET paid_at = now() - interval '15 days'")
    await shopper.press(f"review_rate:{order.id}.1.5")
    assert (await the_review(shop)).rating == 5
    for data in (
        f"review:{order.id}",
        f"review_line:{order.id}.1",
        f"review_rate:{order.id}.1.1",
        "review:999999",
        "review:x",
        "review",
    ):
        assert (await stranger.press(data)).only(AnswerButton).alert, data
    assert (await the_review(shop)).rating == 5


@pytest.mark.parametrize("tail", ["1.6", "1.0", "1.x", "9.5", "0.5", "1", "", "1.5.5"])
async def test_a_forged_rating_is_none(shop: Paid, tail: str) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    seen = await shopper.press(f"review_rate:{order.id}.{tail}")
    assert any(each.startswith("review_") for each in seen.buttons)
    assert not await shop.connection.fetchval("SELECT count(*) FROM reviews")


def picture(colour: str = "green") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(file, "JPEG")
    return file.getvalue()


async def send(shop: Paid, shopper: Shopper, content: bytes, words: str = "") -> None:
    name = f"file-{len(shop.fetched)}"
    shop.fetched[name] = content
    await shopper.do(
        Message(
            kind="photo",
            text=words,
            file=ReceivedFile(kind="photo", file_id=name, unique_id=name, size=len(content)),
            chat_id=shopper.profile.telegram_id,
            occurred_at=datetime.now(UTC),
        )
    )
    await shop.run_jobs()


async def test_a_picture_is_shown_and_what_is_none_is_left_out(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.5")
    await send(shop, shopper, picture(), "Look")
    review = await moderated(shop, "shown")
    assert review.sha256 and review.body == "Look"
    shown = await shopper.press(f"reviews:{review.product_id}.0")
    button = f"review_picture:{review.product_id}.{review.id}"
    assert button in shown.buttons
    (photo,) = [
        each for each in (await shopper.press(button)).replies if isinstance(each, SendPhoto)
    ]
    assert photo.photo.kind == "stored"
    await moderated(shop, "hidden")
    assert (await shopper.press(button)).only(AnswerButton).alert
    await shopper.press(f"review_rate:{order.id}.1.5")
    await send(shop, shopper, b"no picture at all", "Again")
    later = await moderated(shop, "shown")
    assert (later.sha256, later.body) == (None, "Again")


async def test_a_picture_is_kept_only_as_long_as_its_review_has_it(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)

    async def kept() -> list[str]:
        key = store.key_of((await the_review(shop)).id)
        found = await files.of(shop.connection, shop.origin.shop_id, store.OWNER, key)
        return [each.sha256 for each in found]

    for colour in ("green", "red"):
        await shopper.press(f"review_rate:{order.id}.1.5")
        await send(shop, shopper, picture(colour), "Look")
        assert await kept() == [(await the_review(shop)).sha256]
    await shopper.press(f"review_rate:{order.id}.1.5")
    await shopper.write("Without a picture")
    assert (await the_review(shop)).sha256 is None
    assert not await kept()


async def test_a_picture_opens_in_every_bot_of_the_shop_and_in_no_other(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.5")
    await send(shop, shopper, picture(), "Look")
    review = await moderated(shop, "shown")
    button = f"review_picture:{review.product_id}.{review.id}"
    own = await shops.get(shop.connection, shop.origin.shop_id)
    for owner, opens in ((own, True), (await create_shop(shop.connection), False)):
        bot = await create_bot(shop.connection, owner)
        origin = await bots.origin_of(shop.connection, bot.id)
        seen = await Paid(shop.connection, origin, shop.enabled).shopper(2).press(button)
        assert any(isinstance(each, SendPhoto) for each in seen.replies) == opens


async def test_the_shop_answers_and_the_shopper_reads_it_once(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.3")
    review = await the_review(shop)
    for _ in range(2):
        async with shop.transaction() as transaction:
            scope = await scope_of(shop, transaction)
            await reviewing.answer(scope, DOER, review.id, "We brew it cooler now.")
    told = [
        each.text.plain
        for _, why, each in await outgoing(shop.connection)
        if why == "review_answer" and isinstance(each, SendText)
    ]
    assert told == ["The shop has answered your review of “Tea”: We brew it cooler now."]
    shown = await shopper.press(f"reviews:{review.product_id}.0")
    assert "The shop: We brew it cooler now." in shown.screen.text.plain


async def test_pages_and_an_average_of_what_is_shown(shop: Paid) -> None:
    order = await delivered(shop, shop.shopper())
    product_id = order.lines[0].product_id
    await shop.shopper().press(f"review_rate:{order.id}.1.5")
    for number, rating in enumerate((1, 4, 4, 2, 5, 2), start=2):
        shopper = shop.shopper(number)
        more = await again(shop, shopper, product_id)
        await shopper.press(f"review_rate:{more.id}.1.{rating}")
    await moderated(shop, "hidden")  # the last 2: it does not count
    first = await shop.shopper().press(f"reviews:{product_id}.0")
    assert "⭐ 3.5, reviews: 6" in first.screen.text.plain  # 21 ÷ 6
    assert [line.partition(" ")[0] for line in first.screen.text.plain.split("\n\n")[1:]] == [
        "★★★★★",
        "★★☆☆☆",
        "★★★★☆",
        "★★★★☆",
        "★☆☆☆☆",
    ]
    assert f"reviews:{product_id}.1" in first.buttons
    second = await shop.shopper().press(f"reviews:{product_id}.1")
    assert second.screen.text.plain.count("★★★★★") == 1
    assert f"reviews:{product_id}.0" in second.buttons


async def ask_now(shop: Paid, order: Order) -> list[str]:
    """Runs what was put off, whenever it is due, and gives the requests that were sent."""
    jobs = await shop.connection.fetch("SELECT data, due_at FROM module_jobs WHERE task = 'ask'")
    assert len(jobs) == 1 and jobs[0]["data"] == {"order": order.id}
    item = next(each for each in shop.enabled if each.key == "reviews")
    async with shop.transaction() as transaction:
        scope = await scope_of(shop, transaction, order.buyer_no)
        job = Job(str(order.id), jobs[0]["data"], jobs[0]["due_at"])
        for _ in range(2):
            await item.module.jobs.tasks["ask"].run(scope, job)
    return [
        each.text.plain
        for _, why, each in await outgoing(shop.connection)
        if why == "review_request" and isinstance(each, SendText)
    ]


async def test_a_review_is_asked_for_some_days_after_the_delivery(shop: Paid) -> None:
    order = await delivered(shop, shop.shopper())
    due = await shop.connection.fetchval("SELECT due_at FROM module_jobs WHERE task = 'ask'")
    assert timedelta(days=2, hours=23) < due - datetime.now(UTC) < timedelta(days=3, minutes=1)
    assert await ask_now(shop, order) == ["How do you like “Tea”? Please rate it."]


async def test_nobody_is_asked_who_has_reviewed_or_has_nothing_yet(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await paid(shop, shopper)
    assert not await ask_now(shop, order)
    await shop.connection.execute("UPDATE orders SET paid_at = now() - interval '15 days'")
    await shopper.press(f"review_rate:{order.id}.1.5")
    assert not await ask_now(shop, order)


async def test_staff_read_a_review_and_what_can_be_done(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.2")
    await shopper.write("Late")
    review = await the_review(shop)
    item = next(each for each in shop.enabled if each.key == "reviews")
    text, under = staff_cards.card(item.texts["en"], review)
    assert "★★☆☆☆, to be looked through" in text.plain and "Late" in text.plain
    assert under is not None and len(under.rows[0]) == 2


async def test_of_an_erased_shopper_the_rating_stays_and_nothing_else(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.2")
    await shopper.write("My name is Anna")
    await moderated(shop, "shown")
    await shop.connection.execute("DELETE FROM outgoing")
    await erasures.erase(shop.connection, shop.origin.shop_id, order.buyer_no, with_events=False)
    review = await the_review(shop)
    assert (review.buyer_no, review.rating, review.body, review.state) == (0, 2, "", "shown")
    with pytest.raises(reviewing.NothingToAnswer):
        async with shop.transaction() as transaction:
            scope = await scope_of(shop, transaction)
            await reviewing.answer(scope, DOER, review.id, "Thank you")


async def test_without_looking_through_words_are_shown_at_once(connection: Connection) -> None:
    shop = await Paid.open(connection, reviews={"premoderates": False})
    shopper = shop.shopper()
    order = await delivered(shop, shopper)
    await shopper.press(f"review_rate:{order.id}.1.5")
    assert "Thank you" in (await shopper.write("Good")).screen.text.plain
    assert (await the_review(shop)).state == "shown"
