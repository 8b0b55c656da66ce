"""The stand-in's entry point: what the official image does with its variables and folders."""

import os
import sys
from pathlib import Path

from local.clickhouse_engine import load_engine, run

# As the official entry point: without CLICKHOUSE_USER, `default` may log in from here only.
_DEFAULT_USER = """<clickhouse><users><default>
  <networks replace="replace"><ip>::1</ip><ip>127.0.0.1</ip></networks>
</default></users></clickhouse>
"""


def main() -> int:
    with open("users.d/default-user.xml", "w", encoding="utf-8") as file:
        file.write(_DEFAULT_USER)
    database = os.environ.get("CLICKHOUSE_DB") or "default"
    return 0 if run(load_engine(), database, Path("/var/lib/clickhouse")) else 1


if __name__ == "__main__":
    sys.exit(main())
