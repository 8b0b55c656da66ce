"""What stands before a shop: a picture that is named in words, rules to agree to, channels to
subscribe to."""

import re

from simulator.crowd import channels
from simulator.crowd.channels import CHECK
from simulator.crowd.options import Abuse
from simulator.crowd.phone import Button, Phone, of
from simulator.crowd.visit import GaveUp, TurnedDown, Visit

CAPTCHA, RULES, MENU = "gate_captcha", "gate_rules", "catalogue"
MOST_GATES = 4
# Share of the pictures at which somebody presses another one first.
WRONG_SHARE = 0.05
PICTURES = {
    **dict.fromkeys(("яблоко", "apple"), "🍎"),
    **dict.fromkeys(("машина", "car"), "🚗"),
    **dict.fromkeys(("кошка", "cat"), "🐱"),
    **dict.fromkeys(("солнце", "sun"), "🌞"),
    **dict.fromkeys(("дом", "house"), "🏠"),
    **dict.fromkeys(("дерево", "tree"), "🌲"),
    **dict.fromkeys(("мяч", "ball"), "⚽"),
    **dict.fromkeys(("рыба", "fish"), "🐟"),
    **dict.fromkeys(("книги", "books"), "📚"),
    **dict.fromkeys(("зонт", "umbrella"), "☂️"),
    **dict.fromkeys(("ключ", "key"), "🔑"),
    **dict.fromkeys(("хлеб", "bread"), "🍞"),
}
_NAMED = re.compile(r": *(\w+)\s*$")


def picture_in(text: str) -> str | None:
    """The picture that a text asks for by its name, its last word."""
    named = _NAMED.search(text)
    return PICTURES.get(named[1]) if named else None


async def enter(visit: Visit) -> list[Button]:
    """Start, and do what is asked at the gates; the menu. Some of those who come back leave the
    channel by then, and are asked again. Raises GaveUp, TurnedDown, RpcError."""
    menu = await _pass(visit, await visit.start(MENU, CAPTCHA, RULES, CHECK))
    shopper = visit.shopper
    is_back = shopper.visits > 1 and shopper.channels
    if not is_back or visit.random.random() >= visit.options.leave_channel_share:
        return menu
    return await _pass(visit, await channels.leave(visit, MENU))


async def _pass(visit: Visit, shown: list[Button]) -> list[Button]:
    """What is behind all gates."""
    for _ in range(MOST_GATES):
        if of(shown, CAPTCHA):
            shown = await _name(visit, shown)
        elif of(shown, RULES):
            shown = await visit.press(of(shown, RULES), "shop", lambda at: _inside(visit.phone, at))
            visit.tell("pass", "rules")
        elif of(shown, CHECK):
            shown = await channels.subscribe(visit, shown, MENU, CAPTCHA, RULES)
        else:
            return shown
    raise GaveUp("no end of gates")


async def _name(visit: Visit, shown: list[Button]) -> list[Button]:
    """Robots cannot read."""
    if visit.shopper.persona.abuse is Abuse.TRAFFIC:
        raise TurnedDown("a picture was to be named")
    phone = visit.phone
    asked = PICTURES.get(phone.found(0, _NAMED) or "")
    is_wrong = not visit.has_erred and visit.random.random() < WRONG_SHARE
    chosen = [each for each in of(shown, CAPTCHA) if (each.label == asked) is not is_wrong]
    again = await visit.press(chosen, "shop", lambda at: _inside(phone, at))
    visit.has_erred |= is_wrong
    visit.tell("fail" if is_wrong else "pass", "captcha")
    return again


def _inside(phone: Phone, since: int) -> list[Button] | None:
    return phone.screen(since, MENU, CAPTCHA, RULES, CHECK)
