"""Who invites whom, and what that brings."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bots.modules.referral import earning, screens, store
from bots.modules.referral.manifest import MANIFEST
from bots.modules.referral.settings import ReferralSettings
from bots.sdk.context import Context, Scope
from bots.sdk.points import Basket, NeedsYou, PriceRule
from bots.sdk.replies import SendText
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Command
from core import people
from core.modules import Modules
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import customers, order_refunds, orders, shops
from core.shop.customers import INVITATION, INVITATIONS
from core.shop.people import PEOPLE
from core.shop.pricing import Discount
from tests.bots.counter import counter
from tests.bots.modules.referral.inviting import PRICE, Club
from tests.bots.rewards import Prizes
from tests.bots.shopper import Shopper, outgoing

EVERYONE = PEOPLE + Modules.discover().people()


async def test_a_reward_waits_for_the_time_of_returns_and_is_given_once(
    connection: Connection,
) -> None:
    club = await Club.begin(connection, percent=10, hold_days=14)
    inviter = club.shopper(1)
    friend = await club.invited(inviter, 2)
    order_id = await club.buys(friend)
    (held,) = await club.rewards()
    assert (held.state, held.amount, held.suspicion) == ("held", Money(10_000, "RUB"), "")
    ((chat, purpose, message),) = await outgoing(connection)
    assert isinstance(message, SendText)
    assert (chat, purpose) == (inviter.profile.telegram_id, "referral")
    assert "100 ₽ will be yours on" in message.text.plain
    assert "referral:below" in repr(message.keyboard)
    await club.buys(friend)  # a second order brings nothing
    await club.passes(13.9)
    assert club.prizes.given == []
    for _ in range(2):
        await club.passes(14.1)
    assert club.prizes.given == [(await club.number(inviter), Money(10_000, "RUB"))]
    (given,) = await club.rewards()
    assert (given.state, given.way) == ("given", "prizes")
    numbers = {"inviter": held.buyer_no, "invited": held.invited_buyer_no, "level": 1}
    assert await club.facts("referral_rewarded") != []
    assert await club.told("referral_rewarded") == [("", numbers)]
    assert await club.told("referral_registered") == [("", {"inviter": held.buyer_no})]
    assert (await club.facts("referral_rewarded"))[0][:2] == (order_id, 10_000)


async def test_what_goes_back_before_takes_the_reward_or_a_part_of_it(
    connection: Connection,
) -> None:
    club = await Club.begin(connection, percent=10)
    inviter = club.shopper(1)
    whole, part = [await club.invited(inviter, number) for number in (2, 3)]
    await connection.execute("UPDATE referrals SET registered_at = now() - interval '9 days'")
    await connection.execute(
        "UPDATE referrals SET registered_at = now() WHERE buyer_no = $1", await club.number(part)
    )
    gone, reduced = await club.buys(whole), await club.buys(part)
    await club.gives_back(gone)
    await club.gives_back(reduced, PRICE // 4)
    first, second = await club.rewards()
    assert (first.state, first.reason, second.state) == ("rejected", "refunded", "held")
    rejected = await club.told("referral_rejected")
    assert [(outcome, props["invited"]) for outcome, props in rejected] == [
        ("refunded", first.invited_buyer_no)
    ]
    await club.passes(15)
    assert [amount.amount_minor for _, amount in club.prizes.given] == [7_500]
    # Whoever had their money back may bring a reward with their next order.
    await club.buys(whole)
    assert [each.state for each in await club.rewards()] == ["rejected", "given", "held"]


async def test_a_fixed_sum_is_in_the_shops_currency_and_no_more_than_the_order_brings(
    connection: Connection,
) -> None:
    club = await Club.begin(connection, amount=300)
    order_id = await club.buys(await club.invited(club.shopper(1), 2))
    order = await orders.get(connection, order_id)
    fixed, large = ReferralSettings(amount=300), ReferralSettings(amount=5000)
    assert earning.first_reward(fixed, order, "RUB") == Money(30_000, "RUB")
    assert earning.first_reward(large, order, "RUB") == Money(PRICE, "RUB")
    assert earning.first_reward(fixed, order, "USD") is None
    await club.gives_back(order_id, PRICE - 20_000)
    await club.passes(15)
    assert [amount.amount_minor for _, amount in club.prizes.given] == [20_000]


async def test_rewards_of_a_bot_that_is_gone_are_anothers_to_give(connection: Connection) -> None:
    club = await Club.begin(connection)
    await club.buys(await club.invited(club.shopper(1), 2))
    shop_id, later = club.origin.shop_id, datetime.now(UTC) + timedelta(days=30)
    other = club.origin.bot_id + 1
    assert await store.due(connection, shop_id, other, later) == []
    await connection.execute("UPDATE bots SET removed_at = now()")
    assert await store.due(connection, shop_id, other, later) == await club.rewards()


async def test_what_is_to_go_back_waits(connection: Connection) -> None:
    club = await Club.begin(connection, hold_days=0)
    order_id = await club.buys(await club.invited(club.shopper(1), 2))
    refund_id = await club.asks_back(order_id, 100)
    await club.passes(0.1)
    assert [each.state for each in await club.rewards()] == ["held"]
    await order_refunds.fail(connection, club.origin, refund_id=refund_id, error="no such card")
    await club.passes(1.2)
    assert [each.state for each in await club.rewards()] == ["given"]


async def test_two_levels_and_no_third(connection: Connection) -> None:
    club = await Club.begin(connection, percent=10, second_percent=50, hold_days=0)
    chain = [club.shopper(1)]
    for number in (2, 3, 4):
        chain.append(await club.invited(chain[-1], number))
    await club.buys(chain[-1])
    await club.passes(0.1)
    numbers = [await club.number(each) for each in chain]
    assert sorted(club.prizes.given) == [
        (numbers[1], Money(5_000, "RUB")),
        (numbers[2], Money(10_000, "RUB")),
    ]


async def test_nobody_invites_themselves_or_whoever_was_there_before(
    connection: Connection,
) -> None:
    club = await Club.begin(connection)
    first = club.shopper(1)
    second = await club.invited(first, 2)
    await first.start(await club.code(first))
    await first.start(await club.code(second))
    await second.start(await club.code(club.shopper(3)))  # is invited already
    buyer = club.shopper(4)
    await club.buys(buyer)
    await buyer.start(await club.code(first))
    rejected = [outcome for outcome, _ in await club.told("referral_rejected")]
    assert rejected == ["self", "cycle", "not_new"]
    assert await connection.fetchval("SELECT count(*) FROM referrals") == 1


@pytest.mark.parametrize("inviter_no", [7, 8])
async def test_the_database_itself_has_no_circle(connection: Connection, inviter_no: int) -> None:
    """7: themselves; 8: somebody who came later, as the last of every circle would have."""
    shop_id = (await Club.begin(connection)).origin.shop_id
    await connection.execute(
        "INSERT INTO customers (shop_id, telegram_id, buyer_no) VALUES ($1, 1, 7), ($1, 2, 8)",
        shop_id,
    )
    with pytest.raises(asyncpg.CheckViolationError, match="no_self_no_cycle"):
        await connection.execute(
            "INSERT INTO referrals VALUES ($1, 7, $2, 1, now())", shop_id, inviter_no
        )


async def test_who_started_yesterday_is_not_new(connection: Connection) -> None:
    club = await Club.begin(connection)
    code, late = await club.code(club.shopper(1)), club.shopper(2)
    await customers.record_start(connection, await club.buyer(late), "")
    await connection.execute("UPDATE customers SET started_at = now() - interval '25 hours'")
    await late.start(code)
    assert [outcome for outcome, _ in await club.told("referral_rejected")] == ["not_new"]


async def test_no_more_than_the_cap_in_a_month(connection: Connection) -> None:
    club = await Club.begin(connection, most_a_month=2)
    inviter = club.shopper(1)
    for number in (2, 3, 4):
        await club.buys(await club.invited(inviter, number))
    assert len(await club.rewards()) == 2
    assert [outcome for outcome, _ in await club.told("referral_rejected")] == ["cap"]
    await connection.execute("UPDATE referral_rewards SET earned_at = now() - interval '31 days'")
    await club.buys(await club.invited(inviter, 5))
    assert len(await club.rewards()) == 3


@pytest.mark.parametrize("kind", ["contact", "burst"])
async def test_what_looks_like_one_person_waits_longer_or_for_a_second_order(
    connection: Connection, kind: str
) -> None:
    club = await Club.begin(connection, hold_days=1)
    inviter = club.shopper(1)
    friend = await club.invited(inviter, 2)
    if kind == "burst":
        await club.invited(inviter, 3)
    else:
        for shopper in (inviter, friend):
            order = await club.order(shopper)
            await connection.execute(
                "INSERT INTO order_details VALUES ($1, 0, 'phone', 'Phone', '+7 999 000')",
                order.id,
            )
    await club.buys(friend)
    (held,) = await club.rewards()
    assert held.suspicion == kind
    await club.passes(6.9)
    assert club.prizes.given == []
    await club.buys(friend)
    await club.passes(1.1)
    assert len(club.prizes.given) == 1


async def test_it_waits_as_long_as_a_verdict_stands(connection: Connection) -> None:
    club = await Club.begin(connection, hold_days=0)
    await club.buys(await club.invited(club.shopper(1), 2))
    (held,) = await club.rewards()
    await connection.execute(
        "INSERT INTO fraud_verdicts (shop_id, buyer_no, abuse, score, outcome, seen_at) "
        "VALUES ($1, $2, 'traffic', 90, 'block', now())",
        club.origin.shop_id,
        held.invited_buyer_no,
    )
    await club.passes(0.1)
    assert [each.state for each in await club.rewards()] == ["held"]
    await connection.execute(
        "INSERT INTO fraud_allow (shop_id, buyer_no) VALUES ($1, $2)",
        club.origin.shop_id,
        held.invited_buyer_no,
    )
    await club.passes(1.2)
    assert [each.state for each in await club.rewards()] == ["given"]


async def test_without_a_way_to_give_it_a_reward_waits_and_the_owner_is_told(
    connection: Connection,
) -> None:
    refuses, works = Prizes("full", refuses=True), Prizes("promo", order=20)
    club = await Club.begin(connection, counter(), hold_days=0)
    await club.buys(await club.invited(club.shopper(1), 2))
    await club.passes(0.1)
    assert [each.state for each in await club.rewards()] == ["held"]
    assert [each.kind for each in await offered(club, NeedsYou)] == ["referral_without_reward"]
    club.enabled = [*club.enabled, refuses.module(), works.module()]
    assert await offered(club, NeedsYou) == []
    await club.passes(1.2)
    assert (await club.rewards())[0].way == "promo"


async def offered(club: Club, point: type[Any], about: object = None) -> list[Any]:
    """What the module offers to nobody in particular."""
    async with club.connection.transaction():
        shop = await shops.get(club.connection, club.origin.shop_id)
        transaction = Transaction(club.connection, club.origin, shop, enabled=club.enabled)
        item = next(each for each in club.enabled if each.key == MANIFEST.key)
        scope: Scope[Any] = Scope(transaction, item)
        return [each for each in await scope.offered(point, about) if each.module == MANIFEST.key]


async def test_the_first_order_of_the_invited_is_cheaper_and_one_of_two_at_once(
    connection: Connection,
) -> None:
    club = await Club.begin(connection, welcome_percent=15)
    inviter = club.shopper(1)
    friend = await club.invited(inviter, 2)
    product = await club.product(price_minor=PRICE)
    items = (product.item(1),)
    baskets = [
        Basket(items=items, currency="RUB", customer=await club.buyer(each), is_firm=True)
        for each in (friend, inviter)
    ]
    (rule,) = await offered(club, PriceRule, baskets[0])
    assert isinstance(rule.rule, Discount) and rule.rule.share_bp == 1500
    assert await offered(club, PriceRule, baskets[1]) == []
    being_paid = await club.order(friend, product)
    await connection.execute(
        "INSERT INTO order_adjustments VALUES ($1, 1, 'referral', '', 'referral', '', -100, false)",
        being_paid.id,
    )
    assert await offered(club, PriceRule, baskets[0])
    await connection.execute(
        "UPDATE orders SET reserved_until = now() + interval '1 hour' WHERE id = $1", being_paid.id
    )
    assert await offered(club, PriceRule, baskets[0]) == []
    assert await offered(club, PriceRule, replace(baskets[0], order_id=being_paid.id))
    await club.pays(friend, being_paid.id)
    assert await offered(club, PriceRule, baskets[0]) == []


async def test_a_shopper_sees_their_link_and_what_it_brought(connection: Connection) -> None:
    club = await Club.begin(connection, percent=10, welcome_percent=5, hold_days=3)
    inviter = club.shopper(1)
    assert "There is no link yet" in (await inviter.command("invite")).screen.text.plain
    friend = await club.invited(inviter, 2)
    await club.invited(inviter, 3)
    await club.buys(friend)
    text, keyboard = await overview(club, inviter)
    code = await club.code(inviter)
    assert INVITATION.fullmatch(code)
    assert f"https://t.me/tea_bot?start={code}" in text
    assert "you get 10 % of their first order: 3 days after" in text
    assert "Came: 2, of these bought: 1." in text and "Waiting: 100 ₽." in text
    assert keyboard is not None and "%3Fstart%3Dref-" in repr(keyboard)
    await connection.execute("UPDATE orders SET purpose = 'top_up', paid_at = NULL")
    assert "Came: 2, of these bought: 0." in (await overview(club, inviter))[0]


async def overview(club: Club, shopper: Shopper) -> tuple[str, object]:
    async with club.connection.transaction():
        shop = await shops.get(club.connection, club.origin.shop_id)
        transaction = Transaction(
            club.connection, club.origin, shop, enabled=club.enabled, bot_username="tea_bot"
        )
        item = next(each for each in club.enabled if each.key == MANIFEST.key)
        update = Command(name="invite", argument="", chat_id=1, occurred_at=transaction.now)
        context: Context[Any] = Context(transaction, item, await club.buyer(shopper), update)
        text, keyboard = await screens.overview(context)
        return text.plain, keyboard


async def test_the_links_of_all_shoppers_are_one_source(connection: Connection) -> None:
    club = await Club.begin(connection)
    shop_id = club.origin.shop_id
    codes = [await club.code(club.shopper(number)) for number in (1, 2)]
    assert codes[0] != codes[1]
    found = {await customers.source_of(connection, shop_id, code) for code in codes}
    assert len(found) == 1
    rows = await connection.fetch("SELECT code FROM sources")
    assert [row["code"] for row in rows] == [INVITATIONS]
    assert await customers.source_of(connection, shop_id, "ref-instagram") not in found


async def test_an_erased_person_invited_nobody(connection: Connection) -> None:
    club = await Club.begin(connection, hold_days=0)
    inviter = club.shopper(1)
    friend = await club.invited(inviter, 2)
    await club.invited(friend, 3)
    await club.buys(friend)
    person = club.origin.shop_id, await club.number(friend)
    exported = await people.export(connection, EVERYONE, *person)
    assert exported["referral_links"] and exported["referrals"]
    await people.erase(connection, EVERYONE, *person)
    rows = await connection.fetch("SELECT inviter_buyer_no FROM referrals")
    assert [row["inviter_buyer_no"] for row in rows] == [0]
    await club.passes(0.1)
    (reward,) = await club.rewards()
    assert (reward.state, reward.invited_buyer_no) == ("given", 0)
    first = club.origin.shop_id, await club.number(inviter)
    await people.erase(connection, EVERYONE, *first)
    assert (await club.rewards())[0].buyer_no == 0


async def test_two_orders_paid_at_once_bring_one_reward(pool: Pool) -> None:
    async with pool.acquire() as connection:
        club = await Club.begin(connection)
        friend = await club.invited(club.shopper(1), 2)
        order_ids = [(await club.order(friend)).id for _ in range(2)]

        async def pays(order_id: int) -> None:
            async with pool.acquire() as own:
                other = Club(own, club.origin, club.enabled)
                await other.pays(friend, order_id)

        await asyncio.gather(*map(pays, order_ids))
        assert await connection.fetchval("SELECT count(*) FROM orders WHERE status = 'paid'") == 2
        assert len(await club.rewards()) == 1


async def test_a_reward_is_decided_with_its_order_locked(pool: Pool) -> None:
    """So that no refund comes in between."""
    free = "SELECT id FROM orders FOR UPDATE SKIP LOCKED"
    async with pool.acquire() as connection, pool.acquire() as other:
        club = await Club.begin(connection)
        order_id = await club.buys(await club.invited(club.shopper(1), 2))
        shop_id, bot_id = club.origin.shop_id, club.origin.bot_id
        later, (reward,) = datetime.now(UTC) + timedelta(days=30), await club.rewards()
        async with connection.transaction():
            assert await store.due(connection, shop_id, bot_id, later) == [reward]
            assert await other.fetch(free) == []
        async with connection.transaction():
            assert await store.get(connection, shop_id, reward.id, lock=True) == reward
            assert await other.fetch(free) == []
        async with connection.transaction(), other.transaction():
            assert await other.fetchval(free) == order_id
            assert await store.due(connection, shop_id, bot_id, later) == []
