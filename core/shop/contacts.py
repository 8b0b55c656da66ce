"""Shoppers who have given the same telephone, e-mail or address: perhaps one person, or one payer.

Compared by `contact_key` of the database. Nothing is kept for it beside the orders themselves, so
it goes with what is erased.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from core.postgres import Connection

FIELDS = ("phone", "email", "address")
PAYER = ("phone", "email")  # of one person; an address may be an office's or a parcel locker's

_SHARING = """
WITH mine AS (
    SELECT d.field, contact_key(d.field, d.value) AS key
    FROM orders AS o JOIN order_details AS d ON d.order_id = o.id
    WHERE o.shop_id = $1 AND o.buyer_no = $2 AND d.field = ANY($3::text[])
    UNION SELECT g.field, contact_key(g.field, g.value)
    FROM unnest($4::text[], $5::text[]) AS g (field, value)
)
SELECT DISTINCT o.buyer_no, o.id FROM mine
JOIN order_details AS d ON d.field IN ('phone', 'email', 'address')
    AND (d.field, contact_key(d.field, d.value)) = (mine.field, mine.key)
JOIN orders AS o ON o.id = d.order_id
WHERE o.shop_id = $1 AND o.buyer_no NOT IN (0, $2)
    AND ($6::bigint[] IS NULL OR o.buyer_no = ANY($6))
"""


async def sharing(
    connection: Connection, shop_id: int, buyer_no: int, among: Sequence[int]
) -> list[int]:
    """Which of these shoppers' numbers have given a contact that this one gave for an order."""
    rows = await connection.fetch(_SHARING, shop_id, buyer_no, list(FIELDS), [], [], list(among))
    return sorted({row["buyer_no"] for row in rows})


async def orders_of_payer(
    connection: Connection, shop_id: int, buyer_no: int, given: Mapping[str, str]
) -> list[int]:
    """The orders of the shop's other shoppers with a telephone or e-mail that this one gave for an
    order, or that is `given` by field just now."""
    own = {field: value for field, value in given.items() if field in PAYER and value}
    rows = await connection.fetch(
        _SHARING, shop_id, buyer_no, list(PAYER), list(own), list(own.values()), None
    )
    return sorted({row["id"] for row in rows})


# What more people share, or was given for more orders, is an office's, a parcel locker's or a
# payment provider's own: it says nothing, and is not read to its end.
TIED_MOST, ORDERS_MOST = 100, 1000
_GIVEN = """
SELECT o.shop_id, o.buyer_no, d.field, contact_key(d.field, d.value) AS key
FROM orders AS o JOIN order_details AS d ON d.order_id = o.id
WHERE {which} AND o.created_at < $3 AND d.field IN ('phone', 'email', 'address')
"""
_PAID = """
SELECT o.shop_id, o.buyer_no, 'payer' AS field, p.payer_telegram_id AS payer
FROM orders AS o JOIN payments AS p ON p.order_id = o.id
JOIN customers AS c ON (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no)
WHERE {which} AND p.created_at < $3 AND p.payer_telegram_id > 0
    AND (c.telegram_id > 0 OR c.external_id IS NOT NULL) -- not erased
"""
_OF_THESE = "(o.shop_id, o.buyer_no) IN (SELECT * FROM unnest($1::int[], $2::bigint[]))"
_TIES = f"""
SELECT w.shop_id, w.field,
    encode(sha256($4::bytea || convert_to(w.field || w.key, 'UTF8')), 'hex') AS digest, s.people
FROM (
    SELECT DISTINCT shop_id, field, key FROM ({_GIVEN.format(which=_OF_THESE)}) AS g
    WHERE key IS NOT NULL
) AS w CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT buyer_no) AS people, count(*) AS orders FROM (
        {_GIVEN.format(which="o.shop_id = w.shop_id AND o.buyer_no > 0")}
            AND d.field = w.field AND contact_key(d.field, d.value) = w.key
        LIMIT $5 + 1
    ) AS f
) AS s
WHERE s.orders <= $5 AND cardinality(s.people) BETWEEN 2 AND $6
UNION ALL
SELECT w.shop_id, w.field,
    encode(sha256($4::bytea || convert_to(w.field || w.payer, 'UTF8')), 'hex'), s.people
FROM (SELECT DISTINCT shop_id, field, payer FROM ({_PAID.format(which=_OF_THESE)}) AS g) AS w
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT buyer_no) AS people, count(*) AS orders FROM (
        {_PAID.format(which="o.shop_id = w.shop_id AND o.buyer_no > 0")}
            AND p.payer_telegram_id = w.payer
        LIMIT $5 + 1
    ) AS f
) AS s
WHERE s.orders <= $5 AND cardinality(s.people) BETWEEN 2 AND $6
"""


class Tie(NamedTuple):
    """Shoppers of a shop who have something in common: `kind` is a field of `FIELDS`, or `payer`;
    `number` tells one tie from another, in one answer only."""

    shop_id: int
    number: int
    kind: str
    buyer_nos: Sequence[int]


async def ties(
    connection: Connection, people: Sequence[tuple[int, int]], until: datetime, steps: int
) -> list[Tie]:
    """What these shoppers (shop, number) had in common with others by then, and those with further
    ones, so many steps away.

    Contacts leave the database as digests under a key of this one call, and this function as
    numbers: who gets them learns who belongs together, and nothing about anybody.
    """
    key = secrets.token_bytes(32)
    found: dict[tuple[int, str, str], Sequence[int]] = {}
    asked: set[tuple[int, int]] = set()
    further = set(people)
    for _ in range(steps):
        asked |= further
        rows = await connection.fetch(
            _TIES,
            [shop for shop, _ in further],
            [buyer for _, buyer in further],
            until,
            key,
            ORDERS_MOST,
            TIED_MOST,
        )
        found |= {
            (row["shop_id"], row["field"], row["digest"]): sorted(row["people"]) for row in rows
        }
        further = {(row["shop_id"], buyer) for row in rows for buyer in row["people"]} - asked
        if not further:
            break
    ordered = sorted(found.items(), key=lambda tie: (tie[0][0], tie[0][1], tie[1]))
    return [
        Tie(shop_id, number, kind, people)
        for number, ((shop_id, kind, _), people) in enumerate(ordered, 1)
    ]
