"""The columns of the fraud tables and of their inputs."""

import pandera.polars as pa
import polars as pl

from core.fraud_rules import BY_KEY, HELD
from pipelines.activity.schemas import MOMENT
from pipelines.metrics import part, rule

_HOURLY = {
    "day": pa.Column(pl.Date, description="The hour's day, UTC"),
    "hour": pa.Column(MOMENT, description="The hour's beginning, UTC"),
    "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0), description="The shop"),
}
_SHOPPER = {**_HOURLY, "buyer_no": part(pl.UInt64, "The shopper", least=1)}
_ABUSE = part(
    pl.String, "The abuse", pa.Check.isin(sorted({each.abuse for each in BY_KEY.values()}))
)


def _score(description: str) -> pa.Column:
    return part(pl.Float64, description, pa.Check.le(100))


_OUTCOMES = ["allow", "review", "hold", "block"]


SIGNAL = pa.DataFrameSchema(
    {
        **_SHOPPER,
        "abuse": _ABUSE,
        "rule": part(pl.String, "The rule", pa.Check.isin(sorted(BY_KEY))),
        "version": part(pl.UInt16, "The rule's version", least=1),
        "value": part(pl.Float64, "What was measured"),
        "threshold": part(pl.Float64, "From which value on the rule counts in full"),
        "window_seconds": part(pl.UInt32, "Over how long it was measured"),
        "weight": part(pl.Float64, "The rule's weight", pa.Check.le(1)),
        "contribution": _score("100·weight·x: the score that this signal alone would give"),
        "is_hit": part(pl.Boolean, "Whether the threshold is reached", least=None),
        "is_shadow": part(pl.Boolean, "Noted, without effect", least=None),
    },
    checks=[
        rule(
            pl.col("is_hit") == (pl.col("value") >= pl.col("threshold")),
            "a hit is a value from the threshold on",
        )
    ],
    unique=["hour", "shop_id", "buyer_no", "rule"],
    strict=True,
    ordered=True,
)
SCORE = pa.DataFrameSchema(
    {
        **_SHOPPER,
        "abuse": _ABUSE,
        "score": _score("100·(1 − Π(1 − wᵢ·xᵢ)) over the rules that count"),
        "shadow_score": _score("The same with shadow rules"),
        "outcome": part(
            pl.String,
            "What follows, by the shop's limits",
            pa.Check.isin(_OUTCOMES),
        ),
    },
    checks=[
        rule(pl.col("score") <= pl.col("shadow_score") + 1e-9, "shadow rules only add to the score")
    ],
    unique=["hour", "shop_id", "buyer_no", "abuse"],
    strict=True,
    ordered=True,
)
SOURCE_HOUR = pa.DataFrameSchema(
    {
        **_HOURLY,
        "source_id": part(pl.UInt32, "The link's source; 0: none"),
        "newcomers": part(pl.UInt32, "Who started first by it in the hour", least=1),
        "engaged": part(pl.UInt32, "Of them, with two different actions within 10 minutes"),
        "robots": part(pl.UInt32, "Of them, with a machine's timing"),
        "odd_ids": part(pl.UInt32, "Of them, with ids in a row or quite new"),
        "burst_z": part(pl.Float64, "(n − median₇d) ÷ (1.4826·MAD + 1)", least=None),
        "engagement_bound": part(
            pl.Float64, "Upper bound of the engaged share, 95 % (Wilson)", pa.Check.le(1.000001)
        ),
        "engagement_baseline": part(
            pl.Float64,
            "Engaged share of the shop's other sources in 7 days; null below 30 people",
            pa.Check.le(1),
            nullable=True,
        ),
    },
    checks=[
        rule(
            pl.max_horizontal("engaged", "robots", "odd_ids") <= pl.col("newcomers"),
            "those are newcomers",
        )
    ],
    unique=["hour", "shop_id", "source_id"],
    strict=True,
    ordered=True,
)

HOUR_EVENTS = pa.DataFrameSchema(
    {
        "day": _HOURLY["day"],
        "hour": _HOURLY["hour"],
        "events": part(
            pl.UInt64,
            "Its events when it was scored, with those of the hour before and ten minutes after",
        ),
    },
    unique=["hour"],
    strict=True,
    ordered=True,
)

MODEL_SCORE = pa.DataFrameSchema(
    {
        **_SHOPPER,
        "abuse": _ABUSE,
        "model": part(pl.UInt32, "The model's number", least=1),
        "score": part(pl.Float64, "How probable it is that a person confirms it", pa.Check.le(1)),
        "told": pa.Column(pl.String, description="The features that raise it most, as JSON"),
    },
    unique=["hour", "shop_id", "buyer_no", "abuse", "model"],
    strict=True,
    ordered=True,
)

