"""Points over HTTP: what is outstanding, given and taken."""

import pytest

from core.postgres import Connection
from core.shop.customers import Customer
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_customer, create_shop


@pytest.fixture(name="place")
async def a_bot_and_a_buyer(connection: Connection) -> tuple[str, Customer]:
    shop = await create_shop(connection, currency="RUB")
    bot = await create_bot(connection, shop, modules=["loyalty", "cart", "menu"])
    buyer = await create_customer(connection, shop.id, language="en")
    return f"/api/v1/bots/{bot.id}/modules/loyalty", buyer


async def test_an_owner_gives_and_takes_with_a_reason(
    panel: Panel, connection: Connection, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    change = {"points": 100, "reason": "For the delay", "key": "decision-1"}
    points = f"{base}/customers/{buyer.buyer_no}/points"
    async with panel.visitor() as owner:
        for _ in range(2):  # the same decision once
            member = (await owner.post(points, json=change)).json()
            assert (member["balance"]["usable"], member["tier"]) == (100, "base")
        other = change | {"points": 90}
        assert_problem(await owner.post(points, json=other), 409, "points_key_reused")
        taken = {"points": -130, "reason": "A mistake", "key": "decision-2"}
        assert_problem(await owner.post(points, json=taken), 422, "too_few_points")
        member = (await owner.post(points, json=taken | {"points": -30})).json()
        assert member["balance"]["usable"] == 70
        assert [each["points"] for each in member["movements"]] == [-30, 100]
        assert_problem(
            await owner.post(f"{base}/customers/99999/points", json=change), 404, "not_found"
        )
        nothing = change | {"points": 0, "key": "decision-3"}
        assert (await owner.post(points, json=nothing)).status_code == 422
    told = "SELECT count(*) FROM outgoing WHERE purpose = 'loyalty'"
    assert await connection.fetchval(told) == 2
    actions = "SELECT array_agg(action ORDER BY id) FROM staff_actions"
    assert await connection.fetchval(actions) == ["loyalty.points"] * 2


async def test_what_was_given_and_taken_is_listed_and_summed_up(
    panel: Panel, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    points = f"{base}/customers/{buyer.buyer_no}/points"
    async with panel.visitor() as owner:
        for number, reason in ((100, "For the delay"), (-30, "A mistake")):
            change = {"points": number, "reason": reason, "key": f"decision{number}"}
            await owner.post(points, json=change)
        page = (await owner.get(f"{base}/lots", params={"limit": 1})).json()
        assert [each["points"] for each in page["lots"]] == [-30]
        rest = (await owner.get(f"{base}/lots", params={"before": page["next_before"]})).json()
        assert [each["reason"] for each in rest["lots"]] == ["For the delay"]
        sums = (await owner.get(f"{base}/sums")).json()
        assert (sums["members"], sums["usable"], sums["waiting"]) == (1, 70, 0)


async def test_an_analyst_reads_no_names_or_reasons_and_changes_nothing(
    panel: Panel, place: tuple[str, Customer]
) -> None:
    base, buyer = place
    change = {"points": 100, "reason": "For the delay", "key": "decision-1"}
    one = f"{base}/customers/{buyer.buyer_no}"
    async with panel.visitor() as owner, panel.visitor("analyst") as analyst:
        await owner.post(f"{one}/points", json=change)
        assert (await analyst.post(f"{one}/points", json=change)).status_code == 403
        (moved,) = (await analyst.get(one)).json()["movements"]
        assert (moved["points"], moved["reason"]) == (100, "")
        (lot,) = (await analyst.get(f"{base}/lots")).json()["lots"]
        assert (lot["buyer_name"], lot["reason"]) == ("", "")
