"""Which metrics of the dictionary have no figure anywhere, once a day's tables are computed."""

import asyncio
from collections.abc import Iterable
from datetime import date

from clickhouse_connect.driver.asyncclient import AsyncClient

from core.settings import Settings
from pipelines.catalogue import TABLES
from pipelines.dictionary import entries
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import materialise_day


async def empty_metrics(
    settings: Settings, client: AsyncClient, days: Iterable[date]
) -> dict[int, set[str]]:
    """By the metrics' numbers, the columns that are null in every shop and row."""
    for day in days:
        assets = [shop_figures, *(asset(table) for table in TABLES)]
        await asyncio.to_thread(materialise_day, settings, day, assets)
    found: dict[int, set[str]] = {}
    for entry in entries():
        rows = await client.query(f"SELECT countIf(isNotNull({entry.column})) FROM {entry.table}")
        if not rows.result_rows[0][0]:
            found.setdefault(entry.metric.number, set()).add(entry.column)
    return found
