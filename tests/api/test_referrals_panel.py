"""Invitations over HTTP: who brings others, rewards that wait, given or rejected by the owner."""

import pytest

from core.events import Origin
from core.postgres import Connection
from core.shop import bots, confirmations, payments
from tests.api.conftest import Panel, assert_problem
from tests.api.test_step_up import bound, by, needed
from tests.factories import (
    charge_of,
    create_bot,
    create_customer,
    create_order,
    create_product,
    create_shop,
)


@pytest.fixture(name="base")
async def three_rewards_that_wait(connection: Connection) -> str:
    shop = await create_shop(connection, currency="RUB")
    bot = await create_bot(connection, shop, modules=["referral", "wallet", "menu", "orders"])
    origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
    product = await create_product(connection, shop.id, price_minor=10_000, currency="RUB")
    inviter = await create_customer(connection, shop.id)
    await connection.execute(
        "INSERT INTO referral_links VALUES ($1, $2, 'ref-0000000000')", shop.id, inviter.buyer_no
    )
    for _ in range(3):
        friend = await create_customer(connection, shop.id)
        order = await create_order(connection, origin, friend, product)
        charge = charge_of(order, friend)
        await payments.pay(connection, origin, friend, order_id=order.id, charge=charge)
        await connection.execute(
            "INSERT INTO referrals VALUES ($1, $2, $3, $4, now())",
            *(shop.id, friend.buyer_no, inviter.buyer_no, bot.id),
        )
        await connection.execute(
            "INSERT INTO referral_rewards (shop_id, bot_id, buyer_no, invited_buyer_no, level, "
            "order_id, amount_minor, currency, is_share, earned_at, due_at) "
            "VALUES ($1, $2, $3, $4, 1, $5, 1000, 'RUB', true, now(), now() + interval '9 days')",
            *(shop.id, bot.id, inviter.buyer_no, friend.buyer_no, order.id),
        )
    return f"/api/v1/bots/{bot.id}/modules/referral"


async def test_an_owner_gives_and_rejects_what_waits(
    panel: Panel, connection: Connection, base: str
) -> None:
    async with panel.visitor() as owner:
        page = (await owner.get(f"{base}/rewards", params={"limit": 2})).json()
        assert [each["state"] for each in page["rewards"]] == ["held", "held"]
        rest = (await owner.get(f"{base}/rewards", params={"before": page["next_before"]})).json()
        assert len(rest["rewards"]) == 1 and rest["next_before"] is None
        first, second = page["rewards"]
        given = (await owner.post(f"{base}/rewards/{first['id']}/give")).json()
        assert (given["state"], given["way"]) == ("given", "wallet")
        rejected = (await owner.post(f"{base}/rewards/{second['id']}/reject")).json()
        assert (rejected["state"], rejected["reason"]) == ("rejected", "owner")
        for what in ("give", "reject"):
            again = await owner.post(f"{base}/rewards/{first['id']}/{what}")
            assert_problem(again, 409, "reward_decided")
        assert_problem(await owner.post(f"{base}/rewards/99999/give"), 404, "not_found")
        assert (await owner.get(f"{base}/sums")).json() == [
            {"state": state, "currency": "RUB", "rewards": 1, "amount_minor": 1000}
            for state in ("given", "held", "rejected")
        ]
        (inviter,) = (await owner.get(f"{base}/inviters")).json()
        assert (inviter["invited"], inviter["bought"], inviter["rejected"]) == (3, 2, 1)
        assert inviter["buyer_name"]
    balance = await connection.fetchval("SELECT balance_minor FROM wallets")
    assert balance == 1000
    told = "SELECT event, outcome FROM outbox WHERE event LIKE 'referral%' ORDER BY xid, pos"
    assert [tuple(row) for row in await connection.fetch(told)] == [
        ("referral_rewarded", ""),
        ("referral_rejected", "owner"),
    ]


async def test_where_an_owner_has_a_chat_a_reward_is_given_by_his_button(
    panel: Panel, connection: Connection, base: str
) -> None:
    chat = await bound(connection, await bots.get(connection, int(base.split("/")[4])))
    async with panel.visitor() as owner:
        first, *_ = (await owner.get(f"{base}/rewards")).json()["rewards"]
        give = f"{base}/rewards/{first['id']}/give"
        asked = needed(await owner.post(give))
        assert await connection.fetchval("SELECT count(*) FROM wallets") == 0
        assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
        assert (await owner.post(give, headers=by(asked))).json()["state"] == "given"
    assert await connection.fetchval("SELECT balance_minor FROM wallets") == 1000


async def test_without_a_wallet_or_codes_it_waits(
    panel: Panel, connection: Connection, base: str
) -> None:
    bot_id = int(base.split("/")[4])
    await connection.execute(
        "UPDATE bot_modules SET enabled = false WHERE bot_id = $1 AND module = 'wallet'", bot_id
    )
    assert "wallet" not in {each.module for each in await bots.enabled_modules(connection, bot_id)}
    async with panel.visitor() as owner:
        (reward, *_) = (await owner.get(f"{base}/rewards")).json()["rewards"]
        problem = await owner.post(f"{base}/rewards/{reward['id']}/give")
        assert_problem(problem, 422, "reward_waits")
    waiting = await connection.fetchval(
        "SELECT count(*) FROM referral_rewards WHERE state = 'held'"
    )
    assert waiting == 3


async def test_an_analyst_reads_no_names_and_decides_nothing(panel: Panel, base: str) -> None:
    async with panel.visitor("analyst") as analyst:
        (inviter,) = (await analyst.get(f"{base}/inviters")).json()
        assert inviter["buyer_name"] == ""
        (reward, *_) = (await analyst.get(f"{base}/rewards")).json()["rewards"]
        assert (await analyst.post(f"{base}/rewards/{reward['id']}/give")).status_code == 403
