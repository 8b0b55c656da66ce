"""Stock: the last units, expired orders, notices of low stock and of new stock."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.points import NeedsYou
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from bots.sdk.transaction import Transaction
from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import catalogue, orders, owned_products, payments, shops, staff
from core.shop.catalogue import Product, VariantDraft
from core.shop.pricing import quote
from tests.bots.agreement import Sold, sold
from tests.bots.counter import counter, seller
from tests.bots.paying import till
from tests.bots.purse import purse
from tests.bots.shopper import Shopper, enabled_modules, events, outgoing
from tests.factories import create_customer, create_origin, create_product

HOUR = timedelta(hours=1)


def selling() -> list[EnabledModule]:
    """The stock in a bot that sells and takes money."""
    return [*enabled_modules(stock={}), seller(), till(), purse(), counter()]


async def run(
    connection: Connection, origin: Origin, enabled: list[EnabledModule], *names: str
) -> None:
    """The module's jobs, each in a transaction, as the worker runs them."""
    (item,) = [each for each in enabled if each.key == "stock"]
    for name in names:
        async with connection.transaction():
            shop = await shops.get(connection, origin.shop_id)
            transaction = Transaction(connection, origin, shop, enabled=enabled)
            await item.module.jobs.tasks[name].run(Scope(transaction, item))
            await transaction.write_events()


async def texts_of(connection: Connection, purpose: str) -> list[tuple[int, str]]:
    return [
        (chat, message.text.plain)
        for chat, its_purpose, message in await outgoing(connection)
        if its_purpose == purpose and isinstance(message, SendText)
    ]


async def test_a_hundred_buyers_of_ten_units_make_ten_sales_through_the_bot(
    pool: Pool, clickhouse_url: str
) -> None:
    modules = selling()
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id, stock=10)

    async def buy(number: int) -> bool:
        async with pool.acquire() as connection:
            shopper = Shopper(connection, origin, modules, telegram_id=10_000 + number)
            opened = await shopper.press(f"buy:{product.id}")
            bills = [each for each in opened.replies if isinstance(each, SendInvoice)]
            if not bills:
                return False
            bill = bills[0].model_copy(update={"on_sent": ()})
            if not (await shopper.check_out(bill)).only(AnswerPreCheckout).ok:
                return False
            await shopper.pay(bill)
            return True

    assert sum(await asyncio.gather(*(buy(number) for number in range(100)))) == 10
    async with pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT (SELECT stock FROM products) AS stock, "
            "(SELECT count(*) FROM orders WHERE status = 'paid') AS paid, "
            "(SELECT count(*) FROM payments WHERE status = 'held') AS held"
        )
    assert row is not None and tuple(row) == (0, 10, 0)
    assert await sold(pool, clickhouse_url) == Sold(10, 3000, 10, 3000)


async def test_an_order_that_nobody_paid_runs_out_and_its_shopper_is_told_once(
    connection: Connection,
) -> None:
    modules = selling()
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, stock=1)
    buyer = await create_customer(connection, origin.shop_id, telegram_id=77, language="en")
    priced = quote("XTR", [product.item(1)])
    order = await orders.place(
        connection, origin, buyer, priced, method="transfer", expires_in=HOUR
    )
    await payments.reserve(
        connection, origin, buyer, order_id=order.id, amount_minor=300, currency="XTR", minutes=60
    )
    await run(connection, origin, modules, "expire")
    assert await texts_of(connection, "order_expired") == []
    await connection.execute(
        "UPDATE orders SET expires_at = now(), reserved_until = now() WHERE id = $1", order.id
    )
    for _ in range(2):
        await run(connection, origin, modules, "expire")
    ((chat, text),) = await texts_of(connection, "order_expired")
    assert chat == 77 and text.startswith("Order No. 1 was not paid in time")
    assert "Пуэр" in text
    told = await events(connection)
    assert (told.count("order_expired"), told.count("payment_expired")) == (1, 1)
    other = Shopper(connection, origin, modules)
    assert (await other.check_out(await other.buy(product.id))).only(AnswerPreCheckout).ok


