"""Carts: filled, changed, abandoned, and continued another time."""

from functools import partial
from typing import TypeAlias

from simulator.crowd import browsing, checkout
from simulator.crowd.browsing import ADD
from simulator.crowd.checkout import CONTINUES
from simulator.crowd.phone import Button, Notice, Phone, of
from simulator.crowd.purses import Paid
from simulator.crowd.visit import TurnedDown, Visit

CART, CHANGE = "cart", "cart_set"
MOST_KINDS = 3
# Share of the looks at a cart in which a quantity is changed.
CHANGE_SHARE = 0.3
_Answer: TypeAlias = Notice | list[Button]


async def fill(visit: Visit, card: list[Button]) -> int | Paid | None:
    """Put this and perhaps more into the cart; returns the bill, or that the wallet has paid it;
    None if the cart was abandoned.

    Raises GaveUp, TurnedDown, RpcError.
    """
    await _add(visit, of(card, ADD))
    shown = card
    for _ in range(visit.random.randrange(MOST_KINDS)):
        shown = await browsing.open_product(visit, shown)
        if of(shown, ADD):
            await _add(visit, of(shown, ADD))
    return await _decide(visit, await _look(visit))


async def go_on(visit: Visit, menu: list[Button]) -> int | Paid | None:
    """Come back to an abandoned cart. Raises GaveUp, TurnedDown, RpcError."""
    phone = visit.phone
    cart = await visit.press(
        of(menu, CART), "cart", lambda now: phone.screen(now, CONTINUES, "menu")
    )
    return await _decide(visit, cart)


def _heard(phone: Phone, pressed: str, since: int) -> _Answer | None:
    """Not the card whose button it is, which may be shown anew for what was pressed before."""
    shown = phone.screen(since, CART, ADD)
    if shown and not of(shown, CART) and pressed in {each.argument for each in of(shown, ADD)}:
        shown = None
    return shown or phone.said(since)


async def _add(visit: Visit, buttons: list[Button]) -> None:
    chosen = buttons[:1]
    answer: _Answer = []
    for _ in range(2):  # the product, then perhaps its variant
        heard = partial(_heard, visit.phone, chosen[0].argument)
        answer = await visit.press(chosen, "word of the cart", heard)
        if isinstance(answer, Notice) or of(answer, CART):
            break
        chosen = [visit.random.choice(of(answer, ADD))]
    if isinstance(answer, Notice) and answer.is_alert:
        return  # there is no more of it
    visit.shopper.has_cart = True
    visit.tell("cart_add", chosen[0].argument)


async def _look(visit: Visit) -> list[Button]:
    """Open the cart with whatever button leads there. Raises GaveUp, TurnedDown."""
    phone = visit.phone
    ways = phone.screen(0, CART)
    if ways is None or not visit.shopper.has_cart:
        raise TurnedDown("nothing came into the cart")
    return await visit.press(
        of(ways, CART)[:1], "cart", lambda now: phone.screen(now, CONTINUES, "menu")
    )


async def _decide(visit: Visit, cart: list[Button]) -> int | Paid | None:
    if not of(cart, CONTINUES):
        visit.shopper.has_cart = False  # it was sold out, or bought otherwise
        return None
    if of(cart, CHANGE) and visit.random.random() < CHANGE_SHARE:
        cart = await _change(visit, cart)
        if not of(cart, CONTINUES):
            visit.shopper.has_cart = False
            return None
    if visit.random.random() < visit.options.leave_cart_share:
        await visit.think()
        visit.tell("cart_leave")
        return None
    return await checkout.order(visit, of(cart, CONTINUES), is_cart=True)


async def _change(visit: Visit, cart: list[Button]) -> list[Button]:
    chosen, phone = visit.random.choice(of(cart, CHANGE)), visit.phone
    shown = await visit.press([chosen], "cart", lambda now: phone.screen(now, CONTINUES, "menu"))
    visit.tell("cart_change", chosen.argument)
    return shown
