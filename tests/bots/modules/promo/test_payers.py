"""A code for first orders is not had again by the same payer behind another account."""

import asyncio

import pytest

from bots.sdk.replies import AnswerPreCheckout, SendInvoice
from core.postgres import Connection, Pool
from core.shop import contacts, erasures
from tests.bots.modules.cart.buying import Shop
from tests.bots.modules.promo.promotion import asked, entered, in_cart, made, open_shop, rejected
from tests.bots.shopper import Seen, Shopper

PHONE = "+7 (900) 123-45-67"


async def with_phone(shop: Shop, number: int, phone: str) -> tuple[Shopper, Seen]:
    """Somebody with the code, who has just given their telephone; and what they see then."""
    shopper = shop.shopper(number)
    await in_cart(shop, shopper, title=f"Tea {number}")
    await entered(shopper, "SPRING")
    await shopper.press("cart_checkout")
    await shopper.write(phone)
    return shopper, await shopper.press("cart_checkout")


async def first_bought(shop: Shop) -> None:
    first, bill = await with_phone(shop, 1, PHONE)
    await first.pay(await asked(first, bill))


@pytest.mark.parametrize(
    ("phone", "total"),
    [("+79001234567", 300), ("8 900 123 45 67", 300), ("8 900 123 45 60", 270)],
)
async def test_a_second_account_of_the_payer_pays_the_whole(
    connection: Connection, phone: str, total: int
) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop, first_order_only=True)
    await first_bought(shop)
    second, bill = await with_phone(shop, 2, phone)
    assert ("no longer valid" in bill.screen.text.plain) is (total == 300)
    await second.pay(await asked(second, bill))
    assert await shop.orders() == [("paid", 270), ("paid", total)]


async def test_they_are_told_what_everybody_is_told(connection: Connection) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop, first_order_only=True, most_per_buyer=None)
    await made(shop, "SUMMER", first_order_only=True)
    await first_bought(shop)
    second, bill = await with_phone(shop, 2, PHONE)
    await asked(second, bill)  # an order of theirs has the telephone, paid or not
    assert "does not work" in (await entered(second, "SUMMER")).screen.text.plain
    assert await rejected(connection) == ["shared"]


async def test_a_code_for_all_orders_asks_for_no_payer(connection: Connection) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop)
    await first_bought(shop)
    await with_phone(shop, 2, PHONE)
    second = shop.shopper(2)
    await second.pay(await asked(second, await second.press("cart_checkout")))
    assert await shop.orders() == [("paid", 270), ("paid", 270)]


async def test_two_accounts_that_pay_at_the_same_moment_do_not_both_have_it(
    connection: Connection, pool: Pool
) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop, first_order_only=True)
    bills: list[tuple[Shopper, SendInvoice]] = []
    for number in (1, 2):
        shopper, confirm = await with_phone(shop, number, PHONE)
        bills.append((shopper, await asked(shopper, confirm)))
    assert [bill.price.amount_minor for _, bill in bills] == [270, 270]

    async def check_out(shopper: Shopper, bill: SendInvoice) -> bool:
        async with pool.acquire() as own:
            shopper.connection = own
            return (await shopper.check_out(bill)).only(AnswerPreCheckout).ok

    assert sum(await asyncio.gather(*(check_out(*each) for each in bills))) == 1


async def test_an_order_that_was_never_paid_spoils_nobodys_code(connection: Connection) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop, first_order_only=True)
    thief, bill = await with_phone(shop, 1, "+7 900 000 00 01")
    await thief.pay(await asked(thief, bill))  # has had the code, by another telephone
    await in_cart(shop, thief, title="Cup")
    await thief.press("cart_checkout")
    await asked(thief, await thief.press("cart_checkout"))
    await connection.execute(
        "UPDATE order_details AS d SET value = $1 FROM orders AS o "
        "WHERE o.id = d.order_id AND o.status = 'created'",
        PHONE,
    )
    assert await contacts.orders_of_payer(connection, shop.origin.shop_id, 99, {"phone": PHONE})
    owner, bill = await with_phone(shop, 2, PHONE)
    assert (await asked(owner, bill)).price.amount_minor == 270


async def test_nothing_is_known_of_who_was_erased(connection: Connection) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop, first_order_only=True)
    await first_bought(shop)
    shop_id, given = shop.origin.shop_id, {"phone": PHONE}
    assert len(await contacts.orders_of_payer(connection, shop_id, 99, given)) == 1
    buyer_no = await connection.fetchval("SELECT buyer_no FROM orders")
    await erasures.erase(connection, shop_id, buyer_no, with_events=False)
    assert await contacts.orders_of_payer(connection, shop_id, 99, given) == []


@pytest.mark.parametrize("value", ["—", "", "112"])
async def test_what_is_no_telephone_is_nobodys(connection: Connection, value: str) -> None:
    shop = await open_shop(connection, cart={"phone": "required"})
    await made(shop)
    await first_bought(shop)
    await connection.execute("UPDATE order_details SET value = $1", value)
    given = {"phone": value}
    assert await contacts.orders_of_payer(connection, shop.origin.shop_id, 99, given) == []