# What is published

CASE_KEY = ("shop_id", "buyer_no", "abuse")
_CASE = {
    "shop_id": _HOURLY["shop_id"],
    "buyer_no": _SHOPPER["buyer_no"],
    # A label may be for an abuse type without rules by now.
    "abuse": part(pl.String, "The abuse", pa.Check.str_length(min_value=1)),
    "score": _score("Its highest score under today's rules; as it was last for what has run out"),
    "outcome": part(
        pl.String, "What follows: allow, review, hold or block", pa.Check.isin(_OUTCOMES)
    ),
    "seen_at": pa.Column(MOMENT, description="The end of the hour with that score, or the label's"),
}
_NEVER_BLOCKED = rule(
    ~(pl.col("abuse").is_in(sorted(HELD)) & (pl.col("outcome") == "block")),
    "where money or goods are at stake a score only holds",
)
_PUBLISHED_AT = pa.Column(MOMENT, description="When it was published")
VERDICT = pa.DataFrameSchema(
    _CASE, checks=[_NEVER_BLOCKED], unique=list(CASE_KEY), strict=True, ordered=True
)
REASON = pa.DataFrameSchema(
    {
        **{name: _CASE[name] for name in ("shop_id", "buyer_no")},
        "abuse": _ABUSE,
        **{
            name: SIGNAL.columns[name]
            for name in ("rule", "version", "value", "threshold", "window_seconds", "contribution")
        },
    },
    unique=[*CASE_KEY, "rule"],
    strict=True,
    ordered=True,
)
CASE = pa.DataFrameSchema(
    {
        **_CASE,
        "since": pa.Column(MOMENT, description="The end of the first hour that scored as fraud"),
        "published_at": _PUBLISHED_AT,
    },
    checks=[_NEVER_BLOCKED],
    unique=list(CASE_KEY),
    strict=True,
    ordered=True,
)
SHOPPER = pa.DataFrameSchema(
    {
        **{name: _CASE[name] for name in ("shop_id", "buyer_no")},
        "verdict": part(
            pl.String,
            "fraud: left out of the clean figures; suspect: reviewed; clear: neither any more",
            pa.Check.isin(["fraud", "suspect", "clear"]),
        ),
        "abuse": pa.Column(pl.String, description="The gravest abuse, empty without any"),
        "score": _CASE["score"],
        "outcome": _CASE["outcome"],
        "published_at": _PUBLISHED_AT,
    },
    checks=[
        rule(
            (pl.col("verdict") == "fraud") == pl.col("outcome").is_in(["hold", "block"]),
            "fraud is who is held or blocked",
        )
    ],
    unique=["shop_id", "buyer_no"],
    strict=True,
    ordered=True,
)


def _share(description: str) -> pa.Column:
    return part(pl.Float64, description, pa.Check.le(1), nullable=True)


QUALITY = pa.DataFrameSchema(
    {
        "abuse": pa.Column(pl.String, description="The abuse, or any"),
        "people": part(pl.Int64, "Of whom it is known what they are"),
        "abusers": part(pl.Int64, "Of them, who did it"),
        "flagged": part(pl.Int64, "Of them, at the review limit or above"),
        "precision": _share("Abusers ÷ flagged, at the review limit"),
        "recall": _share("Flagged abusers ÷ abusers, at the review limit"),
        "precision_at_block": _share("The same at the block limit"),
        "recall_at_block": _share("The same at the block limit"),
        "average_precision": _share("The mean of precision over recall, by rising limits"),
        "auroc": _share("How often an abuser scores above an honest person"),
        "precision_at_k": _share("Abusers among the k highest scores, k the number of abusers"),
    },
    unique=["abuse"],
    strict=True,
    ordered=True,
)

# What is read

