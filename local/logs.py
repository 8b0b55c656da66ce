"""Log files of services: written by the services themselves, rotated by the supervisor."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 20 * 1024 * 1024


class LogFile:
    """`<name>.log` of this run and `<name>.log.1`, its former content."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.log"
        self._former = folder / f"{name}.log.1"
        if self.path.exists():
            self.path.replace(self._former)
            self._former.chmod(0o600)

    def open(self) -> BinaryIO:
        """The file as a service's standard output: every write is appended, also after a
        rotation."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab", buffering=0)

    def rotate(self, limit: int = MAX_BYTES) -> None:
        """Moves the content away when there is too much of it; the service keeps its open file.

        What is written between the copy and the truncation is lost, at most a few lines.
        """
        with contextlib.suppress(OSError):  # a full disk must not end the supervisor, too
            if self.path.stat().st_size > limit:
                self._former.touch(mode=0o600)
                self._former.chmod(0o600)
                shutil.copyfile(self.path, self._former)
                os.truncate(self.path, 0)

    def tail(self, lines: int, since: int = 0) -> list[str]:
        """The last lines that were written after the offset `since`, in bytes."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 16_384, since if since <= size else 0))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-lines:]

    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0
