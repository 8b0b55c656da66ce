"""Which closed days may be read from the roll-up, as it was the last time that it was looked up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.stretches import KeptDay

# Of more, as those of hundreds of shops, looking them up is a small part of the whole.
MOST_REMEMBERED = 2000
# So much before a stretch is looked up with it: the next question is often about earlier days.
_BEFORE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment up to another, as of a third, which is that of one answer."""

    begin: datetime
    end: datetime
    as_of: datetime

    def holds(self, other: "Span") -> bool:
        """Whether every day of the other one that was there at this one's moment is one of this."""
        return self.begin <= other.begin and (other.end <= self.end or self.as_of <= self.end)

    def meets(self, other: "Span") -> bool:
        """Whether no time is between the two."""
        return self.begin <= other.end and other.begin <= self.end

    def with_other(self, other: "Span") -> "Span":
        """Around both, as of the other one's moment."""
        begin, end = min(self.begin, other.begin), max(self.end, other.end)
        return Span(begin, end, other.as_of)

    def touches(self, day: KeptDay) -> bool:
        return day.ends > self.begin.timestamp() and day.starts < self.end.timestamp()

    def widened(self, shops: int) -> "Span":
        """With days before it, unless they are too many."""
        begin = self.begin - _BEFORE
        few = shops * (self.end - begin).days < MOST_REMEMBERED
        return Span(begin, self.end, self.as_of) if few else self


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The days of a span, by shop and time, as they were when the tables had that version."""

    span: Span
    days: Sequence[KeptDay]
    version: str


@dataclass(frozen=True, slots=True)
class RememberedDays:
    """The days of a time, by shop and time, and which of them were looked up last: when the tables
    were of that version."""

    begin: datetime
    end: datetime
    days: Sequence[KeptDay]
    last: Span
    version: str

    def are_current(self, asked: Span, version: str | None) -> bool:
        """Whether nothing can have changed of the span's days: they were looked up for the same
        answer, or when the tables were of the version that they are of now (None: not known)."""
        is_same = self.version == version or self.last.as_of == asked.as_of
        return is_same and self.last.holds(asked)

    def confirmed(self, asked: Span) -> "RememberedDays":
        """With what was looked up last up to the end of this span, and as of its moment."""
        return replace(self, last=self.last.with_other(asked))

    def of(self, asked: Span) -> list[KeptDay] | None:
        """Those that have a part within the span; None if some of its days were never looked up."""
        # A day that has begun meanwhile is found when these are compared with what is there now.
        if asked.begin < self.begin or asked.end.date() > self.end.date():
            return None
        return [day for day in self.days if asked.touches(day)]


def remember(known: RememberedDays | None, looked_up: LookedUp) -> RememberedDays | None:
    """What is known with what was looked up; None if it is too much to be kept."""
    span, found, version = looked_up.span, looked_up.days, looked_up.version
    alone = RememberedDays(span.begin, span.end, found, span, version)
    if known is not None and Span(known.begin, known.end, span.as_of).meets(span):
        others = [day for day in known.days if not span.touches(day)]
        if len(others) + len(found) <= MOST_REMEMBERED:
            days = sorted([*others, *found], key=lambda day: (day.shop_id, day.starts))
            begin, end = min(known.begin, span.begin), max(known.end, span.end)
            last = span
            if known.version == version and known.last.meets(span):
                last = known.last.with_other(span)
            return RememberedDays(begin, end, days, last, version)
    return alone if len(found) <= MOST_REMEMBERED else None
