"""Fraud in PostgreSQL: published verdicts, people's decisions.

The rules and scores belong to the pipelines; bots and the panel read the verdicts here.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import FRAUD_CHANNEL, Connection

Outcome = Literal["allow", "review", "hold", "block"]
Label = Literal["confirmed", "false_positive", "ignored"]
KNOWN_IDS_LEAST = 1000  # before their percentile says anything


class Verdict(BaseModel):
    """What was published about a shopper and a kind of abuse; `score` is from 0 to 100."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    buyer_no: int
    abuse: str
    score: float
    outcome: Outcome
    seen_at: datetime


class ToldFeature(BaseModel):
    """A feature (a rule's key) that raised a model's score, by so much of the log-odds."""

    model_config = ConfigDict(frozen=True)

    feature: str
    value: float
    contribution: float


class Reason(BaseModel):
    """The reason: a rule, what it measured, its threshold, and the score that it would give alone;
    of a model's rule the `features` that raised it most."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    buyer_no: int
    abuse: str
    rule: str
    version: int
    value: float
    threshold: float
    window_seconds: int
    contribution: float
    features: tuple[ToldFeature, ...] = ()


# What the hourly run reads


async def profiles(
    connection: Connection, keys: Sequence[tuple[int, int]]
) -> list[tuple[int, int, int, bool]]:
    """Shop, number, Telegram id and whether there is a username, of shoppers (shop, number)."""
    rows = await connection.fetch(
        "SELECT c.shop_id, c.buyer_no, c.telegram_id, c.username IS NOT NULL "
        "FROM unnest($1::int[], $2::bigint[]) AS k (shop_id, buyer_no) "
        "JOIN customers AS c USING (shop_id, buyer_no)",
        [shop_id for shop_id, _ in keys],
        [buyer_no for _, buyer_no in keys],
    )
    return [tuple(row) for row in rows]


async def by_telegram_id(
    connection: Connection, telegram_ids: Sequence[int]
) -> list[tuple[int, int, int, datetime]]:
    """Shop, number, Telegram id and first visit of everybody who has been to any shop."""
    rows = await connection.fetch(
        "SELECT shop_id, buyer_no, telegram_id, first_seen_at FROM customers "
        "WHERE telegram_id = ANY($1::bigint[]) ORDER BY shop_id, buyer_no",
        telegram_ids,
    )
    return [tuple(row) for row in rows]


async def first_visits(connection: Connection) -> list[tuple[int, int, datetime]]:
    """Shop, number and first visit of shoppers with a person's decision."""
    rows = await connection.fetch(
        "SELECT shop_id, buyer_no, first_seen_at FROM customers "
        "WHERE (shop_id, buyer_no) IN (SELECT shop_id, buyer_no FROM fraud_labels)"
    )
    return [tuple(row) for row in rows]


async def catalogue_sizes(connection: Connection) -> list[tuple[int, int]]:
    """Shops, and how many products each has on sale."""
    rows = await connection.fetch(
        "SELECT shop_id, count(*) FROM products WHERE is_active GROUP BY shop_id"
    )
    return [tuple(row) for row in rows]


async def known_telegram_id(connection: Connection) -> int | None:
    """The 99th percentile of ids first seen over 30 days ago; None below a thousand of them."""
    row = await connection.fetchrow(
        "SELECT count(*) AS people, "
        "percentile_disc(0.99) WITHIN GROUP (ORDER BY telegram_id) AS id "
        "FROM customers WHERE first_seen_at < now() - interval '30 days'"
    )
    assert row is not None  # an aggregate always gives one
    known: int | None = row["id"]
    return known if row["people"] >= KNOWN_IDS_LEAST else None


# A link ends by itself, and staff with it: who is marked is asked about again.
_TRUSTED = """SELECT shop_id, buyer_no FROM fraud_allow
    UNION SELECT shop_id, buyer_no FROM customers
    WHERE is_staff AND is_of_staff(shop_id, telegram_id)"""


async def allowed(connection: Connection, shop_id: int | None = None) -> list[tuple[int, int]]:
    """Shop and number of everyone for whom no score counts, of all shops or of one: who is on its
    allow-list, and its staff."""
    rows = await connection.fetch(
        f"SELECT shop_id, buyer_no FROM ({_TRUSTED}) AS t WHERE $1::int IS NULL OR shop_id = $1",
        shop_id,
    )
    return [tuple(row) for row in rows]


async def snoozes(connection: Connection) -> list[tuple[int, int, str]]:
    """Shop, number and rule of the snoozes that have not expired."""
    rows = await connection.fetch(
        "SELECT shop_id, buyer_no, rule FROM fraud_snoozes WHERE until > now()"
    )
    return [tuple(row) for row in rows]


