"""The columns of the products' tables; their descriptions are the metrics' formulas."""

import polars as pl

from pipelines.metrics import figures_schema, metric, part, rule, same_metric

_UNITS = same_metric(
    metric(
        42,
        "count",
        ("Единицы товара", "сколько его оплачено"),
        ("Product's units", "how many of it were paid"),
    ),
    pl.Int64,
    nullable=False,
)

PRODUCT_DAY = figures_schema(
    {"product_id": part(pl.UInt64, "The product", least=1)},
    {
        "viewers": part(pl.UInt32, "Distinct users who saw it"),
        "buyers": part(pl.UInt32, "Distinct users who paid for it"),
        "viewing_buyers": part(pl.UInt32, "Distinct users who saw it and paid for it that day"),
        "conversion": metric(
            42,
            "share",
            ("Конверсия товара", "купившие из посмотревших ÷ посмотревшие"),
            ("Product conversion", "buyers among its viewers ÷ viewers"),
        ),
        "units": _UNITS,
        "gross_sales_minor": metric(
            42,
            "money",
            ("Валовые продажи товара", "Σ цена × количество в оплаченных строках"),
            ("Product's gross sales", "Σ unit price × quantity of its paid lines"),
        ),
        "net_sales_minor": metric(
            42,
            "money",
            ("Чистые продажи товара", "валовые − скидки его строк − возвраты, где он назван"),
            ("Product's net sales", "gross − its lines' discounts − refunds that name it"),
            least=None,
        ),
        "rank_by_net": metric(
            42,
            "score",
            ("Место по выручке", "место товара дня по чистым продажам, 1 — лучший"),
            ("Rank by net sales", "the product's place of the day by net sales, 1 is best"),
        ),
        "rank_by_units": metric(
            42,
            "score",
            ("Место по количеству", "место товара дня по единицам, 1 — лучший"),
            ("Rank by units", "the product's place of the day by units, 1 is best"),
        ),
        "on_hand": part(
            pl.Int64, "Stock at the day's end; null if it is not counted", nullable=True
        ),
        "units_28d": part(pl.Int64, "Units paid in the last 28 days"),
        "days_of_cover": metric(
            43,
            "days",
            ("Запас в днях", "остаток ÷ средние продажи в день за 28 дней"),
            ("Days of cover", "on hand ÷ mean daily units of 28 days"),
        ),
    },
    [
        rule(pl.col("viewing_buyers") <= pl.col("viewers"), "who saw and bought has seen"),
        rule(pl.col("viewing_buyers") <= pl.col("buyers"), "who saw and bought has bought"),
    ],
)

CATALOGUE_DAY = figures_schema(
    {},
    {
        "counted_products": part(pl.UInt32, "Products whose stock is counted"),
        "products_out": part(pl.UInt32, "Of them, with none left at the day's end"),
        "stock_out_share": metric(
            43,
            "share",
            ("Доля отсутствующих", "товары без остатка ÷ товары с учётом остатка"),
            ("Stock-out share", "products with none left ÷ products whose stock is counted"),
        ),
        "digital_orders": part(pl.UInt32, "Digital orders paid that day"),
        "delivered_in_time": part(pl.UInt32, "Of them, delivered within 60 s"),
        "delivery_success": metric(
            44,
            "share",
            ("Успех выдачи", "выданные за 60 с ÷ оплаченные цифровые заказы"),
            ("Delivery success", "delivered within 60 s ÷ digital orders paid"),
        ),
        "delivery_p95_us": metric(
            44,
            "us",
            ("Выдача, p95", "95-й процентиль времени от оплаты до выдачи, мкс"),
            ("Delivery, p95", "95th percentile of the time from payment to delivery, µs"),
        ),
    },
    [
        rule(pl.col("products_out") <= pl.col("counted_products"), "products out are products"),
        rule(pl.col("delivered_in_time") <= pl.col("digital_orders"), "delivered were paid"),
    ],
)
