"""Where tests go to several processes by files, those that are marked `long` are given out first:
one that begins last would leave the other processes with nothing to do. Those that wait more than
they work, `long(waits=True)`, are every second of them: side by side they would leave the machine
with nothing to do."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, zip_longest
from pathlib import Path

import pytest

SECONDS = 60  # of all tests of a file; on a busy machine more take that long


def ordered(files: Iterable[tuple[Path, pytest.Mark | None]]) -> list[Path]:
    """Files, each with its mark `long` if it has one, in the order in which they begin."""
    working, waiting, others = list[Path](), list[Path](), list[Path]()
    for file, mark in files:
        if mark is None:
            others.append(file)
        else:
            (waiting if mark.kwargs.get("waits") else working).append(file)
    alternating = chain.from_iterable(zip_longest(working, waiting))
    return [file for file in alternating if file] + others


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marks = dict[Path, pytest.Mark | None]()
    for item in items:
        marks[item.path] = marks.get(item.path) or item.get_closest_marker("long")
    places = {file: place for place, file in enumerate(ordered(marks.items()))}
    items.sort(key=lambda item: places[item.path])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Names the files that took long and did not begin first."""
    if not config.getoption("numprocesses", None):
        return
    lasted, begun_first = defaultdict[str, float](float), set[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                file = report.nodeid.partition("::")[0]
                lasted[file] += report.duration
                if "long" in report.keywords:
                    begun_first.add(file)
    for file, seconds in lasted.items():
        if seconds > SECONDS and file not in begun_first:
            terminalreporter.write_line(
                f"{file} took {seconds:.0f} s: if it does so on a quiet machine, mark it `long`"
            )
