"""Declarative automation: what is due by the clock, whatever else has run."""

import dagster as dg

HOURLY = "41 * * * *"
NIGHTLY = "11 2 * * *"  # UTC


_Either = dg.AssetKey | dg.AssetCheckKey


def due(cron: str) -> dg.AutomationCondition[_Either]:
    """For an asset or a check: once for each tick of the clock (UTC), not while it is under way."""
    passed: dg.AutomationCondition[_Either] = dg.AutomationCondition.cron_tick_passed(cron)
    return passed.since_last_handled() & ~dg.AutomationCondition.in_progress()


def sensor() -> dg.AutomationConditionSensorDefinition:
    """Looks once a minute for what is due, without being asked to."""
    return dg.AutomationConditionSensorDefinition(
        "what_is_due",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
        description="Upkeep and standing checks, each by its own clock.",
    )
