"""Customers: who came, from which source, in which visit; the figures know them only by
`buyer_no`."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.events import Actor
from core.postgres import Connection
from core.visits import POSTGRES_PAUSE

START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# A shopper's own link: each shopper has another code, and all of them are one source.
INVITATION = re.compile(r"ref-[0-9B-DF-HJ-NP-TV-Z]{10}")
INVITATIONS = "invitations"
SOURCES_A_SHOP = 1000  # further codes count as "no source": anyone can invent a code


class Profile(BaseModel):
    """What Telegram tells a bot about a person."""

    model_config = ConfigDict(frozen=True)

    telegram_id: int
    first_name: str = ""
    username: str | None = None
    language: str = ""
    is_premium: bool = False


class Customer(Profile):
    """A person in one shop. `session_no` counts visits, a new one after 30 minutes idle."""

    shop_id: int
    buyer_no: int
    is_staff: bool
    is_test: bool
    first_source_id: int | None
    last_source_id: int | None
    session_no: int
    is_new: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(
            buyer_no=self.buyer_no,
            session_no=self.session_no,
            first_source_id=self.first_source_id or 0,
            last_source_id=self.last_source_id or 0,
            lang=self.language,
            is_premium=self.is_premium,
            is_staff=self.is_staff,
            is_test=self.is_test,
        )


COLUMNS = (
    "shop_id, buyer_no, telegram_id, first_name, username, language, is_premium, is_staff, "
    "is_test, first_source_id, last_source_id, session_no"
)


def touching(first: int = 1, *, only_if: str = "true") -> str:
    """The statement that notes a known customer's visit, for one that does more: `visit_of` gives
    its values, from `$first` on."""
    shop_id, telegram_id, first_name, username, language, is_premium = (
        f"${first + place}" for place in range(6)
    )
    return f"""
UPDATE customers SET
    first_name = CASE WHEN {first_name} = '' THEN first_name ELSE {first_name} END,
    username = CASE WHEN {first_name} = '' THEN username ELSE {username} END,
    is_premium = CASE WHEN {first_name} = '' THEN is_premium ELSE {is_premium} END,
    language = CASE WHEN {language} = '' THEN language ELSE {language} END,
    session_no = session_no + (last_seen_at < now() - {POSTGRES_PAUSE})::int,
    last_seen_at = now(),
    blocked_at = NULL
WHERE shop_id = {shop_id} AND telegram_id = {telegram_id} AND {only_if}
RETURNING {COLUMNS}
"""


def visit_of(shop_id: int, profile: Profile) -> tuple[int, int, str, str | None, str, bool]:
    """The values of `touching`."""
    return (
        shop_id,
        profile.telegram_id,
        profile.first_name,
        profile.username,
        profile.language,
        profile.is_premium,
    )


_TOUCH = touching()
_CREATE = f"""
WITH number AS (
    UPDATE shops SET next_buyer_no = next_buyer_no + 1 WHERE id = $1
    RETURNING next_buyer_no - 1 AS buyer_no
)
INSERT INTO customers (shop_id, telegram_id, first_name, username, language, is_premium, buyer_no)
SELECT $1, $2, $3, $4, $5, $6, buyer_no FROM number
ON CONFLICT (shop_id, telegram_id) DO NOTHING
RETURNING {COLUMNS}
"""


async def touch(connection: Connection, shop_id: int, profile: Profile) -> Customer:
    """Finds or creates the customer who has just done something, and counts the visit.

    Telegram sends some updates without the person's profile: an empty name is not a change.
    """
    values = visit_of(shop_id, profile)
    row = await connection.fetchrow(_TOUCH, *values)
    if row is not None:
        return Customer(**row)
    row = await connection.fetchrow(_CREATE, *values)
    if row is not None:
        return Customer(**row, is_new=True)
    # Another transaction made them between the two statements.
    row = await connection.fetchrow(_TOUCH, *values)
    assert row is not None  # customers are never deleted while they act
    return Customer(**row)


_TOUCH_ALL = f"""
UPDATE customers AS c SET
    first_name = CASE WHEN p.first_name = '' THEN c.first_name ELSE p.first_name END,
    username = CASE WHEN p.first_name = '' THEN c.username ELSE p.username END,
    is_premium = CASE WHEN p.first_name = '' THEN c.is_premium ELSE p.is_premium END,
    language = CASE WHEN p.language = '' THEN c.language ELSE p.language END,
    session_no = c.session_no + (c.last_seen_at < now() - {POSTGRES_PAUSE})::int,
    last_seen_at = now(),
    blocked_at = NULL
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bool[])
    AS p (telegram_id, first_name, username, language, is_premium)
