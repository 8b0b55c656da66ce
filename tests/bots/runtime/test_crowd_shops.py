"""The crowd in the demo's two shops, run by a real worker and shipped by a real shipper: the truth
of the people is what events, daily tables and panel say."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from cli import crowd_figures, crowd_metrics
from cli.crowd_figures import Compared
from cli.demo import seed
from core import clickhouse
from core.settings import Settings
from core.shop import bots, shops, source_costs
from core.shop.source_costs import CostDraft
from core.zones import day_of
from simulator.crowd import clerk, gates, truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.crowd.reckoning import Figures
from simulator.crowd.truth import Truth
from simulator.demo import DEMO_BOTS as BOTS
from simulator.server import background
from simulator.wire.faults import EVERY_METHOD
from simulator.world import accounts
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.filled import empty_metrics
from tests.bots.runtime.guarded_crowd import held_off
from tests.bots.runtime.kept_truth import KeptTruth, Records
from tests.bots.runtime.later_days import COLUMNS, later_days_agree
from tests.bots.runtime.stretch import TELEGRAM_SECONDS, Stretch
from tests.ingestion.test_shipper import shipped, shipping

pytestmark = [pytest.mark.long(waits=True), pytest.mark.usefixtures("quiet")]

# Everything happens often, and within seconds.
BUSY = {
    "abuse_share": 0.1,
    "abuses": {"ring": 1},
    "thinking_seconds": 0.01,
    "roles": {
        "buyer": 6,
        "returning_buyer": 6,
        "window_shopper": 4,
        "impatient": 2,
        "visitor": 1,
        "blocker": 1,
    },
    "cart_share": 0.6,
    "pay_share": 0.7,
    "leave_cart_share": 0.3,
    "cancel_share": 0.5,
    "open_share": 0.8,
    "promo_share": 0.5,
    "review_share": 0.8,
    "ask_share": 0.3,
    "answer_seconds": 0.1,
    "search_share": 0.5,
    "favourite_share": 0.5,
    "wait_share": 1,
    "decline_share": 0.2,
    "refund_share": 0.3,
    "points_share": 0.9,
    "top_up_share": 0.7,
    "wallet_share": 0.8,
    "clerk_seconds": 0.05,
    "clerk_refunds_share": 0.2,
    "invite_share": 1,
    "invited_share": 0.5,
    "household_share": 0.5,
    "click_share": 0.5,
    "stop_share": 0.3,
    "patience_seconds": 200,
    "press_again_seconds": 30,
    "most_visits": 18,
}
# Not while all is in stock, nor by honest people; what follows an answer, and who leaves a channel,
# is in test_crowd_support.
WANTED = {*get_args(truth.What)} - {"wait", "helped", "rate", "refused", "leave"}
# What the modules of a selling shop feed the figures with (docs/metrics.md).
FED = {
    "cart_viewed",
    "cart_item_added",
    "promo_applied",
    "checkout_started",
    "order_created",
    "order_cancelled",
    "order_expired",
    "payment_initiated",
    "payment_succeeded",
    "payment_expired",
    "refund_completed",
    "delivery_sent",
    "review_submitted",
    "referral_registered",
    "gate_passed",
    "captcha_passed",
    "captcha_failed",
    "broadcast_message_delivered",
    "broadcast_clicked",
    "wallet_entry_posted",
}
# How long people read a screen. Of a slow machine's crowd a visit has more acts than one of the
# demo's, whose pace would be that of a flood if it went on for so long.
READING_SECONDS = 5.0
# What happened at least once, in all shops together.
SEEN = (
    *("orders_cancelled", "orders_expired", "deliveries", "carts", "refunds", "tax", "discounts"),
    *("reviews", "invited", "gates_passed", "gates_failed"),
    "broadcast_clickers",
)
# Metrics that no first day has, by their definitions in docs/metrics.md.
EMPTY_ON_A_FIRST_DAY = {
    8: "nobody could be reached when the day began",
    **dict.fromkeys((9, 10, 11, 14, 16, 39), "cohorts are counted once their days are over"),
    17: "carts are abandoned after 48 hours",
    18: "checkouts are abandoned after 24 hours",
    38: "nobody has bought on two days",
    40: "nobody was a buyer when the day began",
}


async def demo_crowd(stage: Stage, writer: Truth) -> Crowd:
    """The demo's people, whose shops are open."""
    await seed(stage.settings(), len(BOTS), with_staff=True)
    await far_from_midnight(stage)
    await pay_for_links(stage)
    with stage.telegram.world.change() as change:
        for bot in BOTS:
            accounts.put_bot(change.db, bot.id, bot.token, bot.name, bot.username)
            clerk.settle(change, bot)
    crowd = Crowd(
        stage.telegram.world,
        writer,
        CrowdOptions.model_validate(BUSY),
        seed=61,  # somebody of each role, and buyers in each shop
        bot_ids=[bot.id for bot in BOTS],
    )
    await stage.worker()
    for bot in BOTS:
        async with stage.pool.acquire() as connection:
            connected = await bots.get(connection, bot.id)
        await stage.runs(connected)
    return crowd


