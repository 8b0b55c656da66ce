"""Promo codes over HTTP: made, changed, listed, counted, exported and imported."""

import threading
from typing import Any

import httpx
import pytest

from bots.modules.promo import importing, owned_codes, store
from bots.modules.promo import panel as promo_panel
from bots.modules.promo.codes import Code
from core.postgres import Connection
from core.shop import bots, erasures, orders, payments
from core.shop.customers import Customer
from core.shop.payments import Charge
from core.shop.pricing import Discount, quote
from tests.api.conftest import Panel, assert_problem
from tests.factories import (
    create_bot,
    create_customer,
    create_product,
    create_shop,
)

MANY = 500
TEN = {"code": "SPRING", "kind": "percent", "share_bp": 1000}


@pytest.fixture(name="bot_id")
async def made_bot(panel: Panel) -> int:
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection, currency="RUB", timezone="Europe/Moscow")
        bot = await create_bot(connection, shop, modules=["cart", "promo", "menu"])
        await create_product(connection, shop.id, title="Mug")
    return bot.id


def address(bot_id: int, path: str) -> str:
    return f"/api/v1/bots/{bot_id}/modules/promo/{path}"


async def test_a_code_is_made_changed_and_switched_off(panel: Panel, bot_id: int) -> None:
    async with panel.visitor() as owner:
        draft = TEN | {"ends_at": "2026-12-31T23:59:00", "most_uses": 10}
        made = (await owner.post(address(bot_id, "codes"), json=draft)).json()
        assert made["ends_at"] == "2026-12-31T20:59:00Z"  # by Moscow's clock
        assert (made["link"], made["most_per_buyer"]) == ("promo_SPRING", 1)
        same = await owner.post(address(bot_id, "codes"), json=TEN | {"code": "sрring"})
        assert_problem(same, 409, "promo_code_taken")
        one = address(bot_id, f"codes/{made['id']}")
        change = TEN | {"share_bp": 2000, "version": made["version"]}
        changed = (await owner.put(one, json=change)).json()
        assert (changed["share_bp"], changed["most_uses"], changed["version"]) == (2000, None, 2)
        assert_problem(await owner.put(one, json=change), 412, "changed_meanwhile")
        assert (await owner.post(f"{one}/off")).json()["is_active"] is False
        assert (await owner.post(f"{one}/on")).json()["is_active"] is True
        for wrong in (
            {"kind": "percent", "code": "X1"},
            TEN | {"code": "🎁🎁"},
            TEN | {"product_ids": [999]},
            TEN | {"category_ids": [999]},
            TEN | {"buyer_no": 999},
            {"kind": "goods", "code": "GIFT", "gift_product_id": 999},
        ):
            assert (await owner.post(address(bot_id, "codes"), json=wrong)).status_code == 422
        assert (await owner.get(address(bot_id, "codes/999"))).status_code == 404


async def test_codes_are_listed_page_by_page_and_shown_to_owners(panel: Panel, bot_id: int) -> None:
    async with panel.visitor() as owner, panel.visitor("viewer") as viewer:
        for number in range(5):
            draft = TEN | {"code": f"SPRING{number}", "note": "Blog" if number == 3 else ""}
            await owner.post(address(bot_id, "codes"), json=draft)
        assert await listed(owner, bot_id, size=2) == [f"SPRING{n}" for n in (4, 3, 2, 1, 0)]
        assert await listed(owner, bot_id, query="spring2") == ["SPRING2"]
        assert await listed(owner, bot_id, query="blog") == ["SPRING3"]
        assert await listed(owner, bot_id, state="off") == []
        assert await listed(viewer, bot_id) == ["SP…"] * 5
        assert await listed(viewer, bot_id, query="spring2") == []
        assert (await viewer.get(address(bot_id, "codes.csv"))).status_code == 403
        assert (await viewer.post(address(bot_id, "codes"), json=TEN)).status_code == 403


async def listed(visitor: httpx.AsyncClient, bot_id: int, **asked: Any) -> list[str]:
    """Over all pages."""
    found: list[str] = []
    while True:
        page = (await visitor.get(address(bot_id, "codes"), params=asked)).json()
        found += [code["code"] for code in page["codes"]]
        if page["next_before"] is None:
            return found
        asked["before"] = page["next_before"]


async def sold(connection: Connection, bot_id: int, promo_id: int, customer: Customer) -> None:
    """An order with a code, paid."""
    origin = await bots.origin_of(connection, bot_id)
    product = await create_product(connection, origin.shop_id, currency="RUB", price_minor=1000)
    rule = Discount("promo", "P", "promo", share_bp=1000, reference=str(promo_id))
    priced = quote("RUB", [product.item(2)], [rule])
    order = await orders.place(connection, origin, customer, priced)
    await connection.execute(
        "INSERT INTO promo_uses (promo_id, order_id, discount_minor) VALUES ($1, $2, 200)",
        promo_id,
        order.id,
    )
    charge = Charge(
        provider="telegram",
        charge_id=f"c{order.id}",
        payer_telegram_id=customer.telegram_id,
        amount_minor=1800,
        currency="RUB",
    )
    await payments.pay(connection, origin, customer, order_id=order.id, charge=charge)


