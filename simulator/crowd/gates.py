"""What stands before a shop: a picture that is named in words, rules to agree to."""

import re

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
    """Start, and do what is asked at the gates; the menu. Raises GaveUp, TurnedDown, RpcError."""
    shown = await visit.start(MENU, CAPTCHA, RULES)
    for _ in range(MOST_GATES):
        if of(shown, CAPTCHA):
            shown = await _name(visit, shown)
        elif of(shown, RULES):
            shown = await visit.press(of(shown, RULES), "shop", lambda at: _inside(visit.phone, at))
            visit.tell("pass", "rules")
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
    return phone.screen(since, MENU, CAPTCHA, RULES)