_WHO = {"shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)), "buyer_no": part(pl.UInt64, "", least=1)}
MOMENTS = pa.DataFrameSchema(
    {
        **_WHO,
        "event": pa.Column(pl.String),
        "at": pa.Column(MOMENT),
        "action": pa.Column(pl.String),
        "product_id": pa.Column(pl.UInt64),
        "likeness": pa.Column(pl.UInt32, pa.Check.le(255)),
        "has_link": pa.Column(pl.Boolean),
    },
    strict=True,
)
NEWCOMERS = pa.DataFrameSchema(
    {
        **_WHO,
        "started_at": pa.Column(MOMENT),
        "source_id": pa.Column(pl.UInt32),
        "has_language": pa.Column(pl.Boolean),
        "telegram_id": pa.Column(pl.Int64, pa.Check.gt(0), nullable=True),
        "has_username": pa.Column(pl.Boolean, nullable=True),
    },
    unique=["shop_id", "buyer_no"],
    strict=True,
)
_SUMS = (
    *("open_orders", "expired_orders", "mismatched_payments", "rejected_proofs", "refused_checks"),
    *("unknown_buttons", "promo_stacking", "repeated_deliveries"),
)
COUNTS = pa.DataFrameSchema(
    {**_WHO, **{name: part(pl.UInt32, "") for name in _SUMS}},
    unique=["shop_id", "buyer_no"],
    strict=True,
)
REFUNDS = pa.DataFrameSchema(
    {**_WHO, "refunds": part(pl.UInt32, "", least=1), "orders": part(pl.UInt32, "")},
    unique=["shop_id", "buyer_no"],
    strict=True,
)
HISTORY = pa.DataFrameSchema(
    {
        "hour": _HOURLY["hour"],
        **{name: SOURCE_HOUR.columns[name] for name in ("shop_id", "source_id")},
        **{name: SOURCE_HOUR.columns[name] for name in ("newcomers", "engaged")},
    },
    checks=[rule(pl.col("engaged") <= pl.col("newcomers"), "those are newcomers")],
    unique=["hour", "shop_id", "source_id"],
    strict=True,
)
CATALOGUE = pa.DataFrameSchema(
    {"shop_id": _HOURLY["shop_id"], "on_sale": part(pl.UInt32, "", least=1)},
    unique=["shop_id"],
    strict=True,
)
PACE = pa.DataFrameSchema(
    {
        **_WHO,
        "fast_bins": part(pl.Float64, ""),
        **{name: part(pl.UInt32, "") for name in ("viewing_hours", "views", "products", "buying")},
    },
    unique=["shop_id", "buyer_no"],
    strict=True,
)
TROUBLES = pa.DataFrameSchema(
    {
        **_WHO,
        "failed_amounts": pa.Column(pl.List(pl.Int64)),
        **{
            name: part(pl.UInt32, "")
            for name in ("failed", "attempts", "paid", "code_hours", "corrected_hours")
        },
    },
    checks=[
        rule(pl.col("failed") <= pl.col("attempts"), "those were tried"),
        rule(pl.col("corrected_hours") <= pl.col("code_hours"), "those had wrong codes"),
    ],
    unique=["shop_id", "buyer_no"],
    strict=True,
)
ORDERS = pa.DataFrameSchema(
    {
        **_WHO,
        "order_id": part(pl.UInt64, "", least=1),
        "product_id": pa.Column(pl.UInt64),
        "created_at": pa.Column(MOMENT),
        "is_paid": pa.Column(pl.Boolean),
        "is_refunded": pa.Column(pl.Boolean),
        "is_taken_back": pa.Column(pl.Boolean),
        "has_paid": pa.Column(pl.Boolean),
    },
    unique=["shop_id", "order_id"],
    strict=True,
)
ARRIVALS = pa.DataFrameSchema(
    {
        **_WHO,
        "source_id": pa.Column(pl.UInt32),
        "started_at": pa.Column(MOMENT),
        "stayed": pa.Column(pl.Boolean),
    },
    unique=["shop_id", "buyer_no"],
    strict=True,
)
SHARES = pa.DataFrameSchema(
    {
        "shop_id": _HOURLY["shop_id"],
        **{name: part(pl.Float64, "") for name in ("refunds", "failed")},
        **{name: part(pl.UInt32, "") for name in ("orders", "attempts")},
        "small_amount": pa.Column(pl.Float64, nullable=True),
    },
    unique=["shop_id"],
    strict=True,
)
TIES = pa.DataFrameSchema(
    {
        **_WHO,
        "tie": part(pl.UInt32, "", least=1),
        "kind": pa.Column(pl.String, pa.Check.isin(["phone", "email", "address", "payer"])),
    },
    unique=["shop_id", "tie", "buyer_no"],
    strict=True,
)
SUSPECTED = pa.DataFrameSchema(
    {**_WHO, "abuse": _ABUSE, "suspicion": part(pl.Float64, "", pa.Check.le(1))},
    unique=["shop_id", "buyer_no", "abuse"],
    strict=True,
)
# What a publication is based on, from all hours.
SEEN = pa.DataFrameSchema(
    {
        **{name: SIGNAL.columns[name] for name in ("hour", "shop_id", "buyer_no")},
        "rule": pa.Column(pl.String),  # a rule that was removed counts no more
        "value": SIGNAL.columns["value"],
    },
    unique=["hour", "shop_id", "buyer_no", "rule"],
    strict=True,
)
