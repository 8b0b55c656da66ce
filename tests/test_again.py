"""What `make test` tries once more."""

import pytest

from tests.again import chosen


@pytest.mark.parametrize(
    ("failed", "file", "again"),
    [
        (["a.py::x", "a.py::y[1]", "b.py::z"], False, ["a.py::x", "a.py::y[1]", "b.py::z"]),
        (["a.py::x", "a.py::y", "b.py::z", "b.py::w"], False, []),
        (["a.py::x", "a.py::y", "a.py::z", "a.py::w"], True, ["a.py"]),
        (["a.py::x", "b.py::z"], True, []),
    ],
)
def test_a_few_failures_are_tried_once_more(
    failed: list[str], file: bool, again: list[str]
) -> None:
    assert chosen(failed, file=file) == again
