"""What is told of besides figures, and what was told already."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection


class SoldOut(BaseModel):
    """A product that is on sale, was bought lately, and is gone."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    title: str


class UsedBot(BaseModel):
    """What somebody else has done with a bot: `what` as in `core.shop.notices`, `times` how often,
    last at `last_at`."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    name: str
    what: str
    times: int
    last_at: datetime


class DownBot(BaseModel):
    """A bot that does not run, and why."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    name: str
    reason: str


async def link_labels(connection: Connection, shop_id: int, codes: Sequence[str]) -> dict[str, str]:
    """What the owner calls the links with these codes, of those that have a name."""
    rows = await connection.fetch(
        "SELECT code, label FROM sources WHERE shop_id = $1 AND code = ANY($2::text[]) "
        "AND label <> ''",
        shop_id,
        list(codes),
    )
    return {row["code"]: row["label"] for row in rows}


async def is_due(
    connection: Connection, shop_id: int, kind: str, subject: str, quiet: timedelta
) -> bool:
    """Whether owners were not told of it within so long."""
    found: bool = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT FROM digest_told WHERE shop_id = $1 AND kind = $2 "
        "AND subject = $3 AND told_at > now() - $4::interval)",
        shop_id,
        kind,
        subject,
        quiet,
    )
    return found


async def told_at(connection: Connection, shop_id: int, kind: str, subject: str) -> datetime | None:
    """When they were last told of it; None if never, or long ago."""
    found: datetime | None = await connection.fetchval(
        "SELECT told_at FROM digest_told WHERE (shop_id, kind, subject) = ($1, $2, $3)",
        shop_id,
        kind,
        subject,
    )
    return found


async def note(connection: Connection, shop_id: int, kind: str, *subjects: str) -> None:
    """They were told now; what was told long ago is forgotten."""
    await connection.execute(
        "INSERT INTO digest_told (shop_id, kind, subject) SELECT $1, $2, unnest($3::text[]) "
        "ON CONFLICT (shop_id, kind, subject) DO UPDATE SET told_at = now()",
        shop_id,
        kind,
        subjects,
    )
    await connection.execute(
        "DELETE FROM digest_told WHERE shop_id = $1 AND told_at < now() - interval '60 days'",
        shop_id,
    )


async def sold_out(connection: Connection, shop_id: int, since: datetime) -> list[SoldOut]:
    """The best sold first."""
    rows = await connection.fetch(
        "SELECT p.id AS product_id, p.title FROM products AS p "
        "JOIN order_lines AS l ON l.product_id = p.id JOIN orders AS o ON o.id = l.order_id "
        "WHERE p.shop_id = $1 AND p.is_active AND p.stock = 0 AND o.paid_at >= $2 "
        "GROUP BY p.id ORDER BY sum(l.quantity) DESC, p.id LIMIT 20",
        shop_id,
        since,
    )
    return [SoldOut(**row) for row in rows]


async def down(connection: Connection, shop_id: int, since: datetime) -> list[DownBot]:
    """Bots that have failed, and not just for a moment."""
    rows = await connection.fetch(
        "SELECT id AS bot_id, coalesce(username, title, id::text) AS name, "
        "coalesce(state_reason, '') AS reason FROM bots WHERE shop_id = $1 AND state = 'failed' "
        "AND removed_at IS NULL AND state_changed_at < $2 ORDER BY id",
        shop_id,
        since,
    )
    return [DownBot(**row) for row in rows]


_USED = """
FROM bot_notices AS n JOIN bots AS b ON b.id = n.bot_id
WHERE n.kind = 'bot_used_elsewhere' AND b.removed_at IS NULL
    AND NOT EXISTS (SELECT FROM digest_told AS t WHERE (t.shop_id, t.kind, t.subject)
        = (b.shop_id, 'elsewhere', n.bot_id || ':' || n.reason) AND t.told_at >= n.last_at)
"""


async def used(connection: Connection) -> set[int]:
    """The shops with a bot that somebody else has used since their owners were told of it."""
    rows = await connection.fetch(f"SELECT DISTINCT b.shop_id {_USED}")
    return {row["shop_id"] for row in rows}


async def used_elsewhere(connection: Connection, shop_id: int) -> list[UsedBot]:
    """What owners were not told of yet, the oldest first."""
    rows = await connection.fetch(
        "SELECT n.bot_id, coalesce(b.username, b.title, b.id::text) AS name, n.reason AS what, "
        f"n.times, n.last_at {_USED} AND b.shop_id = $1 ORDER BY n.last_at, n.id",
        shop_id,
    )
    return [UsedBot(**row) for row in rows]


HELD = """
SELECT subject FROM (
    SELECT 'payment:' || p.id AS subject, p.created_at AS at
    FROM payments AS p JOIN orders AS o ON o.id = p.order_id
    WHERE o.shop_id = $1 AND p.status = 'held'
    UNION ALL
    SELECT 'person:' || v.buyer_no, min(v.seen_at) FROM fraud_verdicts AS v
    WHERE v.shop_id = $1 AND v.outcome = 'hold' AND NOT EXISTS (
        SELECT FROM fraud_decisions AS d
        WHERE (d.shop_id, d.buyer_no) = (v.shop_id, v.buyer_no)
            AND d.undone_at IS NULL AND d.abuse IN ('', v.abuse))
    GROUP BY v.buyer_no
) AS waiting ORDER BY at, subject
"""


async def held(connection: Connection, shop_id: int) -> list[str]:
    """What waits for a person's decision: payments (`payment:<id>`), and shoppers about whom nobody
    has decided (`person:<number>`); the oldest first."""
    return [row["subject"] for row in await connection.fetch(HELD, shop_id)]


async def untold(
    connection: Connection, shop_id: int, kind: str, subjects: Sequence[str]
) -> list[str]:
    """Those that owners were never told of."""
    rows = await connection.fetch(
        "SELECT subject FROM digest_told WHERE shop_id = $1 AND kind = $2 "
        "AND subject = ANY($3::text[])",
        shop_id,
        kind,
        list(subjects),
    )
    told = {row["subject"] for row in rows}
    return [each for each in subjects if each not in told]
