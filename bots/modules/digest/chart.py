"""The picture in a digest: sales by day, the days that it is about in full colour."""

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from core.events import Bilingual
from core.money import Money, exponent
from core.shop.shops import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DOTS = 9.0, 4.5, 120  # inches, and dots an inch: 1080 × 540
_BRIGHT, _PALE, _INK = "#1c7ed6", "#a5c9ee", "#343a40"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_NAME_LENGTH = 48  # in the title, beside what is shown
_TITLE = Bilingual("Чистые продажи по дням", "Net sales by day")


def draw(
    days: Sequence[tuple[date, float | None]],
    since: date,
    currency: str,
    language: Language,
    *,
    name: str,
) -> bytes:
    """A PNG; amounts in minor units, None where they are not known. Of the shop of this name."""
    made = io.BytesIO()
    figure_of(days, since, currency, language, name=name).savefig(made, format="png")
    return made.getvalue()


def figure_of(
    days: Sequence[tuple[date, float | None]],
    since: date,
    currency: str,
    language: Language,
    *,
    name: str,
) -> "Figure":
    """What `draw` writes."""
    # Half a second and 30 MB, which only who draws has to spend.
    # pylint: disable=import-outside-toplevel
    from matplotlib import figure
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    made = figure.Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(made)  # no pyplot: it keeps figures for the whole process
    axes = made.add_subplot()
    title = (_TITLE.ru if language == "ru" else _TITLE.en).lower()
    axes.set_title(f"{plain(name)}: {title}", loc="left", color=_INK, fontsize=14)
    colours = [_BRIGHT if day >= since else _PALE for day, _ in days]
    heights = [(value or 0.0) / 10 ** exponent(currency) for _, value in days]
    axes.bar(range(len(days)), heights, color=colours, width=0.8)
    for place in _unknown([value for _, value in days]):
        axes.annotate("?", (place, 0), (0, 4), textcoords="offset points", ha="center", color=_INK)
    shown = range((len(days) - 1) % 7, len(days), 7)  # the weekday of the last one
    axes.set_xticks(shown, [_day(days[place][0], language) for place in shown])
    axes.margins(x=0.01, y=0.08)  # no bar reaches the title
    if not any(heights):
        axes.set_ylim(0, 1)
    _scale(axes, currency, language)
    return made


def _scale(axes: "Axes", currency: str, language: Language) -> None:
    """Amounts beside the axis, in whole units: each stands there once."""
    axes.locator_params(axis="y", nbins=5, integer=True)
    unit = 10 ** exponent(currency)
    axes.yaxis.set_major_formatter(lambda value, _: on_axis(value * unit, currency, language))
    axes.grid(axis="y", color="#dee2e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axhline(0, color=_INK, linewidth=1, clip_on=False)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=_INK, labelsize=11, length=0)


def _unknown(values: Sequence[float | None]) -> list[int]:
    """Where there is no figure, which is not zero; not before the shop's first day."""
    first = next((place for place, value in enumerate(values) if value is not None), len(values))
    return [place for place in range(first, len(values)) if values[place] is None]


def _day(day: date, language: Language) -> str:
    return f"{day:%d.%m}" if language == "ru" else f"{day.day} {_MONTHS[day.month - 1]}"


def on_axis(minor: float, currency: str, language: Language) -> str:
    """An amount beside the axis; the font has another star than Telegram."""
    return Money(round(minor), currency).worded(language).replace("⭐", "★")


def plain(name: str) -> str:
    """As it fits the title: short, and without what would be taken for mathematics; emoji have no
    glyph in the font."""
    shown = " ".join("".join(each for each in name if ord(each) < 0x2500 and each != "$").split())
    if len(shown) > _NAME_LENGTH:
        shown = f"{shown[:_NAME_LENGTH].rstrip()}…"
    return shown or "…"
