"""All that Dagster runs: `dagster-webserver -m pipelines.definitions`."""

from typing import Any

import dagster as dg

from core.settings import Settings
from pipelines import automation, days, following, freshness, late, stores
from pipelines.catalogue import TABLES
from pipelines.customers.publishing import published_segments
from pipelines.exports.assets import exported_files
from pipelines.figures import asset
from pipelines.fraud import assets as fraud
from pipelines.fraud import model_assets as fraud_models
from pipelines.fraud.evaluation_assets import fraud_evaluation
from pipelines.fraud.reopening import late_fraud
from pipelines.kpis import assets, checks, schedules
from pipelines.resources import resources
from pipelines.standing import AGREEMENTS, check
from pipelines.upkeep.assets import ASSETS as UPKEEP
from pipelines.upkeep.assets import deleted_shops, erasures

_SHOP_DAY = late.SHOP_DAY
_FIGURES = tuple(table.name for table in TABLES)
_HOURLY = (
    dg.AssetSelection.assets(erasures, deleted_shops, published_segments)
    | dg.AssetSelection.checks(*stores.CHECKS)
    | freshness.SELECTION
)
_NIGHTLY = dg.AssetSelection.assets(
    *(asset for asset in UPKEEP if asset not in (erasures, deleted_shops))
)


def _jobs() -> list[Any]:  # the type of an asset job is not public in Dagster
    everything = dg.AssetSelection.assets(*_SHOP_DAY, *_FIGURES) - freshness.SELECTION
    return [
        days.figures_job,
        dg.define_asset_job(
            automation.HOURLY_JOB,
            selection=_HOURLY,
            description="Erasures, deletions of shops, buyers' segments, and the standing checks.",
        ),
        dg.define_asset_job(
            automation.DAILY_JOB,
            selection=dg.AssetSelection.assets(following.past_days),
            description="Days before yesterday of which more is known today.",
        ),
        dg.define_asset_job(
            automation.NIGHTLY_JOB,
            selection=_NIGHTLY,
            description="Retention, cold weeks, storage, old runs.",
        ),
        dg.define_asset_job(
            schedules.DAY_JOB_NAME,
            selection=everything,
            description="All metrics of one calendar day of every shop, with their checks: by "
            "hand, and for backfills.",
        ),
        dg.define_asset_job(
            late.JOB_NAME,
            selection=everything,
            description="Everything of one calendar day of every shop, after late events.",
        ),
        dg.define_asset_job(
            fraud.JOB_NAME,
            selection=dg.AssetSelection.groups("fraud"),
            description="Fraud signals and scores of one hour of every shop, then published.",
        ),
        dg.define_asset_job(
            fraud_models.JOB_NAME,
            selection=dg.AssetSelection.groups("fraud_model"),
            description="The model that learns from the review queue: trained, watched.",
        ),
    ]


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads; settings are read by each run, not here."""
    return dg.Definitions(
        assets=[
            assets.EVENTS,
            assets.SHOPS,
            assets.shop_figures,
            *(asset(table) for table in TABLES),
            *UPKEEP,
            exported_files,
            following.past_days,
            following.recounted_days,
            published_segments,
            fraud.fraud_hour,
            fraud_models.fraud_model_score,
            fraud_models.fraud_model,
            fraud.fraud_verdicts,
            fraud_evaluation,
        ],
        asset_checks=[
            checks.paid_totals_agree,
            *(check(each) for each in AGREEMENTS),
            *stores.CHECKS,
            freshness.days_are_fresh,
            fraud.verdicts_agree,
        ],
        jobs=_jobs(),
        schedules=[
            schedules.figures_hourly,
            fraud.fraud_hourly,
            fraud_models.fraud_model_daily,
            *automation.SCHEDULES,
        ],
        sensors=[
            schedules.shop_day_today,
            late.late_events,
            following.asked_recounts,
            late_fraud,
        ],
        resources=resources(Settings),
        # A process for each step would load everything again for a second's work.
        executor=dg.in_process_executor,
    )
