"""A day or a week in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bots.sdk.replies import Text
from bots.sdk.reports import DayFigures, SourceFigures
from bots.sdk.texts import Texts, paragraphs
from core.money import Money

METRICS = ("net_sales_minor", "paid_orders", "aov_minor", "new_users", "active_users")
MOST_LINKS = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days that a summary is about, those before to compare with, and those in its chart."""

    first: date
    last: date
    before: tuple[date, date]
    charted: date  # the first day in the chart


def day_before(today: date) -> Stretch:
    """Yesterday, beside the same weekday before."""
    day = today - timedelta(days=1)
    week = day - timedelta(days=7)
    return Stretch(day, day, (week, week), day - timedelta(days=27))


def week_before(today: date) -> Stretch:
    """The last whole week from Monday, beside the one before."""
    last = today - timedelta(days=today.weekday() + 1)
    first = last - timedelta(days=6)
    before = (first - timedelta(days=7), last - timedelta(days=7))
    return Stretch(first, last, before, last - timedelta(days=55))


def worded(
    texts: Texts,
    heading: str,
    now: Mapping[str, float | None],
    before: Mapping[str, float | None],
    links: Sequence[SourceFigures],
    currency: str,
) -> Text:
    """The figures, each with how it has changed, and the links that sold most."""

    def money(minor: float | None) -> str:
        return "—" if minor is None else Money(round(minor), currency).worded(texts.language)

    def count(value: float | None) -> str:
        return "—" if value is None else f"{value:,.0f}".replace(",", " ")

    values = {
        name: money(now.get(name)) if name.endswith("_minor") else count(now.get(name))
        for name in METRICS
    }
    figures = texts.get(
        "figures",
        sales=values["net_sales_minor"] + _change(now, before, "net_sales_minor"),
        orders=values["paid_orders"] + _change(now, before, "paid_orders"),
        aov=values["aov_minor"],
        new=values["new_users"] + _change(now, before, "new_users"),
        active=values["active_users"] + _change(now, before, "active_users"),
    )
    sold = [each for each in links if each.net_minor > 0][:MOST_LINKS]
    lines = "\n".join(
        f"• {each.code or texts.label('no_link')}: {money(each.net_minor)}" for each in sold
    )
    return paragraphs(
        texts.get(heading), figures, texts.get("links", lines=lines) if sold else None
    )


def _change(now: Mapping[str, float | None], before: Mapping[str, float | None], name: str) -> str:
    """In per cent, where both are known and there was something."""
    new, old = now.get(name), before.get(name)
    if new is None or not old or old < 0:
        return ""
    share = round((new - old) / old * 100)
    return f" ({share:+d} %)" if share else " (=)"


def by_day(days: Sequence[DayFigures], name: str) -> list[tuple[date, float | None]]:
    return [(each.day, each.values.get(name)) for each in days]
