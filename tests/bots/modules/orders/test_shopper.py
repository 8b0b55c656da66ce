"""What a shopper reads of their orders: the receipt, the list, a page, "where is my order?"."""

from typing import Any

import pytest

from bots.modules.orders import actions, screens
from bots.modules.orders.actions import ParcelDraft
from bots.modules.orders.questions import asks_for_order, number_in
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import Fulfilment, OrderQuestion
from bots.sdk.replies import AnswerButton, EditText, SendText
from core.postgres import Connection
from core.shop import catalogue, customers, order_refunds, orders, shops
from core.shop.imprint import ImprintDraft
from core.shop.orders import Order
from core.shop.pricing import Discount, Shipping, Tax, quote
from core.shop.staff import Doer
from simulator.crowd.receipts import rows_of
from tests.bots.modules.orders.buying import Bought
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import outgoing

DOER = Doer("owner")


@pytest.fixture(name="bot")
async def opened(connection: Connection) -> Bought:
    return await Bought.open(connection)


async def give_contact(bot: Bought) -> None:
    await shops.set_imprint(bot.connection, bot.origin.shop_id, ImprintDraft(contact="@tea_help"))


async def test_a_bill_says_what_the_wallet_has_paid_of_it(bot: Bought) -> None:
    order = await bot.bought(bot.shopper(), title="Puer", price_minor=50_000)
    texts = next(each for each in bot.enabled if each.key == "orders").texts["en"]
    part = order.model_copy(update={"wallet_minor": 30_000})
    assert screens.bill_of(texts, order).plain.endswith("Total: 1,000 ₽")
    assert screens.bill_of(texts, part).plain.endswith("Total: 1,000 ₽\n\nFrom the wallet: 300 ₽")
    _, _, total = rows_of(f"Order No. 1 is paid\n\n{screens.bill_of(texts, part).plain}")
    assert total == 1000, "the crowd reads the same total"


async def test_the_receipt_has_every_line_and_the_next_steps(bot: Bought) -> None:
    await give_contact(bot)
    shopper = bot.shopper()
    order = await bot.bought(
        shopper,
        Discount("promo", "Spring", "promo", share_bp=1000),
        Shipping("Post", "cart", 0),
        Tax("VAT", "cart", 2000, is_included=True),
        title="Puer <2019>",
        price_minor=50_000,
    )
    ((chat_id, purpose, message),) = await outgoing(bot.connection)
    assert (chat_id, purpose) == (9001, "receipt") and isinstance(message, SendText)
    assert message.text.plain == (
        "Order No. 1 is paid\n\n"
        "Puer <2019> × 2 — 1,000 ₽\n"
        "Spring: −100 ₽\n"
        "Post: free\n"
        "VAT included: 150 ₽\n"
        "Total: 900 ₽\n\n"
        "As soon as there is news of your order, we will write to you here.\n\n"
        "Thank you!"
    )
    rows = message.keyboard.rows if message.keyboard and hasattr(message.keyboard, "rows") else ()
    data = [getattr(button, "data", "") for row in rows for button in row]
    assert data == [f"order_ask:{order.id}.below", "orders:below", "menu:below"]
    asked = await shopper.press(data[0])
    assert "@tea_help" in asked.screen.text.plain and "1" in asked.screen.text.plain
    assert asked.rows[0][0].model_dump()["url"] == "https://t.me/tea_help"


async def test_the_receipt_comes_once_and_in_their_language(bot: Bought) -> None:
    shopper = bot.shopper(language="ru")
    order = await bot.bought(shopper)
    await bot.pay(shopper, order)
    assert len(await bot.notices("receipt")) == 1
    assert (await bot.notices("receipt"))[0].startswith("Заказ № 1 оплачен")


async def test_the_last_one_sold_twice_is_said_openly(bot: Bought) -> None:
    first, second = bot.shopper(1), bot.shopper(2)
    early = await bot.order(first, stock=2)
    shop_id = bot.origin.shop_id
    customer = await customers.touch(bot.connection, shop_id, second.profile)
    product = await catalogue.get(bot.connection, shop_id, early.lines[0].product_id)
    priced = quote("RUB", [product.item(2)])
    late = await orders.place(bot.connection, bot.origin, customer, priced)
    await bot.pay(first, early)
    await bot.pay(second, late)
    honest = [text for text in await bot.notices("receipt") if "at the same moment" in text]
    assert len(honest) == 1 and honest[0].startswith("Order No. 2 is paid")


async def test_the_receipt_ends_with_the_owners_words(connection: Connection) -> None:
    bot = await Bought.open(connection, orders={"thanks": {"en": "Pick it up on <b>Friday</b>."}})
    await bot.bought(bot.shopper())
    assert (await bot.notices("receipt"))[0].endswith("Pick it up on <b>Friday</b>.")


