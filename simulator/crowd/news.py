"""Broadcasts that people find when they come back: opened, or not wanted any more."""

from simulator.crowd.phone import STOP, Button, of
from simulator.crowd.visit import Visit

OPEN, START = "broadcast", "broadcast_start"


async def read(visit: Visit, menu: list[Button]) -> list[Button]:
    """What the last one leads to, if they open it; else the menu. Each is looked at once. Raises
    GaveUp."""
    phone, shopper = visit.phone, visit.shopper
    shown = phone.screen(0, STOP) or []
    stops = of(shown, STOP)
    if not stops or stops[0].argument in shopper.news:
        return menu
    number = stops[0].argument
    shopper.news.add(number)
    choice = visit.random.random()
    if choice < visit.options.stop_share:
        await visit.press(stops, "word of it", lambda now: phone.screen(now, START))
        visit.tell("stop", number)
    elif choice < visit.options.stop_share + visit.options.click_share and of(shown, OPEN):
        menu = await visit.press(
            of(shown, OPEN), "shop", lambda now: phone.screen(now, "catalogue")
        )
        visit.tell("click", number)
    return menu
