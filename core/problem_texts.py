"""What the codes of errors mean, in both languages: `problem_texts.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.events import Bilingual

_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class ProblemTexts:
    """By code: what went wrong and what to do; the status of codes that no class of error has. By
    pydantic's kind of error: what is wrong with a field, in Russian, with its placeholders."""

    codes: Mapping[str, Bilingual]
    statuses: Mapping[str, int]
    kinds: Mapping[str, str]


@cache
def problem_texts() -> ProblemTexts:
    """The texts of the platform's own codes; a module's errors have theirs as `explained`."""
    read = tomllib.loads(_FILE.read_text("utf-8"))
    codes = {code: Bilingual(text["ru"], text["en"]) for code, text in read["codes"].items()}
    statuses = {code: text["status"] for code, text in read["codes"].items() if "status" in text}
    return ProblemTexts(codes, statuses, read["kinds"])


def russian_message(kind: str | None, values: Mapping[str, Any] | None) -> str | None:
    """What is wrong with a field, or None if this kind has no text or lacks a value of it."""
    text = problem_texts().kinds.get(kind or "")
    if text is None:
        return None
    try:
        return text.format_map(dict(values or {}))
    except KeyError:
        return None
