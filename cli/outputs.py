"""Files that a command will write: checked before the work, not after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import drafts
from core.errors import ConfigurationError


def require_writable(file: Path) -> None:
    """Raises ConfigurationError if the file could not be made or replaced."""
    folder = file.parent
    if not folder.is_dir():
        raise ConfigurationError(f"{file} cannot be written: there is no folder {folder}")
    if file.is_dir():
        raise ConfigurationError(f"{file} cannot be written: it is a folder")
    written = [file] if _is_special(file) else [folder, *([file] if file.exists() else [])]
    if not all(os.access(each, os.W_OK) for each in written):
        raise ConfigurationError(f"{file} cannot be written: permission denied")


@contextmanager
def draft_of(file: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """An empty file beside the target, to be written; it replaces the target when the block
    succeeds, and is deleted when it fails.

    `mode` is reduced by the umask. A link or a device, such as /dev/stdout, is written to directly.
    """
    if _is_special(file):
        yield file
        return
    with drafts.beside(file) as draft:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield draft
        draft.replace(file)


def _is_special(file: Path) -> bool:
    return file.is_symlink() or (file.exists() and not file.is_file())
