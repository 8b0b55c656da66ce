"""Digital goods: a key belongs to one order, is sent once, can be opened again, is never lost."""

import asyncio
import json
from typing import Any

import pytest

from bots.modules.delivery import handing, store
from bots.modules.delivery.jobs import retry, tell_few
from bots.modules.delivery.panel import BadKeys, KeysDraft, keys_in
from bots.sdk.keyboards import Keyboard
from bots.sdk.points import NeedsYou
from bots.sdk.reacting import react
from bots.sdk.replies import AnswerButton, SendDocument, SendSealed, SendText
from bots.sdk.transaction import Transaction
from core.errors import NotFound
from core.postgres import Connection, Pool
from core.shop import catalogue, files, orders, payments, risk, shops, staff
from core.shop.files import Use
from tests.bots.agreement import Sold, sold
from tests.bots.modules.orders.buying import Bought
from tests.bots.shopper import Shopper, outgoing
from tests.factories import (
    KEYS,
    charge_of,
    create_customer,
    create_order,
    create_product,
    create_verdict,
)

PDF = b"%PDF-1.4\n" + b"0" * 100


@pytest.fixture(name="bot")
async def opened(connection: Connection) -> Bought:
    return await Bought.open(connection, delivery={})


async def digital(bot: Bought, *keys: str, **values: Any) -> int:
    product = await create_product(
        bot.connection,
        bot.origin.shop_id,
        **({"title": "Game", "kind": "digital", "currency": "RUB"} | values),
    )
    if keys:
        await add(bot, product.id, *keys)
    return product.id


async def add(bot: Bought, product_id: int, *keys: str) -> int:
    return await store.add_keys(
        bot.connection,
        KEYS,
        shop_id=bot.origin.shop_id,
        product_id=product_id,
        variant_id=None,
        keys=keys,
    )


async def buy(bot: Bought, shopper: Shopper, product_id: int) -> int:
    customer = await create_customer(
        bot.connection, bot.origin.shop_id, **shopper.profile.model_dump()
    )
    (product,) = await orders_product(bot, product_id)
    order = await create_order(bot.connection, bot.origin, customer, product)
    await bot.pay(shopper, order)
    return order.id


async def orders_product(bot: Bought, product_id: int) -> list[Any]:
    return list(await catalogue.of_ids(bot.connection, bot.origin.shop_id, [product_id]))


async def goods(bot: Bought) -> list[str]:
    """The sealed messages' texts, as Telegram would get them."""
    return [
        message.opened(KEYS).text.plain
        for _, _, message in await outgoing(bot.connection)
        if isinstance(message, SendSealed)
    ]


async def test_a_key_comes_with_the_payment_after_the_receipt(bot: Bought) -> None:
    product_id = await digital(bot, "AAA-111", "BBB-222")
    shopper = bot.shopper()
    order_id = await buy(bot, shopper, product_id)
    sent = await outgoing(bot.connection)
    assert [purpose for _, purpose, _ in sent] == ["receipt", "goods"]
    assert await goods(bot) == ["Your purchase, order No. 1\n\nGame:\nAAA-111"]
    receipt = sent[0][2]
    assert isinstance(receipt, SendText) and isinstance(receipt.keyboard, Keyboard)
    first = receipt.keyboard.rows[0][0].model_dump()
    assert first["data"] == f"goods:{order_id}"
    order = await orders.get(bot.connection, order_id)
    assert (order.stage, order.attention) == ("delivered", None)
    seen = await shopper.press(f"goods:{order_id}")
    assert "AAA-111" in seen.screen.text.plain and seen.buttons[-1] == "menu:below"
    assert "Order No. 1 · delivered" in (await shopper.press(f"order:{order_id}")).screen.text.plain


