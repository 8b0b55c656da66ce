import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sdk.replies import Text
from bots.sdk.texts import (
    BadText,
    Texts,
    check_own,
    fill,
    language_of,
    load_texts,
    paragraphs,
    preview,
    with_own,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def styled(text: Text) -> list[tuple[str, str]]:
    """Each span's style and the part that it covers, cut out as Telegram does."""
    units = text.plain.encode("utf-16-le")
    return [
        (span.style, units[span.offset * 2 : (span.offset + span.length) * 2].decode("utf-16-le"))
        for span in text.spans
    ]


@given(WORDS, WORDS, WORDS)
def test_values_stand_as_they_are_and_never_style_anything(a: str, b: str, c: str) -> None:
    text = fill("{a} <b>{b}</b> <i>{c}!</i>", {"a": a, "b": b, "c": c})
    assert text.plain == f"{a} {b} {c}!"
    assert styled(text) == [("bold", b), ("italic", f"{c}!")]


def test_tags_and_braces_in_a_value_are_only_text() -> None:
    text = fill("<b>{title}</b>", {"title": "<i>{price}</i> & 😀"})
    assert text.plain == "<i>{price}</i> & 😀"
    assert styled(text) == [("bold", "<i>{price}</i> & 😀")]


def test_styles_may_stand_in_each_other() -> None:
    assert styled(fill("<b>a <code>{x}</code></b>", {"x": 1})) == [("code", "1"), ("bold", "a 1")]


def test_an_empty_value_leaves_no_empty_span() -> None:
    assert not fill("a<b>{x}</b>", {"x": ""}).spans


@pytest.mark.parametrize("template", ["<b>x", "x</b>", "<b>x</i>"])
def test_tags_must_match(template: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        fill(template, {})


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="shop"):
        fill("{shop}", {"name": "x"})


@given(
    st.lists(st.one_of(st.none(), WORDS, st.builds(lambda w: fill("<b>{w}</b>", {"w": w}), WORDS)))
)
def test_paragraphs_keep_their_styles(parts: list[Text | str | None]) -> None:
    texts = [Text(plain=part) if isinstance(part, str) else part for part in parts if part]
    if not texts:
        return
    joined = paragraphs(*parts)
    assert joined.plain == "\n\n".join(text.plain for text in texts)
    assert styled(joined) == [pair for text in texts for pair in styled(text)]


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("en-GB", "en"), ("RU", "ru"), ("de", "ru"), ("", "ru")]
)
def test_the_shops_language_is_spoken_with_those_who_have_neither(code: str, language: str) -> None:
    assert language_of(code, "ru") == language


def test_both_languages_are_read_from_a_modules_folder(tmp_path: Path) -> None:
    (tmp_path / "ru.toml").write_text('hello = "Привет, <b>{name}</b>"', "utf-8")
    (tmp_path / "en.toml").write_text('hello = "Hi, {name}"', "utf-8")
    texts = load_texts(tmp_path)
    assert texts["ru"].label("hello", name="Ян") == "Привет, Ян"
    assert texts["en"].get("hello", name="Jan").plain == "Hi, Jan"
    with pytest.raises(KeyError):
        texts["en"].get("missing")


def test_a_module_may_have_no_texts(tmp_path: Path) -> None:
    assert load_texts(tmp_path / "texts")["ru"].templates == {}


@pytest.mark.parametrize("line", ["count = 1", 'x = "<b>open"', "[table]\nx = 'y'"])
def test_a_broken_template_is_found_when_it_is_loaded(tmp_path: Path, line: str) -> None:
    for language in ("ru", "en"):
        (tmp_path / f"{language}.toml").write_text(line, "utf-8")
    with pytest.raises(ValueError):
        load_texts(tmp_path)


OWN = Texts("en", {"hello": "Hello, {name}", "bare": "Hi"})


@pytest.mark.parametrize(
    ("key", "template", "word"),
    [
        ("nothing", "x", "no text nothing"),
        ("hello", "  ", "cannot be empty"),
        ("hello", "x\0", "cannot be empty"),
        ("hello", "😀" * 2049, "4096"),
        ("hello", "{nam}", "There is: {name}"),
        ("bare", "{name}", "There is: none"),
        ("hello", "<b>{name}", "in pairs"),
        ("hello", "<b>{name}</i>", "in pairs"),
    ],
)
def test_an_owners_words_that_cannot_stand_are_told_why(key: str, template: str, word: str) -> None:
    with pytest.raises(BadText, match=re.escape(word)) as refused:
        check_own(OWN, key, template)
    assert re.search("[а-я]", refused.value.explained.ru)
    assert with_own(OWN, {key: template}) is OWN


def test_an_owners_words_stand_and_are_shown_before() -> None:
    check_own(OWN, "hello", "<b>Dear</b> {name}!")
    assert with_own(OWN, {"hello": "Dear {name}"}).label("hello", name="Anna") == "Dear Anna"
    assert preview("Dear {name}").plain == "Dear {name}"
    assert preview("Dear <b>{name}</b>", {"name": "<b>Anna"}).plain == "Dear <b>Anna"
