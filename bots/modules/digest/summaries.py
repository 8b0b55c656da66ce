"""A day or a week in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bots.sdk.replies import Text
from bots.sdk.reports import DayFigures, SourceFigures
from bots.sdk.texts import Texts, paragraphs
from core.money import MINUS, Money, grouped
from core.shop.customers import INVITATIONS

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
    links: Sequence[tuple[str, float]],
    currency: str,
) -> Text:
    """The figures, each with how it has changed, and the names of the links that sold most, with
    what they brought in minor units."""

    def money(minor: float | None) -> str:
        return "—" if minor is None else Money(round(minor), currency).worded(texts.language)

    def count(value: float | None) -> str:
        return "—" if value is None else grouped(f"{value:,.0f}", texts.language)

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
    lines = "\n".join(f"• {name}: {money(net_minor)}" for name, net_minor in links)
    return paragraphs(
        texts.get(heading), figures, texts.get("links", lines=lines) if links else None
    )


def best(links: Sequence[SourceFigures]) -> list[SourceFigures]:
    """Those that are named: few, and only what sold."""
    return [each for each in links if each.net_minor > 0][:MOST_LINKS]


def link_name(texts: Texts, code: str, labels: Mapping[str, str]) -> str:
    """As the owner calls it."""
    if not code:
        return texts.label("no_link")
    if code == INVITATIONS:
        return texts.label("invitations")
    return labels.get(code) or code


def _change(now: Mapping[str, float | None], before: Mapping[str, float | None], name: str) -> str:
    """In per cent, where both are known and there was something."""
    new, old = now.get(name), before.get(name)
    if new is None or not old or old < 0:
        return ""
    share = round((new - old) / old * 100)
    if not share:
        return " (=)"
    return f" ({'+' if share > 0 else MINUS}{abs(share)} %)"


def by_day(days: Sequence[DayFigures], name: str) -> list[tuple[date, float | None]]:
    return [(each.day, each.values.get(name)) for each in days]
