import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw

from bots.modules.transfer import review, staff, store
from bots.modules.transfer.review import AlreadyReviewed
from bots.sdk.context import Scope
from bots.sdk.pausing import Pause
from bots.sdk.points import NeedsYou, OrderAction
from bots.sdk.replies import AnswerButton, SendText
from bots.sdk.updates import Message, ReceivedFile
from core.events import Bilingual
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import customers, erasures, top_ups, wallets
from core.shop.orders import Order
from core.shop.staff import Doer
from core.shop.wallets import EntryDraft
from tests.bots.paying import Paid
from tests.bots.shopper import Seen, Shopper, events, outgoing
from tests.factories import create_verdict

REQUISITES = {"ru": "Карта 2200 0000 0000 0000, Анна К.", "en": "Card 2200 0000 0000 0000, Anna K."}
DOER = Doer("the owner")
PDF = b"%PDF-1.4\n" + b"0" * 100


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Paid:
    return await Paid.open(connection, transfer={"requisites": REQUISITES})


def picture(words: str, *, size: tuple[int, int] = (600, 900), quality: int = 90) -> bytes:
    """A screenshot of a bank's receipt."""
    image = Image.new("RGB", (600, 900), "white")
    draw = ImageDraw.Draw(image)
    for number, word in enumerate(words.split()):
        draw.rectangle((40, 60 + 90 * number, 60 + 40 * len(word), 120 + 90 * number), "navy")
        draw.text((50, 70 + 90 * number), word, fill="yellow")
    file = io.BytesIO()
    image.resize(size).save(file, "JPEG", quality=quality)
    return file.getvalue()


async def send(shop: Paid, shopper: Shopper, content: bytes, **file: Any) -> Seen:
    """The shopper sends a file, and the worker looks at what was put off."""
    name = f"file-{len(shop.fetched)}"
    shop.fetched[name] = content
    values: dict[str, Any] = {
        "kind": "photo",
        "file_id": name,
        "unique_id": name,
        "size": len(content),
    } | file
    seen = await shopper.do(
        Message(
            kind="photo",
            file=ReceivedFile(**values),
            chat_id=shopper.profile.telegram_id,
            occurred_at=datetime.now(UTC),
        )
    )
    await shop.run_jobs()
    return seen


async def proven(shop: Paid, number: int = 1, content: bytes | None = None) -> tuple[Order, int]:
    """An order whose shopper has sent a proof: the order, and the proof's number."""
    shopper = shop.shopper(number)
    order = await shop.order(shopper)
    await shop.asked(shopper, order)
    await shopper.press(f"transfer_paid:{order.id}")
    await send(shop, shopper, content if content is not None else picture(f"order {number}"))
    return order, await shop.connection.fetchval("SELECT max(id) FROM transfer_proofs")


async def decided(shop: Paid, proof: int, reason: review.Reason | None = None) -> store.Proof:
    """What somebody in the panel has decided of a proof."""
    async with shop.transaction() as transaction:
        item = next(each for each in shop.enabled if each.key == "transfer")
        scope: Scope[Any] = Scope(transaction, item)
        if reason is None:
            return await review.confirm(scope, proof, DOER)
        return await review.decline(scope, proof, DOER, reason, "See you")


async def test_from_the_requisites_to_the_confirmation(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=150_000, stock=1))
    seen = await shop.asked(shopper, order)
    text = seen.screen.text.plain
    assert "Order No. 1" in text and "1,500 ₽" in text and REQUISITES["en"] in text
    assert seen.buttons == [f"transfer_paid:{order.id}", "menu:below"]
    asked = await shopper.press(f"transfer_paid:{order.id}")
    assert "1,500 ₽" in asked.screen.text.plain
    taken = await send(shop, shopper, picture("Paid 1500"))
    assert "has your proof" in taken.screen.text.plain

    ((needed),) = await offered(shop, NeedsYou)
    assert (needed.kind, needed.count, needed.link) == ("transfer_proofs", 1, "proofs")
    (proof,) = await store.listed(shop.connection, shop.origin.bot_id, "waiting")
    assert proof.sha256 is not None and proof.duplicate_of is None
    assert (await decided(shop, proof.id)).state == "confirmed"
    assert (await shop.reread(order)).status == "paid"
    assert await shop.payments() == [("transfer", "succeeded", 150_000, "RUB")]
    assert await shop.facts("payment_proof_uploaded") == [
        (order.id, 150_000, "", '{"provider":"transfer"}')
    ]
    assert await shop.facts("payment_reviewed") == [
        (order.id, 150_000, "confirmed", '{"provider":"transfer"}')
    ]
    assert await shop.facts("payment_succeeded") == [
        (order.id, 150_000, "transfer", '{"fee_minor":0}')
    ]
    told = await shop.connection.fetchrow("SELECT actor, action, subject FROM staff_actions")
    assert tuple(told or ()) == ("the owner", "transfer.confirm", f"order:{order.id}")
    assert await offered(shop, NeedsYou) == ()


