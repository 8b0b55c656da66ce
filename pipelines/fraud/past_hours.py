"""Hours of the past, scored now in this process: of a history that came in later than the hourly
job looks back, or for a model that was trained on what was known by some earlier day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import structlog

from core.errors import VitrinaError
from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import assets, model_assets
from pipelines.fraud.case_features import labelled, read_features
from pipelines.fraud.model_scores import scored_if_sound
from pipelines.fraud.sources import count_events, unscored
from pipelines.in_process import error_of, materialised, rows_of
from pipelines.postgres import Postgres

log = structlog.get_logger()
# What was measured is kept for 90 days.
KEPT = timedelta(days=89)
_SCORED = """
SELECT DISTINCT day FROM fraud_hour_events
WHERE day >= toDate({first:DateTime64(3, 'UTC')}) AND day < toDate({now:DateTime64(3, 'UTC')})
ORDER BY day
"""
_OF_SHOP = """
SELECT DISTINCT toDateTime64(toStartOfHour(occurred_at), 3, 'UTC') AS hour FROM events
WHERE shop_id = {shop:UInt32} AND occurred_at >= {first:DateTime64(3, 'UTC')}
    AND occurred_at < {end:DateTime64(3, 'UTC')}
"""
_PEOPLE = "SELECT DISTINCT hour, shop_id, buyer_no FROM fraud_signal WHERE day = {day:Date}"


class HourFailed(VitrinaError):
    """A store failed, or the hour's rows are not sound: its former scores stay."""

    code = "hour_failed"
    status = 503


def hours_to_score(
    clickhouse: ClickHouse, first: datetime, last: datetime, *, again: bool, shop_id: int = 0
) -> list[datetime]:
    """The hours from `first` to `last` that were never scored or hold more events by now, or, to
    score them `again`, all in which anybody did anything; the oldest first, because later ones are
    compared with them. Of one shop, or of all (0): those in which it has events."""
    if again:
        counted = count_events(clickhouse, first, last)
        found = list(counted.filter(counted["own"] > 0)["hour"].sort())
    else:
        found = unscored(clickhouse, first, last)
    if not shop_id:
        return found
    of_shop = {"shop": shop_id, "first": first, "end": last + timedelta(hours=1)}
    its = set(clickhouse.read(_OF_SHOP, of_shop)["hour"])
    return [hour for hour in found if hour in its]


def score(settings: Settings, hours: Sequence[datetime]) -> Iterator[int]:
    """Scores them one after another as the hourly job does, by rules and models; yields the number
    of signals of each. `publish` comes after. Must not be called from inside an event loop. Raises
    HourFailed."""
    for hour in hours:
        result = materialised(
            settings,
            [assets.fraud_hour, model_assets.fraud_model_score],
            f"{hour.astimezone(UTC):%Y-%m-%d-%H:00}",
        )
        if not result.success:
            cause, whole = error_of(result)
            log.error("an hour failed", hour=str(hour), error=whole)
            raise HourFailed(
                f"{hour:%Y-%m-%d %H:00} failed: {cause}; the hours before it are scored"
            )
        yield rows_of(result)["fraud_signal"]


def publish(settings: Settings) -> None:
    """Publishes the verdicts of all hours, as the hourly job does. Raises HourFailed."""
    result = materialised(settings, [assets.fraud_verdicts])
    if not result.success:
        cause, whole = error_of(result)
        log.error("verdicts were not published", error=whole)
        raise HourFailed(f"the verdicts were not published: {cause}; they stay as they were")


def days_since(clickhouse: ClickHouse, first: datetime) -> list[date]:
    """The days (UTC) from then on with hours that rules have scored, without today."""
    found = clickhouse.read(_SCORED, {"first": first, "now": datetime.now(UTC)})
    return list(found["day"])


def score_by_models(
    clickhouse: ClickHouse, postgres: Postgres, days: Sequence[date]
) -> Iterator[dict[str, str]]:
    """What the models say of days whose hours rules have scored, by the labels known at the end of
    each hour; yields for each day what is wrong with which model. It moves nobody: it is past."""
    for day in days:
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        models, labels = postgres.run(partial(model_assets.read, until=end))
        people = clickhouse.read(_PEOPLE, {"day": day})
        cases = read_features(clickhouse, people, labelled(labels))
        rows, broken = scored_if_sound(cases, models)
        clickhouse.replace_partition("fraud_model_score", day.isoformat(), rows)
        yield broken
