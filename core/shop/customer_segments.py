"""Buyers' segments by recency, frequency and money, as the pipelines have published them last."""

from collections.abc import Sequence
from datetime import date

from core.postgres import Connection

Segmented = tuple[int, int, str, date]
"""A shop, one of its buyers (`buyer_no`), their segment, and the shop's day that it is of."""


async def publish(
    connection: Connection, shop_ids: Sequence[int], rows: Sequence[Segmented]
) -> int:
    """Replaces those of these shops; how many there are now. Who was erased meanwhile has none."""
    await connection.execute(
        "DELETE FROM customer_segments WHERE shop_id = ANY($1::int[])", list(shop_ids)
    )
    status: str = await connection.execute(
        "INSERT INTO customer_segments (shop_id, buyer_no, segment, day) "
        "SELECT s.shop_id, s.buyer_no, s.segment, s.day "
        "FROM unnest($1::int[], $2::bigint[], $3::text[], $4::date[]) "
        "AS s (shop_id, buyer_no, segment, day) JOIN customers AS c USING (shop_id, buyer_no)",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
    )
    return int(status.rpartition(" ")[2])


async def of_buyer(connection: Connection, shop_id: int, buyer_no: int) -> str | None:
    """A buyer's segment; None for who never bought, or before the first day is computed."""
    segment: str | None = await connection.fetchval(
        "SELECT segment FROM customer_segments WHERE shop_id = $1 AND buyer_no = $2",
        shop_id,
        buyer_no,
    )
    return segment
