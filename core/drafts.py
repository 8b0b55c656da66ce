"""Files that are written beside their place, and take it when they are whole."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Ctrl-C may come in the very moment in which a draft is removed.
_left: set[Path] = set()


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """A name in the file's folder for what is to replace the file; what still has the name when
    the block ends is removed."""
    draft = file.with_name(f".{file.name}.writing")
    _left.add(draft)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
        _left.discard(draft)


@atexit.register
def _remove_left() -> None:
    for draft in _left:
        draft.unlink(missing_ok=True)
