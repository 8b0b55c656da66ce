"""Metrics 19, 21 to 35 by hand-made events."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from core.postgres import Connection
from core.shop import payments
from core.shop.payments import Charge
from pipelines.activity.tables import BUYER_EVENT_DAY, ORDER_DAY
from pipelines.figures import Table
from pipelines.kpis.tables import CONVERSION_DAY, MONEY_DAY, PAYMENT_DAY, WALLET_DAY
from tests import factories
from tests.pipelines.kpis.happenings import Happened, purchase
from tests.pipelines.world import World, after, at


def sale(buyer: int, *lines: tuple[int, int], **of: Any) -> list[Happened]:
    """A purchase; `of` may have `order` (props of order_paid), `line`, `payment`, `provider`."""
    props = {name: of.pop(name, {}) for name in ("order", "line", "payment")}
    provider = of.pop("provider", "stars")
    events = {"order_paid": "order", "order_line": "line", "payment_succeeded": "payment"}
    return [
        replace(
            event,
            props=props[events[event.event]],
            outcome=provider if event.event == "payment_succeeded" else "",
        )
        for event in purchase(buyer, *lines, **of)
    ]


def refund(amount: int, order_id: int, when: datetime, **more: Any) -> Happened:
    return Happened(
        "refund_completed",
        more.pop("buyer", 1),
        at=when,
        amount_minor=amount,
        currency=more.pop("currency", "XTR"),
        order_id=order_id,
        **more,
    )


def test_from_gross_sales_to_the_margin(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        sale(
            1,
            (300, 2),  # 600
            (100, 1),  # 100
            at=at(0),
            order_id=1,
            order={"discount_minor": 70, "tax_minor": 30, "shipping_minor": 20},
            line={"cost_minor": 150},  # of each of the two lines
            payment={"fee_minor": 9},
        ),
        sale(2, (300, 1), at=at(0), order_id=2, line={"cost_minor": 100}),
        refund(200, 2, at(0, 20), buyer=2),
        Happened("message_received", 3, at=at(0)),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    assert (row["gross_sales_minor"], row["discounts_minor"], row["returns_minor"]) == (
        1000,
        70,
        200,
    )
    assert row["net_sales_minor"] == 730
    assert row["total_sales_minor"] == 780  # + 30 tax + 20 shipping
    assert (row["paid_orders"], row["units"]) == (2, 4)
    assert row["aov_minor"] == Decimal("465.0000")  # 930 ÷ 2 orders; over 3 lines it were 310
    assert row["items_per_order"] == 2
    assert row["arpu_minor"] == Decimal("243.3333")  # 730 ÷ 3 active
    assert row["arppu_minor"] == Decimal("365.0000")  # 730 ÷ 2 buyers
    assert row["paying_share"] == pytest.approx(2 / 3)
    # Revenue is not profit: 730 − 400 of cost, − 9 of fees.
    assert (row["gross_margin_minor"], row["margin_after_fees_minor"]) == (330, 321)
    assert row["gross_margin"] == pytest.approx(330 / 730)


def test_a_cost_that_is_not_known_leaves_the_margin_unknown(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        sale(1, (100, 1), at=at(0), order_id=1, line={"cost_minor": 10}),
        sale(2, (100, 1), at=at(0), order_id=2),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    assert (row["net_sales_minor"], row["gross_margin_minor"], row["gross_margin"]) == (
        200,
        None,
        None,
    )


def test_a_provider_that_says_nothing_of_its_fee_leaves_it_unknown(world: World) -> None:
    shop = world.shop("UTC", "RUB")
    known: dict[str, Any] = {"line": {"cost_minor": 10}, "currency": "RUB"}
    world.happen(
        shop,
        sale(1, (100, 1), at=at(0), order_id=1, provider="card", payment={"fee_minor": 3}, **known),
        sale(2, (100, 1), at=at(0), order_id=2, provider="wallet", **known),
        sale(3, (100, 1), at=at(1), order_id=3, provider="card", **known),
        Happened("payment_succeeded", 4, at=at(0), amount_minor=7, currency="XTR", outcome="stars"),
        Happened("payment_failed", 4, at=at(0), currency="RUB", props={"provider": "card"}),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    # Stars and the wallet take nothing: known even without a rate of the Star.
    assert (row["gross_margin_minor"], row["fees_minor"]) == (180, 3)
    assert row["margin_after_fees_minor"] == 177
    (unsaid,) = world.figures(shop, MONEY_DAY, after(1))
    assert (unsaid["gross_margin_minor"], unsaid["fees_minor"]) == (90, None)
    assert unsaid["margin_after_fees_minor"] is None
    fees = {row["provider"]: row["fees_minor"] for row in world.figures(shop, PAYMENT_DAY)}
    assert fees == {"card": 3, "wallet": 0, "stars": 0}


def test_a_refund_counts_on_its_own_day_and_in_its_orders_rate(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        sale(1, (100, 4), at=at(0), order_id=1),
        sale(1, (100, 1), at=at(3), order_id=2),
        refund(100, 1, at(3)),
    )
    (ordered,) = world.figures(shop, MONEY_DAY)
    (refunded,) = world.figures(shop, MONEY_DAY, after(3))
    # 23: on the refund's day, not on the order's.
    assert (ordered["returns_minor"], refunded["returns_minor"]) == (0, 100)
    # 30: of what the order's day sold.
    assert (ordered["refund_rate"], refunded["refund_rate"]) == (0.25, 0)


def test_a_top_up_is_cash_and_no_sale(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        Happened(
            "payment_succeeded", 1, at=at(0), amount_minor=500, currency="XTR", outcome="stars"
        ),
        sale(1, (300, 1), at=at(0), order_id=1, provider="wallet"),
        sale(2, (50, 1), at=at(0), order_id=2),
        refund(20, 2, at(0), buyer=2),
        refund(100, 1, at(0), outcome="wallet"),
        # 40 of the top-up go back out of the wallet.
        refund(40, 3, at(0), outcome="stars", props={"top_up_minor": 40}),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    assert row["gross_sales_minor"] == 350
    assert row["returns_minor"] == 120
    # 500 + 50 − 20 − 40; what wallets pay and get is no cash.
    assert row["cash_collected_minor"] == 490


def test_other_currencies_count_at_the_events_rate(world: World) -> None:
    shop = world.shop(currency="RUB")
    world.happen(
        shop,
        sale(1, (10_050, 1), at=at(0), order_id=1, currency="RUB"),
        # 7 Stars of 1.805 ₽: 12.635 ₽, 1263.5 kopecks, rounded to 1264.
        sale(
            2,
            (7, 1),
            at=at(0),
            order_id=2,
            currency="XTR",
            order={"rate": "1.805"},
            line={"rate": "1.805"},
            payment={"rate": "1.805"},
        ),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    assert row["net_sales_minor"] == 11_314


def test_without_a_rate_the_sum_is_not_known(world: World) -> None:
    shop = world.shop(currency="RUB")
    world.happen(shop, sale(1, (7, 1), at=at(0), order_id=1, currency="XTR"))
    (row,) = world.figures(shop, MONEY_DAY)
    assert (row["paid_orders"], row["net_sales_minor"], row["arpu_minor"]) == (1, None, None)


def test_money_is_exact_where_a_float_is_not(world: World) -> None:
    shop = world.shop()
    huge = 2**53 + 1  # the first whole number that a float cannot hold
    world.happen(shop, sale(1, (huge, 1), at=at(0), order_id=1))
    (row,) = world.figures(shop, MONEY_DAY)
    assert row["net_sales_minor"] == huge


def test_arpu_is_over_active_users_and_not_over_all_accounts(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[Happened("message_received", buyer, at=at(-3)) for buyer in range(10, 30)],
        sale(1, (100, 1), at=at(0), order_id=1),
        Happened("message_received", 2, at=at(0)),
    )
    (row,) = world.figures(shop, MONEY_DAY)
    assert row["arpu_minor"] == Decimal("50.0000")  # of 2, not of 22


def test_payments_by_provider(world: World) -> None:
    shop = world.shop()

    def ended(event: str, provider: str, times: int) -> list[Happened]:
        found = Happened(
            event, at=at(0), amount_minor=1, currency="XTR", props={"provider": provider}
        )
        return [found] * times

    world.happen(
        shop,
        ended("payment_succeeded", "stars", 3),
        ended("payment_failed", "stars", 1),
        ended("payment_expired", "crypto", 1),
        ended("payment_succeeded", "crypto", 1),
    )
    rows = world.figures(shop, PAYMENT_DAY)
    assert {row["provider"]: row["payment_success"] for row in rows} == {
        "crypto": 0.5,
        "stars": 0.75,
    }


def test_what_wallets_hold_is_owed(world: World) -> None:
    shop = world.shop()

    def entry(buyer: int, kind: str, amount: int, day: int) -> Happened:
        return Happened(
            "wallet_entry_posted",
            buyer,
            at=at(day),
            amount_minor=amount,
            currency="XTR",
            outcome=kind,
        )

    world.happen(
        shop,
        entry(1, "top_up", 500, -3),
        entry(2, "top_up", 200, -1),
        entry(1, "purchase", -300, 0),
        entry(2, "refund", 40, 0),
        entry(2, "reward", 5, 0),
        entry(1, "payout", -100, 4),
    )
    (row,) = world.figures(shop, WALLET_DAY)
    assert (row["opening_minor"], row["change_minor"]) == (700, -255)
    assert row["liability_minor"] == 445  # 200 of shopper 1, 245 of shopper 2
    (idle,) = world.figures(shop, WALLET_DAY, after(2))
    assert (idle["liability_minor"], idle["change_minor"]) == (445, 0)
    (clean,) = world.figures(shop, WALLET_DAY, flagged=[2], variant="clean")
    assert clean["liability_minor"] == 200


@pytest.mark.parametrize(
    ("folded", "buyers", "paid_orders"), [(ORDER_DAY, 2, 2), (BUYER_EVENT_DAY, 1, 1)]
)
def test_folds_of_different_moments_agree_on_buyers(
    world: World, folded: Table, buyers: int, paid_orders: int
) -> None:
    """Events came between the folds of an open day: one of them has an order more."""
    shop = world.shop()
    world.happen(shop, sale(1, (100, 1), at=at(0), order_id=1))
    world.happen(shop, sale(2, (50, 1), at=at(0), order_id=2), folds=[folded])
    (row,) = world.figures(shop, MONEY_DAY)
    assert (row["buyers"], row["paid_orders"], row["active_users"]) == (buyers, paid_orders, 2)
    (row,) = world.figures(shop, CONVERSION_DAY)
    assert (row["buyers"], row["first_buyers"], row["active_users"]) == (buyers, buyers, 2)


def test_payments_as_paying_an_order_tells_of_them(world: World) -> None:
    """One that fits its order, and one of another amount."""

    async def pay(connection: Connection) -> list[Happened]:
        attempt = connection.transaction()
        await attempt.start()
        try:
            origin = await factories.create_origin(connection)
            product = await factories.create_product(connection, origin.shop_id)
            buyer = await factories.create_customer(connection, origin.shop_id)
            for amount in (product.price_minor, 1):
                order = await factories.create_order(connection, origin, buyer, product)
                charge = Charge(
                    provider="stars",
                    charge_id=f"charge-{amount}",
                    payer_telegram_id=buyer.telegram_id,
                    amount_minor=amount,
                    currency="XTR",
                )
                await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
            rows = await connection.fetch("SELECT * FROM outbox ORDER BY pos")
        finally:
            await attempt.rollback()
        return [
            Happened(
                row["event"],
                row["buyer_no"],
                at=at(0),
                amount_minor=row["amount_minor"],
                currency=row["currency"],
                quantity=row["quantity"],
                product_id=row["product_id"],
                outcome=row["outcome"],
                order_id=row["order_id"],
                props=json.loads(row["props"] or "{}"),
            )
            for row in rows
        ]

    shop = world.shop()
    world.happen(shop, world.postgres.change(pay))
    rows = world.figures(shop, PAYMENT_DAY)
    counts = [sum(row[name] for row in rows) for name in ("succeeded", "failed", "expired")]
    assert counts == [1, 1, 0]
    (stars,) = [row for row in rows if row["provider"] == "stars"]
    assert stars["succeeded"] == 1
    (money,) = world.figures(shop, MONEY_DAY)
    assert (money["paid_orders"], money["gross_sales_minor"]) == (1, 300)
    assert money["cash_in_minor"] == 300  # what did not fit is held, and no sale
