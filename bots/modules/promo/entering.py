"""A shopper enters a code: it is noted for their next order, or they are told that it does not
work, in the same words whatever the reason."""

from datetime import timedelta
from math import ceil
from typing import Literal

from bots.modules.promo import store
from bots.modules.promo.codes import Code, key_of
from bots.modules.promo.events import PROMO_APPLIED, PROMO_REJECTED
from bots.modules.promo.rules import Entry, refusal
from bots.modules.promo.settings import PromoSettings
from bots.sdk.context import Context
from bots.sdk.replies import Text
from core.shop import risk_standing

Promo = Context[PromoSettings]
Outcome = Literal["applied", "known", "wrong", "locked", "full"]


async def enter(context: Promo, typed: str) -> tuple[Outcome, Text]:
    """What came of it, and what the shopper reads.

    While they are locked out, after too many wrong codes or by a verdict about promo codes, nothing
    is looked up: a right code and a wrong one are the same.
    """
    until = await store.locked_until(context.connection, context.customer, context.now)
    is_doubted = until is None and await _is_doubted(context)
    if until is not None or is_doubted:
        context.emit(PROMO_REJECTED, props={"reason": "locked"})
    if until is not None:
        return "locked", _locked(context, until - context.now)
    if is_doubted:  # nobody knows for how long: a person may decide at any time
        return "locked", context.texts.get("locked_for_now")
    key = key_of(typed)
    entry = await _found(context, key) if key else None
    reason = "unknown"
    if entry is not None:
        reason = refusal(entry.code, entry.standing, context.customer.buyer_no, context.now) or ""
    if entry is None or reason:
        known = {} if entry is None else {"promo": entry.code.id}
        context.emit(PROMO_REJECTED, props={**known, "reason": reason})
        if await store.note_wrong(context.connection, context.customer, context.now):
            return "locked", _locked(context, store.LOCKED_FOR)
        return "wrong", context.texts.get("wrong")
    return await _put(context, entry.code)


async def _found(context: Promo, key: str) -> Entry | None:
    connection, customer = context.connection, context.customer
    found = await store.find(connection, customer, key)
    return None if found is None else (await store.with_payers(connection, customer, [found]))[0]


async def _is_doubted(context: Promo) -> bool:
    hold = await risk_standing.enforce(
        context.connection, context.origin, context.customer.buyer_no, "promo", action="lock"
    )
    return hold is not None


def _locked(context: Promo, left: timedelta) -> Text:
    """In whole minutes, after which it is certain that they may."""
    return context.texts.get("locked", minutes=ceil(left / timedelta(minutes=1)))


async def _put(context: Promo, code: Code) -> tuple[Outcome, Text]:
    """The code beside those that are entered, or in their place if they do not go together."""
    texts, connection, customer = context.texts, context.connection, context.customer
    others = [each for each in await _still_good(context) if each.id != code.id]
    replaced = [each for each in others if not (code.is_together and each.is_together)]
    if len(others) - len(replaced) >= context.settings.most_together:
        return "full", texts.get("full", most=context.settings.most_together)
    if not await store.put(connection, customer, code.id):
        return "known", texts.get("known", code=code.code)
    context.emit(PROMO_APPLIED, props={"promo": code.id})
    if not replaced:
        return "applied", texts.get("applied", code=code.code)
    await store.take_away(connection, customer, [each.id for each in replaced])
    names = ", ".join(each.code for each in replaced)
    return "applied", texts.get("applied_instead", code=code.code, others=names)


async def _still_good(context: Promo) -> list[Code]:
    """What they have entered before, without the codes that are over."""
    entries = await store.entered(context.connection, context.customer)
    buyer_no, now = context.customer.buyer_no, context.now
    over = [
        each.code.id
        for each in entries
        if not each.standing.is_busy and refusal(each.code, each.standing, buyer_no, now)
    ]
    if over:
        await store.take_away(context.connection, context.customer, over)
    return [each.code for each in entries if each.code.id not in over]