async def test_no_key_stands_in_the_database_as_it_is(bot: Bought) -> None:
    product_id = await digital(bot, "SECRET-KEY-1", "SECRET-KEY-2")
    await store.add_good(
        bot.connection,
        KEYS,
        shop_id=bot.origin.shop_id,
        product_id=product_id,
        variant_id=None,
        kind="text",
        title="",
        content="SECRET-TEXT",
    )
    await buy(bot, bot.shopper(), product_id)
    assert "SECRET-TEXT" in (await goods(bot))[0] and "SECRET-KEY-1" in (await goods(bot))[0]
    for table in ("delivery_keys", "delivery_goods", "outgoing", "outbox", "deliveries"):
        text = await bot.connection.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} AS t")
        assert "SECRET" not in (text or "") and b"SECRET".hex() not in (text or "")


async def test_what_telegram_has_acknowledged_is_told_with_the_time_since_the_payment(
    bot: Bought,
) -> None:
    await buy(bot, bot.shopper(), await digital(bot, "AAA"))
    (message,) = [
        each for _, _, each in await outgoing(bot.connection) if isinstance(each, SendSealed)
    ]
    ((sent,), (lost,)) = message.on_sent, message.on_lost
    assert sent.event.type.name == "delivery_sent" and 0 <= sent.event.latency_us < 60_000_000
    assert (lost.event.type.name, lost.event.outcome) == ("delivery_failed", "not_reached")


async def test_two_hundred_buyers_at_once_get_a_key_each(
    bot: Bought, pool: Pool, clickhouse_url: str
) -> None:
    buyers, keys = 200, 190
    product_id = await digital(bot, *(f"KEY-{n}" for n in range(keys)))
    (product,) = await orders_product(bot, product_id)
    made = []
    for _ in range(buyers):
        customer = await create_customer(bot.connection, bot.origin.shop_id)
        made.append((customer, await create_order(bot.connection, bot.origin, customer, product)))

    async def pay(number: int) -> None:
        customer, order = made[number]
        async with pool.acquire() as connection, connection.transaction():
            shop = await shops.get(connection, bot.origin.shop_id)
            transaction = Transaction(connection, bot.origin, shop, enabled=bot.enabled)
            await payments.pay(
                connection,
                transaction.origin,
                customer,
                order_id=order.id,
                charge=charge_of(order, customer),
            )
            await react(transaction)

    await asyncio.gather(*(pay(number) for number in range(buyers)))
    row = await bot.connection.fetchrow(
        "SELECT count(*) AS issued, count(DISTINCT order_id) AS orders FROM delivery_keys "
        "WHERE order_id IS NOT NULL"
    )
    assert row is not None and (row["issued"], row["orders"]) == (keys, keys)
    late = await store.failed(bot.connection, bot.origin.bot_id)
    assert len(late) == buyers - keys
    told = await goods(bot)
    assert len(told) == keys == len({text.splitlines()[-1] for text in told})
    total = buyers * product.price_minor
    assert await sold(pool, clickhouse_url) == Sold(buyers, total, buyers, total)


async def test_a_retry_issues_no_second_key(bot: Bought) -> None:
    product_id = await digital(bot, "AAA", "BBB")
    order_id = await buy(bot, bot.shopper(), product_id)
    for _ in range(3):
        async with bot.scope("delivery") as scope:
            await handing.catch_up(scope, order_id)
            await retry(scope)
    assert await goods(bot) == ["Your purchase, order No. 1\n\nGame:\nAAA"]
    assert (await store.key_counts(bot.connection, bot.origin.shop_id))[0].free == 1


async def test_what_was_missing_comes_once_keys_are_there(bot: Bought) -> None:
    product_id = await digital(bot, "ONLY")
    first, second = bot.shopper(1), bot.shopper(2)
    await buy(bot, first, product_id)
    order_id = await buy(bot, second, product_id)
    order = await orders.get(bot.connection, order_id)
    assert (order.attention, order.stage) == ("undelivered", "new")
    assert len(await bot.notices("goods_late")) == 1
    assert (await second.press(f"goods:{order_id}")).only(AnswerButton).alert
    failed = await bot.connection.fetchval(
        "SELECT outcome FROM outbox WHERE event = 'delivery_failed'"
    )
    assert failed == "nothing_left"
    async with bot.scope("delivery") as scope:
        kinds = {each.kind: each.count for each in await scope.offered(NeedsYou)}
    assert kinds["goods_missing"] == 1 and kinds["keys_few"] == 1
    await add(bot, product_id, "MORE")
    async with bot.scope("delivery") as scope:
        await retry(scope)
    assert (await goods(bot))[-1].endswith("MORE")
    order = await orders.get(bot.connection, order_id)
    assert (order.attention, order.stage) == (None, "delivered")
    sent = await bot.connection.fetchval("SELECT max(chat_id) FROM outgoing WHERE purpose='goods'")
    assert sent == 9002


