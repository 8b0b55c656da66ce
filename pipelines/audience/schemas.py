"""The columns of the audience's tables; their descriptions are the metrics' formulas."""

import polars as pl

from pipelines.metrics import figures_schema, metric, money_ratio, part, rule

AUDIENCE_DAY = figures_schema(
    {},
    {
        "new_users": metric(
            1,
            "users",
            ("Новые пользователи", "разные люди, чей первый «Старт» пришёлся на период"),
            ("New users", "distinct users whose first start ever is in the period"),
        ),
        "starts": metric(
            2,
            "count",
            ("Нажатия «Старт»", "сколько раз нажали «Старт»"),
            ("Starts", "how often Start was pressed"),
        ),
        "dau": metric(
            3,
            "users",
            ("DAU", "разные люди, сделавшие что-то за день"),
            ("DAU", "distinct users who did something that day"),
        ),
        "wau": metric(
            4,
            "users",
            ("WAU", "разные активные люди за последние 7 дней, включая этот"),
            ("WAU", "distinct active users of the last 7 days, this one included"),
        ),
        "mau": metric(
            4,
            "users",
            ("MAU", "разные активные люди за последние 30 дней, включая этот"),
            ("MAU", "distinct active users of the last 30 days, this one included"),
        ),
        "active_days": part(pl.UInt64, "Σ DAU of the last 30 days"),
        "stickiness": metric(
            5,
            "share",
            ("Липкость", "средний DAU за 30 дней ÷ MAU"),
            ("Stickiness", "mean DAU of 30 days ÷ MAU"),
        ),
        "ever_started": part(pl.UInt64, "Users who have ever started the bot, by the day's end"),
        "blocked_now": part(pl.UInt64, "Of them, who have it blocked at the day's end"),
        "reachable_users": metric(
            6,
            "count",
            ("Доступная аудитория", "когда-либо запустили − заблокировали сейчас"),
            ("Reachable audience", "ever started − blocked now"),
        ),
        "blocked_share": metric(
            7,
            "share",
            ("Доля заблокировавших", "заблокировали сейчас ÷ когда-либо запустили"),
            ("Blocked share", "blocked now ÷ ever started"),
        ),
        "blocking": part(pl.UInt32, "Users who blocked the bot that day"),
        "blocking_reachable": part(pl.UInt32, "Of them, reachable when the day began"),
        "reachable_before": part(pl.UInt64, "Reachable audience when the day began"),
        "block_rate": metric(
            8,
            "share",
            ("Темп блокировок", "заблокировали за день ÷ доступные в его начале"),
            ("Block rate", "blocking that day ÷ reachable when it began, of those"),
        ),
        "activated": part(pl.UInt32, "New users who saw a product within 24 h"),
        "activation": metric(
            9,
            "share",
            ("Активация", "новые, посмотревшие товар за 24 ч ÷ новые"),
            ("Activation", "new users with a product viewed within 24 h ÷ new users"),
        ),
        "sessions": metric(
            12,
            "count",
            ("Сессии", "начатые за день; сессия кончается после 30 минут бездействия"),
            ("Sessions", "begun that day; one ends with 30 minutes of nothing"),
        ),
        "gates_shown": part(pl.UInt32, "Users who were shown a subscription gate"),
        "gates_passed": part(pl.UInt32, "Of them, who passed it that day"),
        "gate_pass_rate": metric(
            13,
            "share",
            ("Прошли подписку", "прошли ÷ увидели требование подписки"),
            ("Gate pass rate", "users who passed the gate ÷ users who were shown it"),
        ),
        "captchas_shown": part(pl.UInt32, "Users who were shown a captcha"),
        "captchas_passed": part(pl.UInt32, "Of them, who passed it that day"),
        "captcha_pass_rate": metric(
            13,
            "share",
            ("Прошли капчу", "прошли ÷ увидели капчу"),
            ("Captcha pass rate", "users who passed the captcha ÷ users who were shown it"),
        ),
    },
    [
        rule(pl.col("new_users") <= pl.col("starts"), "every new user pressed Start"),
        rule(pl.col("new_users") <= pl.col("dau"), "new users are active users"),
        rule(
            (pl.col("dau") <= pl.col("wau")) & (pl.col("wau") <= pl.col("mau")),
            "a longer span has no fewer users",
        ),
        rule(pl.col("mau") <= pl.col("active_days"), "distinct users are at most the daily sum"),
        rule(pl.col("blocked_now") <= pl.col("ever_started"), "who blocked it has started it"),
        rule(pl.col("activated") <= pl.col("new_users"), "activated are new users"),
    ],
)

COHORT_DAY = figures_schema(
    {"age": part(pl.UInt16, "Days since the cohort's own day; only complete ones have a row")},
    {
        "cohort_size": part(pl.UInt32, "New users of the day", least=1),
        "retained": part(pl.UInt32, "Of them, active on the day of that age"),
        "retention": metric(
            10,
            "share",
            ("Удержание дня N", "из когорты дня c активны в день c + N ÷ размер когорты"),
            ("Day-N retention", "of the cohort of day c, active on day c + N ÷ cohort size"),
        ),
        "returned": part(pl.UInt32, "Of them, active on the day of that age or later"),
        "rolling_retention": metric(
            11,
            "share",
            ("Скользящее удержание", "из когорты активны в день c + N или позже ÷ размер когорты"),
            ("Rolling retention", "of the cohort, active on day c + N or later ÷ cohort size"),
        ),
        "converted": part(pl.UInt32, "Of them, with a paid order through that age"),
        "conversion": metric(
            16,
            "share",
            ("Конверсия новых", "из когорты купили за N дней (каталог: 30) ÷ размер когорты"),
            ("New-user conversion", "of the cohort, bought within N days (30) ÷ cohort size"),
        ),
        "net_sales_minor": part(
            pl.Int64,
            "Σ net sales of the cohort's orders through that age, refunds netted back to the "
            "order; null if a rate is not known",
            nullable=True,
            least=None,
        ),
        "ltv_minor": money_ratio(
            39,
            ("LTV(n)", "чистые продажи когорты со дня первого старта по день n ÷ размер когорты"),
            (
                "Realised LTV(n)",
                "the cohort's net sales from the first start's day through day n ÷ cohort size",
            ),
        ),
    },
    [
        rule(pl.col("returned") >= pl.col("retained"), "rolling is not below day-N retention"),
        rule(pl.col("returned") <= pl.col("cohort_size"), "who returned is of the cohort"),
        rule(pl.col("converted") <= pl.col("cohort_size"), "who bought is of the cohort"),
    ],
)
