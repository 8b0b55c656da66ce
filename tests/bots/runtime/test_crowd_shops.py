"""The crowd in the demo's two shops, run by a real worker: the truth is what was counted."""

from collections import Counter
from pathlib import Path

import pytest

from cli.demo import seed
from core.shop import bots
from simulator.crowd import truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.crowd.truth import Truth
from simulator.demo import DEMO_BOTS
from simulator.server import background
from simulator.world import accounts
from tests.bots.runtime.conftest import Stage, until

pytestmark = pytest.mark.usefixtures("quiet")

# Everything happens often, and within seconds.
BUSY = {
    "abuse_share": 0,
    "thinking_seconds": 0.01,
    "roles": {"buyer": 6, "returning_buyer": 6, "window_shopper": 4},
    "cart_share": 0.6,
    "pay_share": 0.7,
    "leave_cart_share": 0.3,
    "cancel_share": 0.7,
    "open_share": 0.8,
    "search_share": 0.5,
    "favourite_share": 0.5,
    "wait_share": 1,
    "refund_share": 0,
    "patience_seconds": 200,
    "press_again_seconds": 30,
}
WANTED = {"search", "favourite", "cart_add", "cart_leave", "shipping", "answer", "cancel", "open"}


Records = list[truth.AnyRecord]


async def demo_crowd(stage: Stage, writer: Truth) -> Crowd:
    """The demo's people, whose shops are open."""
    await seed(stage.settings(), len(DEMO_BOTS))
    with stage.telegram.world.change() as change:
        for bot in DEMO_BOTS:
            accounts.put_bot(change.db, bot.id, bot.token, bot.name, bot.username)
    crowd = Crowd(
        stage.telegram.world,
        writer,
        CrowdOptions.model_validate(BUSY),
        seed=11,
        bot_ids=[bot.id for bot in DEMO_BOTS],
    )
    await stage.worker()
    for bot in DEMO_BOTS:
        async with stage.pool.acquire() as connection:
            connected = await bots.get(connection, bot.id)
        await stage.runs(connected)
    return crowd


def deeds(records: Records) -> Counter[str]:
    return Counter(each.what for each in records if isinstance(each, truth.Deed))


async def test_the_truth_of_carts_checkouts_and_deliveries_is_what_was_counted(
    stage: Stage, tmp_path: Path
) -> None:
    writer = Truth(tmp_path / truth.FOLDER)
    crowd = await demo_crowd(stage, writer)

    async def all_has_happened() -> bool:
        return deeds(list(truth.read(writer.folder))).keys() >= WANTED

    async def nobody_is_there() -> bool:
        return not crowd.visiting

    async with background(crowd.come_again(8, 0.05)):
        await until(all_has_happened, "everything that people do", seconds=240)
        crowd.let_in(False)
        await until(nobody_is_there, "the end of the visits", seconds=240)
    writer.close()
    records = list(truth.read(writer.folder))
    visits = [each for each in records if isinstance(each, truth.Visit)]
    assert {each.reason for each in visits if each.outcome == "gave_up"} == set()
    audit = crowd.audit()
    assert (audit.receipts_missing, audit.receipts_doubled) == (0, 0)
    await agrees(stage, records)


async def agrees(stage: Stage, records: Records) -> None:
    """What the product counted and sold is what the people did."""
    done, counted = deeds(records), Counter[str]()
    for row in await stage.pool.fetch("SELECT event, count(*) AS n FROM outbox GROUP BY event"):
        counted[row["event"]] = row["n"]
    assert counted["catalogue_searched"] == done["search"]
    assert counted["stock_awaited"] <= done["wait"]
    paid = {each.payload: each for each in records if isinstance(each, truth.Charge)}
    billed = {each.payload for each in records if isinstance(each, truth.Bill)}
    assert counted["order_created"] == len(billed) and set(paid) <= billed
    assert counted["order_paid"] == len(paid)
    digital = [each for each in paid.values() if each.bot == DEMO_BOTS[1].id]

    async def all_are_told() -> bool:  # once Telegram has acknowledged the goods
        return await stage.count("delivery_sent") == len(digital) > 0

    await until(all_are_told, f"{len(digital)} deliveries")
    opened = await stage.pool.fetchval("SELECT coalesce(sum(opened), 0) FROM deliveries")
    assert opened >= done["open"] > 0
    parts = await stage.pool.fetchrow(
        "SELECT sum(total_minor)::bigint AS total, sum(shipping_minor)::bigint AS shipping, "
        "sum(tax_minor)::bigint AS tax, (SELECT bool_and(l.cost_minor > 0) FROM order_lines AS l) "
        "AS has_costs FROM orders WHERE status = 'paid'"
    )
    assert parts is not None and parts["has_costs"] and parts["shipping"] > 0 and parts["tax"] > 0
    assert parts["total"] == sum(each.amount for each in paid.values())
