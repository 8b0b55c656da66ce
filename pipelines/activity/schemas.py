"""The columns of a folded day.

Money is in minor units of the shop's currency unless the description says native.
"""

import pandera.polars as pa
import polars as pl

from core.events import ACTIVITY
from pipelines.metrics import figures_schema, part, rule

MOMENT = pl.Datetime("ms", "UTC")

# What shoppers did, and what was done to them, as far as any figure counts it.
FOLDED: frozenset[str] = ACTIVITY | {
    "bot_blocked",
    "bot_unblocked",
    "gate_shown",
    "gate_passed",
    "captcha_shown",
    "captcha_passed",
    "catalog_viewed",
    "product_viewed",
    "cart_item_added",
    "checkout_started",
    "order_created",
    "payment_succeeded",
    "payment_failed",
    "payment_expired",
    "refund_completed",
    "wallet_entry_posted",
    "referral_registered",
    "referral_rewarded",
}

ARRIVAL_DAY = figures_schema(
    {},
    {"events": part(pl.UInt64, "Events of the day in ClickHouse, staff and test too", least=1)},
    by_variant=False,
)

BUYER_EVENT_DAY = figures_schema(
    {
        "event": part(pl.String, "The event's type"),
        "buyer_no": part(pl.UInt64, "The shopper; 0 is nobody"),
        "kind": part(
            pl.String,
            "Of a start: its link's source, 0 without one; of a payment: the provider; of a wallet "
            "entry or a refund: its outcome; otherwise empty",
        ),
        "currency": part(pl.String, "The event's own currency, empty without money"),
    },
    {
        "events": part(pl.UInt64, "How many", least=1),
        "first_starts": part(pl.UInt64, "Of them, first starts ever"),
        "first_at": part(MOMENT, "The first of them", least=None),
        "last_at": part(MOMENT, "The last of them", least=None),
        "amount_minor": part(pl.Int64, "Σ amounts, native", least=None),
        "base_minor": part(
            pl.Int64, "Σ amounts; null if a rate is not known", nullable=True, least=None
        ),
        "base_fee_minor": part(
            pl.Int64,
            "Σ provider fees; null if a payment does not say its fee (by Stars or from the wallet "
            "it has none), or a rate is not known",
            nullable=True,
        ),
        "quantity": part(pl.Int64, "Σ quantities", least=None),
        "first_source_id": part(pl.UInt32, "The source that first brought the shopper"),
    },
    [
        rule(pl.col("first_at") <= pl.col("last_at"), "the first is not after the last"),
        rule(
            ~pl.col("event").is_in(["order_paid", "refund_completed", "payment_succeeded"])
            | ((pl.col("amount_minor") >= 0) & (pl.col("currency") != "")),
            "orders, payments and refunds are not negative and have a currency",
        ),
        rule(
            ~pl.col("event").is_in(["bot_started", "order_paid"]) | (pl.col("buyer_no") > 0),
            "starts and orders are somebody's",
        ),
    ],
    by_variant=False,
)


def _money(what: str) -> pa.Column:
    return part(pl.Int64, f"{what}; null if a rate is not known", nullable=True)


ORDER_DAY = figures_schema(
    {
        "order_id": part(pl.UInt64, "The order; 0 if a shop of its own code names none"),
        "buyer_no": part(pl.UInt64, "The shopper", least=1),
    },
    {
        "orders": part(pl.UInt64, "Times it was paid that day: 1, or 0 on a day of a refund only"),
        "paid_at": part(MOMENT, "When it was paid", nullable=True, least=None),
        "units": part(pl.Int64, "Units paid"),
        "lines": part(pl.UInt64, "Lines paid"),
        "gross_minor": _money("Σ unit price × quantity of its lines; without any, the order"),
        "discount_minor": _money("Its discount"),
        "tax_minor": _money("Its tax"),
        "shipping_minor": _money("Its shipping"),
        "cost_minor": part(
            pl.Int64,
            "What its goods cost; null if a line does not say, or there is none",
            nullable=True,
        ),
        "returns_minor": _money("Goods refunded that day"),
        "returned_tax_minor": _money("Tax refunded that day"),
        "returned_shipping_minor": _money("Shipping refunded that day"),
        "first_source_id": part(pl.UInt32, "The source that first brought the shopper"),
        "is_digital": part(pl.Boolean, "Delivered by the bot", least=None),
    },
    [rule((pl.col("orders") == 0) == pl.col("paid_at").is_null(), "a paid order has a moment")],
    by_variant=False,
)
