"""From the buy button to the bill: variants, shipping, questions, the last look."""

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeAlias

from simulator.crowd import loyalty, promos, purses
from simulator.crowd.people import address_of
from simulator.crowd.phone import Button, Phone, Question, of
from simulator.crowd.purses import Paid
from simulator.crowd.visit import GaveUp, TurnedDown, Visit

MOST_STEPS = 16
# Share of the last looks at which somebody adds optional details.
COMMENT_SHARE = 0.15
COMMENTS = ("Позвоните за час, пожалуйста.", "Please ring twice.", "Это подарок 🎁", "Спасибо!")
CONTINUES, PAY, SHIP, FIELD = "cart_checkout", "checkout_pay", "checkout_ship", "checkout_field"
# What a bot shows on the way to a bill, besides questions.
STEPS = ("buy", SHIP, PAY, "checkout", CONTINUES)
# What a question asks for, by its words; the first match counts.
_WORDS: dict[str, tuple[str, ...]] = {
    "email": ("почт", "mail"),
    "phone": ("телефон", "номер", "phone", "call"),
    "name": ("зовут", "имя", "обращаться", "name"),
    "address": ("улиц", "адрес", "address", "street"),
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a shop asks of a person: `contact` is in the telephone number and the e-mail address,
    and `home` the number of where they live."""

    name: str
    contact: int
    home: int


def answer_to(question: Question, asked_of: Particulars, random: Random) -> str:
    """A person's answer to a question; the same person has one phone number and one address."""
    asked = question.text.partition("\n")[0].casefold()  # the text below it explains it
    found = (field for field, words in _WORDS.items() if any(word in asked for word in words))
    match "phone" if question.wants_phone else next(found, "comment"):
        case "phone":
            return f"+7900{asked_of.contact % 10**7:07}"
        case "email":
            return f"{asked_of.contact}@example.org"
        case "name":
            return asked_of.name
        case "address":
            return address_of(asked_of.home)
        case _:
            return random.choice(COMMENTS)


Step: TypeAlias = int | Question | list[Button] | Paid


def _next(phone: Phone, since: int) -> Step | None:
    """The bill's message, a question, or buttons; the newest of them. Raises TurnedDown."""
    step = phone.bill(since) or phone.question(since) or phone.screen(since, *STEPS)
    if step is None and (no := phone.said(since, alert=True)):
        raise TurnedDown(no.text)
    return step


async def order(visit: Visit, buttons: list[Button], *, is_cart: bool = False) -> int | Paid:
    """Press on, and answer questions, until the bill comes, of the cart or of one product; returns
    its message. Or the wallet has paid it all.

    Raises GaveUp, TurnedDown, RpcError.
    """
    visit.from_wallet = 0
    step: Step = await visit.press(buttons, "bill", partial(_next, visit.phone))
    for _ in range(MOST_STEPS):
        if isinstance(step, int):
            visit.take_bill(step, is_cart=is_cart, from_wallet=visit.from_wallet)
            return step
        if isinstance(step, Paid):
            await purses.note(visit, step, is_cart=is_cart)
            return step
        if isinstance(step, Question):
            step = await _answer(visit, step)
        else:
            step = await _choose(visit, step)
    raise GaveUp("no end of questions")


async def _answer(visit: Visit, question: Question) -> Step:
    await visit.think()
    now = visit.phone.clock
    shopper = visit.shopper
    particulars = Particulars(shopper.account.first_name, shopper.contact, shopper.home)
    visit.say(answer_to(question, particulars, visit.random))
    step: Step = await visit.until("answer's answer", lambda: _next(visit.phone, now))
    visit.tell("answer")
    return step


async def _choose(visit: Visit, screen: list[Button]) -> Step:
    step: Step
    comment = [each for each in of(screen, FIELD) if each.argument.endswith(".comment")]
    if comment and visit.random.random() < COMMENT_SHARE:
        step = await visit.press(comment, "question", partial(_next, visit.phone))
        return step
    if promos.tries(visit, screen):
        await promos.enter(visit, screen)
        again: Step = await visit.until("order", lambda: visit.phone.screen(0, PAY))
        return again
    if of(screen, PAY) and loyalty.wants(visit, screen):
        return await loyalty.use(visit, screen, PAY)
    if of(screen, purses.REST):
        return await purses.ask_rest(visit, screen)
    if purse := purses.wants(visit, of(screen, PAY)):
        return await purses.pay(visit, purse, partial(_next, visit.phone))
    for action in STEPS:
        if buttons := of(screen, action):
            chosen = visit.random.choice(purses.others(buttons))
            step = await visit.press([chosen], "next step", partial(_next, visit.phone))
            if action == SHIP:
                visit.tell("shipping", chosen.label)
            return step
    raise GaveUp("a screen without a way on")
