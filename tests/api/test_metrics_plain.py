"""The metrics query beside a plain computation over the same events, one by one in Python."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from core.clickhouse import open_client
from core.events import ACTIVITY
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop
from core.zones import day_of, day_start, moment_at, zone
from pipelines import following
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from tests.api.happenings import happening, paid, record
from tests.factories import create_shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CLOCKS = ("Europe/Moscow", "Asia/Kathmandu", "America/New_York")
METRICS = "active_users,new_users,starts,paid_orders,net_sales_minor,aov_minor,buyer_conversion"
FLAGGED = 3
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A query; days are counted back from today, by the first shop's clock."""

    grain: str
    first: int = 12
    last: int = 3
    shops: Sequence[int] = (0, 1, 2)
    compare: str = "none"
    custom: tuple[int, int] | None = None
    zone: str | None = None
    variant: str = "raw"
    breakdown: str | None = None

    def days(self, today: date) -> tuple[date, date]:
        return today - self.first * DAY, today - self.last * DAY

    def compared(self, today: date) -> tuple[date, date] | None:
        first, last = self.days(today)
        count = (last - first).days + 1
        match self.compare:
            case "none":
                return None
            case "custom":
                assert self.custom is not None
                return today - self.custom[0] * DAY, today - self.custom[1] * DAY
            case "year":
                return year_before(first), year_before(last)
            case "weekdays":
                back = next(days for days in range(count, count + 7) if days % 7 == 0) * DAY
                return first - back, last - back
            case _:
                return first - count * DAY, last - count * DAY


def is_edge(day: date, grain: str) -> bool:
    """Whether a bucket begins with that day."""
    match grain:
        case "week":
            return day.isoweekday() == 1
        case "month":
            return day.day == 1
        case _:
            return grain == "day"


def year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


CASES = (
    Asked("day"),
    Asked("day", compare="previous", variant="clean"),
    Asked("week", first=25, compare="weekdays"),
    Asked("month", first=40, shops=(1,), compare="custom", custom=(44, 41)),
    Asked("whole", compare="year", shops=(0, 2)),
    Asked("hour", first=4, last=4, shops=(1,), compare="previous"),
    Asked("hour", first=5, last=4, zone="Asia/Kolkata"),
    Asked("day", zone="Asia/Kathmandu", compare="weekdays", variant="clean"),
    Asked("day", first=6, last=0, compare="previous"),  # not over
    Asked("whole", first=6, last=0, shops=(2,), compare="weekdays"),
    Asked("day", breakdown="source"),
    Asked("whole", first=20, breakdown="language", variant="clean", compare="previous"),
    Asked("week", first=20, shops=(0,), breakdown="language"),
)


def lives(shops: Sequence[Shop], now: datetime) -> list[Row]:
    """What a few shoppers of each shop did on 46 days up to now, and on some a year before."""
    luck = random.Random(14)
    found: list[Row] = []
    for number in range(420):
        shop, buyer = luck.choice(shops).id, luck.randint(1, 7)
        ago = timedelta(seconds=luck.uniform(60, 46 * 86400)) + luck.choice([0, 0, 0, 365]) * DAY
        person = {
            "at": (now - ago).replace(microsecond=0),
            "first_source_id": buyer % 3,
            "lang": ("ru", "en", "")[buyer % 3],
            "is_staff": luck.random() < 0.05,
        }
        kind = luck.choice(["bot_started", "message_received", "screen_viewed", "order_paid"])
        if kind == "order_paid":
            row = paid(shop, luck.randint(1, 900), buyer, order_id=number + 1, **without(person))
        else:
            props = '{"is_first":true}' if kind == "bot_started" and luck.random() < 0.4 else ""
            row = happening(kind, shop, buyer, props=props, **without(person))
        found.append(row | {"lang": person["lang"]})
    return found


def without(person: Row) -> Row:
    return {name: value for name, value in person.items() if name != "lang"}


def plainly(rows: Iterable[Row], shops: Sequence[int]) -> dict[str, float | None]:
    """The figures of these rows."""
    mine = list(rows)

    def people(names: Iterable[str]) -> int:
        wanted = set(names)
        seen = {(row["shop_id"], row["buyer_no"]) for row in mine if row["event"] in wanted}
        return len({each for each in seen if each[0] in shops})

    orders = [row for row in mine if row["event"] == "order_paid"]
    sold = sum(row["amount_minor"] for row in orders)
    active = people(ACTIVITY)
    first = [row for row in mine if row["props"]]
    return {
        "active_users": active,
        "new_users": len({(row["shop_id"], row["buyer_no"]) for row in first}),
        "starts": sum(row["event"] == "bot_started" for row in mine),
        "paid_orders": len(orders),
        "net_sales_minor": sold,
        "aov_minor": round(sold / len(orders), 4) if orders else None,
        "buyer_conversion": people(["order_paid"]) / active if active else None,
    }