async def test_an_erased_shopper_is_told_nothing_and_the_goods_come_back(
    connection: Connection,
) -> None:
    modules = selling()
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, stock=1)
    buyer = await create_customer(connection, origin.shop_id)
    priced = quote("XTR", [product.item(1)])
    await orders.place(connection, origin, buyer, priced, expires_in=timedelta())
    await connection.execute("UPDATE customers SET telegram_id = -buyer_no")
    await run(connection, origin, modules, "expire")
    assert await outgoing(connection) == []
    assert "order_expired" in await events(connection)


async def staff_chat(connection: Connection, origin: Origin) -> None:
    code, _ = await staff.create_code(connection, origin.bot_id, "owner")
    await staff.bind(
        connection,
        origin,
        code,
        chat_id=-500,
        title="Staff",
        has_topics=False,
        telegram_id=5,
        name="Анна",
    )


async def test_staff_hear_once_of_each_product_that_runs_out(connection: Connection) -> None:
    modules = selling()
    origin = await create_origin(connection)
    shop = origin.shop_id
    await staff_chat(connection, origin)
    await create_product(connection, shop, title="Много", stock=50)
    await create_product(connection, shop, title="Без счёта")
    few = await create_product(connection, shop, title="Мало", stock=3)
    own = await create_product(connection, shop, title="Свой порог", stock=9, low_stock=10)
    shirt = await create_product(connection, shop, title="Майка", stock=0)
    for title, left in (("S", 1), ("M", 40)):
        draft = VariantDraft(title=title, stock=left)
        await catalogue.add_variant(connection, shop, shirt.id, draft)
    for _ in range(2):
        await run(connection, origin, modules, "tell_low")
    assert await texts_of(connection, "low_stock") == [
        (-500, "Товар кончается\n\nМало — 3\nСвой порог — 9\nМайка, S — 1")
    ]
    await owned_products.set_stock(connection, shop, few.id, to=4)
    await run(connection, origin, modules, "tell_low")
    await owned_products.set_stock(connection, shop, few.id, to=2)
    await owned_products.set_stock(connection, shop, own.id, by=-1)
    await run(connection, origin, modules, "tell_low")
    assert [text for _, text in await texts_of(connection, "low_stock")][1:] == [
        "Товар кончается\n\nМало — 2"
    ]


async def test_the_panel_names_what_runs_out(connection: Connection) -> None:
    origin = await create_origin(connection)
    for number in range(7):
        await create_product(connection, origin.shop_id, title=f"T{number}", stock=number)
    modules = enabled_modules(stock={"low_stock": 5})
    shop = await shops.get(connection, origin.shop_id)
    transaction = Transaction(connection, origin, shop, enabled=modules)
    (needed,) = await Scope[Any](transaction, modules[0]).offered(NeedsYou)
    assert (needed.kind, needed.count) == ("low_stock", 6)
    assert needed.text.en == "Little is left: T0 — 0, T1 — 1, T2 — 2, T3 — 3, T4 — 4…"
    quiet = enabled_modules(stock={"tell_low": False})
    transaction = Transaction(connection, origin, shop, enabled=quiet)
    assert await Scope[Any](transaction, quiet[0]).offered(NeedsYou) == ()


async def sold_out(connection: Connection, **values: Any) -> tuple[Origin, Product]:
    origin = await create_origin(connection)
    return origin, await create_product(connection, origin.shop_id, stock=0, **values)


async def test_who_waits_is_told_once_that_it_is_back(connection: Connection) -> None:
    modules = selling()
    origin, product = await sold_out(connection)
    shopper = Shopper(connection, origin, modules)
    wait = f"stock_wait:{product.id}"
    assert wait in (await shopper.press(f"product:{product.id}")).buttons
    assert "Напишем" in (await shopper.press(wait)).only(AnswerButton).text
    assert "Помним" in (await shopper.press(wait)).only(AnswerButton).text
    await run(connection, origin, modules, "tell_back")
    assert await outgoing(connection) == []
    await owned_products.set_stock(connection, origin.shop_id, product.id, to=1)
    assert wait not in (await shopper.press(f"product:{product.id}")).buttons
    assert (await shopper.press(wait)).only(AnswerButton).text.startswith("Это уже есть")
    for _ in range(2):
        await run(connection, origin, modules, "tell_back")
    ((chat, purpose, message),) = await outgoing(connection)
    assert (chat, purpose) == (9001, "back_in_stock") and isinstance(message, SendText)
    assert message.text.plain == "Снова в наличии: Пуэр. Не упустите!"
    assert "buy:" in message.model_dump_json() and message.on_sent
    assert (await events(connection)).count("stock_awaited") == 1
    await owned_products.set_stock(connection, origin.shop_id, product.id, to=0)
    await shopper.press(wait)
    await owned_products.set_stock(connection, origin.shop_id, product.id, to=None)
    await run(connection, origin, modules, "tell_back")
    assert len(await outgoing(connection)) == 2


