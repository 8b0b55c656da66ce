"""Ends what a supervisor started when the supervisor is gone, even after `kill -9`.

It reads `+SESSION` and `-SESSION` lines from its standard input, which ends with the supervisor.
Then it ends every process of the sessions it knows: services, their children, and theirs. It
imports only the standard library and ignores the terminal's signals.
"""

import signal
import sys
import time

from local import processes

_GRACE_SECONDS = 5


def end_sessions(sessions: set[int]) -> None:
    """SIGTERM to every process of these sessions, SIGKILL to those that still run after a while."""
    for number, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, 2)):
        members = [pid for session in sessions for pid in processes.of_session(session)]
        processes.send(members, number)
        deadline = time.monotonic() + seconds
        while any(processes.of_session(session) for session in sessions):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        change, session = line[0], int(line[1:])
        if change == "+":
            sessions.add(session)
        else:
            sessions.discard(session)
    end_sessions(sessions)


if __name__ == "__main__":
    main()
