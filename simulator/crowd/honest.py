"""What honest people do during a visit, by their role."""

from simulator.crowd import (
    browsing,
    carts,
    checkout,
    gates,
    invitations,
    news,
    purses,
    questions,
    reviews,
)
from simulator.crowd.browsing import ADD, BUY
from simulator.crowd.options import Role
from simulator.crowd.phone import ORDERS, Button, of
from simulator.crowd.purses import Paid
from simulator.crowd.visit import Visit
from simulator.world import payments

# Share of a blocker's visits that end with a block.
BLOCK_SHARE = 0.6
# Share of visits in which somebody writes a text that the bot does not understand.
QUESTION_SHARE = 0.05
QUESTIONS = ("Здравствуйте!", "Сколько идёт доставка?", "Do you ship abroad?", "Hello?")


async def shop(visit: Visit) -> None:
    """Raises GaveUp, TurnedDown, RpcError."""
    menu = await gates.enter(visit)
    role = visit.shopper.persona.role
    if role is not Role.VISITOR:
        menu = await news.read(visit, menu)
    if role not in (Role.VISITOR, Role.BLOCKER) and await questions.turn_to_the_shop(visit, menu):
        return
    match role:
        case Role.VISITOR:
            await visit.think()
        case Role.BLOCKER if visit.random.random() < BLOCK_SHARE:
            await visit.think()
            visit.set_blocked(True)
        case Role.BLOCKER | Role.WINDOW_SHOPPER:
            await look_around(visit, menu, visit.random.randint(1, browsing.MOST_PRODUCTS))
        case _:
            menu = await invitations.share(visit, menu)
            await buy(visit, await purses.top_up(visit, menu))


async def look_around(visit: Visit, menu: list[Button], count: int) -> None:
    """Open some products, one after another."""
    shown = menu
    if visit.random.random() < visit.options.search_share:
        shown = await browsing.search(visit, menu)
    for _ in range(count):
        shown = await browsing.open_product(visit, shown)
        await browsing.ask_for_back_in_stock(visit, shown)
        shown = await browsing.mark(visit, shown)
    if visit.random.random() < QUESTION_SHARE:
        await visit.think()
        now = visit.phone.clock
        visit.say(visit.random.choice(QUESTIONS))
        await visit.until("answer", lambda: visit.phone.anything(now))


async def buy(visit: Visit, menu: list[Button]) -> None:
    """Buy one thing at once, or a cart of things, and what follows."""
    if visit.shopper.has_cart and of(menu, carts.CART):
        bill = await carts.go_on(visit, menu)
    else:
        card = await browsing.find_for_sale(visit, menu)
        if of(card, ADD) and visit.random.random() < visit.options.cart_share:
            bill = await carts.fill(visit, card)
        else:
            bill = await checkout.order(visit, of(card, BUY))
    if bill is None:
        return
    if isinstance(bill, Paid):
        visit.shopper.has_cart, visit.shopper.has_bought = False, True
        return
    await visit.think()
    if visit.random.random() >= visit.options.pay_share:
        await _give_up(visit)
        return
    if visit.random.random() < visit.options.decline_share:
        order = await visit.check_out(bill)
        visit.tell("decline", order)
        return
    before = visit.phone.clock
    charge = await visit.pay_and_get_receipt(bill)
    visit.shopper.has_cart, visit.shopper.has_bought = False, True
    receipt = visit.phone.screen(before, ORDERS)
    await _open(visit, visit.phone.screen(before, "goods"))
    await reviews.give(visit, receipt or [])
    is_asked_back = visit.random.random() < visit.options.refund_share
    if is_asked_back and charge.currency == payments.STARS:
        await visit.think()
        visit.take_back(charge)


async def _give_up(visit: Visit) -> None:
    """Cancel the order, or let it expire."""
    phone = visit.phone
    home = of(phone.screen(0, "menu") or (), "menu")
    if not home or visit.random.random() >= visit.options.cancel_share:
        return
    menu = await visit.press(home[:1], "menu", lambda now: phone.screen(now, "catalogue"))
    if not of(menu, ORDERS):
        return
    listed = await visit.press(of(menu, ORDERS), "orders", lambda now: phone.screen(now, "order"))
    newest = of(listed, "order")[0]
    page = await visit.press([newest], "order", lambda now: phone.screen(now, ORDERS))
    if of(page, "order_cancel"):
        await visit.press(of(page, "order_cancel"), "end of the order", phone.said)
        visit.tell("cancel", newest.argument)


async def _open(visit: Visit, receipt: list[Button] | None) -> None:
    """Open once more what was bought, if it was delivered by the bot."""
    goods = of(receipt or (), "goods")
    if goods and visit.random.random() < visit.options.open_share:
        await visit.press(goods[:1], "goods", visit.phone.anything)
        visit.tell("open", goods[0].argument)
