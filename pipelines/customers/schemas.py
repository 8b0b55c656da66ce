"""The columns of the customers' tables; their descriptions are the metrics' formulas."""

import pandera.polars as pa
import polars as pl

from pipelines.customers.rfm import QUINTILES, SEGMENTS
from pipelines.metrics import figures_schema, metric, part, rule

CUSTOMER_DAY = figures_schema(
    {},
    {
        "charged_minor": part(
            pl.Int64, "Gross sales − discounts of the day", nullable=True, least=None
        ),
        "returning_minor": part(
            pl.Int64, "Of it, by customers with an earlier order", nullable=True, least=None
        ),
        "returning_share": metric(
            36,
            "score",
            ("Выручка от вернувшихся", "их (валовые − скидки) ÷ все (валовые − скидки)"),
            (
                "Returning customers' share of revenue",
                "gross − discounts of customers with an earlier order ÷ gross − discounts",
            ),
            least=None,
        ),
        "buyers": part(pl.UInt32, "Distinct users with a paid order that day"),
        "returning_buyers": part(pl.UInt32, "Of them, with an earlier order, that day or before"),
        "returning_rate": metric(
            36,
            "share",
            (
                "Доля вернувшихся покупателей",
                "покупатели дня с более ранним заказом ÷ покупатели дня",
            ),
            (
                "Returning-customer rate",
                "the day's customers with an earlier order ÷ the day's customers",
            ),
        ),
        "buyers_in_year": part(pl.UInt32, "Buyers with a paid order in the last 365 days"),
        "repeat_buyers": part(pl.UInt32, "Of them, with two or more"),
        "repeat_rate": metric(
            37,
            "share",
            ("Повторные покупки", "покупатели с ≥ 2 заказами ÷ с ≥ 1 за 365 дней"),
            ("Repeat purchase rate", "buyers with ≥ 2 paid orders ÷ ≥ 1, over 365 days"),
        ),
        "purchase_interval_days": metric(
            38,
            "days",
            ("Интервал между покупками", "медиана дней между днями с заказом одного покупателя"),
            ("Purchase interval", "median days between a buyer's days with an order"),
        ),
        "churn_after_days": part(pl.UInt32, "T = max(60, 2 × median interval), whole days"),
        "active_buyers": part(pl.UInt32, "Buyers within T days of an order when the day began"),
        "churned_buyers": part(pl.UInt32, "Of them, who crossed T days without an order"),
        "churn": metric(
            40,
            "share",
            ("Отток", "перешли T дней без заказа ÷ активные в начале дня покупатели"),
            ("Churn", "buyers crossing T days without an order ÷ active when the day began"),
        ),
    },
    [
        rule(pl.col("returning_buyers") <= pl.col("buyers"), "who returns is a buyer"),
        rule(pl.col("repeat_buyers") <= pl.col("buyers_in_year"), "repeat buyers are buyers"),
        rule(pl.col("churned_buyers") <= pl.col("active_buyers"), "who churned was active"),
    ],
)


def _score(what: str) -> pa.Column:
    return part(
        pl.UInt8,
        f"{what}: quintile within the shop, 5 is best; null if not known",
        pa.Check.le(QUINTILES),
        nullable=True,
        least=1,
    )


_SEGMENT = metric(
    41,
    "score",
    ("RFM-сегмент", "давность, частота и деньги за 365 дней, пятые доли внутри магазина"),
    (
        "RFM segment",
        "recency, frequency and money of 365 days in quintiles within the shop: champions (R ≥ 4, "
        "mean of F and M ≥ 3.5), promising (R ≥ 4), loyal (R = 3, ≥ 3.5), sleeping (R = 3), at "
        "risk (R ≤ 2, ≥ 3.5), lost",
    ),
)

RFM_DAY = figures_schema(
    {"buyer_no": part(pl.UInt64, "The shopper", least=1)},
    {
        "recency_days": part(pl.UInt32, "R: days since the last paid order"),
        "frequency": part(pl.UInt64, "F: paid orders of the last 365 days", least=1),
        "monetary_minor": part(
            pl.Int64, "M: their net sales; null if a rate is not known", nullable=True, least=None
        ),
        "r": _score("Recency"),
        "f": _score("Frequency"),
        "m": _score("Money"),
        "segment": pa.Column(
            pl.String,
            pa.Check.isin(list(SEGMENTS)),
            description=_SEGMENT.description,
            metadata=_SEGMENT.metadata,
        ),
    },
)