async def test_files_go_out_and_open_only_so_often(connection: Connection) -> None:
    bot = await Bought.open(connection, delivery={"most_downloads": 2})
    product_id = await digital(bot)
    file = await files.keep(
        connection, bot.origin.shop_id, "document", PDF, Use("delivery", f"product:{product_id}")
    )
    await store.add_good(
        connection,
        KEYS,
        shop_id=bot.origin.shop_id,
        product_id=product_id,
        variant_id=None,
        kind="file",
        title="guide.pdf",
        content=file.sha256,
    )
    shopper = bot.shopper()
    order_id = await buy(bot, shopper, product_id)
    sent = [each for _, _, each in await outgoing(connection) if isinstance(each, SendDocument)]
    assert len(sent) == 1
    for _ in range(2):
        assert (await shopper.press(f"goods:{order_id}")).only(SendDocument) == SendDocument(
            document=sent[0].document
        )
    refused = await shopper.press(f"goods:{order_id}")
    assert refused.only(AnswerButton).text.startswith("You have opened this 2 times")


async def test_who_takes_everything_back_gets_nothing_by_itself(bot: Bought) -> None:
    shop_id, shopper = bot.origin.shop_id, bot.shopper()
    customer = await create_customer(bot.connection, shop_id, **shopper.profile.model_dump())
    await create_verdict(bot.connection, shop_id, customer.buyer_no, "refund")
    order_id = await buy(bot, shopper, await digital(bot, "AAA"))
    order = await orders.get(bot.connection, order_id)
    assert (order.status, order.attention) == ("paid", "undelivered")
    async with bot.scope("delivery") as scope:
        await retry(scope)
        # A held order takes no place among those that are tried again.
        assert await handing.waiting(scope) == []
        assert not await handing.catch_up(scope, order_id)
    assert await goods(bot) == [] and len(await bot.notices("goods_late")) == 1
    done = await bot.connection.fetch("SELECT action, order_id, times FROM fraud_actions")
    assert [tuple(row) for row in done] == [("by_hand", order_id, 1)]
    await risk.allow(bot.connection, shop_id, customer.buyer_no)  # the owner trusts them
    async with bot.scope("delivery") as scope:
        await retry(scope)
    assert (await goods(bot))[-1].endswith("AAA")


async def test_the_owner_hands_over_in_spite_of_a_hold(bot: Bought) -> None:
    shop_id, shopper = bot.origin.shop_id, bot.shopper()
    customer = await create_customer(bot.connection, shop_id, **shopper.profile.model_dump())
    await create_verdict(bot.connection, shop_id, customer.buyer_no, "refund")
    order_id = await buy(bot, shopper, await digital(bot, "AAA"))
    async with bot.scope("delivery") as scope:
        assert await handing.catch_up(scope, order_id, is_decided=True)
        assert not await handing.catch_up(scope, order_id, is_decided=True)
    assert (await goods(bot))[-1].endswith("AAA")
    assert (await orders.get(bot.connection, order_id)).attention is None


async def test_who_steals_goods_opens_them_no_more(bot: Bought) -> None:
    shopper = bot.shopper()
    order_id = await buy(bot, shopper, await digital(bot, "AAA"))
    order = await orders.get(bot.connection, order_id)
    await create_verdict(bot.connection, order.shop_id, order.buyer_no, "goods")
    said = (await shopper.press(f"goods:{order_id}")).only(AnswerButton)
    assert said.alert and said.text.startswith("Your purchase cannot be opened here")
    assert await bot.connection.fetchval("SELECT action FROM fraud_actions") == "stop"


