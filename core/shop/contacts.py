"""Shoppers who have given the same telephone, e-mail or address: perhaps one person, or one payer.

Compared by `contact_key` of the database. Nothing is kept for it beside the orders themselves, so
it goes with what is erased.
"""

from collections.abc import Mapping, Sequence

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