WHERE c.shop_id = $1 AND c.telegram_id = p.telegram_id
RETURNING {", ".join(f"c.{name}" for name in COLUMNS.split(", "))}
"""
_CREATE_ALL = f"""
WITH numbers AS (
    UPDATE shops SET next_buyer_no = next_buyer_no + cardinality($2::bigint[]) WHERE id = $1
    RETURNING next_buyer_no - cardinality($2::bigint[]) AS first
)
INSERT INTO customers (shop_id, telegram_id, first_name, username, language, is_premium, buyer_no)
SELECT $1, p.telegram_id, p.first_name, p.username, p.language, p.is_premium,
    numbers.first + p.place - 1
FROM numbers, unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bool[])
    WITH ORDINALITY AS p (telegram_id, first_name, username, language, is_premium, place)
ON CONFLICT (shop_id, telegram_id) DO NOTHING
RETURNING {COLUMNS}
"""


async def touch_all(
    connection: Connection, shop_id: int, profiles: Iterable[Profile]
) -> dict[int, Customer]:
    """`touch` for several people at once, in two statements; by Telegram id. If a person is there
    twice, the later profile counts."""
    wanted = {profile.telegram_id: profile for profile in profiles}
    rows = await connection.fetch(_TOUCH_ALL, shop_id, *_columns(wanted.values()))
    found = {row["telegram_id"]: Customer(**row) for row in rows}
    missing = [profile for profile in wanted.values() if profile.telegram_id not in found]
    if missing:
        rows = await connection.fetch(_CREATE_ALL, shop_id, *_columns(missing))
        found |= {row["telegram_id"]: Customer(**row, is_new=True) for row in rows}
    for profile in missing:  # another transaction made them between the two statements
        if profile.telegram_id not in found:
            found[profile.telegram_id] = await touch(connection, shop_id, profile)
    return found


def _columns(profiles: Iterable[Profile]) -> tuple[list[Any], ...]:
    known = list(profiles)
    return (
        [profile.telegram_id for profile in known],
        [profile.first_name for profile in known],
        [profile.username for profile in known],
        [profile.language for profile in known],
        [profile.is_premium for profile in known],
    )


async def find(connection: Connection, shop_id: int, telegram_id: int) -> Customer | None:
    """The customer, without counting a visit."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM customers WHERE shop_id = $1 AND telegram_id = $2",
        shop_id,
        telegram_id,
    )
    return Customer(**row) if row is not None else None


