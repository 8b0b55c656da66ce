"""How a metric of a daily table is added up over days, shops and keys, as its dictionary entry
says.

The formula of the day stays where the table is computed; a test holds each ratio here to the column
that it is the ratio of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["sum", "last", "ratio", "last_ratio", "day"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`sum`: of all rows. `last`: the sum of the last day's rows. `ratio`: Σ `part` × `times` ÷
    Σ `whole` of all rows, `last_ratio` of the last day's; with `complement` 1 less that. `day`:
    only as it stands, for one row."""

    kind: Kind
    part: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    times: float = 1
    complement: bool = False

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": self.kind}
        if self.part:
            told |= {"part": list(self.part), "whole": list(self.whole), "times": self.times}
            told["complement"] = self.complement
        return told


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a table's metrics. `keys`: what its rows are of besides shop, day and variant;
    `apart`: those of them over which nothing may be added up."""

    metrics: Mapping[str, Rule]
    keys: tuple[str, ...] = ()
    apart: tuple[str, ...] = field(default=())


def _of(part: str, whole: str, **more: Any) -> Rule:
    return Rule("ratio", (part,), (whole,), **more)


def _last_of(part: str, whole: str, **more: Any) -> Rule:
    return Rule("last_ratio", (part,), (whole,), **more)


_SUM, _LAST, _DAY = Rule("sum"), Rule("last"), Rule("day")

RULES: Mapping[str, Rules] = {
    "shop_kpi_day": Rules(
        {
            **dict.fromkeys(("starts", "new_users", "paid_orders", "units"), _SUM),
            **dict.fromkeys(("gross_sales_minor", "discounts_minor"), _SUM),
            **dict.fromkeys(("returns_minor", "net_sales_minor"), _SUM),
            **dict.fromkeys(
                ("active_users", "buyers", "arpu_minor", "arppu_minor", "aov_minor"), _DAY
            ),
            "items_per_order": _of("units", "paid_orders"),
            "payment_success": Rule(
                "ratio",
                ("payments_succeeded",),
                ("payments_succeeded", "payments_failed", "payments_expired"),
            ),
            "buyer_conversion": _DAY,
        }
    ),
    "shop_money_day": Rules(
        {
            **dict.fromkeys(("paid_orders", "units", "gross_sales_minor", "discounts_minor"), _SUM),
            **dict.fromkeys(("returns_minor", "net_sales_minor"), _SUM),
            **dict.fromkeys(("buyers", "aov_minor", "arpu_minor", "arppu_minor"), _DAY),
        },
        keys=("currency",),
        apart=("currency",),
    ),
    "audience_day": Rules(
        {
            **dict.fromkeys(("new_users", "starts", "sessions"), _SUM),
            **dict.fromkeys(("wau", "mau", "reachable_users"), _LAST),
            "dau": _DAY,
            "stickiness": _last_of("active_days", "mau", times=1 / 30),
            "blocked_share": _last_of("blocked_now", "ever_started"),
            "block_rate": _of("blocking_reachable", "reachable_before"),
            "activation": _of("activated", "new_users"),
            "gate_pass_rate": _of("gates_passed", "gates_shown"),
            "captcha_pass_rate": _of("captchas_passed", "captchas_shown"),
        }
    ),
    "cohort_day": Rules(
        {
            "retention": _of("retained", "cohort_size"),
            "rolling_retention": _of("returned", "cohort_size"),
            "conversion": _of("converted", "cohort_size"),
            "ltv_minor": _of("net_sales_minor", "cohort_size"),
        },
        keys=("age",),
        apart=("age",),
    ),
    "funnel_day": Rules({"step_rate": _of("went_on", "users")}, keys=("step",), apart=("step",)),
    "conversion_day": Rules(
        {
            "buyer_conversion": _DAY,
            "cart_abandonment": _of("carts_paid", "carts", complement=True),
            "checkout_abandonment": _of("checkouts_paid", "checkouts", complement=True),
            "hours_to_first_purchase": _DAY,
        }
    ),
    "money_day": Rules(
        {
            **dict.fromkeys(("gross_sales_minor", "discounts_minor", "returns_minor"), _SUM),
            **dict.fromkeys(("net_sales_minor", "total_sales_minor"), _SUM),
            **dict.fromkeys(("cash_collected_minor", "paid_orders", "units"), _SUM),
            **dict.fromkeys(("gross_margin_minor", "margin_after_fees_minor"), _SUM),
            **dict.fromkeys(("aov_minor", "arpu_minor", "arppu_minor", "paying_share"), _DAY),
            "items_per_order": _of("units", "paid_orders"),
            "refund_rate": _of("refunded_minor", "charged_minor"),
            "gross_margin": _of("gross_margin_minor", "net_sales_minor"),
        }
    ),
    "payment_day": Rules(
        {"payment_success": Rule("ratio", ("succeeded",), ("succeeded", "failed", "expired"))},
        keys=("provider",),
    ),
    "wallet_day": Rules({"liability_minor": _LAST}, keys=("currency",), apart=("currency",)),
    "customer_day": Rules(
        {
            "returning_share": _of("returning_minor", "charged_minor"),
            "returning_rate": _of("returning_buyers", "buyers"),
            "repeat_rate": _last_of("repeat_buyers", "buyers_in_year"),
            "purchase_interval_days": _DAY,
            "churn": _last_of("churned_buyers", "active_buyers"),
        }
    ),
    "product_day": Rules(
        {
            **dict.fromkeys(("units", "gross_sales_minor", "net_sales_minor"), _SUM),
            "conversion": _of("viewing_buyers", "viewers"),
            "rank_by_net": _DAY,
            "rank_by_units": _DAY,
            "days_of_cover": _DAY,
        },
        keys=("product",),
    ),
    "catalogue_day": Rules(
        {
            "stock_out_share": _last_of("products_out", "counted_products"),
            "delivery_success": _of("delivered_in_time", "digital_orders"),
            "delivery_p95_us": _DAY,
        }
    ),
    "source_day": Rules(
        {
            "users": _SUM,
            "buyers": _DAY,
            "net_sales_minor": _SUM,
            "cac_minor": _of("cost_minor", "users"),
            "cpa_minor": _of("cost_minor", "first_buyers"),
            "roas": _of("net_sales_minor", "cost_minor"),
        },
        keys=("source",),
    ),
    "broadcast_day": Rules(
        {
            "delivery_rate": _of("delivered", "attempted"),
            "click_rate": _of("clickers", "delivered"),
            "blocks_per_1000": _of("blocks_24h", "delivered", times=1000),
            "net_sales_72h_minor": _SUM,
        },
        keys=("broadcast",),
    ),
    "referral_day": Rules(
        {"referral_share": _of("referred_users", "new_users"), "reward_cost_minor": _SUM}
    ),
    "service_hour": Rules(
        {
            "error_share": _of("errors", "updates"),
            **dict.fromkeys(("reply_p50_us", "reply_p95_us", "reply_p99_us"), _DAY),
            "flood_waits": _SUM,
            "uptime": _of("down_minutes", "minutes", complement=True),
        },
        keys=("bot",),
    ),
    "health_day": Rules(
        {
            **dict.fromkeys(("duplicates", "order_difference"), _SUM),
            "paid_total_difference_minor": _SUM,
            "lag_p95_ms": _DAY,
            "fraud_share": _of("fraud_new_users", "new_users"),
        }
    ),
    "rfm_day": Rules({}, keys=("shopper",), apart=("shopper",)),
}
