"""Files that a command will write: whether it can is asked before the work, not after it."""

import os
from pathlib import Path

from core.errors import ConfigurationError


def require_writable(file: Path) -> None:
    """Raises ConfigurationError if the file could not be made or replaced."""
    folder = file.parent
    if not folder.is_dir():
        raise ConfigurationError(f"{file} cannot be written: there is no folder {folder}")
    if file.is_dir():
        raise ConfigurationError(f"{file} cannot be written: it is a folder")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise ConfigurationError(f"{file} cannot be written: permission denied")
