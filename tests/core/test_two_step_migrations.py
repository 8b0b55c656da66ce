"""While an update goes on, the version before runs on the new schema: a migration only adds.

Whether what it adds is kept to by what that version writes, no text can tell: whoever adds a
constraint says so in the script, and `python -m tests.chaos update` (`make chaos`) runs the version
before on the new schema, with its API, workers, shipper and intake, while rows are written.
"""

import re

import pytest

from core.migrations import core_scripts
from core.modules import Modules

# They landed before two versions ever ran beside each other.
LANDED = [("postgres", "core", "0026_order_steps.sql"), ("clickhouse", "core", "0006_shipper.sql")]
LANDED_BOUNDS = {
    "postgres": "0003_shipments 0005_intake 0006_shipper 0014_selling 0020_catalogue 0035_wallets "
    "0038_later_lives",
    "clickhouse": "0006_shipper 0010_money_ratios 0011_stored_after",
}
# Indexes of tables that were there: their writers wait while such a script runs.
LANDED_INDEXES = {
    "core": "0006_shipper 0008_sending 0014_selling 0019_refunds 0020_catalogue 0029_staff_replies "
    "0031_customer_list 0032_owner_chats 0033_order_list 0038_later_lives 0039_export_schedules "
    "0042_alerts_told 0050_access_log_by_key 0057_payments_held 0060_contacts 0061_bot_lookups "
    "0063_staff_and_links 0068_dearest_orders 0069_dearest_of_a_status",
}
# A script that takes away says since which version nothing uses it any more.
SECOND_STEP = re.compile(r"^-- unused since \d+\.\d+", re.MULTILINE)
# One that demands more of rows says why those of the version before are such.
KEPT_TO = re.compile(r"^-- kept to by the version before: \S", re.MULTILINE)
# One that keeps writers waiting says why it is over at once: the table is small, or partitioned.
MAY_WAIT = re.compile(r"^-- writers may wait: \S", re.MULTILINE)
_LOCKS = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY\b)(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\s+)?"
    r"ON\s+(?:ONLY\s+)?(?P<indexed>\w+)",
    re.IGNORECASE,
)
_BOUNDS = re.compile(
    r"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<altered>\w+)\s[^;]*?"
    r"\b(?:ADD\s+(?:CONSTRAINT\s+\w+\s+)?(?:CHECK|UNIQUE|FOREIGN\s+KEY|EXCLUDE|PRIMARY\s+KEY)"
    r"|MODIFY\s+COLUMN\s+\w+)\b"
    r"|\bCREATE\s+UNIQUE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+"
    r"ON\s+(?P<indexed>\w+)",
    re.IGNORECASE,
)
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
    plain, made = _plain(sql)
    taken = [
        match[0] for match in _TAKES.finditer(plain) if (match["table"] or "").lower() not in made
    ]
    return taken + [match[0] for match in _DEMANDS.finditer(plain)]


def bounds(sql: str) -> list[str]:
    """What the version before's rows must keep to from now on; none if the script says that they
    do, or of tables that it makes."""
    if KEPT_TO.search(sql):
        return []
    plain, made = _plain(sql)
    return [
        match[0]
        for match in _BOUNDS.finditer(plain)
        if (match["altered"] or match["indexed"]).lower() not in made
    ]


def locks(sql: str) -> list[str]:
    """Indexes that keep a table's writers waiting while they are built; none if the script says
    why they may, or of tables that it makes."""
    if MAY_WAIT.search(sql):
        return []
    plain, made = _plain(sql)
    return [match[0] for match in _LOCKS.finditer(plain) if match["indexed"].lower() not in made]


def _plain(sql: str) -> tuple[str, set[str]]:
    """Without comments, and the tables that the script makes."""
    plain = re.sub(r"--.*", "", sql)
    made = re.findall(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", plain, re.I)
    return plain, {name.lower() for name in made}


def test_what_is_demanded_of_rows_the_version_before_keeps_to() -> None:
    scripts = core_scripts() + Modules.discover().migrations()
    found = {
        (each.store, each.owner, each.name): broken
        for each in scripts
        if (broken := bounds(each.sql))
    }
    landed = {
        (store, "core", f"{name}.sql")
        for store, names in LANDED_BOUNDS.items()
        for name in names.split()
    }
    assert found.keys() == landed, found


def test_writers_never_wait_for_an_index() -> None:
    scripts = core_scripts() + Modules.discover().migrations()
    found = {
        (each.owner, each.name): waited_for
        for each in scripts
        if each.store == "postgres" and (waited_for := locks(each.sql))
    }
    landed = {
        (owner, f"{name}.sql") for owner, names in LANDED_INDEXES.items() for name in names.split()
    }
    assert found.keys() == landed, found


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


@pytest.mark.parametrize(
    ("sql", "is_found"),
    [
        ("ALTER TABLE a ADD CHECK (b > 0);", True),
        ("ALTER TABLE a ADD COLUMN b int, ADD CONSTRAINT c UNIQUE (b);", True),
        ("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c;", True),
        ("CREATE UNIQUE INDEX c ON a (b);", True),
        ("ALTER TABLE a MODIFY COLUMN b UInt8;", True),
        ("-- kept to by the version before: b is given by us\nALTER TABLE a ADD CHECK (b);", False),
        ("CREATE TABLE a (b int); ALTER TABLE a ADD CHECK (b > 0);", False),
        ("CREATE TABLE a (b int); CREATE UNIQUE INDEX c ON a (b);", False),
        ("ALTER TABLE a DROP CONSTRAINT c;", False),
        ("ALTER TABLE a ADD COLUMN b int DEFAULT 1 CHECK (b > 0);", False),
        ("CREATE INDEX c ON a (b);", False),
    ],
)
def test_what_demands_more_of_rows_is_found(sql: str, is_found: bool) -> None:
    assert bool(bounds(sql)) is is_found


@pytest.mark.parametrize(
    ("sql", "is_found"),
    [
        ("CREATE INDEX c ON a (b);", True),
        ("CREATE UNIQUE INDEX IF NOT EXISTS c ON ONLY a (b);", True),
        ("CREATE INDEX ON a (b);", True),
        ("-- writers may wait: a row for each shop\nCREATE INDEX c ON a (b);", False),
        ("CREATE TABLE a (b int); CREATE INDEX c ON a (b);", False),
        ("CREATE TABLE d (b int); CREATE INDEX c ON a (b);", True),
        ("CREATE INDEX CONCURRENTLY c ON a (b);", False),
    ],
)
def test_an_index_that_keeps_writers_waiting_is_found(sql: str, is_found: bool) -> None:
    assert bool(locks(sql)) is is_found
