"""The columns of the sources' tables; their descriptions are the metrics' formulas."""

import pandera.polars as pa
import polars as pl

from pipelines.metrics import figures_schema, metric, money_ratio, part, rule
from pipelines.sources.attribution import TOUCHES

SOURCE_DAY = figures_schema(
    {
        "touch": part(
            pl.String,
            "Which start of the bot counts: the first ever, the last within 30 days, or the last "
            "of those by a link",
            pa.Check.isin(list(TOUCHES)),
        ),
        "source_id": part(pl.UInt32, "The start link's source; 0 is none"),
    },
    {
        "users": metric(
            45,
            "users",
            ("Новые пользователи источника", "новые пользователи, пришедшие по ссылке"),
            ("Users of a source", "new users whom the source brought"),
        ),
        "buyers": metric(
            45,
            "users",
            ("Покупатели источника", "покупатели дня по первому, последнему и значимому касанию"),
            ("Buyers of a source", "the day's buyers by first, last and last significant touch"),
        ),
        "orders": part(pl.UInt32, "Orders paid that day"),
        "first_buyers": part(pl.UInt32, "Of the buyers, who bought for the first time"),
        "net_sales_minor": metric(
            45,
            "money",
            ("Чистые продажи источника", "заказы дня − скидки − возвраты из этих заказов"),
            ("Net sales of a source", "the day's orders − discounts − refunds of these orders"),
            least=None,
        ),
        "cost_minor": part(
            pl.Int64, "What the source cost that day; null if a rate is not known", nullable=True
        ),
        "cac_minor": money_ratio(
            46,
            ("CAC", "расход ÷ новые пользователи источника"),
            ("CAC", "cost ÷ new users of the source"),
        ),
        "cpa_minor": money_ratio(
            46,
            ("CPA", "расход ÷ впервые купившие"),
            ("CPA", "cost ÷ first buyers of the source"),
        ),
        "roas": metric(
            46,
            "score",
            ("ROAS", "чистые продажи источника ÷ расход"),
            ("ROAS", "net sales attributed ÷ cost"),
            least=None,
        ),
    },
    [
        rule(pl.col("first_buyers") <= pl.col("buyers"), "first buyers are buyers"),
        rule(pl.col("buyers") <= pl.col("orders"), "every buyer has an order"),
    ],
)

REFERRAL_DAY = figures_schema(
    {},
    {
        "new_users": part(pl.UInt32, "New users of the day"),
        "referred_users": part(pl.UInt32, "Of them, whom another shopper brought"),
        "referral_share": metric(
            48,
            "share",
            ("Доля приглашённых", "новые по приглашению ÷ новые"),
            ("Referral share", "new users whom a shopper brought ÷ new users"),
        ),
        "reward_cost_minor": metric(
            48,
            "money",
            ("Награды за приглашения", "Σ наград, начисленных в этот день"),
            ("Reward cost", "Σ rewards granted that day"),
        ),
    },
    [rule(pl.col("referred_users") <= pl.col("new_users"), "referred users are new users")],
)
