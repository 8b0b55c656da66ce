"""Confines a process to the files that it needs, by Linux's Landlock.

ClickHouse's scalar function `file()` opens every file that its process may open, for every user and
without a grant, so the process itself must be confined. Source: Linux' documentation,
userspace-api/landlock.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
# Access rights of the second version, the first in which a file may be moved to another folder;
# later kernels keep them.
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_ALL = (1 << 14) - 1
_READING = _READ_FILE | _READ_DIR
# For a single file, not for a folder.
_OF_FILES = _WRITE_FILE | _READ_FILE | 1


def is_possible() -> bool:
    """Whether the kernel supports it: Linux 5.19, switched on."""
    return _call(_CREATE_RULESET, None, 0, _VERSION_FLAG) >= 2


def shut_in(writable: Iterable[Path], readable: Iterable[Path]) -> None:
    """From now on this thread, and threads that it starts, can open nothing else.

    Files that are open stay open. Paths that do not exist are left out. Raises OSError.
    """
    attributes = struct.pack("Q", _ALL)
    ruleset = _checked(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for paths, rights in ((writable, _ALL), (readable, _READING)):
            for path in paths:
                _allow(ruleset, path, rights)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        allowed = rights if path.is_dir() else rights & _OF_FILES
        rule = struct.pack("=Qi", allowed, descriptor)
        _checked(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *given)
    return result


def _checked(number: int, *arguments: int | bytes | None) -> int:
    result = _call(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result
