"""What a few shoppers of a made-up shop do around DAY: something of all that figures read."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

from tests.pipelines.kpis.happenings import Happened, purchase
from tests.pipelines.world import at

PRODUCTS, SOURCES, CURRENCY = (1, 2, 3), (7, 8, 9), "XTR"
_SEEN = ("catalog_viewed", "cart_item_added", "checkout_started", "payment_initiated")
_PASSED = ("gate_shown", "gate_passed", "captcha_shown", "captcha_passed")
_BROADCAST = ("broadcast_message_attempted", "broadcast_message_delivered", "broadcast_clicked")
_ENTRIES = {"top_up": 1, "purchase": -1, "refund": 1, "reward": 1, "payout": -1}


def of_nobody() -> list[Happened]:
    """What the shop itself does: stock and advertising."""
    return [
        *[
            Happened("stock_changed", 0, at=at(-1), product_id=product, quantity=product - 1)
            for product in PRODUCTS
        ],
        *[
            Happened(
                "ad_cost_recorded",
                0,
                at=at(0),
                amount_minor=40,
                currency=CURRENCY,
                props={"source": source},
            )
            for source in SOURCES
        ],
    ]


def of_shopper(buyer: int) -> list[Happened]:
    """One shopper's life; the same number lives it again."""
    chance = Random(buyer)
    source = chance.choice(SOURCES)
    first = chance.choice([-20, -1, 0, 0])
    events = [
        Happened("bot_started", at=at(first, 1), source=source, is_first=True),
        Happened("referral_registered", at=at(first, 1)),
        Happened("bot_started", at=at(0, 2), source=source, props={"is_direct": True}),
        *[Happened(event, at=at(0, 3, n)) for n, event in enumerate(_PASSED)],
        *[
            Happened(event, at=at(day, 4, n))
            for day in (first, 0)
            for n, event in enumerate(chance.sample(_SEEN, 3))
        ],
        *[Happened("product_viewed", at=at(0, 4), product_id=product) for product in PRODUCTS],
        *[
            Happened(event, at=at(0, 5, n), props={"broadcast": 5})
            for n, event in enumerate(_BROADCAST[: chance.randint(1, 3)])
        ],
        Happened(chance.choice(["bot_blocked", "message_received"]), at=at(0, 20)),
        Happened("message_received", at=at(chance.randint(-29, 3), 6)),
        *[
            Happened(
                "wallet_entry_posted",
                at=at(chance.randint(-2, 1), 7),
                amount_minor=sign * chance.randint(1, 99),
                currency=CURRENCY,
                outcome=kind,
            )
            for kind, sign in _ENTRIES.items()
        ],
        Happened("referral_rewarded", at=at(0, 8), amount_minor=5, currency=CURRENCY),
        Happened(
            "payment_failed", at=at(0, 8), amount_minor=5, currency=CURRENCY, outcome="mismatch"
        ),
    ]
    for number, day in enumerate(sorted(chance.sample([-400, -100, -30, -2, 0, 0, 2], 4))):
        events += _order(chance, 100 * buyer + number, day)
    return [
        replace(event, buyer_no=buyer, first_source=source if event.at >= at(first, 1) else 0)
        for event in events
    ]


def _order(chance: Random, order: int, day: int) -> list[Happened]:
    lines = [(chance.randint(1, 500), chance.randint(1, 3)) for _ in range(chance.randint(1, 2))]
    hour = chance.randint(6, 23)
    props: dict[str, dict[str, Any]] = {
        "order_paid": {"discount_minor": chance.randint(0, 3), "is_digital": True},
        "order_line": {"cost_minor": 1},
        "payment_succeeded": {"provider": "stars", "fee_minor": chance.randint(0, 2)},
    }
    refund = Happened(
        "refund_completed",
        at=at(day + chance.randint(0, 2), 23, 30),
        amount_minor=1,
        currency=CURRENCY,
        product_id=1,
    )
    events = [
        Happened("order_created", at=at(day, hour)),
        *purchase(0, *lines, at=at(day, hour, 10)),
        Happened("delivery_sent", at=at(day, hour, 11), latency_us=chance.randint(1, 9 * 10**7)),
        *([refund] if chance.random() < 0.5 else []),
    ]
    return [
        replace(
            event,
            order_id=order,
            props=event.props | props.get(event.event, {}),
            product_id=chance.choice(PRODUCTS) if event.event == "order_line" else event.product_id,
        )
        for event in events
    ]


def of_shoppers(buyers: Iterable[int]) -> list[Happened]:
    return [event for buyer in buyers for event in of_shopper(buyer)]
