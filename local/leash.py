"""Runs a program that ends when its parent dies, for whatever reason.

    python -I -S leash.py PARENT_PID SIGNAL PROGRAM [ARGUMENT …]

The kernel sends SIGNAL to the program when its parent has died (`prctl(2)`, PR_SET_PDEATHSIG). It
is a separate program and not a `preexec_fn`, because the latter may not run in a process with
threads. It imports nothing of the product, because every start goes through it.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_GET_PDEATHSIG = 2


def set_parent_death_signal(number: int) -> None:
    """Sets the signal that this process gets when its parent dies; 0 cancels it.

    The kernel forgets it when the process changes its user, and keeps it across `exec`.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def parent_death_signal() -> int:
    """The signal set by `set_parent_death_signal`, 0 if none."""
    number = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
    return number.value


def leashed(argv: list[str], *, when_parent_dies: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command that runs `argv` so that it ends together with the calling process."""
    leash = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*leash, str(os.getpid()), str(int(when_parent_dies)), *argv]


def main() -> None:
    parent, number, *argv = sys.argv[1:]
    set_parent_death_signal(int(number))
    if os.getppid() != int(parent):  # the parent died before the signal was set
        raise SystemExit(1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job would ignore it
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        raise SystemExit(f"cannot run {argv[0]}: {error.strerror}") from error


if __name__ == "__main__":
    main()
