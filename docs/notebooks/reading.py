"""What the example notebooks share: figures as Polars frames, pictures as files.

Connects as the analysts' user: VITRINA_CLICKHOUSE_ANALYST_URL, from the environment or a .env file.
`vitrina up` writes it to <data-dir>/services.env.
"""

import sys
from pathlib import Path

import matplotlib
import polars as pl
from matplotlib.figure import Figure

from core.clickhouse import open_client
from core.settings import Settings

matplotlib.use("Agg")  # pictures are files: no screen is needed


def read(sql: str, **parameters: object) -> pl.DataFrame:
    """The query's result. Parameters are typed in the query: {shop:UInt32}."""
    client = open_client(Settings().analyst_clickhouse_url)
    try:
        frame = pl.from_arrow(client.query_arrow(sql, parameters=parameters, use_strings=True))
    finally:
        client.close()
    assert isinstance(frame, pl.DataFrame)
    return frame


def largest_shop() -> int:
    """The shop with most active people in the last 30 days, unless one is named as an argument."""
    if len(sys.argv) > 1 and sys.argv[1].isdecimal():
        return int(sys.argv[1])
    found = read(
        "SELECT shop_id FROM audience_day WHERE variant = 'raw' AND day > today() - 30 "
        "GROUP BY shop_id ORDER BY sum(active_days) DESC LIMIT 1"
    )
    if found.is_empty():
        sys.exit("No figures of the last 30 days: materialise the job figures_day in Dagster first")
    return int(found.item())


def save(figure: Figure, name: str) -> None:
    """Writes plots/<name>.png."""
    folder = Path("plots")
    folder.mkdir(exist_ok=True)
    figure.tight_layout()
    figure.savefig(folder / f"{name}.png", dpi=110)
    print(folder / f"{name}.png")
