"""What the fraud tables and their inputs hold."""

import pandera.polars as pa
import polars as pl

from pipelines.activity.schemas import MOMENT
from pipelines.fraud.rules import BY_KEY
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
            pa.Check.isin(["allow", "review", "hold", "block"]),
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
COUNTS = pa.DataFrameSchema(_WHO, unique=["shop_id", "buyer_no"])
