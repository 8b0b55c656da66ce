"""Files that shoppers send: recorded by their location at Telegram, fetched when somebody needs
them.

A handler records a file (`note`); who needs it requests it (`want`), and the worker that runs the
bot fetches it within seconds (`take_wanted`). From then on it is a file of the shop, under the same
owner and key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound
from core.postgres import Connection
from core.shop import bots, files
from core.shop.customers import Customer
from core.shop.file_contents import LIMITS, FileRefused, Kind, too_large
from core.shop.files import Use, safe_name

_MOST_ATTEMPTS = 8
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5, 600

State = Literal["noted", "wanted", "fetched", "lost"]


class SentFile(BaseModel):
    """A file that a shopper sent. `state` lost: it cannot be fetched, `error` says why (`refused:…`
    if it was of the wrong kind); `sha256` once it is fetched."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    shop_id: int
    buyer_no: int
    owner: str
    natural_key: str
    kind: Kind
    file_id: str = Field(exclude=True)
    file_name: str
    size: int
    sent_at: datetime
    state: State
    attempts: int
    error: str | None
    sha256: str | None


_SELECT = """
SELECT id, bot_id, shop_id, buyer_no, owner, natural_key, kind, file_id, file_name, size, sent_at,
    CASE WHEN error IS NOT NULL THEN 'lost' WHEN fetched_at IS NOT NULL THEN 'fetched'
        WHEN wanted_at IS NOT NULL THEN 'wanted' ELSE 'noted' END AS state,
    attempts, error, encode(sha256, 'hex') AS sha256
FROM sent_files
"""


async def note(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    kind: Kind,
    use: Use,
    *,
    file_id: str,
    unique_id: str,
    size: int,
    want_it: bool = False,
) -> int:
    """Records a file that came, and returns its number; the same file again has the same number.

    Raises FileRefused if its stated size exceeds its kind's limit.
    """
    if size > LIMITS[kind].size:
        raise too_large(kind)
    number: int = await connection.fetchval(
        "INSERT INTO sent_files AS s (bot_id, shop_id, buyer_no, owner, natural_key, kind, "
        "file_id, unique_id, file_name, size, wanted_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN now() END) "
        "ON CONFLICT (bot_id, owner, natural_key, unique_id) DO UPDATE "
        "SET file_id = $7, wanted_at = coalesce(s.wanted_at, EXCLUDED.wanted_at) RETURNING id",
        bot_id,
        customer.shop_id,
        customer.buyer_no,
        use.owner,
        use.natural_key,
        kind,
        file_id,
        unique_id,
        safe_name(use.file_name),
        size,
        want_it,
    )
    if want_it:
        await bots.announce(connection, bot_id)
    return number


async def get(connection: Connection, shop_id: int, number: int) -> SentFile:
    """Raises NotFound."""
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1 AND shop_id = $2", number, shop_id)
    if row is None:
        raise NotFound(f"shop {shop_id} was sent no file {number}")
    return SentFile(**row)


async def of(connection: Connection, shop_id: int, owner: str, natural_key: str) -> list[SentFile]:
    """The files that came for a row, oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE shop_id = $1 AND owner = $2 AND natural_key = $3 ORDER BY id",
        shop_id,
        owner,
        natural_key,
    )
    return [SentFile(**row) for row in rows]


async def want(connection: Connection, shop_id: int, number: int) -> SentFile:
    """Requests a file, even again if it was lost on the way. Raises NotFound."""
    await connection.execute(
        "UPDATE sent_files SET wanted_at = coalesce(wanted_at, now()), attempts = 0, "
        "error = NULL, not_before = now() "
        "WHERE id = $1 AND shop_id = $2 AND fetched_at IS NULL "
        "AND (wanted_at IS NULL OR error NOT LIKE 'refused:%')",
        number,
        shop_id,
    )
    found = await get(connection, shop_id, number)
    if found.state == "wanted":
        await bots.announce(connection, found.bot_id)
    return found


async def take_wanted(connection: Connection, bot_ids: Sequence[int]) -> SentFile | None:
    """The next file for some bot to fetch, reserved for it for two minutes, because Telegram is
    never called within a transaction."""
    number = await connection.fetchval(
        "UPDATE sent_files SET attempts = attempts + 1, not_before = now() + interval '2 minutes' "
        "WHERE id = (SELECT id FROM sent_files WHERE bot_id = ANY($1::bigint[]) "
        "    AND wanted_at IS NOT NULL AND fetched_at IS NULL AND error IS NULL "
        "    AND not_before <= now() ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED) "
        "RETURNING id",
        list(bot_ids),
    )
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1", number)
    return None if row is None else SentFile(**row)


async def fetched(connection: Connection, sent: SentFile, content: IO[bytes]) -> SentFile:
    """Stores a fetched file as a file of the shop; one of the wrong kind is lost."""
    use = Use(sent.owner, sent.natural_key, sent.file_name, sent.buyer_no)
    try:
        file = await files.keep(connection, sent.shop_id, sent.kind, content, use)
    except FileRefused as error:
        await _lose(connection, sent, f"refused:{error.detail}")
    else:
        await connection.execute(
            "UPDATE sent_files SET fetched_at = now(), sha256 = $2 WHERE id = $1",
            sent.id,
            bytes.fromhex(file.sha256),
        )
    return await get(connection, sent.shop_id, sent.id)


async def failed(connection: Connection, sent: SentFile, error: str) -> None:
    """The file could not be fetched: tried again a few times at growing intervals, then lost."""
    if sent.attempts >= _MOST_ATTEMPTS:
        await _lose(connection, sent, error)
        return
    seconds = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**sent.attempts)
    await connection.execute(
        "UPDATE sent_files SET not_before = now() + make_interval(secs => $2) WHERE id = $1",
        sent.id,
        float(seconds),
    )


async def _lose(connection: Connection, sent: SentFile, error: str) -> None:
    await connection.execute("UPDATE sent_files SET error = $2 WHERE id = $1", sent.id, error[:200])
