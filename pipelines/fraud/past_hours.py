"""Hours of the past, scored now in this process: of a history that came in later than the hourly
job looks back, or for a model that was trained on what was known by some earlier day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import polars as pl
import structlog

from core.errors import Refused, VitrinaError
from core.settings import Settings
from core.shop import fraud_models
from core.shop.fraud_models import KnownLabel, ScoringModel
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import assets, model_assets
from pipelines.fraud.case_features import labelled, read_features
from pipelines.fraud.model_assets import TABLE
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
_OTHERS = f"""
SELECT * FROM {TABLE} WHERE day = {{day:Date}} AND NOT has({{models:Array(UInt32)}}, model)
"""
_PEOPLE = "SELECT DISTINCT hour, shop_id, buyer_no FROM fraud_signal WHERE day = {day:Date}"


class HourFailed(VitrinaError):
    """Hours were not scored, or verdicts not published: a store failed, or rows are not sound.
    What was there before stays."""

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


@dataclass(frozen=True, slots=True)
class ScoredHour:
    """An hour that was gone through: how many signals it has, or (`fault`) why its former scores
    stay."""

    hour: datetime
    signals: int = 0
    fault: str = ""


def score(settings: Settings, hours: Sequence[datetime]) -> Iterator[ScoredHour]:
    """Scores them one after another as the hourly job does, by rules and models; one that fails
    stops none of the later ones. `publish` comes after, whatever failed. Must not be called from
    inside an event loop."""
    for hour in hours:
        result = materialised(
            settings,
            [assets.fraud_hour, model_assets.fraud_model_score],
            f"{hour.astimezone(UTC):%Y-%m-%d-%H:00}",
        )
        if result.success:
            yield ScoredHour(hour, rows_of(result)["fraud_signal"])
            continue
        cause, whole = error_of(result)
        log.error("an hour failed", hour=str(hour), error=whole)
        yield ScoredHour(hour, fault=cause)


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


def score_by_model(
    clickhouse: ClickHouse, postgres: Postgres, number: int, days: Sequence[date]
) -> Iterator[str]:
    """What one model, newly trained, says of days whose hours rules have scored, by the labels
    known at the end of each day; yields for each day what is wrong with the model, or nothing.

    What all other models said of those days stays: the champion's scores count, and were made by
    what was known then. These count for nobody, unless the model was promoted before those days.
    Raises Refused if it is neither the champion nor in its shadow.
    """
    models = [each for each in postgres.run(fraud_models.scoring) if each.id == number]
    if not models:
        raise Refused(f"model {number} has left the shadow: another was trained meanwhile")
    for day in days:
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        labels = postgres.run(partial(fraud_models.known_labels, until=end))
        yield _score_day(clickhouse, models, labels, day)


def _score_day(
    clickhouse: ClickHouse, models: list[ScoringModel], labels: Sequence[KnownLabel], day: date
) -> str:
    broken: dict[str, str] = {}

    def made() -> pl.DataFrame:
        people = clickhouse.read(_PEOPLE, {"day": day})
        cases = read_features(clickhouse, people, labelled(labels))
        rows, faults = scored_if_sound(cases, models)
        broken.update(faults)
        replaced = [model.id for model in models if str(model.id) not in faults]
        return pl.concat([clickhouse.read(_OTHERS, {"day": day, "models": replaced}), rows])

    clickhouse.replace_hours(TABLE, day, made)
    return "; ".join(broken.values())
