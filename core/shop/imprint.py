"""A shop's imprint: what it is, who sells, how to reach them, on which terms.

Telegram requires every bot that sells to answer `/terms` and `/paysupport`
(https://core.telegram.org/bots/payments-stars).
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from core.module_settings import BilingualText, TextLimit

ABOUT_CHARACTERS, TERMS_CHARACTERS = 600, 3000

_USERNAME = r"[A-Za-z][A-Za-z0-9_]{3,31}"
_IN_TELEGRAM = re.compile(rf"(?<![\w.+-])@({_USERNAME})\b")
_LINK = re.compile(r"https?://[^\s/$.?#][^\s]*|(?<![\w.])t\.me/[^\s]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_PHONE = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,14}")


class Imprint(BaseModel):
    """As stored. `about` is one or two sentences for the welcome; `contact` empty: none was given,
    so that no text may promise one."""

    model_config = ConfigDict(frozen=True)

    about: BilingualText = BilingualText()
    seller: str = ""
    contact: str = ""
    terms: BilingualText = BilingualText()

    @property
    def link(self) -> str | None:
        """The target of a button for shoppers who want to write; None if the contact is only to be
        read, such as a telephone number or an e-mail address."""
        if found := _IN_TELEGRAM.search(self.contact):
            return f"https://t.me/{found[1]}"
        if found := _LINK.search(self.contact):
            url = found[0].rstrip(".,;:!?)»\"'")
            return url if url.lower().startswith("http") else f"https://{url}"
        return None


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL, which cannot be stored")
    return text


def _storable_both(text: BilingualText) -> BilingualText:
    _storable(text.ru + text.en)
    return text


def _reachable(contact: str) -> str:
    forms = (_IN_TELEGRAM, _LINK, _EMAIL, _PHONE)
    if contact and not any(form.search(contact) for form in forms):
        raise ValueError(
            "nobody can be reached by this: write a @name in Telegram, a link, a telephone number "
            "or an e-mail address, with whatever words you like around it"
        )
    return contact


Contact = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_storable),
    AfterValidator(_reachable),
]


class ImprintDraft(Imprint):
    """What an owner states. A contact must contain a way to reach the shop; empty removes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    about: Annotated[BilingualText, TextLimit(ABOUT_CHARACTERS), AfterValidator(_storable_both)] = (
        BilingualText()
    )
    seller: Annotated[str, AfterValidator(_storable)] = Field(default="", max_length=300)
    contact: Contact = ""
    terms: Annotated[BilingualText, TextLimit(TERMS_CHARACTERS), AfterValidator(_storable_both)] = (
        BilingualText()
    )
