"""Buyers' segments by recency, frequency and money, as the pipelines have published them last."""

from collections.abc import Sequence
from datetime import date

from core.postgres import Connection

Segmented = tuple[int, int, str, date]
"""A shop, one of its buyers (`buyer_no`), their segment, and the shop's day that it is of."""


async def publish(
    connection: Connection, shop_ids: Sequence[int], rows: Sequence[Segmented]
) -> int:
    """Replaces those of these shops; how many there are now. Who was erased meanwhile has none.
    What is the same stays as it is: every row is written once a day, not at each publication."""
    columns = [[row[number] for row in rows] for number in range(4)]
    await connection.execute(
        "DELETE FROM customer_segments AS old WHERE old.shop_id = ANY($1::int[]) AND NOT EXISTS ("
        "SELECT FROM unnest($2::int[], $3::bigint[]) AS s (shop_id, buyer_no) "
        "WHERE (s.shop_id, s.buyer_no) = (old.shop_id, old.buyer_no))",
        list(shop_ids),
        *columns[:2],
    )
    await connection.execute(
        "INSERT INTO customer_segments (shop_id, buyer_no, segment, day) "
        "SELECT s.shop_id, s.buyer_no, s.segment, s.day "
        "FROM unnest($1::int[], $2::bigint[], $3::text[], $4::date[]) "
        "AS s (shop_id, buyer_no, segment, day) JOIN customers AS c USING (shop_id, buyer_no) "
        "LEFT JOIN customer_segments AS old USING (shop_id, buyer_no) "
        "WHERE (old.segment, old.day) IS DISTINCT FROM (s.segment, s.day) "
        "ON CONFLICT (shop_id, buyer_no) "
        "DO UPDATE SET segment = excluded.segment, day = excluded.day",
        *columns,
    )
    count: int = await connection.fetchval(
        "SELECT count(*) FROM customer_segments WHERE shop_id = ANY($1::int[])", list(shop_ids)
    )
    return count


async def of_buyer(connection: Connection, shop_id: int, buyer_no: int) -> str | None:
    """A buyer's segment; None for who never bought, or before the first day is computed."""
    segment: str | None = await connection.fetchval(
        "SELECT segment FROM customer_segments WHERE shop_id = $1 AND buyer_no = $2",
        shop_id,
        buyer_no,
    )
    return segment
