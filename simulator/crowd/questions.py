"""Questions to the shop: asked where it takes them, and the answers rated."""

from simulator.crowd.phone import Button, of
from simulator.crowd.visit import GaveUp, Visit

SUPPORT, NEW, MINE = "support", "support_new", "support_mine"
WRITE, DONE, RATE = "support_write", "support_done", "support_rate"
CHOOSE = "choose"
# Share of the ready answers that are enough.
HELPED_SHARE = 0.4
ASKED = (
    "Сколько идёт доставка?",
    "А можно упаковать в подарок?",
    "Привезёте ещё такого чая?",
    "Do you ship abroad?",
    "Is there a discount for two?",
    "Я не нашёл, где поменять адрес",
)


async def turn_to_the_shop(visit: Visit, menu: list[Button]) -> bool:
    """Rate an answer that came, or ask: whether the visit was for that. Raises GaveUp."""
    await _rate(visit)
    if not of(menu, SUPPORT) or visit.random.random() >= visit.options.ask_share:
        return False
    await _ask(visit, menu)
    await _rate(visit)
    return True


async def _ask(visit: Visit, menu: list[Button]) -> None:
    """One question a person: whoever has asked before looks for the answer alone."""
    phone = visit.phone
    first = await visit.press(of(menu, SUPPORT), "support", lambda now: phone.screen(now, NEW))
    if of(first, MINE):
        return
    await visit.press(of(first, NEW), "question", phone.question)
    await visit.think()
    now = phone.clock
    visit.say(visit.random.choice(ASKED))
    shown = await visit.until("word of the question", lambda: phone.screen(now, WRITE, CHOOSE))
    if ready := of(shown, CHOOSE):
        helped, passed_on = ready[:2]
        if visit.random.random() < HELPED_SHARE:
            await visit.press([helped], "end of the question", lambda at: phone.screen(at, "menu"))
            visit.tell("helped")
            return
        await visit.press([passed_on], "word of it", lambda at: phone.screen(at, WRITE))
    visit.tell("ask")
    await visit.wait(visit.options.answer_seconds, lambda: phone.screen(now, DONE))


async def _rate(visit: Visit) -> None:
    """Say that an answer was enough, and how good it was. Raises GaveUp."""
    phone, shopper = visit.phone, visit.shopper
    answered = of(phone.screen(0, DONE, RATE) or (), DONE, RATE)
    if shopper.has_rated or not answered or visit.random.random() >= visit.options.rate_share:
        return
    shopper.has_rated = True
    stars = of(answered, RATE)
    if not stars:
        closed = await visit.press(
            answered[:1], "end of the question", lambda now: phone.screen(now, WRITE)
        )
        stars = of(closed, RATE)
    if not stars:
        return
    chosen = visit.random.choices(stars, range(1, len(stars) + 1))
    try:
        await visit.press(chosen, "thanks", phone.said)
    except GaveUp:
        shopper.has_rated = False
        raise
    visit.tell("rate", chosen[0].argument)
