"""Which gate a shopper stands before, and what they are shown there."""

from datetime import timedelta

from bots.modules.gates import captcha, store
from bots.modules.gates.events import CAPTCHA_SHOWN, GATE_PASSED, GATE_SHOWN
from bots.modules.gates.settings import Channel, GatesSettings
from bots.modules.gates.store import Captcha, GateName
from bots.sdk import memberships
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard, link
from bots.sdk.replies import Text
from bots.sdk.texts import paragraphs

GateScope = Scope[GatesSettings]
Screen = tuple[Text, Keyboard | None]


async def first_closed(scope: GateScope, *, anew: bool = False) -> GateName | None:
    """The first gate that the shopper has yet to pass; `anew`: Telegram is asked about chats."""
    if scope.customer is None or scope.customer.is_staff:
        return None
    settings = scope.settings
    passed = await store.passed(scope.connection, scope.customer)
    if settings.captcha and "captcha" not in passed:
        if not await store.has_bought(scope.connection, scope.customer):
            return "captcha"
    if settings.age and int(passed.get("age") or 0) < settings.age:
        return "age"
    if settings.rules and passed.get("rules") != settings.rules_version:
        return "rules"
    if settings.channels:
        return await _subscription(scope, "subscription" in passed, anew=anew)
    return None


async def _subscription(scope: GateScope, had_passed: bool, *, anew: bool) -> GateName | None:
    """A chat about which Telegram says nothing keeps nobody out, and is not passed either."""
    assert scope.customer is not None
    answers = [answer for _, answer in await _answers(scope, anew=anew)]
    if False in answers:
        if had_passed:
            await store.forget_pass(scope.connection, scope.customer, "subscription")
        return "subscription"
    if not had_passed and None not in answers:
        await store.note_passed(scope.connection, scope.customer, "subscription", scope.now)
        scope.emit(GATE_PASSED, props={"gate": "subscription"})
    return None


async def missing(scope: GateScope, *, anew: bool = False) -> list[Channel]:
    """The chats that the shopper has not subscribed to."""
    found = await _answers(scope, anew=anew)
    return [channel for channel, answer in found if answer is False]


async def _answers(scope: GateScope, *, anew: bool) -> list[tuple[Channel, bool | None]]:
    """Whether the shopper is in each of the chats; None: Telegram would not say."""
    lives = timedelta(hours=scope.settings.recheck_hours)
    return [
        (channel, await memberships.is_member(scope, channel.chat, lives=lives, anew=anew))
        for channel in scope.settings.channels
    ]


async def shown(scope: GateScope, gate: GateName) -> Screen:
    """The gate's screen, which is counted as shown."""
    if gate == "captcha":
        scope.emit(CAPTCHA_SHOWN)
        return await _captcha(scope)
    scope.emit(GATE_SHOWN, props={"gate": gate})
    texts = scope.texts
    if gate == "age":
        yes = button(texts.label("age_yes"), "gate_age", "yes")
        no = button(texts.label("age_no"), "gate_age", "no")
        return texts.get("age", age=scope.settings.age), keyboard([yes, no])
    if gate == "rules":
        rules = scope.settings.rules.get(scope.language)
        agree = button(texts.label("agree"), "gate_rules", scope.settings.rules_version)
        return paragraphs(texts.get("rules"), rules), keyboard([agree])
    rows: list[list[AnyButton]] = [
        [link(channel.title.get(scope.language) or channel.chat, channel.address)]
        for channel in await missing(scope)
    ]
    check = button(texts.label("check"), "gate_check")
    return texts.get("subscribe"), keyboard(*rows, [check])


def locked(scope: GateScope, found: Captcha) -> Text:
    """For how long there is no further try."""
    return scope.texts.get("locked", minutes=captcha.minutes_left(found, scope.now))


async def _captcha(scope: GateScope) -> Screen:
    """The one that they were shown before, or a new one."""
    assert scope.customer is not None
    found = await store.captcha_of(scope.connection, scope.customer)
    if found is not None and captcha.is_locked(found, scope.now):
        again = button(scope.texts.label("again"), "gate_captcha", "again")
        return locked(scope, found), keyboard([again])
    if found is None:
        found = captcha.draw()
        await store.keep_captcha(scope.connection, scope.customer, found)
    named = scope.texts.label(captcha.PICTURES[found.choices[found.answer]])
    buttons = [
        button(picture, "gate_captcha", f"{found.nonce}.{number}")
        for number, picture in enumerate(found.choices)
    ]
    half = (len(buttons) + 1) // 2
    return scope.texts.get("captcha", picture=named), keyboard(buttons[:half], buttons[half:])