async def test_an_order_of_a_hundred_lines_fits_into_messages(bot: Bought) -> None:
    shopper = bot.shopper()
    await bot.bought(shopper, title="🎁" * 64, price_minor=10)
    order = await bot.order(shopper)
    await bot.connection.execute(
        "INSERT INTO order_lines (order_id, line, product_id, title, unit_price_minor, quantity) "
        "SELECT $1, n, (SELECT min(id) FROM products), repeat('🎁', 60), 1, 1 "
        "FROM generate_series(10, 110) AS n",
        order.id,
    )
    await bot.pay(shopper, order)
    assert len(await bot.notices("receipt")) > 2  # one receipt, in parts
    shown = await shopper.press(f"order:{order.id}")
    assert len(shown.replies) > 2


async def test_their_orders_and_nobody_elses(bot: Bought) -> None:
    anna, boris = bot.shopper(1), bot.shopper(2)
    assert "no orders yet" in (await anna.press("orders:0")).screen.text.plain
    order = await bot.bought(anna, title="Puer")
    unpaid = await bot.order(anna, title="Gaiwan")
    seen = await anna.press("orders:0")
    assert seen.buttons == [f"order:{unpaid.id}", f"order:{order.id}", "menu"]
    shown = await anna.press(f"order:{order.id}")
    text = shown.screen.text.plain
    assert "Order No. 1 · paid" in text and "Address: Nevsky 1" in text
    for data in (f"order:{order.id}", f"order_ask:{order.id}", f"order_cancel:{unpaid.id}"):
        strange = await boris.press(data)
        assert strange.only(AnswerButton).alert and len(strange.replies) == 1
    for data in ("order:0", "order:x", "order:999999999999999999", "order:" + "9" * 40, "order"):
        assert (await anna.press(data)).only(AnswerButton).alert
    assert (await orders.get(bot.connection, unpaid.id)).status == "created"


async def test_what_a_module_says_anew_is_not_said_twice(bot: Bought) -> None:
    offers = Offers[NoteSettings]()

    @offers.provide(Fulfilment)
    def told(_: Scope[NoteSettings], __: Order) -> list[Fulfilment]:
        said = "On its way to Nevsky 2"
        return [Fulfilment(line=1, state="waiting", text=said, detail="address")]

    shopper = bot.shopper()
    order = await bot.bought(shopper)
    before = await shopper.press(f"order:{order.id}")
    assert "Address: Nevsky 1" in before.screen.text.plain
    shopper.enabled = [*shopper.enabled, switched_on("carrier", offers=offers)]
    after = (await shopper.press(f"order:{order.id}")).screen.text.plain
    assert "Nevsky 2" in after and "Nevsky 1" not in after


async def test_an_orders_page_comes_below_what_must_stay(bot: Bought) -> None:
    shopper = bot.shopper()
    order = await bot.bought(shopper)
    assert isinstance((await shopper.press(f"order:{order.id}")).screen, EditText)
    assert isinstance((await shopper.press(f"order:{order.id}.below")).screen, SendText)


async def test_pages_of_orders(bot: Bought) -> None:
    shopper = bot.shopper()
    for _ in range(8):
        await bot.order(shopper)
    first, second = await shopper.press("orders:0"), await shopper.press("orders:1")
    assert "orders:1" in first.buttons and "orders:0" in second.buttons
    assert sum(data.startswith("order:") for data in (*first.buttons, *second.buttons)) == 8
    beyond = await shopper.press("orders:99999999")
    assert beyond.buttons == first.buttons


async def test_an_unpaid_order_is_cancelled_once(bot: Bought) -> None:
    shopper = bot.shopper()
    order = await bot.order(shopper)
    assert f"order_cancel:{order.id}" in (await shopper.press(f"order:{order.id}")).buttons
    seen = await shopper.press(f"order_cancel:{order.id}")
    assert "cancelled" in seen.screen.text.plain
    again = await shopper.press(f"order_cancel:{order.id}")
    assert again.only(AnswerButton).alert
    assert await bot.notices("notice_cancelled") == []  # they know


