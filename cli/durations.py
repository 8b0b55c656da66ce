"""Lengths of time as they are typed: 7d, 36h, 90m, 30s."""

import re

from core.errors import ConfigurationError

_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_LONGEST = 3650 * 86_400


def seconds_of(option: str, text: str) -> float:
    """Raises ConfigurationError for what is no length of time, or longer than ten years."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([dhms])", text.strip().lower())
    if not found:
        raise ConfigurationError(f"{option} {text!r}: give a number and a unit: 7d, 36h, 90m, 30s")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > _LONGEST:
        raise ConfigurationError(f"{option} {text!r}: at most 3650d")
    return seconds
