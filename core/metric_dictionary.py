"""The metric dictionary as the pipelines wrote it down, for those who only show it."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "metric_dictionary.json"


def read() -> list[dict[str, Any]]:
    """A metric each: `number`, `name`, `table`, `unit`, `source`, and in `ru` and `en` `title`,
    `formula`, `unit_title`, `grain`, `freshness`."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found
