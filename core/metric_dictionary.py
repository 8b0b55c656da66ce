"""The metric dictionary that the pipelines have generated, for code that only shows it."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "metric_dictionary.json"


def read() -> list[dict[str, Any]]:
    """One entry for each metric: `number`, `name`, `table`, `unit`, `source`, and in `ru` and `en`
    `title`, `formula`, `unit_title`, `grain`, `freshness`; `over_days` is how it is added up over
    days and shops (null: not at all), `keys` what else its rows are of, `apart` those of them over
    which nothing is added up."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found