async def test_only_the_buyer_opens_and_only_what_is_paid(bot: Bought) -> None:
    order_id = await buy(bot, bot.shopper(1), await digital(bot, "AAA"))
    for data in (f"goods:{order_id}", "goods:0", "goods:x", "goods"):
        assert (await bot.shopper(2).press(data)).only(AnswerButton).alert
    await bot.connection.execute("UPDATE orders SET status = 'refunded'")
    assert (await bot.shopper(1).press(f"goods:{order_id}")).only(AnswerButton).alert


async def test_physical_goods_are_none_of_its_matter(bot: Bought) -> None:
    order_id = await buy(bot, bot.shopper(), await digital(bot, kind="physical"))
    assert (await orders.get(bot.connection, order_id)).attention is None
    assert await bot.connection.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_keys_are_kept_once_and_for_this_shop(bot: Bought) -> None:
    product_id = await digital(bot, "AAA", "BBB", "AAA")
    assert await add(bot, product_id, "BBB", "CCC") == 1
    with pytest.raises(NotFound):
        await store.add_keys(
            bot.connection, KEYS, shop_id=0, product_id=product_id, variant_id=None, keys=["X"]
        )
    await buy(bot, bot.shopper(), product_id)
    assert await store.remove_free_keys(bot.connection, bot.origin.shop_id, product_id) == 2


@pytest.mark.parametrize(
    ("text", "is_csv", "keys"),
    [
        ("AAA\r\n\r\n BBB \n", False, ["AAA", "BBB"]),
        ("\ufeffKey;Note\nAAA;1\nBBB;2", True, ["AAA", "BBB"]),
        ('ключ,x\n"A,1",2', True, ["A,1"]),
        ("AAA,BBB", False, ["AAA,BBB"]),
    ],
)
def test_keys_are_read_from_lines_and_csv(text: str, is_csv: bool, keys: list[str]) -> None:
    assert keys_in(KeysDraft(text=text, is_csv=is_csv)) == keys


@pytest.mark.parametrize("text", [" \n ", "x" * 501, "\n".join(map(str, range(10_001)))])
def test_what_holds_no_keys_is_refused(text: str) -> None:
    with pytest.raises(BadKeys):
        keys_in(KeysDraft(text=text))


def test_the_stored_message_is_json() -> None:
    text = SendText.model_validate({"text": {"plain": "K"}}).text
    message = SendSealed.of(KEYS, "row", text)
    again = SendSealed.model_validate(json.loads(message.model_dump_json()))
    assert again.opened(KEYS).text == text


async def test_staff_hear_once_that_keys_run_out(bot: Bought) -> None:
    code, _ = await staff.create_code(bot.connection, bot.origin.bot_id, "owner")
    await staff.bind(
        bot.connection,
        bot.origin,
        code,
        chat_id=-500,
        title="Staff",
        has_topics=True,
        telegram_id=5,
        name="Olga",
    )
    await staff.set_topic(bot.connection, bot.origin.bot_id, -500, "stock", 7)
    product = await digital(bot, "A", "B", "C", "D", "E", "F")

    async def look() -> list[str]:
        async with bot.scope("delivery") as scope:
            await tell_few(scope)
        return await bot.notices("few_keys")

    assert await look() == []
    for number in (1, 2):  # the first sale crosses the line, the second is below it
        await buy(bot, bot.shopper(number), product)
        (told,) = await look()
    assert "Game — 5" in told and "Добавьте ключи" in told
    await add(bot, product, "G", "H")
    assert len(await look()) == 1
    await buy(bot, bot.shopper(3), product)
    assert [text.split("\n\n")[1] for text in await look()] == ["Game — 5", "Game — 5"]
    (message,) = {
        each.thread_id
        for _, of, each in await outgoing(bot.connection)
        if of == "few_keys" and isinstance(each, SendText)
    }
    assert message == 7
