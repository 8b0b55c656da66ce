"""docs/errors.md has every code that an answer may have, with its texts in both languages."""

from core.problem_texts import problem_texts
from tests.docs import error_catalogue


def test_every_code_has_a_text() -> None:
    missing = [code for code, (_, text) in error_catalogue.codes().items() if text is None]
    assert not missing, "write what they mean into core/problem_texts.toml"


def test_no_text_is_left_over() -> None:
    assert set(problem_texts().codes) <= set(error_catalogue.codes())


def test_the_page_has_the_codes_of_the_code() -> None:
    wanted = error_catalogue.table()
    assert error_catalogue.written() == wanted, "python -m tests.docs.error_catalogue"
