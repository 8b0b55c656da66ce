"""What digests and alerts say, and their picture, without a shop."""

import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bots.modules.digest import chart, summaries
from bots.modules.digest.reports import why
from bots.sdk.texts import LANGUAGES, load_texts

ROOT = Path(__file__).parents[4]
TEXTS = load_texts(ROOT / "bots" / "modules" / "digest" / "texts")
REASONS = ROOT / "dashboard" / "src" / "parts" / "bots" / "texts.en.json"


def test_a_change_is_worded_in_the_language_of_the_shop() -> None:
    now = {"net_sales_minor": 90_000.0, "active_users": 12_500.0}
    before = {"net_sales_minor": 120_000.0, "active_users": 10_000.0}
    worded = {
        language: summaries.worded(TEXTS[language], "day", now, before, (), "RUB").plain
        for language in LANGUAGES
    }
    assert "Продажи: 900 ₽ (−25 %)" in worded["ru"] and "12 500 (+25 %)" in worded["ru"]
    assert "Sales: 900 ₽ (−25 %)" in worded["en"] and "12,500 (+25 %)" in worded["en"]


def test_why_a_bot_is_down_is_said_in_words_for_each_reason_that_the_panel_knows() -> None:
    known = json.loads(REASONS.read_text("utf-8"))["reason"]
    assert "token_revoked" in known
    for reason in known:
        for language in LANGUAGES:
            moment = ":2026-06-01T12:00:00+00:00" if reason == "flood_wait_until" else ":406"
            said = why(TEXTS[language], f"{reason}{moment}", language, "Europe/Moscow")
            assert said and reason not in said
            assert said != TEXTS[language].label("reason_unknown")
    assert why(TEXTS["en"], "", "en", "UTC") == "Open the panel: it says what is wrong."


@pytest.mark.parametrize("currency", ["RUB", "XTR"])
def test_a_picture_is_drawn_of_any_name_and_of_days_that_are_not_known(currency: str) -> None:
    first = date(2026, 5, 1)
    days = [(first + timedelta(days=n), None if n == 3 else n * 1000.0) for n in range(28)]
    for name in ("Чайная $5", "🍵"):
        made = chart.draw(days, date(2026, 5, 28), currency, "ru", name=name)
        assert Image.open(io.BytesIO(made)).format == "PNG"


@pytest.mark.parametrize(("currency", "top"), [("RUB", 0), ("RUB", 40), ("XTR", 3), ("USD", 900)])
def test_no_amount_stands_twice_beside_the_axis(currency: str, top: int) -> None:
    days = [(date(2026, 5, 1) + timedelta(days=n), float(n % (top + 1))) for n in range(28)]
    figure = chart.figure_of(days, days[-1][0], currency, "en", name="Tea")
    figure.draw_without_rendering()
    labels = [each.get_text() for axes in figure.get_axes() for each in axes.get_yticklabels()]
    assert len({*labels}) == len(labels) > 1


def test_a_long_name_leaves_room_for_what_the_picture_shows() -> None:
    assert chart.plain("Tea  🍵 $5") == "Tea 5"
    assert len(chart.plain("Tea house " * 20)) <= 49
