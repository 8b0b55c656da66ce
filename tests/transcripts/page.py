"""A transcript as a page: what was done and what was seen, without what differs from run to run."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pyrogram.raw.types import MessageMediaInvoice

from bots.sdk.asking import platform_texts
from bots.sdk.shop_templates import ShopTemplate
from core.money import Money
from core.shop.shops import Language
from tests.bots.visitor import Did, Happened, Notice, Saw

_DEADLINE: dict[Language, str] = {"ru": "31 декабря, 18:00", "en": "31 December, 18:00"}
_FIRST_DAY = date(2026, 12, 21)
_INDENT = "    "
_WORDS: dict[Language, dict[str, str]] = {
    "ru": {
        "wrote": "{who}: {text}",
        "pressed": "{who} нажимает [{text}]",
        "photo": "{who} присылает фото",
        "contact": "{who} делится номером телефона",
        "paid": "{who} оплачивает счёт",
        "owner": "({text})",
        "bot": "Бот:",
        "changed": "Бот, на месте прежнего сообщения:",
        "notice": "Бот, поверх чата: {text}",
        "nothing": "Бот ничего не отвечает.",
        "title": "{title}: от /start до покупки",
        "silent": "{title}: бот молчит",
    },
    "en": {
        "wrote": "{who}: {text}",
        "pressed": "{who} presses [{text}]",
        "photo": "{who} sends a photo",
        "contact": "{who} shares a telephone number",
        "paid": "{who} pays the bill",
        "owner": "({text})",
        "bot": "Bot:",
        "changed": "Bot, in place of the message before:",
        "notice": "Bot, over the chat: {text}",
        "nothing": "The bot does not answer.",
        "title": "{title}: from /start to the purchase",
        "silent": "{title}: the bot is silent",
    },
}
_MADE = "<!-- Made by `python -m tests.transcripts`: do not edit. -->"


def page_of(template: ShopTemplate, language: Language, who: str, log: Sequence[Happened]) -> str:
    """The page of a template in a language; the same for the same shop and the same deeds."""
    words = _WORDS[language]
    name = "title" if any(isinstance(each, Saw) for each in log) else "silent"
    title = words[name].format(title=template.title.get(language))
    body = "\n".join(_lines(language, who, _in_order(log)))
    text = _same_times(body.strip(), language)
    return f"# {title}\n\n{_MADE}\n\n```text\n{text}\n```\n"


def _same_times(text: str, language: Language) -> str:
    """As if it were always told on the same day: deadlines, which name their clock, are one and the
    same, and the first day that a calendar shows is, too."""
    names = platform_texts()[language]
    weekdays, months = names.label("weekdays").split(), names.label("months").split()
    text = re.sub(rf"\d+ (?:{'|'.join(months)}), \d\d:\d\d(?= \()", _DEADLINE[language], text)
    found = re.compile(rf"({'|'.join(weekdays)}), \d+ ({'|'.join(months)})")
    days: dict[str, str] = {}

    def same(match: re.Match[str]) -> str:
        day = _FIRST_DAY + timedelta(days=len(days))
        said = f"{weekdays[day.weekday()]}, {day.day} {months[day.month - 1]}"
        return days.setdefault(match[0], said)

    return found.sub(same, text)


def _in_order(log: Sequence[Happened]) -> Iterator[Happened]:
    """A word over the chat and a screen race each other: after each deed the words come first."""
    seen: list[Happened] = []
    for each in log:
        if isinstance(each, Did):
            yield from seen
            seen = []
            yield each
        elif isinstance(each, Notice):
            yield each
        elif not (isinstance(each, Saw) and ", paid" in each.entry.note):
            seen.append(each)
    yield from seen


def _lines(language: Language, who: str, happened: Iterator[Happened]) -> Iterator[str]:
    words = _WORDS[language]
    is_silent = True
    for each in happened:
        match each:
            case Did():
                yield ""
                yield words[each.kind].format(who=who, text=each.text)
            case Notice():
                is_silent = False
                yield words["notice"].format(text=each.text)
            case Saw():
                is_silent = False
                yield ""
                yield words["changed" if each.is_changed else "bot"]
                yield from _shown(each, language)
    if is_silent:
        yield ""
        yield words["nothing"]


def _shown(saw: Saw, language: Language) -> Iterator[str]:
    text = saw.entry.text.splitlines()
    bill = saw.message.media
    if isinstance(bill, MessageMediaInvoice):
        price = Money(bill.total_amount, bill.currency).worded(language)
        text += [f"<{bill.title}: {price}>", f"<{bill.description}>"]
    for line in text:
        yield f"{_INDENT}{line}".rstrip()
    for row in saw.rows:
        yield _INDENT + " ".join(f"[{label}]" for label in row)
