"""All that Dagster runs: `dagster-webserver -m pipelines.definitions`."""

import dagster as dg

from core.settings import Settings
from pipelines.catalogue import TABLES
from pipelines.figures import asset
from pipelines.kpis import assets, checks, schedules
from pipelines.resources import resources
from pipelines.standing import AGREEMENTS, check


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by Dagster; settings are read by each run, not here."""
    return dg.Definitions(
        assets=[
            assets.EVENTS,
            assets.SHOPS,
            assets.shop_figures,
            *(asset(table) for table in TABLES),
        ],
        asset_checks=[checks.paid_totals_agree, *(check(each) for each in AGREEMENTS)],
        jobs=[
            dg.define_asset_job(
                schedules.JOB_NAME,
                selection=dg.AssetSelection.assets("shop_kpi_day", "shop_money_day"),
                description="Figures of one calendar day of every shop, with their checks.",
            ),
            dg.define_asset_job(
                schedules.FIGURES_JOB_NAME,
                selection=dg.AssetSelection.assets(*(table.name for table in TABLES)),
                description="All metrics of one calendar day of every shop, with their checks.",
            ),
        ],
        schedules=[
            schedules.shop_day_today,
            schedules.shop_day_yesterday,
            schedules.figures_hourly,
            schedules.figures_ripened,
        ],
        resources=resources(Settings),
        # A process a step would load everything again for a second's work.
        executor=dg.in_process_executor,
    )
