"""Where tests go to several processes by files, those that are marked `long` are given out first:
one that begins last would leave the other processes with nothing to do."""

from collections import defaultdict

import pytest

SECONDS = 60  # of all tests of a file; on a busy machine more take that long


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


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