async def test_what_came_of_a_code_is_counted(panel: Panel, bot_id: int) -> None:
    async with panel.visitor() as owner:
        made = (await owner.post(address(bot_id, "codes"), json=TEN)).json()
        async with panel.pool.acquire() as connection, connection.transaction():
            customer = await create_customer(
                connection, (await bots.origin_of(connection, bot_id)).shop_id
            )
            for _ in range(2):
                await sold(connection, bot_id, made["id"], customer)
            await connection.execute(
                "UPDATE orders SET status = 'refunded', refunded_minor = total_minor "
                "WHERE id = (SELECT max(id) FROM orders)"
            )
        wanted = {
            "promo_id": made["id"],
            "code": "SPRING",
            "currency": "RUB",
            "uses": 2,
            "open_orders": 0,
            "discount_minor": 400,
            "net_minor": 1800,
        }
        usage = (await owner.get(address(bot_id, "usage"))).json()
        assert usage == [wanted]
        one = (await owner.get(address(bot_id, f"codes/{made['id']}"))).json()
        assert one["usage"] == [wanted]
        past = {"until": "2020-01-01"}
        assert (await owner.get(address(bot_id, "usage"), params=past)).json() == []


async def send(owner: httpx.AsyncClient, bot_id: int, text: str, **asked: Any) -> httpx.Response:
    return await owner.post(
        address(bot_id, "codes.csv"),
        content=text.encode(),
        params=asked,
        headers={"content-type": "text/csv"},
    )


async def test_many_come_by_a_file_after_a_dry_run(panel: Panel, bot_id: int) -> None:
    text = "code,value,most_uses\n" + "".join(f"BULK{n:05},10,1\n" for n in range(MANY))
    async with panel.visitor() as owner:
        assert_problem(await send(owner, bot_id, text), 428, "plan_missing")
        plan = (await send(owner, bot_id, text, dry_run=True)).json()
        assert (plan["added"], plan["refused"], plan["is_applied"]) == (MANY, 0, False)
        assert await listed(owner, bot_id, size=200) == []
        done = (await send(owner, bot_id, text, plan=plan["plan"])).json()
        assert done["is_applied"] and done["added"] == MANY
        again = await send(owner, bot_id, text, plan=plan["plan"])
        assert_problem(again, 409, "promo_codes_changed")
        exported = await owner.get(address(bot_id, "codes.csv"))
        assert exported.text.count("\n") == MANY + 1
        same = (await send(owner, bot_id, exported.text, dry_run=True)).json()
        assert (same["left"], same["added"], same["changed"]) == (MANY, 0, 0)


async def test_bad_rows_are_told_and_the_others_kept_when_asked(panel: Panel, bot_id: int) -> None:
    text = "code;value\nGOOD;10\nBAD;ten\n"
    async with panel.visitor() as owner:
        plan = (await send(owner, bot_id, text, dry_run=True)).json()
        assert [row["outcome"] for row in plan["rows"]] == ["added", "refused"]
        assert plan["rows"][1]["line"] == 3 and plan["rows"][1]["column"] == "value"
        refused = await send(owner, bot_id, text, plan=plan["plan"])
        assert_problem(refused, 422, "rows_refused")
        await send(owner, bot_id, text, plan=plan["plan"], keep_good=True)
        assert await listed(owner, bot_id) == ["GOOD"]
        unreadable = await send(owner, bot_id, "name\nx\n", dry_run=True)
        assert_problem(unreadable, 422, "csv_unreadable")


async def test_a_code_of_an_erased_shopper_is_nobodys(panel: Panel, bot_id: int) -> None:
    async with panel.pool.acquire() as connection:
        shop_id = (await bots.origin_of(connection, bot_id)).shop_id
        gone = await create_customer(connection, shop_id)
    async with panel.visitor() as owner:
        draft = TEN | {"buyer_no": gone.buyer_no}
        made = (await owner.post(address(bot_id, "codes"), json=draft)).json()
        async with panel.pool.acquire() as connection, connection.transaction():
            await erasures.erase(connection, shop_id, gone.buyer_no, with_events=False)
        assert await listed(owner, bot_id) == ["SPRING"]
        one = address(bot_id, f"codes/{made['id']}")
        code = (await owner.get(one)).json()
        assert (code["buyer_no"], code["is_active"]) == (0, False)
        exported = (await owner.get(address(bot_id, "codes.csv"))).text
        same = (await send(owner, bot_id, exported, dry_run=True)).json()
        assert (same["left"], same["refused"]) == (1, 0)
        change = TEN | {"buyer_no": 0, "note": "old", "version": code["version"]}
        assert (await owner.put(one, json=change)).json()["note"] == "old"
        other = TEN | {"buyer_no": 0, "code": "OTHER"}
        refused = await owner.post(address(bot_id, "codes"), json=other)
        assert_problem(refused, 422, "promo_names_nothing")


async def test_a_file_is_compared_with_its_own_codes_beside_the_loop(
    panel: Panel, bot_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, bool]] = []

    def noted(row: Any) -> Code:
        code = store.code_of(row)
        made.append((code.code, threading.current_thread() is threading.main_thread()))
        return code

    for place in (importing, promo_panel):
        monkeypatch.setattr(place, "code_of", noted)
    async with panel.visitor() as owner:
        for name in ("ONE", "TWO"):
            await owner.post(address(bot_id, "codes"), json=TEN | {"code": name})
        plan = (await send(owner, bot_id, "code,value\ntwo,10\n", dry_run=True)).json()
        assert (plan["changed"], made) == (1, [("TWO", False)])
        made.clear()
        await owner.get(address(bot_id, "codes.csv"))
        assert made == [("ONE", False), ("TWO", False)]
        monkeypatch.setattr(owned_codes, "MOST_CODES", 3)
        more = await send(owner, bot_id, "code,value\nTWO,20\nA1,10\nA2,10\n", dry_run=True)
        assert_problem(more, 422, "too_many_promo_codes")