async def far_from_midnight(stage: Stage) -> None:
    """In every shop it is noon: its figures are of one day."""
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    await stage.pool.execute("UPDATE shops SET timezone = $1", zone)


async def pay_for_links(stage: Stage) -> None:
    """What the demo's links cost, on the day that it is there now."""
    now = datetime.now(UTC)
    async with stage.pool.acquire() as connection, connection.transaction():
        for row in await connection.fetch("SELECT id, shop_id FROM sources"):
            shop = await shops.get(connection, row["shop_id"])
            cost = CostDraft(amount_minor=700, currency=shop.currency)
            today = day_of(now, shop.timezone)
            await source_costs.set_cost(connection, shop, row["id"], today, cost, now)


def deeds(records: Records) -> Counter[str]:
    return Counter(each.what for each in records if isinstance(each, truth.Deed))


def has_discount(record: truth.AnyRecord) -> bool:
    """Whether it is the receipt of an order for which a promo code was taken."""
    if not isinstance(record, truth.Receipt):
        return False
    return any(row.amount is not None and row.amount < 0 for row in record.added)


def invited(records: Records) -> set[str]:
    """The links that were passed on, and by which somebody honest has come."""
    links = {
        each.about for each in records if isinstance(each, truth.Deed) if each.what == "invite"
    }
    people = (each for each in records if isinstance(each, truth.Person))
    return {each.source for each in people if each.abuse is None} & links


def paid_by_wallets(records: Records) -> set[str]:
    """How wallets have paid for orders, and whether anything came back into one."""
    parts = {each.payload for each in records if isinstance(each, truth.Bill) and each.from_wallet}
    paid = {each.payload for each in records if isinstance(each, truth.Charge)}
    notices = (each for each in records if isinstance(each, truth.RefundNotice))
    found = {
        "whole": any(isinstance(each, truth.WalletPayment) for each in records),
        "part": bool(parts & paid),
        "back": any(each.to_wallet for each in notices),
    }
    return {name for name, is_there in found.items() if is_there}


def has_ring(records: Records) -> bool:
    """Whether somebody's own accounts have come, and paid."""
    people = (each for each in records if isinstance(each, truth.Person))
    ring = {each.telegram_id for each in people if each.abuse == "ring"}
    return any(isinstance(each, truth.Charge) and each.telegram_id in ring for each in records)


