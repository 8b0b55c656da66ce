"""The sources of what spreads between shoppers: who belongs to an hour's people, and what is
suspected of them.

Who they are, PostgreSQL says (`core.shop.contacts.ties`); their telephones and addresses stay
there, and nothing of it is stored.
"""

from datetime import datetime, timedelta
from functools import partial

import polars as pl

from core.fraud_link_rules import LINK_RULE_OF
from core.postgres import Connection
from core.shop import contacts, risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud.links import DECIDED, STEPS, SUSPECTED, TIES, as_decided, suspected
from pipelines.fraud.score import SUBJECT
from pipelines.postgres import Postgres
from pipelines.variants import FLAGGED

_SIGNALS = """
SELECT hour, shop_id, buyer_no, toString(abuse) AS abuse, toString(rule) AS rule, contribution,
    is_shadow
FROM fraud_signal
WHERE day >= toDate({hour:DateTime64(3, 'UTC')}) - 30 AND hour < {hour:DateTime64(3, 'UTC')}
    AND hour >= {hour:DateTime64(3, 'UTC')} - INTERVAL 30 DAY
    AND abuse IN {abuses:Array(String)}
    AND (shop_id, buyer_no) IN (SELECT shop_id, buyer_no FROM people)
"""


def read_links(
    clickhouse: ClickHouse, postgres: Postgres, moments: pl.DataFrame, begin: datetime
) -> dict[str, pl.DataFrame]:
    """`ties` (`links.TIES`) of the people of `moments` and of those they are tied to, and what is
    `suspected` (`links.SUSPECTED`) of them by the hours before, or decided by people."""
    end = begin + timedelta(hours=1)
    active = moments.select(SUBJECT).unique().rows()
    if not active:
        return {"ties": pl.DataFrame(schema=TIES), "suspected": pl.DataFrame(schema=SUSPECTED)}
    found, labels, allowed = postgres.run(partial(_read, people=active, end=end))
    ties = _frame(found)
    people = ties.select(SUBJECT).unique()
    if people.is_empty():
        return {"ties": ties, "suspected": pl.DataFrame(schema=SUSPECTED)}
    signals = clickhouse.read(
        _SIGNALS, {"hour": begin, "abuses": list(LINK_RULE_OF)}, {"people": people}
    )
    return {"ties": ties, "suspected": as_decided(suspected(signals), labels, allowed)}


def _frame(found: list[contacts.Tie]) -> pl.DataFrame:
    rows = [
        (tie.shop_id, buyer_no, tie.number, tie.kind) for tie in found for buyer_no in tie.buyer_nos
    ]
    return pl.DataFrame(rows, schema=TIES, orient="row")


async def _read(
    connection: Connection, people: list[tuple[int, int]], end: datetime
) -> tuple[list[contacts.Tie], pl.DataFrame, pl.DataFrame]:
    """One consistent view, in the caller's transaction."""
    labels = [
        (shop_id, buyer_no, abuse, label == "confirmed")
        for shop_id, buyer_no, abuse, label, at, _ in await risk.labels(connection)
        if label != "ignored" and at < end and abuse in LINK_RULE_OF
    ]
    return (
        await contacts.ties(connection, people, end, STEPS),
        pl.DataFrame(labels, schema=DECIDED, orient="row"),
        pl.DataFrame(await risk.allowed(connection), schema=FLAGGED, orient="row"),
    )
