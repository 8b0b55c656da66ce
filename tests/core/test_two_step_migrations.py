"""While an update goes on, the version before runs on the new schema: a migration only adds.

What this cannot see, such as a constraint that old rows break, `python -m tests.chaos update` does:
it runs the previous version's services on the new schema.
"""

import re

import pytest

from core.migrations import core_scripts
from core.modules import Modules

# They landed before two versions ever ran beside each other.
LANDED = [("postgres", "core", "0026_order_steps.sql"), ("clickhouse", "core", "0006_shipper.sql")]
# A script that takes away says since which version nothing uses it any more.
SECOND_STEP = re.compile(r"^-- unused since \d+\.\d+", re.MULTILINE)
_TAKES = re.compile(
    r"\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?\w+"
    r"|\bDROP\s+(?:TABLE|VIEW)\s+(?:IF\s+EXISTS\s+)?(?P<table>\w+)"
    r"|\bRENAME\s+(?:COLUMN\s+\w+\s+)?TO\s+\w+"
    r"|\bALTER\s+COLUMN\s+\w+\s+(?:SET\s+NOT\s+NULL|DROP\s+DEFAULT|(?:SET\s+DATA\s+)?TYPE)",
    re.IGNORECASE,
)
_DEMANDS = re.compile(
    r"\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+(?:(?!\bADD\b|\bDEFAULT\b|\bGENERATED\b)[^;])*?"
    r"\bNOT\s+NULL(?!\s+(?:DEFAULT|GENERATED))",
    re.IGNORECASE,
)


def breaks(sql: str) -> list[str]:
    """What the version before would stumble over; none in a script that is a second step."""
    if SECOND_STEP.search(sql):
        return []
    plain = re.sub(r"--.*", "", sql)
    made = {
        name.lower()
        for name in re.findall(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", plain, re.I)
    }
    taken = [
        match[0] for match in _TAKES.finditer(plain) if (match["table"] or "").lower() not in made
    ]
    return taken + [match[0] for match in _DEMANDS.finditer(plain)]


def test_the_version_before_gets_on_with_every_migration() -> None:
    scripts = core_scripts() + Modules.discover().migrations()
    found = {
        (each.store, each.owner, each.name): broken
        for each in scripts
        if (broken := breaks(each.sql))
    }
    assert list(found) == LANDED, found


@pytest.mark.parametrize(
    ("sql", "is_found"),
    [
        ("ALTER TABLE a ADD COLUMN b text NOT NULL;", True),
        ("ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';", False),
        ("ALTER TABLE a ADD COLUMN b int DEFAULT 1 NOT NULL;", False),
        ("ALTER TABLE a ADD COLUMN b int, ADD COLUMN c int NOT NULL;", True),
        ("ALTER TABLE a DROP COLUMN b;", True),
        ("-- unused since 0.2\nALTER TABLE a DROP COLUMN b;", False),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", True),
        ("ALTER TABLE a ALTER COLUMN b DROP NOT NULL;", False),
        ("DROP TABLE a;", True),
        ("CREATE TABLE a (b int); DROP TABLE a;", False),
        ("ALTER TABLE a RENAME COLUMN b TO c;", True),
        ("-- DROP TABLE a\nCREATE INDEX c ON a (b);", False),
    ],
)
def test_what_would_break_the_version_before_is_found(sql: str, is_found: bool) -> None:
    assert bool(breaks(sql)) is is_found
