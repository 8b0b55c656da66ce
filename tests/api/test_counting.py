"""Closed days come from the roll-up, the rest from events: the same numbers either way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.asked import OVERVIEW, Asked, Variant
from api.counting import CountedStretch, count_all
from api.figures import Totals
from api.reader import Reader
from api.stretches import Stretch
from core import people_day
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop
from core.zones import day_of, day_start, day_starts
from pipelines import figures, following
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from tests.api.happenings import NOON, first_start, happening, paid, record
from tests.factories import create_shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class NotedReader(Reader):
    """Remembers what the last count found."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.found: list[dict[str, Any]] = []

    async def rows(self, *asked: Any, **more: Any) -> list[dict[str, Any]]:
        rows = await super().rows(*asked, **more)
        if rows and "is_total" in rows[0]:
            self.found = rows
        return rows


@pytest.fixture(name="reader")
async def opened_reader(clickhouse_panel_url: str) -> AsyncIterator[NotedReader]:
    opened = NotedReader(clickhouse_panel_url)
    yield opened
    await opened.close()


Fold = Callable[..., Awaitable[None]]


@pytest.fixture(name="fold")
def folding(settings: Settings) -> Fold:
    stores = (ClickHouse(lambda: settings), Postgres(lambda: settings))

    async def fold(*days: date) -> None:
        planned = dict.fromkeys(days, ["people_day"])
        assert not await asyncio.to_thread(following.bring_up, planned, *stores, lambda *_: None)

    return fold


async def counted(
    reader: Reader,
    shop: Shop,
    clock: str | None = None,
    now: datetime | None = None,
    variant: Variant = "raw",
    others: Sequence[Shop] = (),
    measures: frozenset[str] = OVERVIEW | {"payments_failed"},
) -> CountedStretch:
    """The last six days, by day of the first shop."""
    zone, moment = clock or shop.timezone, now or datetime.now(UTC)
    today = day_of(moment, zone)
    edges = day_starts(today - 5 * DAY, today, zone)
    stretch = Stretch(tuple(edges[:-1]), edges[-1])
    asked = Asked([shop, *others], variant, measures, with_base=True)
    (found,) = await count_all(reader, asked, [stretch], moment)
    return found.whole


def command(settings: Settings, sql: str) -> None:
    with open_client(settings.clickhouse_url.get_secret_value()) as client:
        client.command(sql, settings={"mutations_sync": 2})


