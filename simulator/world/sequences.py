"""An account's two sequences of updates: stored for getDifference, and sent at once.

Source: https://core.telegram.org/api/updates
"""

import time
from collections.abc import Callable

from simulator.wire.tl import Object
from simulator.world import accounts
from simulator.world.world import Change


def log_pts(
    change: Change, account_id: int, update: Object, pts: int, pts_count: int, *peers: int
) -> None:
    """Record an update of the common sequence; `pts` is the account's after it."""
    body = update.write()
    change.db.execute(
        "INSERT INTO updates (account, pts, pts_count, people, body) VALUES (?, ?, ?, ?, ?)",
        (account_id, pts, pts_count, joined(peers), body),
    )
    change.tell(account_id, update, *peers, body=body)


def log_qts(change: Change, account_id: int, update: Callable[..., Object], *peers: int) -> None:
    """Record an update of a bot's second sequence, made from its `date` and new `qts`."""
    row = accounts.advance(change.db, account_id, qts=1)
    made = update(date=int(time.time()), qts=row["qts"])
    body = made.write()
    change.db.execute(
        "INSERT INTO updates (account, pts, pts_count, qts, people, body)"
        " VALUES (?, ?, 0, ?, ?, ?)",
        (account_id, row["pts"], row["qts"], joined(peers), body),
    )
    change.tell(account_id, made, *peers, body=body)


def joined(peers: tuple[int, ...]) -> str:
    return " ".join(map(str, peers))


def split(people: str) -> set[int]:
    return {int(each) for each in people.split()}
