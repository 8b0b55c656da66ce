"""The table of abuses in docs/fraud.md: every row that a rule is of, and each is met."""

import re
from pathlib import Path

from core.fraud_rules import RULES

PAGE = Path(__file__).parents[2] / "docs/fraud.md"
ROW = re.compile(r"\| (\d+)(?:–(\d+))? \|.*\| ([^|]+) \|")
MET = ("yes", "by the module", "the module")
BOUGHT_TO_EXPORTS = range(1, 22)  # what the design names; later rows are rules' own


def test_every_abuse_is_met() -> None:
    section = PAGE.read_text("utf-8").partition("## What is detected\n")[2].partition("\n\n**")[0]
    met: set[int] = set()
    for line in section.splitlines():
        if row := ROW.fullmatch(line):
            assert row[3].startswith(MET), f"an abuse that nothing meets: {line}"
            met |= {*range(int(row[1]), int(row[2] or row[1]) + 1)}
    assert met == {*BOUGHT_TO_EXPORTS, *(rule.row for rule in RULES)}
