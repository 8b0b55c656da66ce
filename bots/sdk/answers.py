"""The kinds of answers to a question, and the error for an answer that does not fit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from bots.sdk.replies import Text, utf16_length
from bots.sdk.updates import Contact, Location, Message, ReceivedFile

T_co = TypeVar("T_co", covariant=True)

Choices: TypeAlias = Sequence[tuple[str, str]]  # value and label
Request: TypeAlias = Literal["contact", "location"]

_PHONE = re.compile(r"\+?[0-9]{7,15}")
_SPACES = re.compile(r"[\s\u200e\u200f]+")
# Control characters, and characters that change the direction of all following text.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NUMBER_BOUND = 10**15


class WrongAnswer(Exception):
    """An answer does not fit.

    With a `key` the platform explains it in its own words; a module's handler gives a `text` of its
    own: `raise WrongAnswer(text=…)`. The question stays open.
    """

    def __init__(self, key: str = "", *, text: Text | None = None, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.text = text
        self.values = values


@dataclass(frozen=True, kw_only=True)
class AnswerKind(Generic[T_co]):
    """The kind of answer that is expected. `request`: Telegram offers the shopper a button that
    sends it."""

    request: Request | None = None

    def read(self, message: Message, choices: Choices) -> T_co:
        """The answer as the module gets it; raises WrongAnswer."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class TextAnswer(AnswerKind[str]):
    """A text; lengths in UTF-16 code units, as Telegram counts them."""

    min_length: int = 1
    max_length: int = 1000
    pattern: str | None = None  # all of it has to match

    def read(self, message: Message, choices: Choices) -> str:
        text = _HIDDEN.sub("", message.text).strip()
        if message.kind != "text":
            raise WrongAnswer("answer_not_text")
        length = utf16_length(text)
        if length < max(1, self.min_length):
            raise WrongAnswer("answer_too_short", limit=max(1, self.min_length))
        if length > self.max_length:
            raise WrongAnswer("answer_too_long", limit=self.max_length, length=length)
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            raise WrongAnswer("answer_not_fitting")
        return text


@dataclass(frozen=True, kw_only=True)
class NumberAnswer(AnswerKind[int]):
    """A whole number; spaces between its digits are ignored."""

    minimum: int = 0
    maximum: int = _NUMBER_BOUND

    def read(self, message: Message, choices: Choices) -> int:
        digits = _SPACES.sub("", _HIDDEN.sub("", message.text))
        if message.kind != "text" or not re.fullmatch(r"[+-]?\d{1,16}", digits):
            raise WrongAnswer("answer_not_number")
        number = int(digits)
        if not self.minimum <= number <= self.maximum:
            raise WrongAnswer("answer_out_of_range", least=self.minimum, most=self.maximum)
        return number


@dataclass(frozen=True, kw_only=True)
class ContactAnswer(AnswerKind[Contact]):
    """A contact: the shopper's own unless `of_anybody`. `may_type`: or a typed telephone number."""

    request: Request | None = "contact"
    of_anybody: bool = False
    may_type: bool = True

    def read(self, message: Message, choices: Choices) -> Contact:
        if message.contact is not None:
            if not (message.contact.is_own or self.of_anybody):
                raise WrongAnswer("answer_not_own_contact")
            # Telegram sends the country code without its plus sign.
            shared = message.contact.phone
            is_bare = re.fullmatch(r"[1-9]\d{7,14}", shared) is not None
            return replace(message.contact, phone=f"+{shared}" if is_bare else shared)
        phone = re.sub(r"[\s()\-.\u2010-\u2015]", "", _HIDDEN.sub("", message.text))
        if not self.may_type or message.kind != "text" or not _PHONE.fullmatch(phone):
            raise WrongAnswer("answer_not_contact")
        return Contact(phone=phone)


@dataclass(frozen=True, kw_only=True)
class LocationAnswer(AnswerKind[Location]):
    """A place on the map."""

    request: Request | None = "location"

    def read(self, message: Message, choices: Choices) -> Location:
        if message.location is None:
            raise WrongAnswer("answer_not_location")
        return message.location


@dataclass(frozen=True, kw_only=True)
class PhotoAnswer(AnswerKind[ReceivedFile]):
    """A picture, sent as one or as a file; size in bytes."""

    max_bytes: int = 10 << 20

    def read(self, message: Message, choices: Choices) -> ReceivedFile:
        file = message.file
        if file is None or not (file.kind == "photo" or file.media_type.startswith("image/")):
            raise WrongAnswer("answer_not_photo")
        return _bounded(file, self.max_bytes)


@dataclass(frozen=True, kw_only=True)
class FileAnswer(AnswerKind[ReceivedFile]):
    """A file or a picture; `media_types` (`application/pdf`, `image/`) are the accepted ones, empty
    means any."""

    max_bytes: int = 20 << 20
    media_types: tuple[str, ...] = ()

    def read(self, message: Message, choices: Choices) -> ReceivedFile:
        file = message.file
        if file is None or file.kind not in ("photo", "document"):
            raise WrongAnswer("answer_not_file")
        media_type = file.media_type or ("image/jpeg" if file.kind == "photo" else "")
        if self.media_types and not media_type.startswith(self.media_types):
            raise WrongAnswer("answer_wrong_type")
        return _bounded(file, self.max_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody wrote, with the picture or file that came with it; `text` may be empty then."""

    text: str = ""
    file: ReceivedFile | None = None


@dataclass(frozen=True, kw_only=True)
class MessageAnswer(AnswerKind[Written]):
    """A text, or a picture or file with or without words; limits as of `TextAnswer` and
    `FileAnswer`."""

    max_length: int = 4096
    max_bytes: int = 10 << 20
    media_types: tuple[str, ...] = ()

    def read(self, message: Message, choices: Choices) -> Written:
        if message.kind not in ("text", "photo", "document"):
            raise WrongAnswer("answer_not_message")
        text = _HIDDEN.sub("", message.text).strip()
        if message.kind == "text":
            return Written(text=TextAnswer(max_length=self.max_length).read(message, choices))
        file = FileAnswer(max_bytes=self.max_bytes, media_types=self.media_types)
        if utf16_length(text) > self.max_length:
            raise WrongAnswer("answer_too_long", limit=self.max_length, length=utf16_length(text))
        return Written(text=text, file=file.read(message, choices))


@dataclass(frozen=True, kw_only=True)
class ChoiceAnswer(AnswerKind[str]):
    """The value of one of the choices that were given to `context.ask`: pressed, or typed."""

    def read(self, message: Message, choices: Choices) -> str:
        typed = _said(message.text)
        for value, label in choices:
            if message.kind == "text" and typed == _said(label):
                return value
        raise WrongAnswer("answer_not_choice")


def _said(text: str) -> str:
    return " ".join(_HIDDEN.sub("", text).casefold().split())


def _bounded(file: ReceivedFile, most: int) -> ReceivedFile:
    if file.size > most:
        raise WrongAnswer("answer_too_large", limit=max(1, most >> 20))
    return file


AnyAnswer: TypeAlias = AnswerKind[Any]