async def test_money_on_its_way_is_taken_in_a_pause(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper)
    await shop.asked(shopper, order)
    for pause in (Pause(Bilingual("Мы в отпуске.", "We are away.")), Pause(None)):
        shopper.pause = pause
        asked = await shopper.press(f"transfer_paid:{order.id}")
        assert asked.taken_by == "transfer" and asked.only(AnswerButton)
    taken = await send(shop, shopper, picture("Paid in the pause"))
    assert "has your proof" in taken.screen.text.plain
    (proof,) = await store.listed(shop.connection, shop.origin.bot_id, "waiting")
    assert (await decided(shop, proof.id)).state == "confirmed"
    assert (await shop.reread(order)).status == "paid"


async def test_the_rest_is_withheld_in_a_pause_whatever_was_asked(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper)
    away = Pause(Bilingual("Мы в отпуске.", "We are away."))
    shopper.pause = away
    assert (await shopper.press(f"transfer:{order.id}")).taken_by is None
    assert (await shopper.write("hello")).only(SendText).text.plain == "We are away."
    shopper.pause = None
    await shopper.press(f"transfer_paid:{order.id}")
    shopper.pause = away
    assert (await shopper.press("cart")).taken_by is None
    await shop.connection.execute("UPDATE dialogs SET expires_at = now() - interval '2 days'")
    seen = await shopper.write("hello")  # nobody answers a question of long ago
    assert (seen.taken_by, seen.only(SendText).text.plain) == (None, "We are away.")


async def offered(shop: Paid, point: Any, about: object = None) -> Any:
    async with shop.transaction() as transaction:
        return await Scope(transaction, transaction.enabled[0]).offered(point, about)


async def test_the_units_are_kept_while_it_is_waited_for_and_reviewed(shop: Paid) -> None:
    product = await shop.product(stock=1)
    first, second = shop.shopper(1), shop.shopper(2)
    order, late = await shop.order(first, product), await shop.order(second, product)
    await shop.asked(first, order)
    assert "sold out" in (await shop.asked(second, late)).screen.text.plain
    await first.press(f"transfer_paid:{order.id}")
    await send(shop, first, PDF, kind="document", media_type="application/pdf")
    kept = await shop.connection.fetchrow(
        "SELECT reserved_until > now() + interval '71 hours' AS kept, "
        "expires_at > now() + interval '71 hours' AS waits FROM orders WHERE id = $1",
        order.id,
    )
    assert tuple(kept or ()) == (True, True)


async def test_a_changed_price_is_said_before_anything_is_sent(shop: Paid) -> None:
    product, shopper = await shop.product(), shop.shopper()
    order = await shop.order(shopper, product)
    await shop.connection.execute("UPDATE products SET price_minor = 500")
    seen = await shop.asked(shopper, order)
    assert "new price" in seen.screen.text.plain and seen.buttons == ["menu"]
    assert "payment_initiated" not in await events(shop.connection)


@pytest.mark.parametrize("again", ["same", "smaller", "other"])
async def test_a_proof_that_came_for_another_order_is_marked(shop: Paid, again: str) -> None:
    content = picture("Transfer 3000 to Anna on Monday")
    first, _ = await proven(shop, 1, content)
    second = {
        "same": content,
        "smaller": picture("Transfer 3000 to Anna on Monday", size=(480, 720), quality=60),
        "other": picture("Completely another thing is written here, longer"),
    }[again]
    _, number = await proven(shop, 2, second)
    proof = await store.get(shop.connection, shop.origin.bot_id, number)
    if again == "other":
        assert proof.duplicate_of is None
    else:
        assert proof.duplicate_order_no == first.order_no
        assert proof.is_exact == (again == "same")