async def test_the_truth_is_what_every_place_says(
    stage: Stage, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "WRONG_SHARE", 0.5)
    writer, stretch = KeptTruth(tmp_path / truth.FOLDER), Stretch()
    crowd = await demo_crowd(stage, writer)
    stage.telegram.world.faults.latencies[EVERY_METHOD] = TELEGRAM_SECONDS
    shelf = await crowd_metrics.shelf(stage.pool)

    async def all_has_happened() -> bool:
        await asyncio.sleep(0.2)
        records = writer.records
        kinds = {each.bot for each in records if isinstance(each, truth.Charge)}
        is_all = deeds(records).keys() >= WANTED and len(kinds) == len(BOTS)
        if kinds:
            await stage.pool.execute(
                "UPDATE broadcasts SET starts_at = now() WHERE state = 'scheduled'"
            )
        is_paid = paid_by_wallets(records) == {"whole", "part", "back"}
        return is_all and is_paid and any(map(has_discount, records)) and has_come(records)

    def has_come(records: Records) -> bool:
        return bool(invited(records)) and has_ring(records)

    async def nobody_is_there() -> bool:
        return not crowd.visiting

    async with background(crowd.come_again(12, 0.05)), background(crowd.come(10)):
        await until(all_has_happened, "everything that people do", seconds=600)
        crowd.let_in(False)
        await until(nobody_is_there, "the end of the visits", seconds=600)
        await run_out(stage)
        await all_is_told(stage, writer.records)
    writer.close()
    stretch.over = time.time()
    records = list(truth.read(writer.folder))
    visits = [each for each in records if isinstance(each, truth.Visit)]
    assert {each.reason for each in visits if each.outcome == "gave_up"} == set()
    audit = crowd.audit()
    assert (audit.receipts_missing, audit.receipts_doubled) == (0, 0)
    await agrees(stage, records)
    await ship(settings, stage, stretch)
    compared = await compare(stage, settings, records, shelf, stretch)
    assert [line for each in compared for line in each.differences] == []
    everything_counts(sum((each.true for each in compared), Figures()))


def everything_counts(true: Figures) -> None:
    """Nothing is the same everywhere because it never happened."""
    totals = Counter[str]()
    for (name, _), count in true.items():
        totals[name] += count
    assert [name for name in SEEN if not totals[name]] == []
    unpaid = totals["orders_created"] - totals["orders_paid"] - totals["orders_cancelled"]
    assert totals["orders_expired"] == unpaid, "an order is paid, cancelled, or runs out"
    assert {currency for _, currency in true} == {"", "XTR", "RUB"}


async def run_out(stage: Stage) -> None:
    """Whatever is not paid by now is not paid in time."""
    await stage.pool.execute(
        "UPDATE orders SET expires_at = now(), reserved_until = NULL WHERE status = 'created'"
    )

    async def all_are_closed() -> bool:
        await stage.pool.execute(
            "UPDATE module_jobs SET due_at = now(), not_before = now() WHERE task = 'expire'"
        )
        async with stage.pool.acquire() as connection:
            for bot in BOTS:
                await bots.announce(connection, bot.id)
        await asyncio.sleep(0.2)
        return not await stage.pool.fetchval("SELECT count(*) FROM orders WHERE status = 'created'")

    await until(all_are_closed, "the end of all orders")


async def all_is_told(stage: Stage, records: Records) -> None:
    """All that waits to be sent has been sent, and the people have it."""

    async def nothing_waits() -> bool:
        waits = await stage.pool.fetchval("SELECT count(*) FROM outgoing WHERE state = 'pending'")
        told = [each for each in records if isinstance(each, truth.OrderNotice)]
        is_sent = await stage.pool.fetchval("SELECT bool_and(state = 'done') FROM broadcasts")
        return is_sent and not waits and len(told) >= await stage.count("order_expired")

    await until(nothing_waits, "the last messages")


async def ship(settings: Settings, stage: Stage, stretch: Stretch) -> None:
    """What has happened is in ClickHouse."""
    urls = (settings.database_url, settings.clickhouse_url)
    stretch.shipping = time.time()
    async with shipping(*(each.get_secret_value() for each in urls)):
        async with stage.pool.acquire() as connection:
            await shipped(connection)
    stretch.shipped = time.time()