async def test_each_stage_is_told_once_with_the_parcels(bot: Bought) -> None:
    shopper = bot.shopper()
    order = await bot.bought(shopper)
    for _ in range(2):
        async with bot.scope() as scope:
            await actions.move(scope, DOER, order.id, "processing")
    for number in ("RA1", "RA1", "RA2"):
        draft = ParcelDraft(carrier="Post", tracking_number=number)
        async with bot.scope() as scope:
            await actions.add_parcel(scope, DOER, order.id, draft)
    async with bot.scope() as scope:
        await actions.move(scope, DOER, order.id, "delivered")
    assert await bot.notices("notice_stage") == [
        "Order No. 1 is being prepared.",
        "Order No. 1 is on its way.\n\nPost: RA1",
        "Order No. 1 is delivered. Thank you for shopping with us!",
    ]
    (parcel,) = await bot.notices("notice_parcel")
    assert parcel.endswith("Post: RA1\nPost: RA2")
    done = await bot.connection.fetch("SELECT action FROM staff_actions ORDER BY id")
    assert [row["action"] for row in done] == [
        "orders.processing",
        *("orders.shipped", "orders.parcel", "orders.parcel"),
        "orders.delivered",
    ]
    assert "Post: RA2" in (await shopper.press(f"order:{order.id}")).screen.text.plain


@pytest.mark.parametrize(
    "text",
    [
        "Где мой заказ?",
        "где заказ",
        "Когда придёт посылка?",
        "когда придет моя посылка, жду третью неделю",
        "статус заказа",
        "Заказ не пришёл!",
        "что с доставкой",
        "мой заказ",
        "Заказ 17",
        "заказ № 17 где",
        "Where is my order?",
        "where's my parcel",
        "order status",
        "When will my package arrive?",
        "track my order",
        "I never received my order",
        "order 17",
        "WHERE IS MY ORDER",
    ],
)
async def test_where_is_my_order_is_understood(bot: Bought, text: str) -> None:
    shopper = bot.shopper()
    nothing = await shopper.write(text)
    assert nothing.taken_by == "orders" and "no orders yet" in nothing.screen.text.plain
    order = await bot.bought(shopper)
    one = await shopper.write(text)
    assert "Order No. 1 · paid" in one.screen.text.plain
    await bot.bought(shopper)
    several = await shopper.write(text)
    assert f"order:{order.id}" in several.buttons and "No. 2 · paid" in several.screen.text.plain


@pytest.mark.parametrize(
    "text",
    [
        "Хочу сделать заказ",
        "как оформить заказ?",
        "можно отменить заказ?",
        "Привет",
        "где вы находитесь?",
        "I want to place an order",
        "how do I return my order",
        "where are you",
        "спасибо за заказ",
        "order",
        "слово " * 30 + "где заказ",
        "🎁",
    ],
)
async def test_what_is_something_else_is_left_to_others(bot: Bought, text: str) -> None:
    assert not asks_for_order(text)
    assert (await bot.shopper().write(text)).taken_by == "counter"


async def test_an_order_is_asked_for_by_its_number(bot: Bought) -> None:
    anna, boris = bot.shopper(1), bot.shopper(2)
    await bot.bought(anna)
    await bot.bought(anna)
    await bot.bought(boris)
    assert number_in("где заказ №1?") == 1
    assert "Order No. 1 ·" in (await anna.write("where is order 1")).screen.text.plain
    # Another's number is not theirs to see.
    assert "Order No. 3 ·" in (await boris.write("where is order 1")).screen.text.plain


async def test_money_that_went_back_is_told_once(bot: Bought) -> None:
    shopper = bot.shopper()
    order = await bot.bought(shopper, price_minor=10_000)
    refunds: list[Any] = []
    async with bot.scope() as scope:
        draft = order_refunds.RefundDraft(amount_minor=5_000)
        refunds.append(
            await order_refunds.ask(
                scope.connection, scope.origin, "owner", order_id=order.id, draft=draft
            )
        )
    for _ in range(2):
        async with bot.scope() as scope:
            await actions.refund_sent(scope, DOER, order.id, refunds[0].id, "cash")
    assert await bot.notices("notice_refund") == ["You have been refunded 50 ₽ for order No. 1."]
    assert "Refunded: 50 ₽" in (await shopper.press(f"order:{order.id}")).screen.text.plain


async def test_a_question_is_asked_in_the_chat_where_a_module_takes_it(bot: Bought) -> None:
    await give_contact(bot)
    offers = Offers[NoteSettings]()

    @offers.provide(OrderQuestion)
    def ask(_: Scope[NoteSettings], order: Order) -> list[OrderQuestion]:
        return [OrderQuestion(label="Ask", action="ask_here", argument=order.id)]

    bot.enabled.append(switched_on("asking", offers=offers))
    shopper = bot.shopper()
    order = await bot.bought(shopper)
    page = await shopper.press(f"order:{order.id}")
    assert f"ask_here:{order.id}" in page.buttons and "order_ask" not in str(page.buttons)
    ((_, _, receipt),) = await outgoing(bot.connection)
    assert f"ask_here:{order.id}.below" in str(receipt)
