"""Failed jobs of modules, for the panel."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop import bots


class FailedJob(BaseModel):
    """A module's job or reaction that failed and is tried again at `not_before`."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    bot_id: int
    module: str
    task: str
    attempts: int
    error: str
    failed_at: datetime
    not_before: datetime
    is_periodic: bool


async def failed_of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[FailedJob]:
    """The newest first."""
    rows = await connection.fetch(
        "SELECT j.id, b.shop_id, j.bot_id, j.module, j.task, j.attempts, j.error, j.failed_at, "
        "j.not_before, j.every_seconds IS NOT NULL AS is_periodic "
        "FROM module_jobs AS j JOIN bots AS b ON b.id = j.bot_id "
        "WHERE b.shop_id = ANY($1::int[]) AND j.error IS NOT NULL AND b.removed_at IS NULL "
        "ORDER BY j.failed_at DESC, j.id DESC",
        list(shop_ids),
    )
    return [FailedJob(**row) for row in rows]


async def try_again(connection: Connection, bot_id: int, job_id: int) -> None:
    """Lets a failed job run at once; raises NotFound."""
    found = await connection.fetchval(
        "UPDATE module_jobs SET not_before = now() WHERE id = $1 AND bot_id = $2 RETURNING id",
        job_id,
        bot_id,
    )
    if found is None:
        raise NotFound(f"there is no job {job_id}: it has been done by now")
    await bots.announce(connection, bot_id)


async def drop(connection: Connection, bot_id: int, job_id: int) -> None:
    """Gives up a failed job, unless it is periodic; raises NotFound."""
    found = await connection.fetchval(
        "DELETE FROM module_jobs WHERE id = $1 AND bot_id = $2 AND error IS NOT NULL "
        "AND every_seconds IS NULL RETURNING id",
        job_id,
        bot_id,
    )
    if found is None:
        raise NotFound(f"there is no failed job {job_id}")
    await bots.announce_state(connection, bot_id)
