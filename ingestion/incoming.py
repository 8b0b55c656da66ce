"""What a caller may send as an event, and the errors otherwise. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from core.events import EventType, encode_props
from core.money import CurrencyCode

MAX_EVENTS = 1000  # a call
MAX_AHEAD = timedelta(minutes=5)  # that a caller's clock may be ahead
MAX_AGE = timedelta(
    days=30
)  # below `retention.EXPIRED` of what is remembered, and below every shop's retention class

# In minor units, for one event: so that no sum over a shop's year exceeds what figures can hold.
MAX_MINOR = 10**13
_MAX_CONVERTED = 10**15

# The properties that go into figures, besides whole words.
PARTS = ("tax_minor", "shipping_minor", "tip_minor")  # parts of what was paid or refunded
_MINOR_PROPS = ("discount_minor", *PARTS, "top_up_minor", "cost_minor", "fee_minor")
_RATE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,18})?")
_MAX_RATE = 10**12

# Events of shoppers: without a shopper the figures would count nobody.
_GROUPS_OF_SHOPPERS = frozenset({"audience", "gates", "discovery", "cart", "order"})
_MONEY = ("order_id", "amount_minor", "currency")
_NEEDED: dict[str, tuple[str, ...]] = {
    "order_created": _MONEY,
    "order_paid": _MONEY,
    "order_line": (*_MONEY, "product_id", "quantity"),
    "refund_completed": _MONEY,
    "payment_initiated": ("amount_minor", "currency"),
    "payment_succeeded": ("amount_minor", "currency"),
    "ad_cost_recorded": ("amount_minor", "currency"),
    "wallet_entry_posted": ("amount_minor", "currency"),
}
_SIGNED = "wallet_entry_posted"  # the only event whose amount may be negative

_MESSAGES = {
    "missing": "is required",
    "timezone_aware": "say the offset from UTC: 2026-01-31T12:00:00Z or …+03:00",
    "datetime_parsing": "write it as text like 2026-01-31T12:00:00Z",
    "datetime_from_date_parsing": "write it as text like 2026-01-31T12:00:00Z",
    "extra_forbidden": "there is no such field: leave it out, or put it into props",
}


_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.A)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([a-z0-9]{2,8}))?(?:-.*)?", re.A)


def _is_iso(value: object) -> object:
    """Times are ISO 8601: a number, quoted or not, states neither its unit nor its zone."""
    if not isinstance(value, str) or not _ISO.match(value):
        raise PydanticCustomError("time_text", "write it as text like 2026-01-31T12:00:00Z")
    return value


def _as_language(value: object) -> str:
    """A language and its script or country, in lower case as Telegram has them; empty for an
    invalid one, because no sale should be lost over it."""
    text = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        return ""
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def _as_name(value: object) -> object:
    """Shops use numbers or names for their orders and products."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("printable", "may hold printable characters only")
    return value


Name = Annotated[
    str,
    BeforeValidator(_as_name),
    Field(min_length=1, max_length=64),
    AfterValidator(_printable),
]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_is_iso)]


class IncomingEvent(BaseModel):
    """One event as the caller's code sends it; docs/intake.md explains each field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]
    event: str
    occurred_at: Moment
    customer_id: Name | None = None
    telegram_id: int | None = Field(default=None, gt=0, lt=2**52)
    language: Annotated[str, BeforeValidator(_as_language)] = ""
    is_premium: bool | None = None
    is_staff: bool = False
    is_test: bool = False
    source: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    order_id: Name | None = None
    product_id: Name | None = None
    variant_id: Name | None = None
    amount_minor: int | None = Field(default=None, ge=-MAX_MINOR, le=MAX_MINOR)
    currency: CurrencyCode | None = None
    quantity: int | None = Field(default=None, ge=0, lt=2**31)
    latency_us: int = Field(default=0, ge=0, le=2**53)
    outcome: str = Field(default="", pattern=r"^[a-z0-9_.-]{0,32}$")
    props: dict[str, Any] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> "IncomingEvent":
        if self.customer_id is not None and self.telegram_id is not None:
            raise _on("telegram_id", "give either customer_id or telegram_id, not both")
        if (self.amount_minor is None) != (self.currency is None):
            raise _on("currency", "amount_minor and currency go together")
        if self.amount_minor is not None and self.amount_minor < 0 and self.event != _SIGNED:
            raise _on("amount_minor", f"only {_SIGNED} may have an amount below zero")
        if self.source is not None and self.event != "bot_started":
            raise _on("source", "only bot_started says which link brought the shopper")
        for name in _NEEDED.get(self.event, ()):
            if getattr(self, name) is None:
                raise _on(name, f"{self.event} needs it")
        self._check_money_props()
        try:
            encode_props(self.all_props(is_first=False, is_direct=True))
        except ValueError as error:
            raise _on(
                "props",
                "over 2048 bytes as JSON, or not JSON: leave out what no figure needs",
            ) from error
        return self

    def _check_money_props(self) -> None:
        for name in _MINOR_PROPS:
            value = self.props.get(name, 0)
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            if not (is_whole and 0 <= value <= MAX_MINOR):
                raise _on(
                    f"props.{name}",
                    f"send a whole number of minor units from 0 to {MAX_MINOR}, or leave it out",
                )
        parts = sum(self.props.get(name, 0) for name in PARTS)
        if self.event == "refund_completed" and parts > (self.amount_minor or 0):
            raise _on(
                "props.shipping_minor",
                f"{', '.join(PARTS)} are parts of what went back: together at most amount_minor",
            )
        if self.amount_minor is None or "rate" not in self.props:
            return
        rate = _as_rate(self.props["rate"])
        if rate is None:
            raise _on(
                "props.rate",
                "send units of the shop's currency for one of the event's as text like "
                f'"1.805": above 0, below {_MAX_RATE}, at most 18 digits after the point',
            )
        largest = max(abs(self.amount_minor), *(self.props.get(name, 0) for name in _MINOR_PROPS))
        if largest * Decimal(rate) > _MAX_CONVERTED:
            raise _on(
                "props.rate", "makes the amount impossibly large: check which way the rate converts"
            )

    def all_props(self, *, is_first: bool, is_direct: bool) -> dict[str, Any]:
        """With what the platform determines for a start: whether it is the shopper's first, and
        whether it came without a source."""
        props = dict(self.props)
        if self.amount_minor is not None and "rate" in props:
            props["rate"] = _as_rate(props["rate"])
        if self.event == "bot_started":
            props |= {"is_first": is_first, "is_direct": is_direct}
            if not is_direct:
                del props["is_direct"]
        return props

    @property
    def customer(self) -> int | str | None:
        """The shopper: a Telegram id, or the shop's own id."""
        return self.telegram_id if self.customer_id is None else self.customer_id