# Shop, number, abuse, label, when, and the score that was shown then.
LabelRow = tuple[int, int, str, str, datetime, float | None]


async def labels(connection: Connection) -> list[LabelRow]:
    """The newest label for each shopper and kind of abuse."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (shop_id, buyer_no, abuse) "
        "shop_id, buyer_no, abuse, label, labelled_at, score FROM fraud_labels "
        "ORDER BY shop_id, buyer_no, abuse, labelled_at DESC, id DESC"
    )
    return [tuple(row) for row in rows]


# What owners do


async def allow(connection: Connection, shop_id: int, buyer_no: int, note: str = "") -> None:
    """Puts the shopper on the allow-list: scores no longer count for them, at once; invariants
    still do."""
    await connection.execute(
        "INSERT INTO fraud_allow (shop_id, buyer_no, note) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET note = EXCLUDED.note",
        shop_id,
        buyer_no,
        note,
    )
    await let_go(connection, [(shop_id, buyer_no)])


async def let_go(connection: Connection, shoppers: Sequence[tuple[int, int]]) -> None:
    """Nothing stands against these (shop, number) any more, at once."""
    await connection.execute(
        "UPDATE fraud_verdicts AS v SET outcome = 'allow', published_at = now() "
        "FROM unnest($1::int[], $2::bigint[]) AS w (shop_id, buyer_no) "
        "WHERE (v.shop_id, v.buyer_no) = (w.shop_id, w.buyer_no) AND outcome <> 'allow'",
        [shop_id for shop_id, _ in shoppers],
        [buyer_no for _, buyer_no in shoppers],
    )
    await announce(connection, sorted({shop_id for shop_id, _ in shoppers}))


async def allow_note(connection: Connection, shop_id: int, buyer_no: int) -> str | None:
    """The note with which the shopper is on the allow-list; None if they are not on it."""
    note: str | None = await connection.fetchval(
        "SELECT note FROM fraud_allow WHERE shop_id = $1 AND buyer_no = $2", shop_id, buyer_no
    )
    return note


async def disallow(connection: Connection, shop_id: int, buyer_no: int) -> None:
    """Takes the shopper off the allow-list: scores count again from the next publication on; raises
    NotFound."""
    status = await connection.execute(
        "DELETE FROM fraud_allow WHERE shop_id = $1 AND buyer_no = $2", shop_id, buyer_no
    )
    if status == "DELETE 0":
        raise NotFound(f"shopper {buyer_no} of shop {shop_id} is not on the allow-list")


async def snooze(
    connection: Connection, shop_id: int, buyer_no: int, rule: str, until: datetime
) -> None:
    """Until then the rule does not count for this shopper."""
    await connection.execute(
        "INSERT INTO fraud_snoozes (shop_id, buyer_no, rule, until) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (shop_id, buyer_no, rule) DO UPDATE SET until = EXCLUDED.until",
        shop_id,
        buyer_no,
        rule,
        until,
    )
    await announce(connection, [shop_id])


async def label(  # pylint: disable=too-many-arguments  # a row's columns
    connection: Connection,
    *,
    shop_id: int,
    buyer_no: int,
    abuse: str,
    decided: Label,
    note: str = "",
) -> int:
    """Stores a person's decision, with the score that they saw; returns its number."""
    label_id: int = await connection.fetchval(
        "INSERT INTO fraud_labels (shop_id, buyer_no, abuse, label, note, score) "
        "VALUES ($1, $2, $3, $4, $5, (SELECT score FROM fraud_verdicts "
        "WHERE shop_id = $1 AND buyer_no = $2 AND abuse = $3)) RETURNING id",
        shop_id,
        buyer_no,
        abuse,
        decided,
        note,
    )
    return label_id


# What is published

