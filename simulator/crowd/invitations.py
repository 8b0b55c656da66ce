"""People who send their own link to others, where a shop gives them one."""

import re

from simulator.crowd.phone import Button, of
from simulator.crowd.visit import Visit

INVITE, HOME = "referral", "menu"
_LINK = re.compile(r"\?start=([A-Za-z0-9_-]{1,64})")


async def share(visit: Visit, menu: list[Button]) -> list[Button]:
    """Some of those who have bought here look at their link and pass it on; the menu afterwards.
    Raises GaveUp."""
    entry = of(menu, INVITE)
    if not entry or not visit.shopper.has_bought or visit.shopper.invitation:
        return menu
    if visit.random.random() >= visit.options.invite_share:
        return menu
    visit.pass_on(await own_code(visit, menu))
    phone = visit.phone
    homes = of(phone.screen(0, HOME) or (), HOME)
    return await visit.press(homes, "menu", lambda now: phone.screen(now, "catalogue"))


async def own_code(visit: Visit, menu: list[Button]) -> str:
    """The start code of their own link, by which others are to come. Raises GaveUp."""
    phone = visit.phone
    code = await visit.press(of(menu, INVITE), "own link", lambda now: phone.found(now, _LINK))
    visit.shopper.invitation = code
    visit.tell("invite", code)
    return code
