"""The buttons at the gates. Whoever has passed all of them goes on where they came in."""

from bots.modules.gates import captcha, standing, store
from bots.modules.gates.events import (
    CAPTCHA_FAILED,
    CAPTCHA_PASSED,
    GATE_FAILED,
    GATE_PASSED,
)
from bots.modules.gates.settings import GatesSettings
from bots.modules.gates.store import GateName
from bots.sdk.context import Context
from bots.sdk.router import Router
from bots.sdk.updates import Button

router = Router[GatesSettings]()
Gates = Context[GatesSettings]


@router.button("gate_captcha")
async def press_picture(context: Gates, update: Button) -> None:
    found = await store.captcha_of(context.connection, context.customer)
    if found is None:
        await _go_on(context)
        return
    if captcha.is_locked(found, context.now):
        context.answer(standing.locked(context, found).plain)
        await _go_on(context)
        return
    nonce, _, number = update.argument.partition(".")
    if nonce != found.nonce:  # of an older one
        await _go_on(context)
    elif number == str(found.answer):
        await store.forget_captcha(context.connection, context.customer)
        context.emit(CAPTCHA_PASSED)
        await store.note_passed(context.connection, context.customer, "captcha", context.now)
        await _go_on(context)
    else:
        context.emit(CAPTCHA_FAILED)
        another = captcha.after_wrong(found, context.now)
        await store.keep_captcha(context.connection, context.customer, another)
        if not captcha.is_locked(another, context.now):
            context.answer(context.texts.label("wrong"))
        await _go_on(context)


@router.button("gate_age")
async def say_age(context: Gates, update: Button) -> None:
    if not context.settings.age or update.argument != "yes":
        if context.settings.age:
            context.emit(GATE_FAILED, props={"gate": "age"})
            context.answer(context.texts.label("too_young", age=context.settings.age), alert=True)
            return
        await _go_on(context)
        return
    await _pass(context, "age", str(context.settings.age))


@router.button("gate_rules")
async def agree(context: Gates, update: Button) -> None:
    """Who agrees to rules that have changed meanwhile is shown the new ones."""
    if update.argument != context.settings.rules_version:
        await _go_on(context)
        return
    await _pass(context, "rules", update.argument)


@router.button("gate_check")
async def check(context: Gates, _: Button) -> None:
    """Asks Telegram anew; the answer is noted with the gate's passing."""
    closed = await standing.first_closed(context, anew=True)
    if closed == "subscription":
        context.emit(GATE_FAILED, props={"gate": "subscription"})
        context.answer(context.texts.label("not_yet"), alert=True)
        return
    await _go_on(context)


async def _pass(context: Gates, gate: GateName, detail: str) -> None:
    """A second press of the same button passes nothing anew."""
    if (await store.passed(context.connection, context.customer)).get(gate) != detail:
        context.emit(GATE_PASSED, props={"gate": gate})
        await store.note_passed(context.connection, context.customer, gate, context.now, detail)
    await _go_on(context)


async def _go_on(context: Gates) -> None:
    closed = await standing.first_closed(context)
    if closed is None:
        context.edit(context.texts.get("welcome"))
        context.proceed()
        return
    context.edit(*await standing.shown(context, closed))
