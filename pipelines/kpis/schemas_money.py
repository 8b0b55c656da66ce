"""The columns of the tables of conversion and money; their descriptions are the metrics'
formulas."""

import pandera.polars as pa
import polars as pl

from core import sales
from core.funnel_steps import STEPS
from pipelines.metrics import figures_schema, metric, money_ratio, part, rule

FUNNEL_DAY = figures_schema(
    {"step_no": part(pl.UInt8, "The step's number, from 1")},
    {
        "step": part(pl.String, f"The step: {' → '.join(STEPS)}"),
        "users": part(pl.UInt32, "Users who took the step that day"),
        "went_on": part(pl.UInt32, "Of them, who took the next within 7 days after it"),
        "step_rate": metric(
            14,
            "share",
            ("Переход между шагами", "сделали следующий шаг за 7 дней ÷ были на шаге"),
            ("Step rate", "users who took the next step within 7 days ÷ users at the step"),
        ),
    },
    [rule(pl.col("went_on") <= pl.col("users"), "a funnel never grows")],
)

CONVERSION_DAY = figures_schema(
    {},
    {
        "active_users": part(pl.UInt32, "Distinct users who did something"),
        "buyers": part(pl.UInt32, "Distinct users with a paid order"),
        "buyer_conversion": metric(
            15,
            "share",
            ("Конверсия активных в покупателей", "покупатели ÷ активные"),
            ("Buyer conversion of active users", "buyers ÷ active users"),
        ),
        "carts": part(pl.UInt32, "Carts that something was put into that day"),
        "carts_paid": part(pl.UInt32, "Of them, paid within 48 h"),
        "cart_abandonment": metric(
            17,
            "share",
            ("Брошенные корзины", "1 − оплаченные за 48 ч ÷ корзины не моложе 48 ч"),
            ("Cart abandonment", "1 − carts paid within 48 h ÷ carts at least 48 h old"),
        ),
        "checkouts": part(pl.UInt32, "Users who began a checkout that day"),
        "checkouts_paid": part(pl.UInt32, "Of them, who paid within 24 h"),
        "checkout_abandonment": metric(
            18,
            "share",
            ("Брошенные оформления", "1 − оплаченные за 24 ч ÷ оформления не моложе 24 ч"),
            ("Checkout abandonment", "1 − paid within 24 h ÷ checkouts at least 24 h old"),
        ),
        "first_buyers": part(pl.UInt32, "Users whose first paid order ever is that day's"),
        "hours_to_first_purchase": metric(
            20,
            "hours",
            ("Время до первой покупки", "медиана от первого «Старт» до первой покупки, часы"),
            ("Time to first purchase", "median from the first start to the first purchase, h"),
            least=None,
        ),
    },
    [
        rule(pl.col("buyers") <= pl.col("active_users"), "buyers are active users"),
        rule(pl.col("carts_paid") <= pl.col("carts"), "paid carts are carts"),
        rule(pl.col("checkouts_paid") <= pl.col("checkouts"), "paid checkouts are checkouts"),
        rule(pl.col("first_buyers") <= pl.col("buyers"), "first buyers are buyers"),
    ],
)

