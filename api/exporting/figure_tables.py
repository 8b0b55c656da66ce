"""The daily tables of figures for export: their columns are those that ClickHouse has."""

from collections.abc import Iterable, Mapping, Sequence

from api.exporting.columns import Column, Kind
from api.exporting.headings import HEADINGS
from api.exporting.tables import ExportTable
from core import metric_dictionary
from core.events import Bilingual

# By key: titles, and the columns that rows are ordered by after shop and day.
_FIGURES: Mapping[str, tuple[str, str, str]] = {
    "shop_kpi_day": ("Главные показатели по дням", "Main figures by day", ""),
    "shop_money_day": ("Деньги по дням и валютам", "Money by day and currency", "currency"),
    "audience_day": ("Аудитория по дням", "Audience by day", "variant"),
    "cohort_day": ("Когорты", "Cohorts", "variant age"),
    "funnel_day": ("Воронка по дням", "Funnel by day", "variant step_no"),
    "conversion_day": ("Конверсия по дням", "Conversion by day", "variant"),
    "money_day": ("Продажи и прибыль по дням", "Sales and margin by day", "variant"),
    "payment_day": ("Платежи по системам", "Payments by provider", "variant provider"),
    "wallet_day": ("Кошельки по дням", "Wallets by day", "variant currency"),
    "customer_day": ("Возвращение покупателей", "Returning customers", "variant"),
    "rfm_day": ("Сегменты покупателей (RFM)", "Customers' segments (RFM)", "variant buyer_no"),
    "product_day": ("Товары по дням", "Products by day", "variant product_id"),
    "catalogue_day": ("Каталог по дням", "Catalogue by day", "variant"),
    "source_day": ("Ссылки по дням", "Links by day", "variant touch source_id"),
    "referral_day": ("Приглашения по дням", "Referrals by day", "variant"),
    "broadcast_day": ("Рассылки по дням", "Broadcasts by day", "variant broadcast"),
    "service_hour": ("Работа ботов по часам", "Bots' service by hour", "bot_id hour"),
    "health_day": ("Достоверность данных по дням", "Soundness of data by day", ""),
}


def _table(key: str, ru: str, en: str, keys: str) -> ExportTable:
    return ExportTable(
        key,
        Bilingual(ru, en),
        "clickhouse",
        f"FROM {key} AS e WHERE e.shop_id IN {{shops:Array(UInt32)}} "
        "AND e.day BETWEEN {first:Date} AND {last:Date}",
        ", ".join(f"e.{name}" for name in ("shop_id", "day", *keys.split())),
        on_shops_clock=False,
    )


TABLES = tuple(_table(key, *described) for key, described in _FIGURES.items())


def described(key: str, columns: Iterable[tuple[str, str]]) -> Sequence[Column]:
    """The columns of a table of figures, from their names and ClickHouse's types; titles are those
    of the metric dictionary, or of the headings of parts."""
    metrics = {
        entry["name"]: entry["title"] for entry in metric_dictionary.read() if entry["table"] == key
    }

    def title(name: str) -> Bilingual:
        if name in metrics:
            return Bilingual(metrics[name]["ru"], metrics[name]["en"])
        words = name.replace("_", " ")
        return HEADINGS.get(name) or Bilingual(words, words)

    found = list(columns)
    titles = [title(name) for name, _ in found]
    told_apart = [
        Bilingual(f"{each.ru} ({name})", f"{each.en} ({name})")
        if sum(each.ru == other.ru or each.en == other.en for other in titles) > 1
        else each
        for (name, _), each in zip(found, titles, strict=True)
    ]
    return [
        Column(name, _kind(type_), each)
        for (name, type_), each in zip(found, told_apart, strict=True)
    ]


def _kind(type_: str) -> Kind:
    inner = type_
    for wrapper in ("LowCardinality(", "Nullable("):
        inner = inner.removeprefix(wrapper)
    if inner.startswith("DateTime"):
        return "time"
    for begins, kind in _KINDS:
        if inner.startswith(begins):
            return kind
    return "text"


_KINDS: Sequence[tuple[str, Kind]] = (
    ("Date", "day"),
    ("Decimal", "decimal"),
    ("Float", "number"),
    ("Bool", "truth"),
    ("Int", "whole"),
    ("UInt", "whole"),
)
