"""What happens in a private chat with a bot, or in a group of its staff, as modules see it."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

FileKind = Literal["photo", "video", "voice", "document"]
MessageKind = Literal[
    "text", "photo", "video", "voice", "document", "sticker", "location", "contact", "other"
]

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_LINK = re.compile(r"https?://|t\.me/|www\.|(?<!\w)@\w{4,}", re.IGNORECASE)


def split(data: str) -> tuple[str, str]:
    """Callback data or a payload, `name:argument`, in its two parts."""
    name, _, argument = data.partition(":")
    return name, argument


def number_of(argument: str) -> int | None:
    """A row's number from a button or a payload; None if it is not one that we ever sent.

    ASCII digits alone, without a leading zero, and never more than PostgreSQL's bigint.
    """
    return int(argument) if _NUMBER.fullmatch(argument) else None


def length_bucket(text: str) -> int:
    """The length as it may be counted: characters, rounded up to a power of two; 0 for none."""
    return 1 << (len(text) - 1).bit_length() if text else 0


def likeness(text: str, chat_id: int) -> int:
    """One of 255 buckets that the same words of one person always share; 0 for no text.

    Enough to see the same message again and again, and no more: whatever the text, one in 255 of
    all others shares its bucket, and the same text of another person has another one.
    """
    words = " ".join(text.casefold().split())
    if not words:
        return 0
    salt = chat_id.to_bytes(8, "big", signed=True)
    return hashlib.blake2b(words.encode(), digest_size=4, key=salt).digest()[0] % 255 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that was sent; `is_own`: Telegram says that it is the sender's."""

    phone: str
    first_name: str = ""
    last_name: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in degrees; title and address if it was sent as a venue."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file that was sent. It lies at Telegram: `file_id` is for this bot alone, `unique_id` the
    same however often the file is sent. Size in bytes; name and type are the sender's claim."""

    kind: FileKind
    file_id: str
    unique_id: str
    size: int = 0
    name: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happening:
    """Common to all: whose chat it is (the shopper's Telegram id), and when it happened (UTC)."""

    chat_id: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(_Happening):
    """Start was pressed; `code` is the start link's, at most 64 characters, or empty."""

    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(_Happening):
    """`/name argument`; the name without the slash and the bot's name, in lower case."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(_Happening):
    """Anything else a shopper sends. `text` (of a file: its caption) is for handlers only and is
    never stored."""

    kind: MessageKind
    text: str = ""
    message_id: int = 0
    contact: Contact | None = None
    location: Location | None = None
    file: ReceivedFile | None = None
    album_id: int = 0  # of files that were sent together; 0: it came alone
    is_forwarded: bool = False

    @property
    def length_bucket(self) -> int:
        return length_bucket(self.text)

    @property
    def likeness(self) -> int:
        return likeness(self.text, self.chat_id)

    @property
    def has_link(self) -> bool:
        return _LINK.search(self.text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(_Happening):
    """A shopper has edited a message that was handled already. No module is asked: the platform
    tells them that only new messages are read."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Button(_Happening):
    """A press of an inline button. Its data comes from the client: never trust the argument.
    `is_on_media`: the button stands under a picture or a file. `stays`: the message must stay as it
    is, so that a screen comes below it."""

    action: str
    argument: str = ""
    query_id: int
    message_id: int
    is_on_media: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A delivery address, as a payer filled it in; `country` by ISO 3166-1, two letters."""

    country: str
    state: str = ""
    city: str = ""
    street: str = ""
    street_more: str = ""
    post_code: str = ""

    def __str__(self) -> str:
        parts = (self.post_code, self.country, self.state, self.city, self.street, self.street_more)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerInfo:
    """The details that Telegram asked a payer for; empty where it did not."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfBill(_Happening):
    """`payload` is that of the invoice, `<prefix>:<argument>`."""

    payload: str

    @property
    def prefix(self) -> str:
        return split(self.payload)[0]

    @property
    def argument(self) -> str:
        return split(self.payload)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingQuery(_OfBill):
    """Telegram asks how a bill's goods can come to an address; it waits ten seconds."""

    query_id: int
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment(_OfBill):
    """An amount that is to be paid, or was."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreCheckout(_Payment):
    """Telegram asks whether the order may be paid; it waits ten seconds for the answer.
    `shipping_key` is that of the choice that the payer made of a shipping query's answer."""

    query_id: int
    shipping_key: str = ""
    info: PayerInfo = PayerInfo()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(_Payment):
    """Telegram took the money. It may say so twice with the same `charge_id`."""

    charge_id: str
    provider: str = "stars"
    provider_charge_id: str = ""  # in the provider's own books
    shipping_key: str = ""
    info: PayerInfo = PayerInfo()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(_Payment):
    """Telegram gave a payment back, whole, whoever asked for it: the shop or Telegram's support.
    The runtime books it; `payload` is empty where Telegram does not repeat it."""

    charge_id: str
    provider: str = "stars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(_Happening):
    """The shopper blocked the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblocked(_Happening):
    """The shopper let the bot in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByStaff(_Happening):
    """In a group: `chat_id` is the group's, below zero; who did it, perhaps no staff at all.
    `thread_id`: the topic, in a group that has them."""

    person_id: int
    person_name: str = ""
    thread_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCommand(_ByStaff):
    """`/name argument` in a group; `reply_to` is the message that it replies to, 0 if none."""

    name: str
    argument: str = ""
    reply_to: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReply(_ByStaff):
    """A message in a group that replies to another and is no command; `reply_to` may be anybody's
    message, see `bots.sdk.staffing.StaffDesk.reply`. `text` of a file is its caption."""

    kind: MessageKind
    reply_to: int
    message_id: int
    text: str = ""
    file: ReceivedFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPress(_ByStaff):
    """A button under a message of the bot's in a group."""

    action: str
    argument: str = ""
    query_id: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupJoined(_Happening):
    """The bot was added to a group with this title."""

    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLeft(_Happening):
    """The bot was removed from the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMoved(_Happening):
    """Telegram has made a supergroup of the group, under another id."""

    new_chat_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(_Happening):
    """Somebody came to a channel or group that the bot administers, or left it; `chat_id` is that
    chat's, `channel_id` Telegram's bare number of it. The runtime notes it."""

    channel_id: int
    person_id: int
    is_member: bool


OfGroup: TypeAlias = (
    StaffCommand
    | StaffReply
    | StaffPress
    | GroupJoined
    | GroupLeft
    | GroupMoved
    | MembershipChanged
)

Update: TypeAlias = (
    Start
    | Command
    | Message
    | Edited
    | Button
    | ShippingQuery
    | PreCheckout
    | PaymentReceived
    | PaymentRefunded
    | Blocked
    | Unblocked
    | OfGroup
)

# Telegram waits ten seconds for the answer: these are handled before everything else.
Urgent: TypeAlias = PreCheckout | ShippingQuery
