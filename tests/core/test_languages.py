"""Which of our languages a browser wants."""

import pytest

from core.languages import Language, preferred
from core.problem_texts import problem_texts, russian_message


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("en-GB,en;q=0.9,ru;q=0.8", "en"),
        ("de, ru;q=0.3, en;q=0.2", "ru"),
        ("RU ; q=0.5", "ru"),
        ("ru;q=0, en", "en"),
        ("ru;q=high", "en"),
        ("*", "en"),
        (",;,q=1;ru", "en"),
        ("x" * 5000 + ",ru", "en"),
    ],
)
def test_the_header_is_read_as_the_standard_says(accepted: str, language: Language) -> None:
    assert preferred(accepted) == language


def test_a_field_is_explained_only_with_all_its_values() -> None:
    assert russian_message("string_too_long", {"max_length": 5}) == "не длиннее 5 зн."
    assert russian_message("string_too_long", {}) is None
    assert russian_message("nobody_knows", {"max_length": 5}) is None
    assert russian_message(None, None) is None


def test_every_text_is_in_both_languages() -> None:
    for code, text in problem_texts().codes.items():
        assert text.ru.endswith(".") and text.en.endswith("."), code
        assert any("а" <= letter <= "я" for letter in text.ru), code
        assert not any("а" <= letter <= "я" for letter in text.en), code