def _as_rate(value: object) -> str | None:
    """A rate in the form that figures read, or None if it is invalid."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _MAX_RATE:
        value = format(Decimal(repr(value)).normalize(), "f")
    is_text = isinstance(value, str) and _RATE.fullmatch(value)
    return value if isinstance(value, str) and is_text and Decimal(value) > 0 else None


def _on(field: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("rule", "{message}", {"field": field, "message": message})


class EventProblem(BaseModel):
    """Why one event of a call was not stored: its place in the list from 0, its id if it has one,
    the field, and what to do."""

    index: int
    id: str | None
    field: str
    message: str


class Incoming(BaseModel):
    """The envelope of a call. `bot_id`: a bot of this shop that is connected here, else 0."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    bot_id: int = Field(default=0, ge=0, lt=2**52)
    events: Annotated[list[Any], Field(min_length=1, max_length=MAX_EVENTS)]


_EVENT = TypeAdapter(IncomingEvent)
_STRANGERS = 3  # the most unknown fields that are named


def within_sight(item: Any, model: type[BaseModel]) -> Any:
    """The item, with only the first few of its unknown fields.

    Each of them makes an error, and a call has room for a million.
    """
    if not isinstance(item, dict):
        return item
    known = {name: value for name, value in item.items() if name in model.model_fields}
    strangers = (name for name in item if name not in model.model_fields)
    return known | {name[:64]: None for name in islice(strangers, _STRANGERS)}


_GOOD_ID = re.compile(r"[\x21-\x7e]{1,64}")


def read_events(
    items: Sequence[Any], known: Mapping[str, EventType], now: datetime
) -> tuple[list[IncomingEvent], list[EventProblem]]:
    """The valid events, in order, and what is wrong with the others."""
    good: list[IncomingEvent] = []
    problems: list[EventProblem] = []
    for index, item in enumerate(items):
        try:
            event = _EVENT.validate_python(within_sight(item, IncomingEvent))
        except ValidationError as error:
            wrong = [_in_words(problem) for problem in error.errors(include_url=False)]
        else:
            wrong = list(_against_the_rest(event, known, now))
            if not wrong:
                good.append(event)
        problems += [
            EventProblem(index=index, id=_id_of(item), field=field, message=message)
            for field, message in wrong
        ]
    return good, problems


def _against_the_rest(
    event: IncomingEvent, known: Mapping[str, EventType], now: datetime
) -> list[tuple[str, str]]:
    """Checks that need the taxonomy and the clock."""
    found: list[tuple[str, str]] = []
    event_type = known.get(event.event)
    if event_type is None:
        message = "there is no such event: docs/intake.md lists them; your own are goal_reached"
        return [("event", message)]
    if event_type.group in _GROUPS_OF_SHOPPERS and event.customer is None:
        found.append(("customer_id", f"{event.event} needs customer_id or telegram_id"))
    if wrong := moment_problem(event.occurred_at, now, MAX_AGE):
        found.append(("occurred_at", wrong))
    return found


def moment_problem(
    moment: datetime, now: datetime, most: timedelta, *, imports: bool = False
) -> str | None:
    """Why a time is refused: too old, or later than `most` after now."""
    if moment > now + MAX_AHEAD:
        return "lies over 5 minutes in the future: set the sender's clock"
    if moment < now - most:
        reason = (
            "and the shop keeps events no longer"
            if imports
            else "which is too late: past orders go to /v1/import"
        )
        return f"lies over {most.days} days back, {reason}"
    return None


def _in_words(problem: Any) -> tuple[str, str]:
    context = problem.get("ctx", {})
    if problem["type"] == "rule":
        return context["field"], context["message"]
    field = ".".join(str(part) for part in problem["loc"]) or "event"
    return field, _MESSAGES.get(problem["type"], problem["msg"]).removeprefix("Value error, ")


def _id_of(item: object) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) and _GOOD_ID.fullmatch(found) else None
