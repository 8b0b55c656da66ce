"""What honest people do during a visit, by their role."""

from simulator.crowd.options import Role
from simulator.crowd.phone import Button
from simulator.crowd.visit import GaveUp, Visit

MOST_PRODUCTS = 4
# Share of visits of a blocker's that end with a block.
BLOCK_SHARE = 0.6
# Share of visits in which somebody writes to the bot what it does not understand.
QUESTION_SHARE = 0.05
QUESTIONS = ("Здравствуйте!", "Сколько идёт доставка?", "Do you ship abroad?", "Hello?")


async def shop(visit: Visit) -> None:
    """Raises GaveUp, RpcError."""
    menu = await visit.start()
    match visit.shopper.persona.role:
        case Role.VISITOR:
            await visit.think()
        case Role.BLOCKER if visit.random.random() < BLOCK_SHARE:
            await visit.think()
            visit.set_blocked(True)
        case Role.BLOCKER | Role.WINDOW_SHOPPER:
            await look_around(visit, menu, visit.random.randint(1, MOST_PRODUCTS))
        case _:
            await buy(visit, await find_for_sale(visit, menu))


async def look_around(visit: Visit, menu: list[Button], count: int) -> None:
    """Open some products, one after another."""
    phone = visit.phone
    shown = menu
    for _ in range(count):
        products = await visit.press(shown, "products", lambda now: phone.buttons("product:", now))
        shown = await visit.press(
            products, "product card", lambda now: phone.buttons("catalogue", now)
        )
    if visit.random.random() < QUESTION_SHARE:
        await visit.think()
        now = phone.clock
        visit.say(visit.random.choice(QUESTIONS))
        await visit.until("answer", lambda: phone.anything(now))


async def find_for_sale(visit: Visit, menu: list[Button]) -> list[Button]:
    """The Buy buttons of a product that is not sold out. Raises GaveUp."""
    phone = visit.phone
    shown = menu
    for _ in range(MOST_PRODUCTS):
        products = await visit.press(shown, "products", lambda now: phone.buttons("product:", now))
        before = phone.clock
        shown = await visit.press(
            products, "product card", lambda now: phone.buttons("catalogue", now)
        )
        if for_sale := phone.buttons("buy:", before):
            return for_sale
    raise GaveUp("all that was looked at is sold out")


async def buy(visit: Visit, for_sale: list[Button]) -> None:
    bill = await visit.order(for_sale)
    await visit.think()
    if visit.random.random() >= visit.options.pay_share:
        return
    charge = await visit.pay_and_get_receipt(bill)
    if visit.random.random() < visit.options.refund_share:
        await visit.think()
        visit.take_back(charge)
