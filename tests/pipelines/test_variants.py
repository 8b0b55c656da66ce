import polars as pl

from core.clickhouse import open_client
from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.variants import FLAGGED, by_variant, read_flagged


def test_clean_leaves_flagged_shoppers_out_of_that_shop_alone() -> None:
    seen = pl.DataFrame([(1, 1), (1, 2), (2, 1)], schema=FLAGGED, orient="row")
    flagged = pl.DataFrame([(1, 1)], schema=FLAGGED, orient="row")
    before = pl.DataFrame({"variant": ["raw", "clean"], "users": [10, 9]})

    rows = by_variant(
        lambda frames: pl.DataFrame(
            {"users": [frames["seen"].height + frames["before"]["users"].sum()]}
        ),
        {"seen": seen, "before": before},
        flagged,
    )
    assert rows.to_dicts() == [
        {"users": 13, "variant": "raw"},
        {"users": 11, "variant": "clean"},
    ]


def test_the_last_verdict_decides(settings: Settings) -> None:
    clickhouse = ClickHouse(lambda: settings)
    assert read_flagged(clickhouse).is_empty()
    assert dict(read_flagged(clickhouse).schema) == FLAGGED
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.command(
        "INSERT INTO fraud_verdict (shop_id, buyer_no, verdict, published_at) VALUES "
        "(1, 7, 'fraud', '2026-03-10'), (1, 8, 'suspect', '2026-03-10'), "
        "(1, 9, 'fraud', '2026-03-10')"
    )
    client.command(
        "INSERT INTO fraud_verdict (shop_id, buyer_no, verdict, published_at) VALUES "
        "(1, 9, 'clear', '2026-03-11')"
    )
    client.close()
    assert read_flagged(clickhouse).rows() == [(1, 7)]
