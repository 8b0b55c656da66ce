"""What abusers do during a visit; `Abuse` names the rows of docs/fraud.md."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from simulator.crowd import browsing, checkout, gates, invitations
from simulator.crowd.options import Abuse
from simulator.crowd.phone import Button, of
from simulator.crowd.visit import TurnedDown, Visit
from simulator.wire.rpc import RpcError
from simulator.world import payments

FLOOD_STARTS = 45
FLOOD_GAP_SECONDS = 0.25
SPAM_MESSAGES = 8
SPAM_GAP_SECONDS = 0.4
SPAM_TEXTS = (
    "Заработок от 5000 в день, пиши https://t.me/easy_money_now",
    "Free crypto signals https://t.me/signals_vip join now",
)
SCRAPE_GAP_SECONDS = 0.15
GUESSES = 8
GUESS_GAP_SECONDS = 1.5
MOST_PAGES = 50
HOARDED = 4
REFUNDED = 3  # the number from which docs/fraud.md counts it as abuse
# Share of the bought accounts that press a button or two; the others only start.
ROBOT_SHARE = 0.3
ROBOT_PRESSES = 3
ROBOT_GAP_SECONDS = 0.5


async def abuse(visit: Visit) -> None:
    """Raises GaveUp, RpcError."""
    kind = visit.shopper.persona.abuse
    assert kind is not None  # an abuser's persona names it
    await _SCRIPTS[kind](visit)


async def _traffic(visit: Visit) -> None:
    """One of the bought accounts: the first press after half a second, like a machine."""
    menu = await gates.enter(visit)
    if visit.random.random() >= ROBOT_SHARE:
        return
    for _ in range(ROBOT_PRESSES):
        await asyncio.sleep(ROBOT_GAP_SECONDS)
        visit.tap(menu[0])


async def _flood(visit: Visit) -> None:
    for _ in range(FLOOD_STARTS):
        visit.send_start()
        await asyncio.sleep(FLOOD_GAP_SECONDS)


async def _spam(visit: Visit) -> None:
    await gates.enter(visit)
    text = visit.random.choice(SPAM_TEXTS)
    for _ in range(SPAM_MESSAGES):
        await asyncio.sleep(SPAM_GAP_SECONDS)
        visit.say(text)


async def _scrape(visit: Visit) -> None:
    """Open every product of every page and category, from a list of its own: what it presses needs
    to stand on no screen, only on a message that is still there."""
    opened = set[bytes]()
    first = of(await gates.enter(visit), "catalogue")[0]
    message, pages = first.message_id, [first.data]
    for page in pages:  # which grow
        shown = await _go(visit, Button(message, page))
        message = shown[0].message_id
        for product in of(shown, "product"):
            if product.data not in opened:
                opened.add(product.data)
                await asyncio.sleep(SCRAPE_GAP_SECONDS)
                card = await _go(visit, Button(message, product.data))
                message = card[0].message_id
        onwards = {each.data for each in of(shown, "catalogue", "category")}
        pages += sorted(onwards.difference(pages))
        if len(pages) > MOST_PAGES:
            return


async def _go(visit: Visit, button: Button) -> list[Button]:
    """Press, and wait for the list or the card."""
    now = visit.phone.clock
    visit.tap(button)
    return await visit.until("page", partial(visit.phone.screen, now, "product", *browsing.BACK))


async def _find(visit: Visit, menu: list[Button]) -> list[Button]:
    """The button that buys a product in stock at once."""
    return of(await browsing.find_for_sale(visit, menu), browsing.BUY)


async def _bill(visit: Visit, buttons: list[Button]) -> int:
    bill = await checkout.order(visit, buttons)
    assert isinstance(bill, int)  # none of them has put money into a wallet
    return bill


async def _guess(visit: Visit) -> None:
    await gates.enter(visit)
    for _ in range(GUESSES):
        await asyncio.sleep(GUESS_GAP_SECONDS)
        visit.say(f"/promo SALE{visit.random.randrange(1000):03}")


async def _hoard(visit: Visit) -> None:
    """Reserve one product after another; the payment fails each time."""
    for _ in range(HOARDED):
        menu = await gates.enter(visit)
        with suppress(RpcError, TurnedDown):  # sold out: others were faster
            await visit.check_out(await _bill(visit, await _find(visit, menu)))


async def _forge(visit: Visit) -> None:
    """Pay for one order three times, then press buttons that were never shown and claim to have
    paid."""
    buy = (await _find(visit, await gates.enter(visit)))[0]
    first = await _bill(visit, [buy])
    # Of the same order, as it is not paid yet. Its card has made place for the order since: it is
    # pressed on a message that is still there.
    menu = (await gates.enter(visit))[0].message_id
    second = await _bill(visit, [Button(menu, buy.data)])
    await visit.pay_and_get_receipt(first)
    for again in (first, second):
        try:
            await visit.pay(again)
        except RpcError as error:  # by Telegram the first time, by the bot the second
            visit.tell("refused", error.text)
    number, menu = visit.random.randrange(10**6), (await gates.enter(visit))[0].message_id
    for data in (f"buy:{number}", f"product:-{number}", "buy:", f"order:{number}", "\x00paid"):
        await visit.tap(Button(menu, data.encode()))
    visit.say("/paid successful_payment XTR 100")


async def _refund(visit: Visit) -> None:
    """Buy one thing after another and take the Stars back each time; money by card goes back by the
    shop alone."""
    for _ in range(REFUNDED):
        menu = await gates.enter(visit)
        bill = await _bill(visit, await _find(visit, menu))
        charge = await visit.pay_and_get_receipt(bill)
        if charge.currency != payments.STARS:
            raise TurnedDown("what was paid by card cannot be taken back")
        await visit.think()
        visit.take_back(charge)


async def _ring(visit: Visit) -> None:
    """Whoever has the accounts brings them once by their own link; those buy one thing each."""
    menu = await gates.enter(visit)
    if not visit.shopper.is_anothers:
        if of(menu, invitations.INVITE) and not visit.shopper.invitation:
            visit.bring_own(await invitations.own_code(visit, menu))
        return
    bill = await _bill(visit, await _find(visit, menu))
    await visit.pay_and_get_receipt(bill)


_SCRIPTS: dict[Abuse, Callable[[Visit], Awaitable[None]]] = {
    Abuse.TRAFFIC: _traffic,
    Abuse.FLOOD: _flood,
    Abuse.SPAM: _spam,
    Abuse.SCRAPE: _scrape,
    Abuse.GUESS: _guess,
    Abuse.HOARD: _hoard,
    Abuse.FORGERY: _forge,
    Abuse.REFUND: _refund,
    Abuse.RING: _ring,
}