async def test_a_declined_proof_is_explained_and_another_may_follow(shop: Paid) -> None:
    order, number = await proven(shop)
    assert (await decided(shop, number, "wrong_amount")).reason == "wrong_amount: See you"
    ((chat_id, purpose, message),) = await outgoing(shop.connection)
    assert (chat_id, purpose) == (9001, "transfer_declined")
    assert isinstance(message, SendText) and message.keyboard is not None
    assert "A different amount has arrived.\n\nSee you" in message.text.plain
    assert [fact[2] for fact in await shop.facts("payment_reviewed")] == ["rejected"]
    shopper = shop.shopper()
    await shopper.press(f"transfer_paid:{order.id}")
    assert "has your proof" in (await send(shop, shopper, picture("x y"))).screen.text.plain
    with pytest.raises(AlreadyReviewed):
        await decided(shop, number)


async def test_money_for_a_lapsed_order_is_held_and_said(shop: Paid) -> None:
    order, number = await proven(shop)
    await shop.connection.execute("UPDATE orders SET status = 'expired'")
    assert (await decided(shop, number)).state == "confirmed"
    held = await shop.reread(order)
    assert (held.status, held.attention) == ("expired", "already_expired")
    ((_, purpose, _),) = await outgoing(shop.connection)
    assert purpose == "payment_held"
    assert await shop.payments() == [("transfer", "held", 300, "RUB")]


async def test_what_somebody_has_confirmed_no_score_holds(shop: Paid) -> None:
    order, number = await proven(shop)
    await create_verdict(shop.connection, order.shop_id, order.buyer_no, "payment")
    await decided(shop, number)
    assert (await shop.reread(order)).status == "paid"
    assert [payment[1] for payment in await shop.payments()] == ["succeeded"]


async def test_one_confirmation_is_enough_for_several_proofs(shop: Paid) -> None:
    order, first = await proven(shop)
    shopper = shop.shopper()
    await shopper.press(f"transfer_paid:{order.id}")
    await send(shop, shopper, picture("page two"))
    await decided(shop, first)
    states = [proof.state for proof in await store.listed(shop.connection, shop.origin.bot_id)]
    assert states == ["superseded", "confirmed"]
    assert len(await shop.payments()) == 1


async def test_two_who_review_at_once_pay_once(shop: Paid, pool: Pool) -> None:
    order, number = await proven(shop)

    async def confirm() -> str:
        async with pool.acquire() as connection:
            own = Paid(connection, shop.origin, shop.enabled)
            try:
                return (await decided(own, number)).state
            except AlreadyReviewed:
                return "late"

    decisions = await asyncio.gather(*(confirm() for _ in range(5)))
    assert sorted(decisions) == ["confirmed", *["late"] * 4]
    assert (await shop.reread(order)).status == "paid" and len(await shop.payments()) == 1


async def test_the_same_file_again_is_said_and_counted_once(shop: Paid) -> None:
    order, _ = await proven(shop)
    shopper = shop.shopper()
    await shopper.press(f"transfer_paid:{order.id}")
    seen = await send(shop, shopper, picture("order 1"), unique_id="file-0")
    assert "before" in seen.screen.text.plain
    assert len(await shop.facts("payment_proof_uploaded")) == 1


async def test_what_is_no_picture_is_still_a_proof_to_look_at(shop: Paid) -> None:
    _, number = await proven(shop, 1, b"MZ an executable.jpg")
    proof = await store.get(shop.connection, shop.origin.bot_id, number)
    assert (proof.state, proof.sha256) == ("waiting", None)
    assert proof.trouble is not None and "a picture or a PDF" in proof.trouble


@pytest.mark.parametrize("argument", ["", "0", "-1", "x", "9" * 18, "9" * 40, "1:2"])
async def test_a_tampered_button_is_answered(shop: Paid, argument: str) -> None:
    for action in ("transfer", "transfer_paid"):
        answer = (await shop.shopper().press(f"{action}:{argument}")).only(AnswerButton)
        assert answer.alert and "no such order" in answer.text