async def test_what_others_are_paying_for_is_not_there_until_they_do_not(
    connection: Connection,
) -> None:
    modules = selling()
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, stock=1)
    first = Shopper(connection, origin, modules, telegram_id=1)
    bill = await first.buy(product.id)
    await first.check_out(bill)
    second = Shopper(connection, origin, modules, telegram_id=2)
    assert "Напишем" in (await second.press(f"stock_wait:{product.id}")).only(AnswerButton).text
    await run(connection, origin, modules, "tell_back")
    assert await texts_of(connection, "back_in_stock") == []
    await connection.execute("UPDATE orders SET reserved_until = now()")
    await run(connection, origin, modules, "tell_back")
    assert [chat for chat, _ in await texts_of(connection, "back_in_stock")] == [2]


async def test_a_variant_is_waited_for_by_itself_or_any_of_them(connection: Connection) -> None:
    modules = selling()
    origin, product = await sold_out(connection)
    variants = [
        await catalogue.add_variant(
            connection, origin.shop_id, product.id, VariantDraft(title=title, stock=0)
        )
        for title in "SML"
    ]
    picky = Shopper(connection, origin, modules, telegram_id=1)
    easy = Shopper(connection, origin, modules, telegram_id=2)
    asked = await picky.press(f"stock_wait:{product.id}")
    assert asked.buttons == [
        f"stock_wait:{product.id}.0",
        *(f"stock_wait:{product.id}.{each.id}" for each in variants),
        "menu:below" if "menu:below" in asked.buttons else "menu",
    ]
    await picky.press(f"stock_wait:{product.id}.{variants[1].id}")
    await easy.press(f"stock_wait:{product.id}.0")
    await owned_products.set_stock(
        connection, origin.shop_id, product.id, variant_id=variants[0].id, to=5
    )
    await run(connection, origin, modules, "tell_back")
    assert [chat for chat, _ in await texts_of(connection, "back_in_stock")] == [2]
    assert (await easy.press(f"stock_wait:{product.id}.0")).only(AnswerButton).alert
    await owned_products.set_stock(
        connection, origin.shop_id, product.id, variant_id=variants[1].id, to=5
    )
    await run(connection, origin, modules, "tell_back")
    assert await texts_of(connection, "back_in_stock") == [
        (2, "Снова в наличии: Пуэр. Не упустите!"),
        (1, "Снова в наличии: Пуэр, M. Не упустите!"),
    ]


@pytest.mark.parametrize("argument", ["", "x", "0", "-1", "9" * 18, "1.x", ".1", "1.9" + "9" * 30])
async def test_an_odd_button_notes_nothing(connection: Connection, argument: str) -> None:
    origin, product = await sold_out(connection)
    shopper = Shopper(connection, origin, selling())
    if argument[:2] == "1.":
        argument = argument.replace("1.", f"{product.id}.", 1)
    assert (await shopper.press(f"stock_wait:{argument}")).only(AnswerButton).alert
    assert await connection.fetchval("SELECT count(*) FROM stock_waits") == 0


async def test_an_archived_product_is_not_back(connection: Connection) -> None:
    modules = selling()
    origin, product = await sold_out(connection)
    await Shopper(connection, origin, modules).press(f"stock_wait:{product.id}")
    await owned_products.archive(connection, origin.shop_id, product.id, is_archived=True)
    await owned_products.set_stock(connection, origin.shop_id, product.id, to=5)
    await run(connection, origin, modules, "tell_back")
    assert await outgoing(connection) == []
    await owned_products.archive(connection, origin.shop_id, product.id, is_archived=False)
    await run(connection, origin, modules, "tell_back")
    assert len(await outgoing(connection)) == 1
