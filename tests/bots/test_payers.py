"""Who pays is known to promo codes before the money is taken, where Telegram's bill asks for it."""

from bots.sdk.replies import AnswerPreCheckout
from bots.sdk.updates import PayerInfo
from core.postgres import Connection
from tests.bots.modules.cart.buying import Shop
from tests.bots.modules.promo.promotion import asked, entered, in_cart, made
from tests.bots.modules.provider.billing import TOKEN
from tests.bots.shopper import enabled_modules
from tests.factories import create_origin


async def test_a_code_for_first_orders_is_refused_at_the_pre_checkout(
    connection: Connection,
) -> None:
    modules = enabled_modules(cart={}, promo={}, provider={"token": TOKEN, "asks": ["phone"]})
    origin = await create_origin(connection)
    await connection.execute("UPDATE shops SET currency = 'RUB'")
    shop = Shop(connection, origin, modules)
    await made(shop, first_order_only=True)
    payer = PayerInfo(phone="+7 900 123-45-67")
    first, second = shop.shopper(1), shop.shopper(2)
    bills = []
    for shopper in (first, second):
        await in_cart(shop, shopper, title="Tea", price_minor=100_000, currency="RUB")
        await entered(shopper, "SPRING")
        bills.append(await asked(shopper, await shopper.press("cart_checkout")))
    assert (await first.check_out(bills[0], info=payer)).only(AnswerPreCheckout).ok
    await first.pay(bills[0], info=payer, provider="telegram")
    refused = await second.check_out(bills[1], info=payer)
    assert not refused.only(AnswerPreCheckout).ok
    again = await asked(second, refused)
    assert again.price.amount_minor == 100_000
    assert (await second.check_out(again, info=payer)).only(AnswerPreCheckout).ok
