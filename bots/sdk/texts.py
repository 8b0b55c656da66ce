"""What a shopper reads: templates in two languages, in which values can never become markup.

A template is a line of `texts/<language>.toml`: placeholders `{so}`, and `<b>`, `<i>`, `<code>`
around a part. Only the template's own tags count; a value is inserted as it is, tags and all.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bots.sdk.replies import TEXT_UNITS, Span, Style, Text, utf16_length
from core.errors import Refused
from core.events import Bilingual
from core.money import Money
from core.shop.shops import Language

LANGUAGES: tuple[Language, ...] = ("ru", "en")

_TOKEN = re.compile(r"<(?P<end>/?)(?P<tag>b|i|code)>|\{(?P<place>[a-z_]+)\}")
_STYLES: dict[str, Style] = {"b": "bold", "i": "italic", "code": "code"}


def language_of(language_code: str, otherwise: Language) -> Language:
    """The language for a person, by Telegram's (IETF) code, like `en` or `pt-br`."""
    code = language_code.lower()[:2]
    for language in LANGUAGES:
        if language == code:
            return language
    return otherwise


def places(template: str) -> frozenset[str]:
    """The placeholders of the template."""
    return frozenset(match["place"] for match in _TOKEN.finditer(template) if match["place"])


def fill(template: str, values: Mapping[str, object]) -> Text:
    """Fills a template in; KeyError if a value is missing, ValueError on tags that do not match."""
    parts: list[str] = []
    spans: list[Span] = []
    opened: list[tuple[str, int]] = []
    length = 0
    for token in _pieces(template):
        if isinstance(token, str):
            text = token
        elif place := token["place"]:
            text = str(values[place])
        elif not token["end"]:
            opened.append((token["tag"], length))
            continue
        else:
            tag, offset = opened.pop() if opened else ("", 0)
            if tag != token["tag"]:
                raise ValueError(f"a tag is closed that is not open: {template!r}")
            if length > offset:
                spans.append(Span(style=_STYLES[tag], offset=offset, length=length - offset))
            continue
        parts.append(text)
        length += utf16_length(text)
    if opened:
        raise ValueError(f"a tag is not closed: {template!r}")
    return Text(plain="".join(parts), spans=tuple(spans))


@lru_cache(maxsize=2000)
def _pieces(template: str) -> Sequence[str | re.Match[str]]:
    pieces: list[str | re.Match[str]] = []
    end = 0
    for match in _TOKEN.finditer(template):
        if match.start() > end:
            pieces.append(template[end : match.start()])
        pieces.append(match)
        end = match.end()
    if end < len(template):
        pieces.append(template[end:])
    return tuple(pieces)


def paragraphs(*parts: Text | str | None) -> Text:
    """The parts that are not empty, with an empty line between them."""
    plain = ""
    spans: list[Span] = []
    for part in parts:
        if not part:
            continue
        text = Text(plain=part) if isinstance(part, str) else part
        if plain:
            plain += "\n\n"
        shift = utf16_length(plain)
        spans += [span.model_copy(update={"offset": span.offset + shift}) for span in text.spans]
        plain += text.plain
    return Text(plain=plain, spans=tuple(spans))


@dataclass(frozen=True, slots=True)
class Texts:
    """A module's templates in one language."""

    language: Language
    templates: Mapping[str, str]
    _filled: dict[str, Text] = field(default_factory=dict, init=False, compare=False, repr=False)

    def get(self, key: str, **values: object) -> Text:
        """A filled template; money is formatted for the language.

        Raises KeyError if there is no such template, or a value is missing.
        """
        if not values:  # most templates have no places: they are filled in once
            found = self._filled.get(key)
            if found is None:
                found = self._filled[key] = fill(self.templates[key], values)
            return found
        worded = {
            name: value.worded(self.language) if isinstance(value, Money) else value
            for name, value in values.items()
        }
        return fill(self.templates[key], worded)

    def label(self, key: str, **values: object) -> str:
        """Without styles: for buttons, notices and invoices."""
        return self.get(key, **values).plain


def load_texts(folder: Path) -> dict[Language, Texts]:
    """Both languages' templates of a module's `texts/` folder; none without the folder.

    Raises ValueError if a value is not a template.
    """
    loaded: dict[Language, Texts] = {}
    for language in LANGUAGES:
        file = folder / f"{language}.toml"
        templates = tomllib.loads(file.read_text("utf-8")) if folder.is_dir() else {}
        for key, template in templates.items():
            if not isinstance(template, str):
                raise ValueError(f"{file}: {key} is not a text")
            fill(template, dict.fromkeys(places(template), "x"))
        loaded[language] = Texts(language, templates)
    return loaded


class BadText(Refused):
    """An owner's text is not valid; `explained` says why in both languages."""

    code = "bad_text"

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


def check_own(own: Texts, key: str, template: str) -> None:
    """Whether an owner's template may stand in the place of a module's own.

    Raises BadText: no such text, empty or over 4,096 characters, tags that do not match, or a
    place in it that the module does not fill.
    """
    if key not in own.templates:
        raise BadText(Bilingual(f"Текста {key} у модуля нет.", f"The module has no text {key}."))
    if not template.strip() or "\0" in template:
        raise BadText(Bilingual("Текст не может быть пустым.", "A text cannot be empty."))
    if utf16_length(template) > TEXT_UNITS:
        raise BadText(
            Bilingual(
                f"Текст длиннее {TEXT_UNITS} символов.", f"It is over {TEXT_UNITS} characters."
            )
        )
    unknown = sorted(places(template) - places(own.templates[key]))
    if unknown:
        known = ", ".join(f"{{{place}}}" for place in sorted(places(own.templates[key])))
        names = ", ".join(f"{{{place}}}" for place in unknown)
        raise BadText(
            Bilingual(
                f"Подстановки {names} здесь нет. Есть: {known or 'никаких'}.",
                f"There is no {names} here. There is: {known or 'none'}.",
            )
        )
    try:
        fill(template, dict.fromkeys(places(template), "x"))
    except ValueError as error:
        raise BadText(
            Bilingual(
                "Теги <b>, <i>, <code> открываются и закрываются попарно.",
                "The tags <b>, <i>, <code> are opened and closed in pairs.",
            )
        ) from error


def preview(template: str, values: Mapping[str, str] | None = None) -> Text:
    """How a template looks; a place without a value shows its name. Raises ValueError on tags
    that do not match."""
    named = {place: f"{{{place}}}" for place in places(template)}
    return fill(template, named | dict(values or {}))


def with_own(module: Texts, own: Mapping[str, str]) -> Texts:
    """A module's texts with an owner's in their places; one that no longer fits is left out."""
    fitting = {}
    for key, template in own.items():
        try:
            check_own(module, key, template)
        except BadText:
            continue
        fitting[key] = template
    return Texts(module.language, {**module.templates, **fitting}) if fitting else module
