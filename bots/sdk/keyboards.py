"""Keyboards: buttons under a message that act or open a link, and one that asks for a contact."""

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Telegram's limit for a button's data is 64; the last byte marks buttons under a picture.
DATA_BYTES = 63
_DATA = re.compile(r"[a-z][a-z0-9_]*(:.+)?", re.DOTALL)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ActionButton(_Part):
    """A press comes back as `updates.Button`; `data` is `<action>` or `<action>:<argument>`."""

    kind: Literal["action"] = "action"
    text: str = Field(min_length=1)
    data: str

    @field_validator("data")
    @classmethod
    def _fits(cls, data: str) -> str:
        if len(data.encode()) > DATA_BYTES or not _DATA.fullmatch(data):
            raise ValueError(f"not <action> or <action>:<argument> of {DATA_BYTES} bytes: {data!r}")
        return data


class LinkButton(_Part):
    """Opens a page, or a chat by a `tg:` link."""

    kind: Literal["link"] = "link"
    text: str = Field(min_length=1)
    url: str = Field(pattern=r"^(https?|tg)://\S+$")


class AppButton(_Part):
    """Opens a page of ours within Telegram (a Mini App); in private chats only."""

    kind: Literal["app"] = "app"
    text: str = Field(min_length=1)
    url: str = Field(pattern=r"^https://\S+$")


AnyButton: TypeAlias = ActionButton | LinkButton | AppButton


class Keyboard(_Part):
    """Rows of buttons, from the top."""

    rows: tuple[tuple[AnyButton, ...], ...]


class RequestKeyboard(_Part):
    """In place of the shopper's own keyboard: one button that sends their contact or location, and
    others that send their own label. It disappears once used."""

    request: Literal["contact", "location"]
    text: str = Field(min_length=1)
    others: tuple[str, ...] = ()


class NoKeyboard(_Part):
    """Removes a `RequestKeyboard`."""

    no_keyboard: Literal[True] = True


AnyKeyboard: TypeAlias = Keyboard | RequestKeyboard | NoKeyboard


def button(text: str, action: str, argument: str | int | None = None) -> ActionButton:
    """A button that acts; raises ValueError if action and argument are over 63 bytes."""
    return ActionButton(text=text, data=action if argument is None else f"{action}:{argument}")


def link(text: str, url: str) -> LinkButton:
    """A button that opens a link."""
    return LinkButton(text=text, url=url)


def keyboard(*rows: Sequence[AnyButton]) -> Keyboard | None:
    """The rows that are not empty; None if all are."""
    filled = tuple(tuple(row) for row in rows if row)
    return Keyboard(rows=filled) if filled else None
