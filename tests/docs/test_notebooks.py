"""The example notebooks run, as the analysts' user, and draw something."""

import importlib
import runpy
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.clickhouse import open_client
from tests.engines import Engines, with_database

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"

# Sixty days of a shop, as the pipelines would have left them.
_FIGURES = (
    """
    INSERT INTO audience_day (day, shop_id, variant, dau, wau, mau, active_days, new_users)
    SELECT today() - number, 7, variant, 80 + number % 7 * 9 - fewer, 200 - fewer, 400 - fewer,
        1000, 20 + number % 5 - fewer
    FROM numbers(60) ARRAY JOIN ['raw', 'clean'] AS variant, [0, 8] AS fewer
    """,
    """
    INSERT INTO money_day (day, shop_id, variant, net_sales_minor, gross_sales_minor,
        discounts_minor, paid_orders, active_users, buyers)
    SELECT today() - number, 7, variant, 9000 - 100 * fewer, 10000, 500, 12, 80, 11
    FROM numbers(60) ARRAY JOIN ['raw', 'clean'] AS variant, [0, 8] AS fewer
    """,
    """
    INSERT INTO cohort_day (day, shop_id, variant, age, cohort_size, retained, net_sales_minor)
    SELECT today() - number, 7, 'clean', age, 20, intDiv(20, age + 1), 300 * age
    FROM numbers(60) ARRAY JOIN [1, 3, 7, 14, 30] AS age WHERE age < number
    """,
    """
    INSERT INTO funnel_day (day, shop_id, variant, step_no, step, users, went_on)
    SELECT today() - number, 7, 'clean', step_no, step, 100 - 20 * step_no, 60 - 12 * step_no
    FROM numbers(60) ARRAY JOIN [1, 2, 3, 4] AS step_no,
        ['start', 'catalog', 'product', 'cart'] AS step
    """,
    """
    INSERT INTO source_day (day, shop_id, variant, touch, source_id, users, net_sales_minor)
    SELECT today() - number, 7, 'clean', touch, source, 5, 900 - 200 * source
    FROM numbers(60) ARRAY JOIN ['first', 'last', 'last_significant'] AS touch
    ARRAY JOIN [0, 1, 2] AS source
    """,
)


@pytest.mark.parametrize("name", ["money_and_audience", "cohorts", "funnel_and_sources"])
async def test_a_notebook_draws_its_picture(
    engines: Engines,
    clickhouse_url: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = open_client(clickhouse_url)
    for statement in _FIGURES:
        client.command(statement)
    client.close()
    database = urlsplit(clickhouse_url).path.strip("/")
    analyst = with_database((await engines.clickhouse()).analyst_url, database)
    monkeypatch.setenv("VITRINA_CLICKHOUSE_ANALYST_URL", analyst)
    monkeypatch.setattr(sys, "argv", [name])
    monkeypatch.syspath_prepend(NOTEBOOKS)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(NOTEBOOKS / f"{name}.py"))
    # Each process of the tests reads this file, and one of them runs it.
    image = importlib.import_module("matplotlib.image")
    picture = image.imread(tmp_path / "plots" / f"{name}.png")
    assert picture.shape[0] > 400 and picture.std() > 0.05  # not one colour
