"""The table of codes in docs/errors.md, made from the code: `python -m tests.docs.error_catalogue`
writes it anew."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import api
import bots
import core
import ingestion
from core.errors import VitrinaError
from core.events import Bilingual
from core.problem_texts import problem_texts

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
BEGIN, END = "<!-- codes -->\n", "<!-- /codes -->\n"
# Of the shipper, of commands and of what only logs see: nobody is answered with them.
INTERNAL = frozenset({"overtaken", "batch_changed", "undelivered", "rejected"})


def _errors() -> Iterator[type[VitrinaError]]:
    for package in (api, bots, core, ingestion):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting = [VitrinaError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.split(".")[0] in ("api", "bots", "core", "ingestion"):
            yield error


def codes() -> dict[str, tuple[set[int], Bilingual | None]]:
    """Each code with its statuses and its text, None if it has none."""
    texts = problem_texts()
    found: dict[str, tuple[set[int], Bilingual | None]] = {
        code: ({status}, texts.codes[code]) for code, status in texts.statuses.items()
    }
    for error in _errors():
        if error.code not in INTERNAL:
            own = getattr(error, "explained", None)
            text = own if isinstance(own, Bilingual) else texts.codes.get(error.code)
            statuses, known = found.get(error.code, (set(), None))
            found[error.code] = statuses | {error.status}, known or text
    return dict(sorted(found.items()))


def table() -> str:
    rows = [
        f"| `{code}` | {', '.join(map(str, sorted(statuses)))} | {text.ru} | {text.en} |"
        for code, (statuses, text) in codes().items()
        if text is not None
    ]
    head = "| code | status | по-русски | in English |\n|---|---|---|---|\n"
    return BEGIN + head + "\n".join(rows) + "\n" + END


def written() -> str:
    """The table as the page has it."""
    page = PAGE.read_text("utf-8")
    return page[page.index(BEGIN) : page.index(END) + len(END)]


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text("utf-8").replace(written(), table()), "utf-8")
