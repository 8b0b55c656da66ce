"""What a bot says of itself at Telegram, as it was read last: changed by nobody but its owner and
whoever has its token. `commands` are not read like the rest: those are ours."""

from collections.abc import Mapping
from typing import Literal, get_args

from core.postgres import Connection

Part = Literal["name", "username", "about", "description", "menu", "commands"]
PARTS: tuple[Part, ...] = get_args(Part)
Profile = Mapping[Part, str]


async def read_before(connection: Connection, bot_id: int) -> Profile | None:
    """None if it was never read, or not since the bot began to answer."""
    found: dict[Part, str] | None = await connection.fetchval(
        "SELECT profile FROM bots WHERE id = $1", bot_id
    )
    return found


async def keep(connection: Connection, bot_id: int, profile: Profile | None) -> None:
    """What the next reading is compared with; None: with nothing."""
    await connection.execute(
        "UPDATE bots SET profile = $2 WHERE id = $1 AND profile IS DISTINCT FROM $2",
        bot_id,
        None if profile is None else dict(profile),
    )


def changed(before: Profile | None, now: Profile) -> list[Part]:
    """Which parts say something else than before; what was not read then says nothing."""
    if before is None:
        return []
    return [part for part in PARTS if part in before and before[part] != now.get(part)]
