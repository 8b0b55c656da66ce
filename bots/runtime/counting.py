"""The platform's own events of an update, whatever modules are on. Never what was typed."""

import re
from dataclasses import replace
from typing import Any

from typing_extensions import assert_never

from bots.sdk import updates as sdk
from core.events import (
    BOT_BLOCKED,
    BOT_STARTED,
    BOT_UNBLOCKED,
    BUTTON_PRESSED,
    MESSAGE_RECEIVED,
    PAYMENT_INITIATED,
    PAYMENT_SUCCEEDED,
    UPDATE_HANDLED,
    Event,
    EventType,
)
from core.shop.customers import START_CODE

# What may be in an event: a module's own name for a thing, never a text that a person typed.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


# pylint: disable-next=too-many-return-statements  # one for each kind of update
def event_of(update: sdk.Update, *, is_first: bool, is_observed: bool) -> Event | None:
    """The event that an update is; `is_first` is of a Start.

    Payments are counted here only where the shop's own code books them: where the bot is hosted,
    the transaction that books one says so. A refund is of an order: whoever has booked that tells
    of it.
    """

    def event(event_type: EventType, **fields: Any) -> Event:
        return Event(event_type, occurred_at=update.occurred_at, **fields)

    match update:
        case sdk.Start():
            direct = {} if START_CODE.fullmatch(update.code) else {"is_direct": True}
            return event(BOT_STARTED, props={"is_first": is_first} | direct)
        case sdk.Command():
            return event(MESSAGE_RECEIVED, props={"kind": "command", "command": _name(update.name)})
        case sdk.Message():
            return event(MESSAGE_RECEIVED, props=_seen_of(update))
        case sdk.Button():
            return event(BUTTON_PRESSED, props={"action": _name(update.action)})
        case sdk.Blocked():
            return event(BOT_BLOCKED)
        case sdk.Unblocked():
            return event(BOT_UNBLOCKED)
        case sdk.PreCheckout() | sdk.PaymentReceived():
            return _payment(update) if is_observed else None
        case sdk.Edited() | sdk.ShippingQuery() | sdk.PaymentRefunded():
            return None
        case sdk.StaffCommand() | sdk.StaffReply() | sdk.StaffPress():
            return None
        case sdk.GroupJoined() | sdk.GroupLeft() | sdk.GroupMoved() | sdk.MembershipChanged():
            return None
        case _:
            assert_never(update)


def _seen_of(message: sdk.Message) -> dict[str, Any]:
    """What may be counted of a message: enough to recognise spam, and nothing of its content."""
    seen: dict[str, Any] = {"kind": message.kind, "length": message.length_bucket}
    if message.text:
        seen |= {"likeness": message.likeness, "link": message.has_link}
    return seen


def as_answer(message: Event) -> Event:
    """The event of a message that answers one of the bot's questions: how it reads is not counted,
    as whoever is asked again says the same again, also when a slow bot has gone on to another
    question meanwhile. Links still are."""
    props = {key: value for key, value in (message.props or {}).items() if key != "likeness"}
    return replace(message, props=props)


def _payment(update: sdk.PreCheckout | sdk.PaymentReceived) -> Event:
    is_paid = isinstance(update, sdk.PaymentReceived)
    return Event(
        PAYMENT_SUCCEEDED if is_paid else PAYMENT_INITIATED,
        occurred_at=update.occurred_at,
        amount_minor=update.amount_minor,
        currency=update.currency,
        outcome=update.provider if isinstance(update, sdk.PaymentReceived) else "",
    )


def handled(
    kind: str,
    outcome: str,
    *,
    module: str,
    queued: float,
    took: float,
    is_made_up: bool = False,
) -> Event:
    """That an update was handled; both times in seconds. `is_made_up`: a button that the bot cannot
    have shown."""
    props: dict[str, Any] = {"kind": kind, "module": module, "queue_us": round(queued * 1e6)}
    if is_made_up:
        props["made_up"] = True
    return Event(UPDATE_HANDLED, latency_us=round(took * 1e6), outcome=outcome, props=props)


def _name(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""
