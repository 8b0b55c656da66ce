"""Wallets over HTTP: what is owed, given, corrected and refunded into them."""

import asyncio
from typing import Any

import httpx
import pytest

from core.errors import Refused
from core.postgres import Connection
from core.shop import bots, confirmations, erasures, order_refunds, orders, payments
from core.shop.customers import Customer
from core.shop.order_refunds import RefundDraft
from tests.api.conftest import Panel, assert_problem
from tests.api.test_step_up import bound, by, needed, sent
from tests.factories import charge_of, create_bot, create_customer, create_product, create_shop

GIVEN: dict[str, Any] = {
    "kind": "reward",
    "amount_minor": 50_000,
    "currency": "RUB",
    "reason": "For the delay",
    "key": "decision-1",
}


@pytest.fixture(name="place")
async def a_bot_and_a_buyer(connection: Connection) -> tuple[str, Customer]:
    shop = await create_shop(connection, currency="RUB")
    bot = await create_bot(connection, shop, modules=["wallet", "menu", "orders"])
    buyer = await create_customer(connection, shop.id, language="en")
    return f"/api/v1/bots/{bot.id}/modules/wallet", buyer


async def test_an_owner_gives_and_takes_with_a_reason(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    entries = f"{base}/customers/{buyer.buyer_no}/entries"
    async with panel.visitor() as owner:
        for _ in range(2):  # the same decision once
            row = (await owner.post(entries, json=GIVEN)).json()
            assert (row["balance_minor"], row["buyer_name"]) == (50_000, buyer.first_name)
        paid_out = GIVEN | {"kind": "payout", "amount_minor": -60_000, "key": "decision-2"}
        assert_problem(await owner.post(entries, json=paid_out), 422, "wallet_too_low")
        paid_out["amount_minor"] = -20_000
        assert (await owner.post(entries, json=paid_out)).json()["balance_minor"] == 30_000
        assert (await owner.get(f"{base}/owed")).json() == [
            {"currency": "RUB", "wallets": 1, "balance_minor": 30_000, "held_minor": 0}
        ]
        wallet = (await owner.get(f"{base}/wallets")).json()["wallets"][0]
        one = f"{base}/wallets/{wallet['id']}"
        shown = (await owner.get(one, params={"limit": 1})).json()
        assert [each["kind"] for each in shown["entries"]] == ["payout"]
        rest = (await owner.get(one, params={"before": shown["next_before"]})).json()["entries"]
        assert [(each["kind"], each["reason"]) for each in rest] == [("reward", "For the delay")]
    told = "SELECT count(*) FROM outgoing WHERE purpose = 'wallet_entry'"
    assert await connection.fetchval(told) == 2
    actions = "SELECT array_agg(action ORDER BY id) FROM staff_actions"
    assert await connection.fetchval(actions) == ["wallet.reward", "wallet.payout"]


@pytest.mark.parametrize("kind", ["payout", "adjustment"])
async def test_money_goes_out_by_the_owners_button_once(
    panel: Panel, connection: Connection, place: tuple[str, Customer], kind: str
) -> None:
    base, buyer = place
    entries = f"{base}/customers/{buyer.buyer_no}/entries"
    chat = await bound(connection, await bots.get(connection, int(base.split("/")[4])))
    out = GIVEN | {"kind": kind, "amount_minor": -20_000, "key": "decision-2"}
    async with panel.visitor() as owner:
        # Nobody is asked for what cannot be.
        assert_problem(await owner.post(entries, json=out), 422, "wallet_too_low")
        given = needed(await owner.post(entries, json=GIVEN))
        assert await connection.fetchval("SELECT count(*) FROM wallets") == 0
        assert await confirmations.answer(connection, chat, given, is_confirmed=True)
        left = [(await owner.post(entries, json=GIVEN, headers=by(given))).json()["balance_minor"]]
        asked = needed(await owner.post(entries, json=out))
        left.append(await connection.fetchval("SELECT max(balance_minor) FROM wallets"))
        assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
        needed(await owner.post(entries, json=out | {"amount_minor": -20_001}, headers=by(asked)))
        for headers in (by(asked), {}):  # what was posted is not asked about again
            left.append(
                (await owner.post(entries, json=out, headers=headers)).json()["balance_minor"]
            )
    assert left == [50_000, 50_000, 30_000, 30_000]
    questions = await sent(connection)
    assert f"Зачислить покупателю: 500 ₽ (№ {buyer.buyer_no})" in questions[0]["message"]
    assert f"Списать с кошелька покупателя: 200 ₽ (№ {buyer.buyer_no})" in questions[1]["message"]


async def test_where_nobody_can_be_asked_money_is_given_by_any_owners_link(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    async with panel.visitor() as owner:
        await connection.execute("UPDATE access_links SET origin = 'panel'")
        given = await owner.post(f"{base}/customers/{buyer.buyer_no}/entries", json=GIVEN)
        assert given.json()["balance_minor"] == 50_000


async def test_a_key_is_of_one_decision_about_one_buyer(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    other = await create_customer(connection, buyer.shop_id)
    async with panel.visitor() as owner:
        for each in (buyer, other):
            given = await owner.post(f"{base}/customers/{each.buyer_no}/entries", json=GIVEN)
            assert given.json()["balance_minor"] == 50_000
        for change in (
            {"amount_minor": 50_001},
            {"kind": "adjustment"},
            {"reason": "For something else"},
            {"currency": "USD"},
        ):
            again = await owner.post(
                f"{base}/customers/{other.buyer_no}/entries", json=GIVEN | change
            )
            assert_problem(again, 409, "wallet_key_reused")
        (owed,) = (await owner.get(f"{base}/owed")).json()
        assert (owed["currency"], owed["balance_minor"]) == ("RUB", 100_000)


async def test_a_key_at_the_same_moment_is_of_one_decision(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    entries = f"{base}/customers/{buyer.buyer_no}/entries"
    async with panel.visitor() as owner:
        for number in range(3):
            answers = await asyncio.gather(
                *(
                    owner.post(
                        entries,
                        json=GIVEN | {"currency": currency, "key": f"at-once-{number}"},
                    )
                    for currency in ("RUB", "USD", "EUR", "KZT")
                )
            )
            assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    posted = "SELECT count(*), sum(balance_minor) FROM wallets WHERE balance_minor > 0"
    row = await connection.fetchrow(posted)
    assert row is not None and row["sum"] == 3 * GIVEN["amount_minor"]


async def test_a_decision_that_does_not_fit_is_refused(
    panel: Panel, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    entries = f"{base}/customers/{buyer.buyer_no}/entries"
    async with panel.visitor() as owner:
        for wrong in (
            {"reason": " "},
            {"amount_minor": 0},
            {"kind": "payout", "amount_minor": 5},
            {"kind": "top_up"},
            {"currency": "rub"},
            {"key": "x"},
        ):
            assert (await owner.post(entries, json=GIVEN | wrong)).status_code == 422, wrong
        stars = await owner.post(entries, json=GIVEN | {"currency": "XTR"})
        assert_problem(stars, 422, "wallet_in_stars")
        nobody = await owner.post(f"{base}/customers/99999/entries", json=GIVEN)
        assert nobody.status_code == 404
        assert (await owner.get(f"{base}/owed")).json() == []


async def buyers_of(owner: httpx.AsyncClient, wallets: str) -> list[int]:
    """Of all pages, each with one wallet."""
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 1}
    while True:
        page = (await owner.get(wallets, params=params)).json()
        seen += [each["buyer_no"] for each in page["wallets"]]
        if page["next_id"] is None:
            return seen
        params |= {"after_balance": page["next_balance"], "after_id": page["next_id"]}


async def test_pages_go_on_by_balance_and_hide_names_from_viewers(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    others = [await create_customer(connection, buyer.shop_id) for _ in range(2)]
    async with panel.visitor() as owner:
        for number, each in enumerate([buyer, *others]):
            given = GIVEN | {"key": f"decision-{number}", "amount_minor": 100 + number // 2}
            await owner.post(f"{base}/customers/{each.buyer_no}/entries", json=given)
        seen = await buyers_of(owner, f"{base}/wallets")
    assert seen == [others[1].buyer_no, buyer.buyer_no, others[0].buyer_no]
    async with panel.visitor(role="viewer") as viewer:
        rows = (await viewer.get(f"{base}/wallets")).json()["wallets"]
        assert {each["buyer_name"] for each in rows} == {""}
        one = (await viewer.get(f"{base}/wallets/{rows[0]['id']}")).json()
        assert {each["reason"] for each in one["entries"]} == {""}


async def test_a_refund_goes_into_the_wallet_and_who_has_money_there_is_not_erased(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    origin = await bots.origin_of(connection, int(base.split("/")[4]))
    product = await create_product(connection, buyer.shop_id, currency="RUB", price_minor=700)
    order = await orders.create(connection, origin, buyer, product)
    charge = charge_of(order, buyer, provider="transfer")
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    refund = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft()
    )
    async with panel.visitor() as owner:
        for _ in range(2):
            done = (await owner.post(f"{base}/refunds/{refund.id}/to-wallet")).json()
            assert (done["state"], done["way"]) == ("done", "wallet")
        assert (await owner.get(f"{base}/owed")).json()[0]["balance_minor"] == 700
        assert (await owner.post(f"{base}/refunds/99999/to-wallet")).status_code == 404
        notice = await connection.fetchval(
            "SELECT message ->> 'text' FROM outgoing WHERE purpose = 'notice_refund'"
        )
        assert "back in your wallet" in notice
        await connection.execute("DELETE FROM outgoing")
        with pytest.raises(Refused, match="wallets with money"):
            await erasures.erase(connection, buyer.shop_id, buyer.buyer_no, with_events=False)
        paid_out = GIVEN | {"kind": "payout", "amount_minor": -700}
        await owner.post(f"{base}/customers/{buyer.buyer_no}/entries", json=paid_out)
    await connection.execute("DELETE FROM outgoing")
    await erasures.erase(connection, buyer.shop_id, buyer.buyer_no, with_events=False)
    kept = await connection.fetchrow(
        "SELECT max(buyer_no) AS buyer_no, max(e.reason) AS reason, sum(p.amount_minor) AS total "
        "FROM wallets AS w JOIN wallet_postings AS p ON p.wallet_id = w.id "
        "JOIN wallet_entries AS e ON e.id = p.entry_id"
    )
    assert kept is not None and tuple(kept) == (0, "", 0)
