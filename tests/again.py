"""What failed in the last run of the tests, once more, unless that is too much to be chance.

python -m tests.again .pytest_cache/together        # each test that failed, of three at most
python -m tests.again .pytest_cache/apart --file    # its whole file: there one leads to the next
"""

import argparse
import json
import sys
from pathlib import Path

import pytest

MOST_TESTS, MOST_FILES = 3, 1


def chosen(failed: list[str], *, file: bool) -> list[str]:
    """What to run of tests that failed; nothing if they are too many."""
    if not file:
        return failed if len(failed) <= MOST_TESTS else []
    files = list(dict.fromkeys(each.partition("::")[0] for each in failed))
    return files if len(files) <= MOST_FILES else []


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path, help="where pytest has written what failed")
    parser.add_argument("--file", action="store_true")
    arguments = parser.parse_args()
    failed = json.loads((arguments.cache / "v/cache/lastfailed").read_text("utf-8"))
    again = chosen(list(failed), file=arguments.file)
    if not again:
        print(f"{len(failed)} tests failed: too many to be chance, so that none is tried again")
        return 1
    return pytest.main(["--verbose", *again])


if __name__ == "__main__":
    sys.exit(main())
