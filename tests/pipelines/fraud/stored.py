"""Signals as ClickHouse keeps them, without the events that they were measured from."""

from collections.abc import Iterable
from datetime import datetime

from core.clickhouse import open_client
from core.fraud_rules import BY_KEY
from core.settings import Settings

Row = tuple[datetime, int, int, str, float]  # hour, shop, shopper, rule, value


def keep(settings: Settings, rows: Iterable[Row]) -> None:
    """Stores them as an hourly run would under the rules of the code."""
    columns = ["day", "hour", "shop_id", "buyer_no", "abuse", "rule", "version", "value"]
    columns += ["threshold", "window_seconds", "weight", "contribution", "is_hit", "is_shadow"]
    data = []
    for hour, shop_id, buyer_no, key, value in rows:
        rule = BY_KEY[key]
        start = rule.start * rule.threshold
        x = max(0.0, min(1.0, (value - start) / (rule.threshold - start)))
        row = [hour.date(), hour, shop_id, buyer_no, rule.abuse, key, rule.version, value]
        row += [rule.threshold, rule.window_seconds, rule.weight, 100 * rule.weight * x]
        data.append([*row, value >= rule.threshold, False])
    if data:
        client = open_client(settings.clickhouse_url.get_secret_value())
        client.insert("fraud_signal", data, column_names=columns)
        client.close()
