"""Information from `/proc` about the processes of this machine."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


def numbers() -> Iterator[int]:
    """The process ids of all processes."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield int(name)


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended; a zombie has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def of_session(session: int) -> list[int]:
    """The live processes of a session: a service, its children and theirs."""
    found = []
    for pid in numbers():
        try:
            if os.getsid(pid) == session and is_alive(pid):
                found.append(pid)
        except OSError:
            continue
    return found


def in_folder(folder: Path, program: str) -> list[int]:
    """The live processes of `program` that work in `folder`."""
    found = []
    for pid in numbers():
        try:
            working = os.readlink(f"/proc/{pid}/cwd")
            executable = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        except OSError:
            continue
        if working == str(folder) and executable.removesuffix(" (deleted)") == program:
            found.append(pid)
    return found


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Sends a signal to those that still exist."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait_gone(pids: Iterable[int], seconds: float) -> bool:
    """Waits until all have ended; False if one is still there after `seconds`."""
    deadline = time.monotonic() + seconds
    remaining = list(pids)
    while remaining := [pid for pid in remaining if is_alive(pid)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
