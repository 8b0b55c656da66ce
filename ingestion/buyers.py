"""Shoppers of a shop's own code: found or created many at a time, with their visits.

A shopper is identified by a Telegram id (a number) or by the shop's own id (a text); the figures
know only the `buyer_no`. The rows read here are locked until the transaction ends, so that two
calls never give one visit two numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import asyncpg

from core.events import Actor
from core.postgres import Connection
from core.visits import VISIT_PAUSE

Identity: TypeAlias = int | str


_COLUMNS = (
    "telegram_id, external_id, buyer_no, session_no, last_seen_at, started_at, blocked_at, "
    "first_source_id, last_source_id, language, is_premium, is_staff, is_test"
)
# Whoever locks several rows does so in this order: by Telegram id first, each kind by number. A
# join, because `= ANY` would compare each of a shop's customers with each of the ids until the
# table has been analysed.
_FIND_BY_TELEGRAM_ID, _FIND_BY_EXTERNAL_ID = (
    f"SELECT {_COLUMNS} FROM unnest($2::{ids}[]) AS wanted (id) "
    f"JOIN customers AS c ON c.shop_id = $1 AND c.{column} = wanted.id "
    "ORDER BY buyer_no FOR NO KEY UPDATE OF c"
    for column, ids in (("telegram_id", "bigint"), ("external_id", "text"))
)
_MAKE = f"""
WITH number AS (
    UPDATE shops SET next_buyer_no = next_buyer_no + cardinality($4::timestamptz[]) WHERE id = $1
    RETURNING next_buyer_no - cardinality($4::timestamptz[]) AS first
)
INSERT INTO customers
    (shop_id, buyer_no, telegram_id, external_id, first_seen_at, last_seen_at)
SELECT $1, number.first + wanted.place - 1, wanted.telegram_id, wanted.external_id, wanted.seen_at,
    wanted.seen_at
FROM number, unnest($2::bigint[], $3::text[], $4::timestamptz[]) WITH ORDINALITY
    AS wanted (telegram_id, external_id, seen_at, place)
ON CONFLICT DO NOTHING
RETURNING {_COLUMNS}
"""
_SAVE = """
UPDATE customers AS c
SET session_no = s.session_no, last_seen_at = s.last_seen_at, started_at = s.started_at,
    blocked_at = s.blocked_at, first_source_id = s.first_source_id,
    last_source_id = s.last_source_id, language = s.language, is_premium = s.is_premium
FROM unnest($2::bigint[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
    $7::int[], $8::int[], $9::text[], $10::bool[])
    AS s (buyer_no, session_no, last_seen_at, started_at, blocked_at, first_source_id,
        last_source_id, language, is_premium)
WHERE c.shop_id = $1 AND c.buyer_no = s.buyer_no
"""


@dataclass(frozen=True, slots=True)
class Buyer:
    """A shopper's state after the events so far."""

    buyer_no: int
    session_no: int
    last_seen_at: datetime
    started_at: datetime | None
    blocked_at: datetime | None
    first_source_id: int | None
    last_source_id: int | None
    language: str
    is_premium: bool
    is_staff: bool
    is_test: bool

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

    def acts(self, at: datetime) -> "Buyer":
        """The shopper did something: a new visit after 30 minutes without activity. A late event
        starts none."""
        return replace(
            self,
            session_no=self.session_no + (at - self.last_seen_at > VISIT_PAUSE),
            last_seen_at=max(at, self.last_seen_at),
            blocked_at=None,
        )

    def starts(self, at: datetime, source_id: int | None) -> "Buyer":
        """The shopper pressed Start, maybe by a link: the first one is their first source."""
        is_first = self.started_at is None
        return replace(
            self,
            started_at=self.started_at or at,
            first_source_id=source_id if is_first else self.first_source_id,
            last_source_id=source_id or self.last_source_id,
        )


async def meet(
    connection: Connection, shop_id: int, seen: Mapping[Identity, datetime]
) -> dict[Identity, Buyer]:
    """The shoppers with these identities, created if needed, locked; numbered in the given order.

    `seen` says when each was first seen, which is stored for new ones.
    """
    found = await _find(connection, shop_id, seen)
    missing = [identity for identity in seen if identity not in found]
    if missing:
        rows = await connection.fetch(
            _MAKE, shop_id, *_split(missing), [seen[identity] for identity in missing]
        )
        found |= _by_identity(rows)
        # Another transaction made them between the two statements.
        if overtaken := [identity for identity in missing if identity not in found]:
            found |= await _find(connection, shop_id, overtaken)
    return found


async def _find(
    connection: Connection, shop_id: int, identities: Iterable[Identity]
) -> dict[Identity, Buyer]:
    telegram_ids, external_ids = _split(identities)
    found: dict[Identity, Buyer] = {}
    if numbers := [each for each in telegram_ids if each is not None]:
        found |= _by_identity(await connection.fetch(_FIND_BY_TELEGRAM_ID, shop_id, numbers))
    if texts := [each for each in external_ids if each is not None]:
        found |= _by_identity(await connection.fetch(_FIND_BY_EXTERNAL_ID, shop_id, texts))
    return found


def _split(identities: Iterable[Identity]) -> tuple[list[int | None], list[str | None]]:
    """Telegram ids and the shop's own ids, side by side: one of the two is None."""
    listed = list(identities)
    return (
        [each if isinstance(each, int) else None for each in listed],
        [each if isinstance(each, str) else None for each in listed],
    )


def _by_identity(rows: Iterable[asyncpg.Record]) -> dict[Identity, Buyer]:
    found: dict[Identity, Buyer] = {}
    for row in rows:
        values = dict(row)
        telegram_id, external_id = values.pop("telegram_id"), values.pop("external_id")
        found[external_id if telegram_id is None else telegram_id] = Buyer(**values)
    return found


async def save(connection: Connection, shop_id: int, buyers: Iterable[Buyer]) -> None:
    """Stores what the events have changed."""
    listed = list(buyers)
    if not listed:
        return
    await connection.execute(
        _SAVE,
        shop_id,
        [buyer.buyer_no for buyer in listed],
        [buyer.session_no for buyer in listed],
        [buyer.last_seen_at for buyer in listed],
        [buyer.started_at for buyer in listed],
        [buyer.blocked_at for buyer in listed],
        [buyer.first_source_id for buyer in listed],
        [buyer.last_source_id for buyer in listed],
        [buyer.language for buyer in listed],
        [buyer.is_premium for buyer in listed],
    )