_REPLACE = f"""
WITH wanted AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::float8[], $5::text[],
        $6::timestamptz[]) AS w (shop_id, buyer_no, abuse, score, outcome, seen_at)
), gone AS (
    DELETE FROM fraud_verdicts AS v WHERE NOT EXISTS (
        SELECT FROM wanted AS w WHERE (w.shop_id, w.buyer_no, w.abuse)
            = (v.shop_id, v.buyer_no, v.abuse))
    RETURNING v.shop_id
), put AS (
    INSERT INTO fraud_verdicts AS v (shop_id, buyer_no, abuse, score, outcome, seen_at)
    SELECT w.shop_id, w.buyer_no, w.abuse, w.score,
        CASE WHEN a.buyer_no IS NULL THEN w.outcome ELSE 'allow' END, w.seen_at
    FROM wanted AS w JOIN shops AS s ON s.id = w.shop_id
    LEFT JOIN ({_TRUSTED}) AS a ON (a.shop_id, a.buyer_no) = (w.shop_id, w.buyer_no)
    ON CONFLICT (shop_id, buyer_no, abuse) DO UPDATE SET score = EXCLUDED.score,
        outcome = EXCLUDED.outcome, seen_at = EXCLUDED.seen_at, published_at = now()
    WHERE (v.score, v.outcome, v.seen_at)
        IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.outcome, EXCLUDED.seen_at)
    RETURNING v.shop_id
)
SELECT shop_id FROM gone UNION SELECT shop_id FROM put ORDER BY shop_id
"""
_PUT_REASONS = """
INSERT INTO fraud_reasons (shop_id, buyer_no, abuse, rule, version, value, threshold,
    window_seconds, contribution, features)
SELECT r.shop_id, r.buyer_no, r.abuse, r.rule, r.version, r.value, r.threshold, r.window_seconds,
    r.contribution, r.features::jsonb
FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::float8[],
    $7::float8[], $8::int[], $9::float8[], $10::text[]) AS r (shop_id, buyer_no, abuse, rule,
    version, value, threshold, window_seconds, contribution, features)
JOIN fraud_verdicts AS v USING (shop_id, buyer_no, abuse)
"""


async def publish(
    connection: Connection, verdicts: Sequence[Verdict], reasons: Sequence[Reason]
) -> list[int]:
    """Replaces all verdicts by these; returns the shops where something changed.

    Bots and the panel are notified when the caller's transaction commits. Publishing the same again
    changes nothing and notifies nobody. Shoppers who are on the allow-list, or staff, by now are
    allowed.
    """
    # Two publications at the same time would each see half of the other's.
    await connection.execute("LOCK TABLE fraud_verdicts IN SHARE ROW EXCLUSIVE MODE")
    rows = await connection.fetch(
        _REPLACE,
        [each.shop_id for each in verdicts],
        [each.buyer_no for each in verdicts],
        [each.abuse for each in verdicts],
        [each.score for each in verdicts],
        [each.outcome for each in verdicts],
        [each.seen_at for each in verdicts],
    )
    changed = [row["shop_id"] for row in rows]
    await connection.execute("DELETE FROM fraud_reasons")
    await connection.execute(
        _PUT_REASONS,
        [each.shop_id for each in reasons],
        [each.buyer_no for each in reasons],
        [each.abuse for each in reasons],
        [each.rule for each in reasons],
        [each.version for each in reasons],
        [each.value for each in reasons],
        [each.threshold for each in reasons],
        [each.window_seconds for each in reasons],
        [each.contribution for each in reasons],
        [json.dumps([told.model_dump() for told in each.features]) for each in reasons],
    )
    await announce(connection, changed)
    return changed


async def verdicts_of(connection: Connection, shop_id: int) -> list[Verdict]:
    """The shop's verdicts, the highest score first."""
    rows = await connection.fetch(
        "SELECT shop_id, buyer_no, abuse, score, outcome, seen_at FROM fraud_verdicts "
        "WHERE shop_id = $1 ORDER BY score DESC, buyer_no, abuse",
        shop_id,
    )
    return [Verdict(**row) for row in rows]


async def held_or_blocked(connection: Connection) -> list[tuple[int, int]]:
    """Shop and number of everyone with a verdict of hold or block."""
    rows = await connection.fetch(
        "SELECT DISTINCT shop_id, buyer_no FROM fraud_verdicts WHERE outcome IN ('hold', 'block')"
    )
    return [tuple(row) for row in rows]


async def reasons_of(
    connection: Connection, shop_id: int, buyer_nos: Sequence[int]
) -> list[Reason]:
    """Why shoppers were flagged, the most important reason first."""
    rows = await connection.fetch(
        "SELECT shop_id, buyer_no, abuse, rule, version, value, threshold, window_seconds, "
        "contribution, features FROM fraud_reasons "
        "WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[]) "
        "ORDER BY contribution DESC, rule",
        shop_id,
        buyer_nos,
    )
    return [Reason(**row) for row in rows]


async def announce(connection: Connection, shop_ids: Sequence[int]) -> None:
    """Tells bots and the panel that verdicts of these shops have changed."""
    await connection.execute(
        "SELECT pg_notify($1, shop_id::text) FROM unnest($2::int[]) AS shop_id",
        FRAUD_CHANNEL,
        list(shop_ids),
    )