def life(shop: Shop) -> list[dict[str, Any]]:
    lined = paid(shop.id, 900, 3, order_id=2, at=NOON + DAY)
    return [
        first_start(shop.id, 1, at=NOON - HOUR),
        happening("bot_started", shop.id, 1),
        *(happening("message_received", shop.id, n, at=NOON + n * DAY / 4) for n in range(8)),
        happening("product_viewed", shop.id, 2),
        paid(shop.id, 500, 2, order_id=1, currency="RUB", props='{"discount_minor":50}'),
        lined,
        lined | {"event": "order_line", "amount_minor": 400, "pos": 10**9},
        paid(shop.id, 70, 2, order_id=1, currency="RUB", at=NOON + DAY)
        | {"event": "refund_completed"},
        happening("payment_failed", shop.id, 2, currency="XTR", amount_minor=4),
        happening("message_received", shop.id, 9, is_staff=True),
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
async def test_folded_or_not_the_numbers_are_the_same(
    reader: Reader, fold: Fold, connection: Connection, settings: Settings, zone: str
) -> None:
    shop = await create_shop(connection, timezone=zone, currency="XTR")
    other = await create_shop(connection, timezone="America/New_York", currency="XTR")
    url = settings.clickhouse_url.get_secret_value()
    record(url, *life(shop), *life(other))
    command(
        settings,
        "INSERT INTO fraud_verdict (shop_id, buyer_no, verdict) "
        f"VALUES ({shop.id}, 2, 'fraud'), ({other.id}, 9, 'fraud')",
    )
    clocks: list[tuple[Shop, str | None, Variant]] = [
        (shop, None, "raw"),
        (shop, None, "clean"),
        (shop, "America/New_York", "raw"),  # none of its days is one of these
        (other, None, "raw"),
    ]
    before = [await counted(reader, each, clock, variant=kind) for each, clock, kind in clocks]
    of_both = await counted(reader, shop, others=[other])
    total = before[0].total
    assert (total.new_users, total.starts, total.active_users, total.active_buyers) == (1, 2, 7, 2)
    assert (total.orders, total.gross_minor) == ({"RUB": 1, "XTR": 1}, {"RUB": 550, "XTR": 400})
    assert (total.converted.gross_minor, total.converted.orders) == (None, 2)
    assert before[1].total.orders == {"XTR": 1} and before[1].total.active_users == 6
    assert before[1].total.converted.gross_minor == 400
    await fold(*(NOON.date() + DAY * n for n in range(-3, 3)))
    after = [await counted(reader, each, clock, variant=kind) for each, clock, kind in clocks]
    assert after == before
    assert await counted(reader, shop, others=[other]) == of_both
    command(settings, f"DELETE FROM people_day WHERE (shop_id, day) = ({shop.id}, '{NOON.date()}')")
    assert await counted(reader, shop, others=[other]) == of_both


async def by_hour(reader: Reader, shop: Shop, variant: Variant = "raw") -> CountedStretch:
    """The days around NOON, hour by hour, and a part of the one before."""
    begin = day_start(NOON.date(), shop.timezone)
    hours = Stretch(tuple(begin + HOUR * n for n in range(48)), begin + 2 * DAY)
    before = Stretch((begin - DAY,), begin - 11.5 * HOUR)
    asked = Asked([shop], variant, with_base=True)
    found, part = await count_all(reader, asked, [hours, before], datetime.now(UTC))
    found.whole.buckets.append(part.whole.total)
    return found.whole


async def of_today(reader: Reader, shop: Shop, now: datetime) -> CountedStretch:
    """The day that it is at that moment, up to it."""
    begin = day_start(day_of(now, shop.timezone), shop.timezone)
    (found,) = await count_all(reader, Asked([shop]), [Stretch((begin,), now)], now)
    return found.whole


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
async def test_of_a_busy_day_each_hour_is_kept(
    reader: Reader,
    fold: Fold,
    connection: Connection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
) -> None:
    """Also of a day that is not over."""
    shop = await create_shop(connection, timezone=zone, currency="XTR")
    url = settings.clickhouse_url.get_secret_value()
    record(url, *life(shop), happening("message_received", shop.id, 5, at=NOON - DAY))
    command(
        settings,
        f"INSERT INTO fraud_verdict (shop_id, buyer_no, verdict) VALUES ({shop.id}, 2, 'fraud')",
    )
    before = [await by_hour(reader, shop, variant) for variant in ("raw", "clean")]
    monkeypatch.setattr(people_day, "HOURLY_FROM", 1)
    at_two = NOON + DAY + 2 * HOUR + people_day.SETTLED

    class AtTwo(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:  # type: ignore[override]  # one time
            return at_two

    monkeypatch.setattr(figures, "datetime", AtTwo)
    await fold(*(NOON.date() + DAY * n for n in range(-2, 2)))
    assert [await by_hour(reader, shop, variant) for variant in ("raw", "clean")] == before
    # What nobody did shows where it was read from.
    command(
        settings,
        f"ALTER TABLE people_day UPDATE events = 70 WHERE shop_id = {shop.id} "
        "AND dimension = 'hour' AND event IN ('bot_started', 'order_paid')",
    )
    first, its_next = ((NOON - day_start(NOON.date(), zone)) // HOUR + n for n in (0, 24))
    soon = {"stored_after_ms": 1000}
    record(url, happening("bot_started", shop.id, 7, at=NOON + DAY + 2.2 * HOUR) | soon)
    found = (await by_hour(reader, shop)).buckets
    assert (found[first].starts, found[its_next].orders) == (70, {"XTR": 70})
    assert found[its_next + 2].starts == 1  # of an hour that was not over for long enough
    assert (await of_today(reader, shop, at_two)).total.orders == {"XTR": 70}
    record(url, happening("bot_started", shop.id, 8) | {"stored_after_ms": 900_000})
    assert (await by_hour(reader, shop)).buckets[first].starts == 2


async def test_what_is_asked_alone_is_the_same(
    reader: NotedReader, fold: Fold, connection: Connection, settings: Settings
) -> None:
    """Events that a query need not tell apart are one to it."""
    shop = await create_shop(connection, timezone="UTC", currency="XTR")
    record(settings.clickhouse_url.get_secret_value(), *life(shop))
    asked = [
        {"active_users"},
        {"new_users", "active_buyers", "active_users"},
        {"started", "new_users", "order_created"},
        {"starts", "payments_failed"},
        {"units", "returns_minor"},
    ]

    async def alone() -> list[Rows]:
        found = []
        for names in asked:
            await counted(reader, shop, measures=frozenset(names))
            found.append(_only(reader.found, names))
        return found

    await counted(reader, shop, measures=OVERVIEW | {"payments_failed", "units", "orders"})
    expected = [_only(reader.found, names) for names in asked]
    assert all(expected)
    assert await alone() == expected
    await fold(*(NOON.date() + DAY * n for n in range(-2, 2)))
    assert await alone() == expected


Rows = dict[tuple[int, int], list[object]]


def _only(rows: Sequence[Mapping[str, Any]], names: set[str]) -> Rows:
    """What was counted of these, by bucket and whether it is the total; without what is empty."""
    found = {
        (row["is_total"], row["bucket"]): [row[f"n_{name}"] for name in sorted(names)]
        for row in rows
    }
    return {key: values for key, values in found.items() if any(values)}


async def test_what_is_read_and_what_makes_a_day_be_counted_again(
    reader: Reader, fold: Fold, connection: Connection, settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    url = settings.clickhouse_url.get_secret_value()
    record(url, paid(shop.id, 100, order_id=1))
    await fold(NOON.date())
    # What nobody paid shows where it was read from.
    command(settings, f"ALTER TABLE people_day UPDATE events = 7 WHERE shop_id = {shop.id}")
    assert (await counted(reader, shop)).total.orders == {"XTR": 7}
    # From another clock, whose days are others.
    assert (await counted(reader, shop, "Asia/Kolkata")).total.orders == {"XTR": 1}
    # An event of that day comes days later.
    record(url, paid(shop.id, 30, order_id=2))
    assert (await counted(reader, shop)).total.orders == {"XTR": 2}
    await fold(NOON.date())
    assert (await counted(reader, shop)).total.orders == {"XTR": 2}


async def test_a_day_folded_too_early_is_not_used(
    reader: Reader,
    fold: Fold,
    connection: Connection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    url = settings.clickhouse_url.get_secret_value()
    midnight = day_start(NOON.date() + DAY, "UTC")

    async def fold_after(minutes: int) -> None:
        class Then(datetime):
            @classmethod
            def now(cls, _tz: object = None) -> datetime:  # type: ignore[override]  # one time
                return midnight + timedelta(minutes=minutes)

        with monkeypatch.context() as patched:
            patched.setattr(figures, "datetime", Then)
            await fold(NOON.date())
        command(settings, f"ALTER TABLE people_day UPDATE events = 7 WHERE shop_id = {shop.id}")

    record(url, paid(shop.id, 100, order_id=1))
    await fold_after(15)
    # Of a minute to twelve, stored right before it would be late: after that fold.
    almost_late = people_day.STORED_LATE // timedelta(milliseconds=1) - 1
    event = paid(shop.id, 30, order_id=2, at=midnight - timedelta(minutes=1))
    record(url, event | {"stored_after_ms": almost_late})
    assert (await counted(reader, shop)).total.orders == {"XTR": 2}
    await fold_after(16)
    assert (await counted(reader, shop)).total.orders == {"XTR": 7}
    # One that came after the second fold is late.
    record(url, event | {"order_id": 3, "pos": 10**8, "stored_after_ms": almost_late + 1})
    assert (await counted(reader, shop)).total.orders == {"XTR": 3}


async def test_clean_figures_go_by_one_state_of_the_verdicts(
    reader: Reader, fold: Fold, connection: Connection, settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        settings.clickhouse_url.get_secret_value(),
        *(paid(shop.id, 100, buyer, order_id=buyer) for buyer in (1, 2)),
        paid(shop.id, 100, 1, order_id=3, at=NOON - DAY),
        paid(shop.id, 100, 2, order_id=4, at=NOON + DAY),  # not folded: of events
    )
    days = [NOON.date() - DAY, NOON.date()]
    await fold(*days)
    command(
        settings,
        f"ALTER TABLE people_day UPDATE events = 7 WHERE (shop_id, day) = ({shop.id}, '{days[0]}')",
    )

    def judge(verdict: str, number: int) -> None:
        names = "(shop_id, buyer_no, verdict, published_at)"
        command(
            settings,
            f"INSERT INTO fraud_verdict {names} VALUES ({shop.id}, 2, '{verdict}', {number})",
        )

    async def orders(variant: Variant) -> int:
        return (await counted(reader, shop, variant=variant)).total.orders["XTR"]

    assert (await orders("raw"), await orders("clean")) == (7 + 2 + 1, 7 + 2 + 1)
    judge("fraud", 1)  # after the fold; days without that shopper are still read as they were kept
    assert (await orders("raw"), await orders("clean")) == (7 + 2 + 1, 7 + 1)
    await fold(days[1])
    assert (await orders("raw"), await orders("clean")) == (7 + 2 + 1, 7 + 1)
    judge("clear", 2)
    assert (await orders("raw"), await orders("clean")) == (7 + 2 + 1, 7 + 2 + 1)


async def test_a_stretch_without_time_has_nothing(reader: Reader, connection: Connection) -> None:
    shop = await create_shop(connection)
    (found,) = await count_all(reader, Asked([shop]), [Stretch((NOON,), NOON)], NOON)
    assert found.whole.total == Totals() and found.whole.buckets == [Totals()]
