"""Promo codes that people know from advertisements, entered before they pay."""

from simulator.crowd.phone import CANCEL, Button, Phone, Question
from simulator.crowd.visit import Visit

PROMO, BACK = "promo", "promo_back"
_Shown = Question | list[Button]


def tries(visit: Visit, screen: list[Button]) -> bool:
    """Whether the person has a code for this order; they try one code a visit."""
    has_button = any(each.action == PROMO for each in screen)
    if not has_button or visit.has_tried_code or not visit.options.promo_codes:
        return False
    return visit.random.random() < visit.options.promo_share


async def enter(visit: Visit, screen: list[Button]) -> None:
    """Write a code, and go back to the order, whether or not it was accepted. Raises GaveUp."""
    visit.has_tried_code = True
    code = visit.random.choice(visit.options.promo_codes)
    phone = visit.phone
    buttons = [each for each in screen if each.action == PROMO]
    shown: _Shown = await visit.press(
        buttons, "question for a code", lambda now: _asked(phone, now)
    )
    if not isinstance(shown, Question):  # one is entered already
        await visit.press(_only(shown, BACK), "order", lambda now: phone.screen(now, PROMO))
        return
    await visit.think()
    now = phone.clock
    visit.say(code)
    answer = await visit.until("word of the code", lambda: _answered(phone, now))
    visit.tell("promo", code)
    if _only(answer, CANCEL):  # asked again: it does not work
        await visit.press(_only(answer, CANCEL), "order", lambda at: phone.screen(at, PROMO))


def _asked(phone: Phone, since: int) -> _Shown | None:
    return phone.question(since) or phone.screen(since, BACK)


def _answered(phone: Phone, since: int) -> list[Button] | None:
    return phone.screen(since, PROMO, CANCEL)


def _only(shown: list[Button], action: str) -> list[Button]:
    return [each for each in shown if each.action == action]
