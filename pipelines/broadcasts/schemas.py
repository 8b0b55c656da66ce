"""The columns of the broadcasts' table; their descriptions are the metrics' formulas."""

import polars as pl

from pipelines.metrics import figures_schema, metric, part, rule

BROADCAST_DAY = figures_schema(
    {"broadcast": part(pl.String, "The broadcast's id")},
    {
        "attempted": part(pl.UInt32, "Recipients to whom it was first sent that day", least=1),
        "delivered": part(pl.UInt32, "Of them, whom it reached"),
        "delivery_rate": metric(
            47,
            "share",
            ("Доставка рассылки", "доставлено ÷ отправлено"),
            ("Broadcast delivery", "delivered ÷ attempted"),
        ),
        "clickers": part(pl.UInt32, "Of those reached, who pressed something in it"),
        "click_rate": metric(
            47,
            "share",
            ("Переходы из рассылки", "нажавшие ÷ доставлено"),
            ("Broadcast clicks", "clickers ÷ delivered"),
        ),
        "blocks_24h": part(pl.UInt32, "Of those reached, who blocked the bot within 24 h"),
        "blocks_per_1000": metric(
            47,
            "score",
            ("Блокировки после рассылки", "заблокировавшие за 24 ч на 1000 доставленных"),
            ("Blocks after a broadcast", "blocks within 24 h per 1,000 delivered"),
        ),
        "clicker_orders": part(pl.UInt32, "Orders that clickers paid within 72 h"),
        "net_sales_72h_minor": metric(
            47,
            "money",
            ("Продажи рассылки", "чистые продажи нажавшим за 72 ч после нажатия"),
            ("Broadcast sales", "net sales to clickers within 72 h of the click"),
            least=None,
        ),
        "is_complete": part(
            pl.Boolean,
            "Over are the 3 days after it in which a click counts, and 72 h after them",
            least=None,
        ),
    },
    [
        rule(pl.col("delivered") <= pl.col("attempted"), "delivered were attempted"),
        rule(pl.col("clickers") <= pl.col("delivered"), "clickers were reached"),
        rule(pl.col("blocks_24h") <= pl.col("delivered"), "who left was reached"),
    ],
)
