"""Programs that only `make chaos` installs."""

import os
import shutil
from pathlib import Path

import pytest

_BIN = Path(__file__).parents[2] / ".tools/chaos/bin"


def program(name: str, how: str) -> str:
    """Its path, or what VITRINA_NAME says; without it the test is skipped, and `how` says what
    installs it."""
    path = f"{_BIN}:{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    found = os.environ.get(f"VITRINA_{name.upper()}") or shutil.which(name, path=path)
    if not found:
        pytest.skip(f"{name} is missing: {how}")
    return found