MONEY_DAY = figures_schema(
    {},
    {
        "gross_sales_minor": metric(
            21,
            "money",
            ("Валовые продажи", "Σ цена × количество в оплаченных заказах; без строк — сам заказ"),
            ("Gross sales", "Σ unit price × quantity of paid orders; without lines, the order"),
        ),
        "discounts_minor": metric(
            22,
            "money",
            ("Скидки", "Σ скидок оплаченных заказов"),
            ("Discounts", "Σ discounts of paid orders"),
        ),
        "returns_minor": metric(
            23,
            "money",
            ("Возвраты", "Σ возвращённого за товары в этот день, без налога и доставки"),
            (
                "Returns",
                "Σ goods refunded that day, whenever the order was paid; not tax and shipping",
            ),
        ),
        "net_sales_minor": metric(
            24,
            "money",
            ("Чистые продажи", "валовые − скидки − возвраты"),
            ("Net sales", "gross sales − discounts − returns"),
            least=None,
        ),
        "tax_minor": part(pl.Int64, "Σ tax of paid orders", nullable=True),
        "shipping_minor": part(pl.Int64, "Σ shipping of paid orders", nullable=True),
        "returned_tax_minor": part(pl.Int64, "Σ tax refunded that day", nullable=True),
        "returned_shipping_minor": part(pl.Int64, "Σ shipping refunded that day", nullable=True),
        "total_sales_minor": metric(
            25,
            "money",
            ("Продажи всего", "чистые + налог + доставка − их возвраты"),
            ("Total sales", "net sales + tax + shipping − these refunded"),
            least=None,
        ),
        "cash_in_minor": part(pl.Int64, "Σ external payments, top-ups included", nullable=True),
        "cash_back_minor": part(pl.Int64, "Σ external refunds", nullable=True),
        "cash_collected_minor": metric(
            26,
            "money",
            ("Получено денег", "внешние платежи с пополнениями − внешние возвраты"),
            ("Cash collected", "external payments incl. top-ups − external refunds"),
            least=None,
        ),
        "paid_orders": metric(
            27,
            "count",
            ("Оплаченные заказы", "заказы, оплаченные в этот день"),
            ("Paid orders", "orders paid that day"),
        ),
        "units": metric(
            27,
            "count",
            ("Единицы товара", "Σ количеств в оплаченных заказах"),
            ("Units", "Σ quantities of paid orders"),
        ),
        "aov_minor": money_ratio(
            28,
            ("Средний чек", "(валовые − скидки) ÷ оплаченные заказы"),
            ("Average order value", "(gross sales − discounts) ÷ paid orders"),
        ),
        "items_per_order": metric(
            29,
            "score",
            ("Товаров в заказе", "единицы ÷ оплаченные заказы"),
            ("Items an order", "units ÷ paid orders"),
        ),
        "charged_minor": part(
            pl.Int64, "Gross sales − discounts of the day's orders", nullable=True, least=None
        ),
        "refunded_minor": part(
            pl.Int64, "Goods refunded of the day's orders, to date, within a year", nullable=True
        ),
        "refund_rate": metric(
            30,
            "score",
            ("Доля возвратов", "возвращено из заказов этого дня ÷ их сумма со скидкой"),
            ("Refund rate", "refunded of orders paid that day ÷ what they were charged"),
        ),
        "active_users": part(pl.UInt32, "Distinct users who did something"),
        "buyers": part(pl.UInt32, "Distinct users with a paid order"),
        "arpu_minor": money_ratio(
            31,
            ("ARPU", "чистые продажи ÷ активные"),
            ("ARPU", "net sales ÷ active users"),
        ),
        "arppu_minor": money_ratio(
            32,
            ("ARPPU", "чистые продажи ÷ покупатели"),
            ("ARPPU", "net sales ÷ buyers"),
        ),
        "paying_share": metric(
            33,
            "share",
            ("Доля платящих", "покупатели ÷ активные"),
            ("Paying share", "buyers ÷ active users"),
        ),
        "cost_minor": part(
            pl.Int64, "Σ cost of goods sold; null if a line does not say it", nullable=True
        ),
        "gross_margin_minor": metric(
            35,
            "money",
            ("Валовая маржа", "чистые продажи − себестоимость"),
            ("Gross margin", "net sales − cost of goods"),
            least=None,
        ),
        "gross_margin": metric(
            35,
            "score",
            ("Валовая маржа, доля", "(чистые продажи − себестоимость) ÷ чистые продажи"),
            ("Gross margin, share", "(net sales − cost of goods) ÷ net sales"),
            least=None,
        ),
        "fees_minor": part(
            pl.Int64,
            "Σ fees of payment providers; null if a payment does not say its own (by Stars or from "
            "the wallet it has none)",
            nullable=True,
        ),
        "margin_after_fees_minor": metric(
            35,
            "money",
            ("Маржа за вычетом комиссий", "валовая маржа − комиссии провайдеров"),
            ("Margin after fees", "gross margin − provider fees"),
            least=None,
        ),
    },
    [
        rule(
            sales.net_sales(
                pl.col("gross_sales_minor"), pl.col("discounts_minor"), pl.col("returns_minor")
            )
            == pl.col("net_sales_minor"),
            "net sales = gross sales − discounts − returns",
        ),
        rule(pl.col("buyers") <= pl.col("paid_orders"), "every buyer has a paid order"),
        rule(pl.col("buyers") <= pl.col("active_users"), "buyers are active users"),
    ],
)

PAYMENT_DAY = figures_schema(
    {"provider": part(pl.String, "The payment provider, empty if the event does not say")},
    {
        "succeeded": part(pl.UInt32, "Payments that succeeded"),
        "failed": part(pl.UInt32, "Payments that failed"),
        "expired": part(pl.UInt32, "Payments that expired"),
        "payment_success": metric(
            19,
            "share",
            (
                "Успех платежей",
                "успешные ÷ (успешные + неудачные + истёкшие); задержанный неудачен, а принятый "
                "ещё и успешен",
            ),
            (
                "Payment success",
                "succeeded ÷ (succeeded + failed + expired); a held one is failed when it comes, "
                "and succeeded besides once it is taken",
            ),
        ),
        "fees_minor": part(
            pl.Int64, "Σ its fees; null if a payment does not say its own", nullable=True
        ),
    },
)


def _wallet(what: str) -> pa.Column:
    return part(pl.Int64, f"{what}, native", least=None)


WALLET_DAY = figures_schema(
    {"currency": part(pl.String, "The wallets' currency")},
    {
        "opening_minor": _wallet("Σ balances when the day began"),
        "top_ups_minor": _wallet("Σ top-ups"),
        "purchases_minor": _wallet("Σ payments from wallets, negative"),
        "refunds_minor": _wallet("Σ refunds to wallets"),
        "rewards_minor": _wallet("Σ rewards"),
        "payouts_minor": _wallet("Σ payouts, negative"),
        "change_minor": _wallet("Σ all entries of the day"),
        "liability_minor": metric(
            34,
            "money",
            ("Обязательства по кошелькам", "Σ остатков кошельков на конец дня"),
            ("Wallet liability", "Σ closing balances of wallets"),
            least=None,
        ),
    },
    [
        rule(
            pl.col("opening_minor") + pl.col("change_minor") == pl.col("liability_minor"),
            "closing = opening + change",
        )
    ],
)
