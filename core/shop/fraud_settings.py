"""What a shop's owner has changed about the fraud filter: rules, and the limits of scores."""

from pydantic import BaseModel, ConfigDict

from core.errors import ChangedMeanwhile, Refused
from core.fraud_rules import BLOCK, REVIEW
from core.postgres import Connection
from core.shop import risk

# Below these, costs move no limit: a score is no probability, however high it is.
LEAST_REVIEW, LEAST_BLOCK = 40.0, BLOCK


class RuleChange(BaseModel):
    """A shop's changes to a rule; None leaves the code's value."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    rule: str
    is_on: bool = True
    is_shadow: bool | None = None
    weight: float | None = None
    threshold: float | None = None


class Limits(BaseModel):
    """The scores from which a shop reviews and blocks."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    review: float
    block: float


async def changes(connection: Connection, shop_id: int | None = None) -> list[RuleChange]:
    """What shops, or one of them, have changed about rules."""
    rows = await connection.fetch(
        "SELECT shop_id, rule, is_on, is_shadow, weight, threshold FROM fraud_rules "
        "WHERE $1::int IS NULL OR shop_id = $1",
        shop_id,
    )
    return [RuleChange(**row) for row in rows]


async def limits_of(connection: Connection, shop_id: int) -> Limits:
    """One shop's limits."""
    row = await connection.fetchrow(
        "SELECT review, block FROM fraud_limits WHERE shop_id = $1", shop_id
    )
    found = dict(row) if row else {"review": REVIEW, "block": BLOCK}
    return Limits(shop_id=shop_id, **found)


async def limits(connection: Connection) -> list[Limits]:
    """Every shop's limits."""
    rows = await connection.fetch(
        "SELECT s.id AS shop_id, coalesce(l.review, $1) AS review, coalesce(l.block, $2) AS block "
        "FROM shops AS s LEFT JOIN fraud_limits AS l ON l.shop_id = s.id ORDER BY s.id",
        REVIEW,
        BLOCK,
    )
    return [Limits(**row) for row in rows]


async def change_rule(connection: Connection, change: RuleChange) -> None:
    """Sets a rule's changes: for bots at once, for the hourly job from the next hour on; the caller
    knows that the rule exists."""
    await connection.execute(
        "INSERT INTO fraud_rules (shop_id, rule, is_on, is_shadow, weight, threshold) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (shop_id, rule) DO UPDATE SET "
        "is_on = EXCLUDED.is_on, is_shadow = EXCLUDED.is_shadow, weight = EXCLUDED.weight, "
        "threshold = EXCLUDED.threshold, updated_at = now()",
        change.shop_id,
        change.rule,
        change.is_on,
        change.is_shadow,
        change.weight,
        change.threshold,
    )
    await risk.announce(connection, [change.shop_id])


async def settings_version(connection: Connection, shop_id: int) -> int:
    """How often the shop's rules and limits were changed, and one more."""
    found: int = await connection.fetchval(
        "SELECT coalesce((SELECT version FROM fraud_limits WHERE shop_id = $1), 1)", shop_id
    )
    return found


async def note_change(connection: Connection, shop_id: int) -> None:
    """As `begin_change`, by somebody who need not have seen the newest: whoever saw it before must
    read it again."""
    await connection.execute(
        "INSERT INTO fraud_limits AS l (shop_id, version) VALUES ($1, 2) "
        "ON CONFLICT (shop_id) DO UPDATE SET version = l.version + 1",
        shop_id,
    )


async def begin_change(connection: Connection, shop_id: int, seen_version: int) -> None:
    """Before a change of the shop's rules or limits; raises ChangedMeanwhile if what the person saw
    is not the newest."""
    changed = await connection.fetchval(
        "INSERT INTO fraud_limits AS l (shop_id, version) SELECT $1, 2 WHERE $2 = 1 OR EXISTS ("
        "SELECT FROM fraud_limits WHERE shop_id = $1) ON CONFLICT (shop_id) "
        "DO UPDATE SET version = l.version + 1 WHERE l.version = $2 RETURNING version",
        shop_id,
        seen_version,
    )
    if changed is None:
        raise ChangedMeanwhile(
            "somebody else has changed the rules or limits: read them again",
            f'"{await settings_version(connection, shop_id)}"',
        )


async def reset_rule(connection: Connection, shop_id: int, rule: str) -> None:
    """Forgets the shop's changes to a rule: it is as the code has it."""
    await connection.execute(
        "DELETE FROM fraud_rules WHERE shop_id = $1 AND rule = $2", shop_id, rule
    )
    await risk.announce(connection, [shop_id])


def check_limits(review: float, block: float) -> None:
    """Raises Refused unless 0 < review ≤ block ≤ 100."""
    if not 0 < review <= block <= 100:
        raise Refused("the limits must be above 0, at most 100, and review not above block")


def limits_by_cost(missed: int, stopped: int, review: int) -> tuple[float, float]:
    """The limits (review, block) that follow from what a fraud costs that is missed, an honest
    shopper who is stopped, and a look at one case, in the same money.

    Of a probability p, stopping pays from p·missed > (1 − p)·stopped on, looking from
    p·missed > review on (Elkan, The Foundations of Cost-Sensitive Learning, 2001). A score adds up
    what rules measured and is no probability: of a hundred shoppers with a score of 20 nobody knows
    how many are frauds. So costs raise the limits and lower them no further than to `LEAST_REVIEW`
    and `LEAST_BLOCK`. Raises Refused unless all are above 0.
    """
    if min(missed, stopped, review) <= 0:
        raise Refused("each cost must be above 0")
    block = max(LEAST_BLOCK, round(100 * stopped / (stopped + missed), 1))
    return min(block, max(LEAST_REVIEW, round(100 * review / missed, 1))), block


async def capacities(connection: Connection) -> list[tuple[int, int]]:
    """Shops that limit how many cases of a day wait for a person, and to how many."""
    rows = await connection.fetch(
        "SELECT shop_id, reviews_a_day FROM fraud_limits WHERE reviews_a_day IS NOT NULL"
    )
    return [(row["shop_id"], row["reviews_a_day"]) for row in rows]


async def set_capacity(connection: Connection, shop_id: int, reviews_a_day: int | None) -> None:
    """Of each day's cases only so many, the highest scores, wait for a person; None: all. Raises
    Refused unless above 0."""
    if reviews_a_day is not None and reviews_a_day < 1:
        raise Refused("the number of reviews a day must be above 0")
    await connection.execute(
        "INSERT INTO fraud_limits (shop_id, reviews_a_day) VALUES ($1, $2) "
        "ON CONFLICT (shop_id) DO UPDATE SET reviews_a_day = EXCLUDED.reviews_a_day",
        shop_id,
        reviews_a_day,
    )


async def set_limits(connection: Connection, wanted: Limits) -> None:
    """Raises Refused as `check_limits`."""
    check_limits(wanted.review, wanted.block)
    await connection.execute(
        "INSERT INTO fraud_limits (shop_id, review, block) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id) DO UPDATE SET review = EXCLUDED.review, block = EXCLUDED.block",
        wanted.shop_id,
        wanted.review,
        wanted.block,
    )
    await risk.announce(connection, [wanted.shop_id])
