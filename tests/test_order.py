"""In which order files of tests begin."""

from pathlib import Path

import pytest

from tests.order import ordered


def test_long_files_begin_first_and_those_that_wait_do_so_beside_those_that_work() -> None:
    works, waits = pytest.mark.long.mark, pytest.mark.long(waits=True).mark
    files = {"a": None, "b": waits, "c": waits, "d": works, "e": None, "f": waits}
    found = ordered((Path(name), mark) for name, mark in files.items())
    assert [file.name for file in found] == ["d", "b", "c", "f", "a", "e"]
