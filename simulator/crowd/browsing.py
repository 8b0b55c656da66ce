"""How people find products: in the catalogue and its categories, or by search."""

from simulator.crowd.options import Role
from simulator.crowd.phone import Button, of
from simulator.crowd.visit import GaveUp, Visit

BUY, ADD = "buy", "cart_add"
MOST_PRODUCTS = 4
MOST_SHELVES = 4
# Share of the lists with categories in which a category is opened before a product.
SHELF_SHARE = 0.4
# Search words: of the demo's goods, misspelt, and without any match.
WORDS = ("улун", "пуер", "пиала", "tea", "kyoto", "bookmrk", "чабань", "shirt", "qwerty")
# Where a product's card leads back to.
BACK = ("catalogue", "category", "found", "favourites")


async def open_product(visit: Visit, shown: list[Button]) -> list[Button]:
    """Open a product from a screen that leads to products; returns its card's buttons.

    Raises GaveUp.
    """
    phone = visit.phone
    listed = shown
    if not of(shown, "product"):
        listed = await visit.press(
            of(shown, *BACK), "products", lambda now: phone.screen(now, "product", "category")
        )
    for _ in range(MOST_SHELVES):
        shelves, goods = of(listed, "category"), of(listed, "product")
        if not shelves or (goods and visit.random.random() >= SHELF_SHARE):
            break
        listed = await visit.press(
            shelves, "shelf", lambda now: phone.screen(now, "product", "category")
        )
    goods = of(listed, "product")
    if not goods:
        raise GaveUp("no product on the shelves")
    return await visit.press(goods, "product card", lambda now: phone.screen(now, *BACK))


async def search(visit: Visit, menu: list[Button]) -> list[Button]:
    """Search for a word; returns the screen of results, which may be empty. Raises GaveUp."""
    phone, word = visit.phone, visit.random.choice(WORDS)
    top = await visit.press(
        of(menu, "catalogue"), "products", lambda now: phone.screen(now, "product", "category")
    )
    if not of(top, "search"):
        return top
    await visit.press(of(top, "search"), "search", phone.question)
    await visit.think()
    now = phone.clock
    visit.say(word)
    found = await visit.until("what was found", lambda: phone.screen(now, "search"))
    visit.tell("search", word)
    return found


async def find_for_sale(visit: Visit, menu: list[Button]) -> list[Button]:
    """The card of a product that is not sold out. Raises GaveUp."""
    shown = menu
    for _ in range(MOST_PRODUCTS):
        shown = await open_product(visit, shown)
        if of(shown, BUY):
            return shown
        await ask_for_back_in_stock(visit, shown)
    raise GaveUp("all that was looked at is sold out")


async def ask_for_back_in_stock(visit: Visit, card: list[Button]) -> None:
    """Some people ask to be notified when a product is back in stock. Raises GaveUp."""
    wait = of(card, "stock_wait")
    if not wait or visit.random.random() >= visit.options.wait_share:
        return
    phone = visit.phone
    while wait:
        chosen = wait
        shown = await visit.press(
            chosen,
            "promise",
            lambda now: [] if phone.said(now) else phone.screen(now, "stock_wait"),
        )
        wait = of(shown, "stock_wait")
    visit.tell("wait", chosen[0].argument)


async def mark(visit: Visit, card: list[Button]) -> list[Button]:
    """Mark it as a favourite; returns the card after that. Raises GaveUp."""
    star = of(card, "favourite")
    # A second press would remove the mark again.
    if not star or visit.shopper.persona.role is Role.IMPATIENT:
        return card
    if visit.random.random() >= visit.options.favourite_share:
        return card
    phone = visit.phone
    shown = await visit.press(  # its word comes besides, and is not to be taken for another's
        star, "marked card", lambda now: phone.screen(now, "favourite") if phone.said(now) else None
    )
    visit.tell("favourite", star[0].argument)
    return shown
