"""What owners were sent, and what they ask to be sent now."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from bots.sdk.reports import Told
from core.postgres import Connection

MOST = 200
_KEPT = timedelta(days=60)


class SentReport(BaseModel):
    """A digest or an alert: `kind` is `digest_day`, `digest_week`, `digest_test`, or `alert_` and
    what it is about; `chats` how many owners' chats it went to; `picture` the sha256 of its chart
    among the shop's files, where it is still kept."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    text: str
    chats: int
    picture: str | None
    told_at: datetime


async def keep(connection: Connection, shop_id: int, told: Told, chats: int) -> None:
    """Notes what was sent, once; what was sent long ago is forgotten."""
    await connection.execute(
        "INSERT INTO digest_reports (shop_id, purpose, natural_key, text, chats) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        shop_id,
        told.purpose,
        told.key,
        told.text.plain,
        chats,
    )
    await connection.execute(
        "DELETE FROM digest_reports WHERE shop_id = $1 AND told_at < now() - $2::interval",
        shop_id,
        _KEPT,
    )


async def newest(connection: Connection, shop_id: int) -> list[SentReport]:
    """The newest first, at most MOST."""
    rows = await connection.fetch(
        "SELECT r.id, substr(r.purpose, length('notice_') + 1) AS kind, r.text, r.chats, "
        # Two processes may have drawn it, of figures that had moved on: either will do.
        "(SELECT min(encode(u.sha256, 'hex')) FROM file_uses AS u WHERE (u.shop_id, u.owner, "
        "u.natural_key) = (r.shop_id, 'digest:' || r.purpose, r.natural_key)) AS picture, "
        "r.told_at FROM digest_reports AS r "
        "WHERE r.shop_id = $1 ORDER BY r.id DESC LIMIT $2",
        shop_id,
        MOST,
    )
    return [SentReport(**row) for row in rows]


async def ask(connection: Connection, shop_id: int) -> datetime:
    """Asks for a digest now, and says since when it is asked for: asked twice, it comes once."""
    asked: datetime = await connection.fetchval(
        "INSERT INTO digest_tests (shop_id) VALUES ($1) "
        "ON CONFLICT (shop_id) DO UPDATE SET asked_at = digest_tests.asked_at RETURNING asked_at",
        shop_id,
    )
    return asked


async def asked_at(connection: Connection, shop_id: int) -> datetime | None:
    """Since when one is asked for; None if it is not."""
    found: datetime | None = await connection.fetchval(
        "SELECT asked_at FROM digest_tests WHERE shop_id = $1", shop_id
    )
    return found


async def asking(connection: Connection) -> set[int]:
    """The shops for which one is asked for."""
    rows = await connection.fetch("SELECT shop_id FROM digest_tests")
    return {row["shop_id"] for row in rows}


async def answered(connection: Connection, shop_id: int, asked: datetime) -> None:
    """What was asked for then has been sent."""
    await connection.execute(
        "DELETE FROM digest_tests WHERE (shop_id, asked_at) = ($1, $2)", shop_id, asked
    )