async def numbered(connection: Connection, shop_id: int, buyer_no: int) -> Customer | None:
    """The customer with this number in the figures."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM customers WHERE shop_id = $1 AND buyer_no = $2",
        shop_id,
        buyer_no,
    )
    return Customer(**row) if row is not None else None


async def record_start(
    connection: Connection, customer: Customer, code: str
) -> tuple[Customer, bool]:
    """Records a press of Start and its link's code; returns whether it was the person's first."""
    source_id = await source_of(connection, customer.shop_id, code)
    row = await connection.fetchrow(
        f"UPDATE customers AS c SET started_at = coalesce(c.started_at, now()), "
        f"first_source_id = CASE WHEN c.started_at IS NULL THEN $3 ELSE c.first_source_id END, "
        f"last_source_id = coalesce($3, c.last_source_id) "
        f"FROM (SELECT started_at IS NULL AS is_first FROM customers "
        f"      WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE) AS before "
        f"WHERE c.shop_id = $1 AND c.buyer_no = $2 RETURNING {COLUMNS}, is_first",
        customer.shop_id,
        customer.buyer_no,
        source_id,
    )
    assert row is not None  # the customer was found in this very transaction
    return Customer(**row, is_new=customer.is_new), row["is_first"]


async def record_starts(
    connection: Connection, starts: Sequence[tuple[Customer, str]]
) -> list[tuple[Customer, bool]]:
    """`record_start` for several people of one shop, each at most once, in one statement plus those
    for the codes."""
    if not starts:
        return []
    shop_id = starts[0][0].shop_id
    codes = sorted({code for _, code in starts})
    sources = {code: await source_of(connection, shop_id, code) for code in codes}
    rows = await connection.fetch(
        f"UPDATE customers AS c SET started_at = coalesce(c.started_at, now()), "
        f"first_source_id = CASE WHEN before.is_first THEN before.source_id "
        f"    ELSE c.first_source_id END, "
        f"last_source_id = coalesce(before.source_id, c.last_source_id) "
        f"FROM (SELECT k.buyer_no AS number, k.started_at IS NULL AS is_first, s.source_id "
        f"      FROM customers AS k JOIN unnest($2::bigint[], $3::int[]) "
        f"          AS s (number, source_id) ON s.number = k.buyer_no "
        f"      WHERE k.shop_id = $1 FOR UPDATE OF k) AS before "
        f"WHERE c.shop_id = $1 AND c.buyer_no = before.number RETURNING {COLUMNS}, is_first",
        shop_id,
        [customer.buyer_no for customer, _ in starts],
        [sources[code] for _, code in starts],
    )
    changed = {row["buyer_no"]: row for row in rows}
    return [
        (
            Customer(**changed[customer.buyer_no], is_new=customer.is_new),
            changed[customer.buyer_no]["is_first"],
        )
        for customer, _ in starts
    ]


async def source_of(connection: Connection, shop_id: int, code: str) -> int | None:
    """The source of a start link's code, created if needed; None for an invalid code, or beyond the
    limit. Shoppers' own links are one source together."""
    if not START_CODE.fullmatch(code):
        return None
    if INVITATION.fullmatch(code):
        code = INVITATIONS
    source_id: int | None = await connection.fetchval(
        "SELECT id FROM sources WHERE shop_id = $1 AND code = $2", shop_id, code
    )
    if source_id is not None:
        return source_id
    source_id = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) SELECT $1, $2 "
        "WHERE (SELECT count(*) FROM sources WHERE shop_id = $1) < $3 "
        "ON CONFLICT (shop_id, code) DO UPDATE SET code = EXCLUDED.code RETURNING id",
        shop_id,
        code,
        SOURCES_A_SHOP,
    )
    return source_id


async def set_blocked(connection: Connection, customer: Customer, blocked: bool) -> None:
    """Records that the person blocked or unblocked the bot."""
    await connection.execute(
        "UPDATE customers SET blocked_at = CASE WHEN $3 THEN now() END "
        "WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
        blocked,
    )


async def actor_of(connection: Connection, shop_id: int, buyer_no: int) -> Actor:
    """The actor of events of this buyer, as marked today; raises NotFound. An order's buyer stays
    after erasure, without a name."""
    row = await connection.fetchrow(
        "SELECT buyer_no, session_no, coalesce(first_source_id, 0) AS first_source_id, "
        "coalesce(last_source_id, 0) AS last_source_id, language AS lang, is_premium, is_staff, "
        "is_test FROM customers WHERE shop_id = $1 AND buyer_no = $2",
        shop_id,
        buyer_no,
    )
    if row is None:
        raise NotFound(f"shop {shop_id} has no customer {buyer_no}")
    return Actor(**row)


async def unmark_staff(connection: Connection, telegram_ids: Sequence[int]) -> None:
    """These people are shoppers again wherever nothing makes them staff any more."""
    await connection.execute(
        "UPDATE customers SET is_staff = false WHERE is_staff "
        "AND telegram_id = ANY($1::bigint[]) AND NOT is_of_staff(shop_id, telegram_id)",
        list(telegram_ids),
    )
