"""Which closed days may be read from the roll-up, as it was the last time that it was looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        """Whether the other one is a part of it, as of the same moment."""
        is_within = self.begin <= other.begin and other.end <= self.end
        return is_within and self.as_of == other.as_of

    def touches(self, day: KeptDay) -> bool:
        return day.ends > self.begin.timestamp() and day.starts < self.end.timestamp()

    def widened(self, shops: int) -> "Span":
        """With days before it, unless they are too many."""
        begin = self.begin - _BEFORE
        few = shops * (self.end - begin).days < MOST_REMEMBERED
        return Span(begin, self.end, self.as_of) if few else self


@dataclass(frozen=True, slots=True)
class RememberedDays:
    """The days of a time, by shop and time, and which of them were looked up last."""

    begin: datetime
    end: datetime
    days: Sequence[KeptDay]
    last: Span

    def of(self, asked: Span) -> list[KeptDay] | None:
        """Those that have a part within the span; None if some of its days were never looked up."""
        # A day that has begun meanwhile is found when these are compared with what is there now.
        if asked.begin < self.begin or asked.end.date() > self.end.date():
            return None
        return [day for day in self.days if asked.touches(day)]


def remember(
    known: RememberedDays | None, span: Span, found: Sequence[KeptDay]
) -> RememberedDays | None:
    """What is known with what was found for the span; None if it is too much to be kept."""
    alone = RememberedDays(span.begin, span.end, found, span)
    if known is not None and span.begin <= known.end and known.begin <= span.end:
        others = [day for day in known.days if not span.touches(day)]
        if len(others) + len(found) <= MOST_REMEMBERED:
            days = sorted([*others, *found], key=lambda day: (day.shop_id, day.starts))
            begin, end = min(known.begin, span.begin), max(known.end, span.end)
            return RememberedDays(begin, end, days, span)
    return alone if len(found) <= MOST_REMEMBERED else None
