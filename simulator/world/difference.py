"""updates.getState and updates.getDifference: what a client missed.

Source: https://core.telegram.org/api/updates
"""

import sqlite3
import time
from typing import Any

from pyrogram.raw import types

from simulator.wire.tl import Object, decode
from simulator.world import sequences
from simulator.world.world import World

SLICE_UPDATES = 500


def state(world: World, account_id: int) -> types.updates.State:
    row = world.db.execute("SELECT pts, qts FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return _state(row["pts"], row["qts"])


def _state(pts: int, qts: int) -> types.updates.State:
    return types.updates.State(pts=pts, qts=qts, date=int(time.time()), seq=0, unread_count=0)


def difference(world: World, account_id: int, pts: int, qts: int) -> Object:
    """Everything after `pts` (own outgoing messages too), at most SLICE_UPDATES at once.

    An update of the qts sequence is sent again as long as no later pts has been acknowledged:
    Kurigram always asks with qts 0 and would otherwise get all of them for ever.
    """
    now = state(world, account_id)
    end = _slice_end(world.db, account_id, pts)
    # Updates of the qts sequence at a slice's end come with the next slice, which begins there.
    rows = world.db.execute(
        "SELECT pts, pts_count, qts, people, body FROM updates WHERE account = ?1"
        " AND CASE WHEN qts IS NULL THEN pts > ?2 AND (?4 IS NULL OR pts <= ?4)"
        " ELSE qts > ?3 AND pts >= ?2 AND (?4 IS NULL OR pts < ?4) END ORDER BY number",
        (account_id, pts, qts, end),
    ).fetchall()
    if not rows and now.pts <= pts:
        return types.updates.DifferenceEmpty(date=now.date, seq=0)
    if _reaches_not_back(rows, pts):
        return types.updates.DifferenceTooLong(pts=now.pts)
    parts = _parts(world, account_id, rows)
    if end is None:
        return types.updates.Difference(state=now, **parts)
    return types.updates.DifferenceSlice(intermediate_state=_state(end, now.qts), **parts)


def _slice_end(db: sqlite3.Connection, account_id: int, pts: int) -> int | None:
    """The pts that a full slice reaches; None if everything fits into one."""
    rows = db.execute(
        "SELECT pts FROM updates WHERE account = ? AND pts > ? AND qts IS NULL"
        " ORDER BY pts LIMIT 2 OFFSET ?",
        (account_id, pts, SLICE_UPDATES - 1),
    ).fetchall()
    return int(rows[0]["pts"]) if len(rows) == 2 else None


def _reaches_not_back(rows: list[sqlite3.Row], pts: int) -> bool:
    """Whether the log has been pruned beyond the requested pts."""
    first = next((row for row in rows if row["qts"] is None), None)
    if first is None:
        return not rows
    return int(first["pts"]) - int(first["pts_count"]) > pts


def _parts(world: World, account_id: int, rows: list[sqlite3.Row]) -> dict[str, Any]:
    updates = [decode(row["body"]) for row in rows]
    peers = {each for row in rows for each in sequences.split(row["people"])}
    new = [each for each in updates if isinstance(each, types.UpdateNewMessage)]
    return {
        "new_messages": [each.message for each in new],
        "new_encrypted_messages": [],
        "other_updates": [e for e in updates if not isinstance(e, types.UpdateNewMessage)],
        "chats": world.chats(account_id, peers),
        "users": world.users(account_id, peers),
    }
