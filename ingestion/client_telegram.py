"""What a Telegram update counts as; for the middlewares beside it, and for other libraries' bots.

No text that a person wrote is ever sent: of a message its kind and length, of a button its name.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .client import Vitrina  # relative: the files may be copied into another package

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_ACTION = re.compile(r"[a-z][a-z0-9_]{0,31}")
_START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FRESH = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user as the events know them."""

    telegram_id: int
    language: str = ""
    is_premium: bool = False


def saw(
    vitrina: Vitrina,
    event: str,
    person: Person,
    key: str,
    *,
    occurred_at: datetime | None = None,
    **fields: Any,
) -> bool:
    """Tracks an event of a person; `key` makes it unique, so that a repeated one adds nothing."""
    # Telegram's dates are whole seconds, which would put a start behind the press after it.
    now = datetime.now(UTC)
    if occurred_at is not None and abs(now - occurred_at) < _FRESH:
        occurred_at = now
    language = person.language.partition("-")[0].lower()
    return vitrina.track(
        event,
        telegram_id=person.telegram_id,
        occurred_at=occurred_at,
        id=key,
        language=language if _LANGUAGE.fullmatch(language) else "",
        is_premium=person.is_premium,
        **fields,
    )


def saw_message(
    vitrina: Vitrina,
    person: Person,
    key: str,
    text: str = "",
    *,
    kind: str = "text",
    occurred_at: datetime | None = None,
) -> bool:
    """Tracks a message: a start with its code, a command by its name, or its kind and length."""
    event, fields = _describe(text, kind)
    return saw(vitrina, event, person, key, occurred_at=occurred_at, **fields)


def saw_button(vitrina: Vitrina, person: Person, key: str, data: str = "") -> bool:
    """Tracks a press of an inline button: the part of its data before the colon, if that is a
    name."""
    action = data.partition(":")[0]
    props = {"action": action if _ACTION.fullmatch(action) else "other"}
    return saw(vitrina, "button_pressed", person, key, props=props)


def _describe(text: str, kind: str) -> tuple[str, dict[str, Any]]:
    """The event and its fields; a length is rounded up to a power of two."""
    if kind != "text" or not text.startswith("/"):
        length = 1 << (len(text) - 1).bit_length() if text else 0
        return "message_received", {"props": {"kind": kind, "length": length}}
    head, _, argument = text[1:].partition(" ")
    name = head.partition("@")[0].lower()
    if name == "start":
        code = argument.strip()
        return "bot_started", {"source": code if _START_CODE.fullmatch(code) else None}
    command = name if _ACTION.fullmatch(name) else "other"
    return "message_received", {"props": {"kind": "command", "command": command}}