async def test_another_persons_order_is_not_shown(shop: Paid) -> None:
    order = await shop.order(shop.shopper(1))
    for action in ("transfer", "transfer_paid"):
        answer = (await shop.shopper(2).press(f"{action}:{order.id}")).only(AnswerButton)
        assert "no such order" in answer.text


async def test_the_requisites_are_shown_again_from_the_order(shop: Paid) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper)
    await shop.connection.execute("UPDATE orders SET method = 'transfer'")
    (action,) = await offered(shop, OrderAction, await shop.reread(order))
    assert REQUISITES["en"] in (await shopper.press(action.button.data)).screen.text.plain
    await shop.connection.execute("UPDATE orders SET status = 'paid', paid_at = now()")
    assert await offered(shop, OrderAction, await shop.reread(order)) == ()
    answer = (await shopper.press(f"transfer_paid:{order.id}")).only(AnswerButton)
    assert "paid" in answer.text


async def test_without_requisites_it_is_not_offered_and_the_owner_is_told(
    connection: Connection,
) -> None:
    shop = await Paid.open(connection, transfer={})
    shopper = shop.shopper()
    seen = await shop.asked(shopper, await shop.order(shopper))
    assert seen.only(AnswerButton).text == ""
    ((needed),) = await offered(shop, NeedsYou)
    assert needed.kind == "transfer_without_requisites"


async def test_an_erased_shoppers_proof_leads_to_nobody(shop: Paid) -> None:
    _, number = await proven(shop)
    await decided(shop, number, "unreadable")
    await shop.connection.execute("UPDATE outgoing SET state = 'sent'")
    await erasures.erase(shop.connection, shop.origin.shop_id, 1, with_events=False)
    row = await shop.connection.fetchrow("SELECT buyer_no, file_id, reason FROM transfer_proofs")
    assert tuple(row or ()) == (0, "", "")
    assert await shop.connection.fetchval("SELECT count(*) FROM file_uses") == 0


async def test_what_a_wallet_pays_of_an_order_is_not_transferred(
    connection: Connection, shop: Paid
) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=50_000))
    buyer = await customers.touch(connection, shop.origin.shop_id, shopper.profile)
    given = EntryDraft(
        buyer_no=buyer.buyer_no,
        kind="reward",
        amount=Money(20_000, "RUB"),
        key="given",
        at=datetime.now(UTC),
    )
    await wallets.post(connection, shop.origin, buyer.actor, given)
    await wallets.hold(connection, order.id, 20_000)
    assert "300 ₽" in (await shop.asked(shopper, order)).screen.text.plain
    await shopper.press(f"transfer_paid:{order.id}")
    await send(shop, shopper, picture("the rest"))
    proof = await decided(shop, await connection.fetchval("SELECT max(id) FROM transfer_proofs"))
    assert proof.total_minor == 30_000
    assert sorted(await shop.payments()) == [
        ("transfer", "succeeded", 30_000, "RUB"),
        ("wallet", "succeeded", 20_000, "RUB"),
    ]
    assert (await shop.reread(order)).status == "paid"


async def test_a_top_up_is_not_called_an_order(shop: Paid) -> None:
    shopper = shop.shopper()
    buyer = await customers.touch(shop.connection, shop.origin.shop_id, shopper.profile)
    order = await top_ups.place(
        shop.connection,
        shop.origin,
        buyer,
        Money(50_000, "RUB"),
        method="transfer",
        expires_in=timedelta(hours=1),
    )
    asked = await shopper.press(f"transfer:{order.id}")
    assert "Top-up No. 1 of your wallet\nTo pay: 500 ₽" in asked.screen.text.plain
    said = [asked, await shopper.press(f"transfer_paid:{order.id}")]
    said.append(await send(shop, shopper, picture("Paid 500")))
    assert "has your proof for top-up No. 1" in said[-1].screen.text.plain
    assert not [each for each in said if "order" in each.screen.text.plain.lower()]
    (proof,) = await store.listed(shop.connection, shop.origin.bot_id, "waiting")
    item = next(each for each in shop.enabled if each.key == "transfer")
    card, _ = staff.card(item.texts["en"], proof)
    assert card.plain.startswith("Proof for top-up No. 1 of a wallet · 500 ₽")
