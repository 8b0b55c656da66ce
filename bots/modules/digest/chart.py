"""The picture in a digest: sales by day, the days that it is about in full colour."""

import io
from collections.abc import Sequence
from datetime import date

from core.events import Bilingual
from core.money import Money
from core.shop.shops import Language

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
    # Half a second and 30 MB, which only who draws has to spend.
    # pylint: disable=import-outside-toplevel
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)  # no pyplot: it keeps figures for the whole process
    axes = figure.add_subplot()
    colours = [_BRIGHT if day >= since else _PALE for day, _ in days]
    axes.bar(range(len(days)), [value or 0.0 for _, value in days], color=colours, width=0.8)
    axes.margins(x=0.01, y=0.08)  # no bar reaches the title
    for place in _unknown([value for _, value in days]):
        axes.annotate("?", (place, 0), (0, 4), textcoords="offset points", ha="center", color=_INK)
    title = (_TITLE.ru if language == "ru" else _TITLE.en).lower()
    axes.set_title(f"{plain(name)}: {title}", loc="left", color=_INK, fontsize=14)
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda value, _: on_axis(value, currency, language))
    shown = range((len(days) - 1) % 7, len(days), 7)  # the weekday of the last one
    axes.set_xticks(shown, [_day(days[place][0], language) for place in shown])
    axes.grid(axis="y", color="#dee2e6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=_INK, labelsize=11, length=0)
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


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
