"""What was found out about shoppers elsewhere or before: labels with a time of their own, as a
chargeback's or that of an earlier system's decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.fraud_rules import AbuseType
from core.postgres import Connection
from core.shop.fraud_review import settle


class PastLabel(BaseModel):
    """Of one shopper and kind of abuse; `known_at`: when it was known, from when on it teaches."""

    model_config = ConfigDict(frozen=True)

    buyer_no: int
    abuse: AbuseType
    label: Literal["confirmed", "false_positive"]
    known_at: datetime
    note: str = ""


_KNOWN = """
SELECT l.buyer_no, l.abuse, l.label, l.labelled_at FROM fraud_labels AS l
JOIN unnest($2::bigint[], $3::text[]) AS w (buyer_no, abuse) USING (buyer_no, abuse)
WHERE l.shop_id = $1
"""
_ADD = """
WITH label AS (
    INSERT INTO fraud_labels (shop_id, buyer_no, abuse, label, note, labelled_at)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
)
INSERT INTO fraud_decisions (shop_id, buyer_no, abuse, decision, label_id, note, is_from_file,
    decided_at) SELECT $1, $2, $3, $4, id, $5, true, $6 FROM label
"""


async def new_of(
    connection: Connection, shop_id: int, labels: Sequence[PastLabel]
) -> list[PastLabel]:
    """Those that the shop does not know yet, each once: the same of the same moment."""
    rows = await connection.fetch(
        _KNOWN, shop_id, [each.buyer_no for each in labels], [each.abuse for each in labels]
    )
    known = {(row["buyer_no"], row["abuse"], row["label"], row["labelled_at"]) for row in rows}
    found = []
    for each in labels:
        key = (each.buyer_no, each.abuse, each.label, each.known_at)
        if key not in known:
            known.add(key)
            found.append(each)
    return found


async def add(connection: Connection, shop_id: int, labels: Sequence[PastLabel]) -> list[PastLabel]:
    """Stores those that the shop does not know yet as a file's decisions of their own time, and
    returns them. Of a shopper and abuse the newest counts, so one that is older than a decision of
    the queue changes nothing of what bots do; the others count for bots at once. To be called
    within a transaction: whoever gives the same at once waits for its end, and then knows them."""
    # In one order, as nobody else decides about them meanwhile.
    await connection.execute(
        "SELECT FROM customers WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[]) "
        "ORDER BY buyer_no FOR UPDATE",
        shop_id,
        sorted({each.buyer_no for each in labels}),
    )
    new = await new_of(connection, shop_id, labels)
    people = sorted({each.buyer_no for each in new})
    await connection.executemany(
        _ADD,
        [
            (shop_id, each.buyer_no, each.abuse, each.label, each.note, each.known_at)
            for each in new
        ],
    )
    rows = await connection.fetch(
        "SELECT buyer_no, abuse FROM (SELECT DISTINCT ON (buyer_no, abuse) buyer_no, abuse, label "
        "FROM fraud_labels WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[]) "
        "ORDER BY buyer_no, abuse, labelled_at DESC, id DESC) AS newest WHERE label = 'confirmed'",
        shop_id,
        people,
    )
    for row in rows:
        await settle(connection, shop_id, row["buyer_no"], confirmed=row["abuse"])
    for buyer_no in set(people).difference(row["buyer_no"] for row in rows):
        await settle(connection, shop_id, buyer_no)
    return new
