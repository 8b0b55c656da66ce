"""Temporary files of the tests lie in memory where there is room for them.

Thousands of small files are made and removed, above all by PostgreSQL. On a disk their system
calls took a tenth of the processor time of all tests: ext4 looks for a free inode past each that
was freed a moment ago.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/dev/shm")
_GIB = 1024**3
# The files of all engines take less than one GiB. Mypy and Pylint, which run beside
# the tests, take nearly three, and the tests and engines themselves are to have the rest.
LEAST_ROOM = 6 * _GIB
CGROUPS = Path("/sys/fs/cgroup")
# By controller, "" being version 2: where its groups lie under CGROUPS; the files with the limit
# and what is used of it; and what of that, by memory.stat, is a cache that makes room when it is
# asked to.
_CONTROLLERS = {
    "": (".", "memory.max", "memory.current", "inactive_file"),
    "memory": ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
# Folders under this name are locked by the process that they belong to, as long as it lives.
_LOCKED = "vitrina-engines-"


def use_for_temporary_files() -> None:
    """From now on, in this process and those that it starts, unless TMPDIR names a folder."""
    if "TMPDIR" not in os.environ and is_roomy(FOLDER):
        os.environ["TMPDIR"] = str(FOLDER)
        tempfile.tempdir = None  # it is asked for again


def is_roomy(folder: Path) -> bool:
    """Whether programs may be run from the folder, and enough may be written to it."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    place = os.statvfs(folder)
    room = min(place.f_bavail * place.f_frsize, available_memory(), *room_in_groups())
    return not place.f_flag & os.ST_NOEXEC and room >= LEAST_ROOM


def available_memory() -> int:
    """The machine's, in bytes; 0 where the kernel does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return 0
    sizes = dict(line.split(":") for line in lines)
    return int(sizes.get("MemAvailable", "0 kB").split()[0]) * 1024


def room_in_groups(root: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """What the control groups of this process leave of their limits, in bytes: a container's
    memory, to which files in memory count. Nothing of groups without a limit."""
    try:
        groups = [line.split(":", 2)[1:] for line in own.read_text("utf-8").splitlines()]
    except OSError:
        return
    for controller, path in groups:
        if controller in _CONTROLLERS:
            place, *names = _CONTROLLERS[controller]
            # In a container the path may be the host's: what is there of it begins at the top.
            group = Path(path.lstrip("/"))
            for each in (group, *group.parents):
                with contextlib.suppress(OSError, ValueError):  # no such group, or "max"
                    yield _room(root / place / each, *names)


def _room(group: Path, limit: str, used: str, cache: str) -> int:
    sizes = dict(line.split() for line in (group / "memory.stat").read_text("ascii").splitlines())
    most, now = (int((group / name).read_text("ascii")) for name in (limit, used))
    return most - now + int(sizes.get(cache, 0))


@contextlib.contextmanager
def folder_of_this_process() -> Iterator[Path]:
    """A temporary folder, removed at the end; if this process is killed, by the next that makes
    one: in memory it would stay for ever."""
    place = Path(tempfile.gettempdir())
    _remove_abandoned(place)
    # It is locked before it has the name by which it is looked for.
    made = Path(tempfile.mkdtemp(prefix="vitrina-new-"))
    lock = os.open(made, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = made.rename(place / made.name.replace("vitrina-new-", _LOCKED))
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(place: Path) -> None:
    for found in place.glob(f"{_LOCKED}*"):
        # Its process lives; somebody else's; another removes it at this moment.
        with contextlib.suppress(OSError):
            lock = os.open(found, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(found, ignore_errors=True)
            finally:
                os.close(lock)
