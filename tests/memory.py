"""Temporary files of the tests lie in memory where there is room for them.

Thousands of small files are made and removed, above all by PostgreSQL. On a disk their system
calls took a tenth of the processor time of all tests: ext4 looks for a free inode past each that
was freed a moment ago.
"""

import os
import tempfile
from pathlib import Path

FOLDER = Path("/dev/shm")
_GIB = 1024**3
LEAST_ROOM = 6 * _GIB  # four engines of each kind take less than one


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
    room = min(place.f_bavail * place.f_frsize, available_memory())
    return not place.f_flag & os.ST_NOEXEC and room >= LEAST_ROOM


def available_memory() -> int:
    """In bytes; 0 where the kernel does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return 0
    sizes = dict(line.split(":") for line in lines)
    return int(sizes.get("MemAvailable", "0 kB").split()[0]) * 1024