async def compare(
    stage: Stage, settings: Settings, records: Records, shelf: dict[int, int], stretch: Stretch
) -> list[Compared]:
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    try:
        compared = await crowd_figures.compare(settings, stage.pool, client, records)
        found = await empty_metrics(settings, client, {each.span.day for each in compared})
        assert found.keys() <= EMPTY_ON_A_FIRST_DAY.keys(), found
        checked = [
            await crowd_metrics.check(
                stage.pool, client, records, each.span.shop.id, shelf, stretch.known
            )
            for each in compared
        ]
        assert [line for each in checked for line in each.wrong] == []
        assert crowd_metrics.uncompared(checked, {*EMPTY_ON_A_FIRST_DAY}) == set()
        books = compared[-1].span.shop
        later = await asyncio.to_thread(later_days_agree, settings, books, [BOTS[1].id], records)
        assert later == COLUMNS, "what a first day cannot have, had it lasted for months"
        return compared
    finally:
        await client.close()


def given_up(records: Records) -> set[str]:
    """Orders whose payment failed, and was not tried again; by their numbers in payloads."""
    of = {"decline": set[str](), "cancel": set[str]()}
    for each in records:
        if isinstance(each, truth.Deed) and each.what in of:
            of[each.what].add(each.about.rpartition(":")[2])
    paid = {each.payload.partition(":")[2] for each in records if isinstance(each, truth.Charge)}
    return of["decline"] - paid - of["cancel"]


async def agrees(stage: Stage, records: Records) -> None:
    """What is in no figure: what was looked for, waited for and opened, and what goods cost."""
    done = deeds(records)
    told = await stage.pool.fetch("SELECT DISTINCT event FROM outbox")
    assert FED <= {row["event"] for row in told}
    assert await stage.count("payment_expired") == len(given_up(records))
    assert await stage.count("catalogue_searched") == done["search"]
    assert await stage.count("stock_awaited") <= done["wait"]
    opened = await stage.pool.fetchval("SELECT coalesce(sum(opened), 0) FROM deliveries")
    assert opened >= done["open"] > 0
    assert await stage.pool.fetchval("SELECT bool_and(cost_minor > 0) FROM order_lines")
    refused = await stage.pool.fetchval("SELECT count(*) FROM broadcast_refusals")
    came = [
        (each.telegram_id, each.number) for each in records if isinstance(each, truth.Broadcast)
    ]
    assert came and len(came) == len(set(came)), "a broadcast comes once"
    stopped = (each for each in records if isinstance(each, truth.Deed) if each.what == "stop")
    assert refused == len({each.telegram_id for each in stopped})
    await rings_gain_nothing(stage, records)
    await nobody_is_held_off(stage)
    people = (each for each in records if isinstance(each, truth.Person) and each.abuse is None)
    assert {*Counter(each.home for each in people).values()} == {1, 2}, "alone, or two of them"


async def nobody_is_held_off(stage: Stage) -> None:
    """The guard lets all of them shop: a ring's accounts do not hurry either."""
    rows = await stage.pool.fetch(
        "SELECT shop_id, buyer_no, event, product_id, props FROM outbox ORDER BY shard, pos"
    )
    on_sale = await stage.pool.fetchval("SELECT count(*) / 2 FROM products")
    held = held_off(list(map(dict, rows)), on_sale, READING_SECONDS)
    assert len(held) >= 12
    assert {who: done for who, done in held.items() if done} == {}


async def rings_gain_nothing(stage: Stage, records: Records) -> None:
    """Of somebody's own accounts the first may have looked like a friend."""
    people = (each for each in records if isinstance(each, truth.Person))
    ring = [each.telegram_id for each in people if each.abuse == "ring"]
    rows = await stage.pool.fetch(
        "SELECT r.buyer_no, count(*) FILTER (WHERE r.suspicion = '') AS trusted "
        "FROM referral_rewards AS r JOIN customers AS c "
        "ON (c.shop_id, c.buyer_no) = (r.shop_id, r.invited_buyer_no) "
        "WHERE c.telegram_id = ANY($1::bigint[]) GROUP BY r.shop_id, r.buyer_no",
        ring,
    )
    assert rows and all(row["trusted"] <= 1 for row in rows)