@dataclass(frozen=True)
class Plain:
    """The rows, and how they are cut."""

    rows: Sequence[Row]
    shops: Sequence[Shop]
    asked: Asked
    today: date
    now: datetime

    def edges(self, days: tuple[date, date], clock: str, shift: bool) -> list[datetime]:
        """Where buckets begin by that clock, and at last where the days end; `shift`: where the
        days to compare with are cut because the others are not over."""
        first, last = days
        end = day_start(last + DAY, clock)
        if shift and day_of(self.now, clock) <= self.asked.days(self.today)[1]:
            local = self.now.astimezone(zone(clock))
            day = first + (local.date() - self.asked.days(self.today)[0])
            end = min(end, moment_at(day, local.time().replace(tzinfo=None), clock))
        starts = [day_start(first, clock)]
        if self.asked.grain == "hour":
            while starts[-1] + HOUR < end:
                starts.append(starts[-1] + HOUR)
        every = (first + n * DAY for n in range(1, (last - first).days + 1))
        grain = self.asked.grain
        starts += [day_start(day, clock) for day in every if is_edge(day, grain)]
        return [*(edge for edge in starts if edge < end), end]

    def of(
        self, days: tuple[date, date], key: str | None, shift: bool = False
    ) -> list[dict[str, float | None]]:
        """The figures of all days, and of each bucket."""
        cut = {s.id: self.edges(days, self.asked.zone or s.timezone, shift) for s in self.shops}
        known = [row for row in self.rows if row["shop_id"] in cut and self.counts(row, key)]

        def between(begin: int, end: int) -> dict[str, float | None]:
            inside = (
                row
                for row in known
                if end < len(cut[row["shop_id"]])
                and cut[row["shop_id"]][begin] <= row["occurred_at"] < cut[row["shop_id"]][end]
            )
            return plainly(inside, list(cut))

        most = max(len(edges) for edges in cut.values()) - 1
        of_all = [
            row
            for row in known
            if cut[row["shop_id"]][0] <= row["occurred_at"] < cut[row["shop_id"]][-1]
        ]
        return [plainly(of_all, list(cut)), *(between(n, n + 1) for n in range(most))]

    def counts(self, row: Row, key: str | None) -> bool:
        if row["is_staff"] or self.asked.variant == "clean" and row["buyer_no"] == FLAGGED:
            return False
        of = {"source": str(row["first_source_id"]), "language": row["lang"] or "und"}
        return self.asked.breakdown is None or of[self.asked.breakdown] == key

    def compare(self, answer: dict[str, Any]) -> None:
        """Fails if the answer has other numbers."""
        compared = self.asked.compared(self.today)
        keys = {each["key"] for each in answer["series"]}
        assert self.asked.breakdown is None or len(keys) == 3
        for key in keys:
            now = self.of(self.asked.days(self.today), key)
            before = self.of(compared, key, shift=True) if compared else None
            for series in (each for each in answer["series"] if each["key"] == key):
                name = series["metric"]
                assert series["value"] == now[0][name], (self.asked, name)
                shown = [point["value"] for point in series["points"]]
                assert shown == [each[name] for each in now[1 : len(shown) + 1]], (self.asked, name)
                if before is None:
                    continue
                assert series["previous"] == before[0][name], (self.asked, name)
                shown = [point["previous"] for point in series["points"]][: len(before) - 1]
                wanted = [each[name] for each in before[1 : len(shown) + 1]]
                assert shown == wanted, (self.asked, name)


async def test_every_way_to_ask_gives_what_the_events_say(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shops = [await create_shop(connection, timezone=clock, currency="XTR") for clock in CLOCKS]
    await connection.execute("UPDATE shops SET retention_days = 730")
    rows = lives(shops, datetime.now(UTC))
    url = counting_settings.clickhouse_url.get_secret_value()
    record(url, *rows)
    with open_client(url) as store:
        flagged = [[shop.id, FLAGGED, "fraud"] for shop in shops]
        store.insert("fraud_verdict", flagged, ["shop_id", "buyer_no", "verdict"])
    today = day_of(datetime.now(UTC), CLOCKS[0])
    # Some of the days come from the roll-up, the others from the events.
    stores = (ClickHouse(lambda: counting_settings), Postgres(lambda: counting_settings))
    planned = {today - ago * DAY: ["people_day"] for ago in (4, 5, 8, 16)}
    assert not await asyncio.to_thread(following.bring_up, planned, *stores, lambda *_: None)
    for case in CASES:
        chosen = [shops[number] for number in case.shops]
        answer = await ask(client, case, chosen, today)
        now = datetime.fromisoformat(answer["as_of"])
        Plain(rows, chosen, case, today, now).compare(answer)


async def ask(
    client: httpx.AsyncClient, case: Asked, shops: Sequence[Shop], today: date
) -> dict[str, Any]:
    first, last = case.days(today)
    wanted = {
        "metrics": METRICS,
        "from": str(first),
        "to": str(last),
        "grain": case.grain,
        "shops": ",".join(str(shop.id) for shop in shops),
        "compare": case.compare,
        "variant": case.variant,
    }
    if case.custom:
        wanted |= {
            f"compare_{name}": str(today - ago * DAY)
            for name, ago in zip(("from", "to"), case.custom, strict=True)
        }
    if case.zone:
        wanted["zone"] = case.zone
    if case.breakdown:
        wanted["breakdown"] = case.breakdown
    response = await client.get("/api/v1/metrics/query", params=wanted)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found
