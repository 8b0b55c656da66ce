"""The columns of the service's tables; their descriptions are the metrics' formulas."""

import polars as pl

from pipelines.activity.schemas import MOMENT
from pipelines.metrics import figures_schema, metric, part, rule

SERVICE_HOUR = figures_schema(
    {
        "bot_id": part(pl.UInt64, "The bot"),
        "hour": part(MOMENT, "The hour's beginning, UTC", least=None),
    },
    {
        "updates": part(pl.UInt32, "Updates handled"),
        "errors": part(pl.UInt32, "Of them, with an error"),
        "error_share": metric(
            49,
            "share",
            ("Доля ошибок", "обработанные с ошибкой ÷ обработанные"),
            ("Error share", "updates with an error ÷ updates handled"),
        ),
        "reply_p50_us": metric(
            49,
            "us",
            ("Время ответа, p50", "медиана: первый ответ принят Telegram − событие получено, мкс"),
            ("Reply latency, p50", "median of first answer acknowledged − update received, µs"),
        ),
        "reply_p95_us": metric(
            49,
            "us",
            ("Время ответа, p95", "95-й процентиль, мкс"),
            ("Reply latency, p95", "95th percentile, µs"),
        ),
        "reply_p99_us": metric(
            49,
            "us",
            ("Время ответа, p99", "99-й процентиль, мкс"),
            ("Reply latency, p99", "99th percentile, µs"),
        ),
        "failed_calls": part(pl.UInt32, "Calls that Telegram refused"),
        "flood_waits": metric(
            49,
            "count",
            ("Ожидания из-за лимитов", "вызовы, на которые Telegram ответил «подождите»"),
            ("Flood waits", "calls that Telegram answered with a wait"),
        ),
        "flood_wait_seconds": part(pl.UInt64, "Σ seconds of those waits"),
        "minutes": part(pl.UInt8, "Minutes of the hour in which the bot should have run"),
        "down_minutes": part(pl.UInt8, "Of them, with no heartbeat for over 60 s"),
        "uptime": metric(
            49,
            "share",
            ("Доступность", "1 − минуты без пульса дольше 60 с ÷ минуты"),
            ("Uptime", "1 − minutes with no heartbeat for over 60 s ÷ minutes"),
        ),
    },
    [
        rule(pl.col("errors") <= pl.col("updates"), "errors are updates"),
        rule(pl.col("down_minutes") <= pl.col("minutes"), "down minutes are minutes"),
        rule(pl.col("reply_p50_us") <= pl.col("reply_p99_us"), "percentiles grow"),
    ],
    by_variant=False,
)

HEALTH_DAY = figures_schema(
    {},
    {
        "events": part(pl.UInt64, "Events of the day in ClickHouse, staff and test too"),
        "folded_from": part(pl.UInt64, "Of how many of them the day's figures were made"),
        "duplicates": metric(
            50,
            "count",
            ("Дубли", "события − разные события; должно быть 0"),
            ("Duplicates", "events − distinct events; must be 0"),
        ),
        "lag_p95_ms": metric(
            50,
            "ms",
            ("Задержка данных, p95", "95-й процентиль: в ClickHouse − произошло, мс"),
            ("Data lag, p95", "95th percentile of stored in ClickHouse − occurred, ms"),
            least=None,
        ),
        "order_difference": metric(
            50,
            "count",
            ("Расхождение заказов", "|PostgreSQL − ClickHouse| по оплаченным; должно быть 0"),
            ("Order difference", "|PostgreSQL − ClickHouse| on paid orders; must be 0"),
        ),
        "paid_total_difference_minor": metric(
            50,
            "money",
            ("Расхождение сумм", "Σ по валютам |PostgreSQL − ClickHouse|; должно быть 0"),
            ("Paid total difference", "Σ over currencies |PostgreSQL − ClickHouse|; must be 0"),
        ),
        "new_users": part(pl.UInt32, "New users"),
        "fraud_new_users": part(pl.UInt32, "Of them, flagged as fraud"),
        "fraud_share": metric(
            50,
            "share",
            ("Доля накрутки", "новые с признаком мошенничества ÷ новые"),
            ("Fraud share of new users", "new users flagged as fraud ÷ new users"),
        ),
    },
    [rule(pl.col("fraud_new_users") <= pl.col("new_users"), "flagged new users are new users")],
    by_variant=False,
)
