"""The roll-up of people: bitmaps of the shop's own days, whichever clock it has."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from core.people_day import FIRST_START, FOLDED, MARK
from core.shop import shops
from core.zones import day_start
from pipelines.activity.people_day import PEOPLE_DAY
from pipelines.following import plan
from pipelines.standing import AGREEMENTS
from tests.pipelines import life
from tests.pipelines.kpis.happenings import Happened, purchase, put, start
from tests.pipelines.world import DAY, LATER, Shop, World, after, at

MINUTE = timedelta(minutes=1)


def people(world: World, shop: Shop, event: str, *days: int) -> int:
    """Distinct people of all these stored days."""
    (row,) = world.client.query(
        "SELECT groupBitmapMerge(people) FROM people_day WHERE shop_id = {shop:UInt32} "
        "AND event = {event:String} AND day IN {days:Array(Date)}",
        parameters={"shop": shop.id, "event": event, "days": [after(day) for day in days]},
    ).result_rows
    return int(row[0])


def test_a_day_is_what_shoppers_did_and_a_row_of_its_own(world: World) -> None:
    shop = world.shop(currency="RUB")
    world.happen(
        shop,
        [start(1, is_first=True), start(1), start(2)],
        purchase(3, (100, 2), order_id=5),
        Happened(
            "refund_completed",
            3,
            amount_minor=60,
            currency="XTR",
            order_id=5,
            props={"tax_minor": 10, "rate": "2"},
        ),
        Happened("message_received", 0),
        Happened("message_received", 4, is_staff=True, stored_after_ms=10**9),
        Happened("message_received", 5, stored_after_ms=900_000),
        Happened("message_received", 6, stored_after_ms=899_999),
        folds=(),
    )
    rows = {
        (row["event"], row["currency"]): row
        for row in world.figures(shop, PEOPLE_DAY, now=LATER)
        if not row["dimension"]
    }
    assert rows[MARK, ""]["late_events"] == 1 and rows[MARK, ""]["people_numbers"] == []
    assert rows["bot_started", ""]["people_numbers"] == [1, 2]
    assert rows["bot_started", ""]["events"] == 3
    assert rows[FIRST_START, ""]["people_numbers"] == [1] and rows[FIRST_START, ""]["events"] == 1
    assert rows["message_received", ""]["people_numbers"] == [5, 6]  # 0 is nobody
    line, paid = rows["order_line", "XTR"], rows["order_paid", "XTR"]
    # The goods are the line's, not once more the order's; without a rate, roubles are unknown.
    assert (line["goods_minor"], paid["goods_minor"], paid["quantity"]) == (200, 0, 2)
    assert (line["base_goods_minor"], paid["people_numbers"]) == (None, [3])
    back = rows["refund_completed", "XTR"]
    assert (back["goods_minor"], back["base_goods_minor"], back["tax_minor"]) == (50, 10_000, 10)


def test_who_is_flagged_has_rows_apart(world: World) -> None:
    shop = world.shop()
    world.happen(shop, life.of_shoppers(range(1, 7)), folds=())
    everybody = world.rows(shop, PEOPLE_DAY, flagged=())
    marked = world.rows(shop, PEOPLE_DAY, flagged=(2, 5))
    assert not everybody["is_flagged"].any()
    both = marked.group_by("dimension", "key", "event", "currency").agg(
        pl.col("events", "goods_minor").sum(),
        pl.col("people_numbers").list.explode(keep_nulls=False, empty_as_null=False).sort(),
    )
    raw = everybody.select(both.columns)
    keys = ["dimension", "key", "event", "currency"]
    assert both.sort(keys).to_dicts() == raw.to_dicts()
    honest = world.shop()
    world.happen(honest, life.of_shoppers([1, 3, 4, 6]), folds=())
    clean = marked.filter(~pl.col("is_flagged")).drop("shop_id")
    assert clean.to_dicts() == world.rows(honest, PEOPLE_DAY).drop("shop_id").to_dicts()


def test_a_day_is_also_kept_by_what_it_is_broken_down_by(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        [Happened("message_received", buyer, first_source=buyer // 2) for buyer in (1, 2, 3)],
        folds=(),
    )
    found = {
        (row["dimension"], row["key"]): row["people_numbers"]
        for row in world.figures(shop, PEOPLE_DAY, now=LATER)
        if row["event"] == "message_received"
    }
    assert found == {
        ("", ""): [1, 2, 3],
        ("language", "und"): [1, 2, 3],
        ("module", "none"): [1, 2, 3],
        ("source", "0"): [1],
        ("source", "1"): [2, 3],
    }


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_days_of_clocks_with_half_hours_meet(world: World, zone: str) -> None:
    shop = world.shop(zone)
    midnight = day_start(DAY, zone)
    world.happen(
        shop,
        [Happened("message_received", 1, at=midnight - MINUTE)],
        [Happened("message_received", buyer, at=midnight) for buyer in (1, 2)],
        folds=(PEOPLE_DAY,),
    )
    told = [people(world, shop, "message_received", *days) for days in ((-1,), (0,), (-1, 0))]
    assert told == [1, 2, 2]
    row = world.figures(shop, PEOPLE_DAY)[0]
    assert (row["starts_at"], row["known_until"]) == (midnight, row["ends_at"])


def test_a_day_that_is_not_over_says_so(world: World) -> None:
    shop = world.shop()
    rows = world.figures(shop, PEOPLE_DAY, now=at(0, 9))
    assert [row["dimension"] for row in rows] == sorted(["", *FOLDED])
    assert {(row["event"], row["known_until"]) for row in rows} == {(MARK, at(0, 9))}


def test_a_missing_or_wrong_day_is_found_and_planned(world: World) -> None:
    shop, day = world.shop(), 300
    (agreement,) = (each for each in AGREEMENTS if each.asset == PEOPLE_DAY.name)
    put(world.client, [start(1, at=at(day), is_first=True, shop_id=shop.id)])
    world.client.command(
        "INSERT INTO shop_kpi_day (day, shop_id, new_users, starts, active_users) "
        f"VALUES ('{after(day)}', {shop.id}, 1, 1, 1)"
    )

    def disagreements() -> list[dict[str, object]]:
        # As if it were long over: the check waits until it is.
        sql = agreement.sql.replace("toDate(now('UTC')) - 1", "toDate('2100-01-01')")
        return world.clickhouse.read(sql, {"day": after(day)}).to_dicts()

    known = shops.Shop(id=shop.id, name="Чай", timezone="UTC", currency="XTR", retention_days=730)
    now = datetime.combine(after(day + 5), datetime.min.time(), UTC)
    (missing,) = disagreements()
    assert (missing["shop_id"], missing["is_folded"]) == (shop.id, 0)
    assert PEOPLE_DAY.name in plan(world.clickhouse, [known], now)[after(day)]
    world.keep(PEOPLE_DAY, shop, after(day), now=at(day + 1, 0, 15))
    assert PEOPLE_DAY.name in plan(world.clickhouse, [known], now)[after(day)]
    world.keep(PEOPLE_DAY, shop, after(day), now=at(day + 1, 0, 16))
    assert PEOPLE_DAY.name not in plan(world.clickhouse, [known], now).get(after(day), ())
    assert disagreements() == []
    assert PEOPLE_DAY.name not in plan(world.clickhouse, [known], now).get(after(day), ())
    world.client.command(
        f"ALTER TABLE shop_kpi_day UPDATE new_users = 0 WHERE shop_id = {shop.id} "
        "SETTINGS mutations_sync = 2"
    )
    assert [each["new_users"] for each in disagreements()] == [1]
