"""What a link cost on a day: the panel's way of telling `ad_cost_recorded`.

Events are never changed. So a cost that changes is taken back by an event of its negative, in its
own currency, before the new one is told: together they are what the day cost.
"""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound, Refused
from core.events import NOBODY, Event, emit
from core.money import CurrencyCode
from core.postgres import Connection
from core.shop import sources
from core.shop.shops import Shop
from core.taxonomy import TAXONOMY
from core.zones import day_of

AD_COST_RECORDED = TAXONOMY["ad_cost_recorded"]
# The figures look for the costs of a day among the events of two months after it.
DAYS = 60
MOST_MINOR = 10**15


class CostOutOfTime(Refused):
    """The day is in the future, or its figures look for costs no more."""

    code = "cost_out_of_time"


class CostDraft(BaseModel):
    """All that the link cost on the day, in minor units of the currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount_minor: int = Field(gt=0, le=MOST_MINOR, examples=[150_000])
    currency: CurrencyCode = Field(examples=["RUB"])


class Cost(BaseModel):
    """What a link cost on one of the shop's days, in minor units."""

    model_config = ConfigDict(frozen=True)

    source_id: int
    day: date
    amount_minor: int
    currency: str
    noted_at: datetime


_COLUMNS = "c.source_id, c.day, c.amount_minor, c.currency, c.noted_at"


async def of_shop(
    connection: Connection, shop_id: int, first: date, last: date, source_id: int | None = None
) -> list[Cost]:
    """Costs of days, the last included, by day and link; of one link, if it is named."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM source_costs AS c JOIN sources AS s ON s.id = c.source_id "
        "WHERE s.shop_id = $1 AND c.day BETWEEN $2 AND $3 AND ($4::int IS NULL OR s.id = $4) "
        "ORDER BY c.day, c.source_id",
        shop_id,
        first,
        last,
        source_id,
    )
    return [Cost(**row) for row in rows]


async def set_cost(
    connection: Connection, shop: Shop, source_id: int, day: date, draft: CostDraft, now: datetime
) -> Cost:
    """Replaces the day's cost. Raises SourceNotFound, CostOutOfTime."""
    before = await _before(connection, shop, source_id, day, now)
    await _tell(connection, shop, before, draft, (source_id, day), now)
    row = await connection.fetchrow(
        "INSERT INTO source_costs AS c (source_id, day, amount_minor, currency, noted_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (source_id, day) DO UPDATE SET "
        f"amount_minor = $3, currency = $4, noted_at = $5 RETURNING {_COLUMNS}",
        source_id,
        day,
        draft.amount_minor,
        draft.currency,
        now,
    )
    assert row is not None  # RETURNING of an INSERT … DO UPDATE always gives a row
    return Cost(**row)


async def drop_cost(
    connection: Connection, shop: Shop, source_id: int, day: date, now: datetime
) -> None:
    """Takes the day's cost back. Raises SourceNotFound, CostOutOfTime, NotFound."""
    before = await _before(connection, shop, source_id, day, now)
    if before is None:
        raise NotFound(f"link {source_id} has no cost on {day}")
    await _tell(connection, shop, before, None, (source_id, day), now)
    await connection.execute(
        "DELETE FROM source_costs WHERE source_id = $1 AND day = $2", source_id, day
    )


async def _before(
    connection: Connection, shop: Shop, source_id: int, day: date, now: datetime
) -> CostDraft | None:
    """What was told of the day's cost last; the link is locked."""
    await sources.get(connection, shop.id, source_id, lock=True)
    today = day_of(now, shop.timezone)
    if not today - timedelta(days=DAYS) <= day <= today:
        raise CostOutOfTime(
            f"costs can be set for the last {DAYS} days, {today - timedelta(days=DAYS)} to {today}"
        )
    row = await connection.fetchrow(
        "SELECT amount_minor, currency FROM source_costs WHERE source_id = $1 AND day = $2",
        source_id,
        day,
    )
    return None if row is None else CostDraft(**row)


async def _tell(
    connection: Connection,
    shop: Shop,
    before: CostDraft | None,
    after: CostDraft | None,
    of: tuple[int, date],
    now: datetime,
) -> None:
    if before == after:
        return
    props = {"source": of[0], "day": of[1].isoformat()}
    told = [(before, -1), (after, 1)]
    await emit(
        connection,
        sources.origin_of(shop),
        NOBODY,
        [
            Event(
                AD_COST_RECORDED,
                occurred_at=now,
                amount_minor=sign * cost.amount_minor,
                currency=cost.currency,
                props=props,
            )
            for cost, sign in told
            if cost is not None
        ],
    )
