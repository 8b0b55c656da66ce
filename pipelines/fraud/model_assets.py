"""The model as Dagster assets: what every hour's shoppers are scored with, and the nightly training
and watching.

Its libraries take seconds to import, and every process of Dagster loads this file: so they are
imported when they are needed.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl

from core.errors import Refused
from core.postgres import Connection
from core.shop import fraud_models
from core.shop.fraud_models import KnownLabel, ScoringModel, StoredModel
from pipelines.clickhouse import ClickHouse
from pipelines.figures import OWNERS
from pipelines.fraud.assets import HOURS
from pipelines.fraud.schemas import MODEL_SCORE
from pipelines.metrics import columns
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import table

if TYPE_CHECKING:
    from pipelines.fraud.watching import Watch

JOB_NAME = "fraud_model_daily"
TABLE = "fraud_model_score"
_TRIED_FOR = timedelta(days=28)  # a model in the shadow, before another takes its place
_BETWEEN = timedelta(days=7)  # trainings
_RETRY = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)


@dg.asset(
    name=TABLE,
    deps=["fraud_signal", "fraud_score"],
    description="How probable it is, by each model, that a person would confirm a shopper's abuse, "
    "from what the rules measured in the day until the end of the hour. The champion's scores "
    "count in the verdicts, as rules `model_…`; those of the model in its shadow do not.\n\n"
    "Grain: shop · hour (UTC).",
    metadata={"dagster/column_schema": columns(MODEL_SCORE), "dagster/table_name": TABLE},
    owners=OWNERS,
    group_name="fraud",
    kinds={"polars", "clickhouse"},
    partitions_def=HOURS,
    check_specs=[
        dg.AssetCheckSpec(
            "rows_are_sound",
            asset=TABLE,
            description="Every model has scored the hour, and its rows are sound. What is not "
            "sound is left out, and the rules' verdicts are published without it.",
        )
    ],
    retry_policy=_RETRY,
    pool=POOL,
)
def fraud_model_score(
    context: dg.AssetExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Nothing is read while there is no model. Verdicts wait for this, so no model stops them."""
    begin = context.partition_time_window.start.astimezone(UTC)
    models, labels = postgres.run(partial(read, until=begin + timedelta(hours=1)))
    try:
        rows, broken = _scored(clickhouse, models, labels, begin)
        clickhouse.replace_hour(TABLE, begin, rows)
        stored = rows.height
    except Exception as error:  # pylint: disable=broad-exception-caught  # the rules go on
        if context.retry_number < _RETRY.max_retries:
            raise
        stored, broken = 0, {"all": f"{type(error).__name__}: {error}"}
    for model, fault in broken.items():
        context.log.error(f"no scores of this hour, model {model}: {fault}")
    yield dg.AssetCheckResult(
        check_name="rows_are_sound",
        asset_key=TABLE,
        passed=not broken,
        metadata={"rows": stored, "broken": broken},
    )
    yield dg.MaterializeResult(
        metadata={"dagster/row_count": stored, "models": [model.id for model in models]}
    )


def _scored(
    clickhouse: ClickHouse,
    models: list[ScoringModel],
    labels: Sequence[KnownLabel],
    begin: datetime,
) -> tuple[pl.DataFrame, dict[str, str]]:
    from pipelines.fraud.model_scores import nobody, read_cases, scored_if_sound

    if not models:
        return nobody(), {}
    return scored_if_sound(read_cases(clickhouse, begin, labels), models)


async def read(
    connection: Connection, until: datetime
) -> tuple[list[ScoringModel], Sequence[KnownLabel]]:
    """The models that score, and if there are any the labels that were known by then."""
    models = await fraud_models.scoring(connection)
    if not models:
        return [], []
    return models, await fraud_models.known_labels(connection, until)


_STORED = dg.TableSchema(
    [
        dg.TableColumn("id", "int", "The model's number"),
        dg.TableColumn("state", "text", "champion, shadow or retired"),
        dg.TableColumn("window_from", "timestamptz", "When its first label became known"),
        dg.TableColumn("window_until", "timestamptz", "Until when labels were known"),
        dg.TableColumn("labels", "int", "How many taught it"),
        dg.TableColumn("features", "jsonb", "Their names, in the order of the trees' columns"),
        dg.TableColumn("metrics", "jsonb", "On the weeks that were kept back"),
        dg.TableColumn("reference", "jsonb", "How features and scores were spread then"),
        dg.TableColumn("versions", "jsonb", "Of the rules and of the library"),
        dg.TableColumn("is_calibrated", "bool", "Whether its scores are probabilities"),
        dg.TableColumn("trees", "bytea", "Arrays (npz without pickle), with the calibration"),
    ]
)


class Training(dg.Config):
    """`again`: train now, whatever stands in the shadow."""

    again: bool = False


@dg.asset(
    deps=["fraud_signal", "fraud_score", TABLE],
    description="The model that learns from the review queue's decisions, each known at its own "
    "time: trained anew when nothing stands in the champion's shadow, or has for four weeks; "
    "stored with its window, features, metrics and versions (fraud_models). It is promoted by a "
    "person, or by itself where that was allowed and two later weeks show it.",
    metadata={"dagster/column_schema": _STORED, "dagster/table_name": "fraud_models"},
    owners=OWNERS,
    group_name="fraud_model",
    kinds={"postgres", "scikitlearn"},
    check_specs=[
        dg.AssetCheckSpec(
            "no_leakage",
            asset="fraud_model",
            description=f"The AUROC of the models, on labels that they had not seen, is below "
            f"{fraud_models.LEAKAGE}: from there on they have seen the answer, or people are too "
            "easy to tell apart to learn anything from. It names those that were never measured.",
        ),
        dg.AssetCheckSpec(
            "scores_are_stable",
            asset="fraud_model",
            description="Features and scores are spread as when the models were trained: no "
            "population stability index above 0.25.",
        ),
        dg.AssetCheckSpec(
            "queue_is_precise",
            asset="fraud_model",
            description="No rule was wrong in more than nine of ten cases of the last four weeks.",
        ),
    ],
    retry_policy=_RETRY,
    pool=POOL,
)
def fraud_model(
    context: dg.AssetExecutionContext,
    config: Training,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Trains if it is time, then watches what there is, and promotes if that was allowed."""
    from pipelines.fraud.watching import watch

    now = datetime.now(UTC)
    # A retry after the training finds its model in the shadow, and trains no second one.
    again = config.again and context.retry_number == 0
    attempt = train_if_due(clickhouse, postgres, now, again=again)
    models = postgres.run(fraud_models.scoring)
    # How right the queue is is asked without a model, too.
    labels = postgres.run(partial(fraud_models.known_labels, until=now))
    seen = watch(clickhouse, models, labels, now)
    promoted = promote_if_better(postgres, models, seen)
    stored = postgres.run(fraud_models.listed)
    yield from _checks(stored, models, seen)
    yield dg.MaterializeResult(
        metadata={
            "training": attempt.note,
            "promoted": promoted or "none",
            "later_weeks": "\n".join(map(str, seen.weeks)) or "none",
            "models": table(pl.DataFrame([_line(model) for model in stored])),
        }
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a training, in words; `model`: its number, if one was stored."""

    note: str
    model: int | None = None


def train_if_due(
    clickhouse: ClickHouse, postgres: Postgres, now: datetime, *, again: bool
) -> Attempt:
    """Trains on what is known `now` and stores, if it is time or asked for."""
    from pipelines.fraud.training import train

    stored = postgres.run(fraud_models.listed)
    if not again and not is_due(stored, now):
        return Attempt("not yet: the model in the shadow is being tried, or was trained this week")
    labels = postgres.run(partial(fraud_models.known_labels, until=now))
    try:
        draft = train(clickhouse, labels, now)
    except Refused as error:
        return Attempt(f"not trained: {error.detail}")

    async def store(connection: Connection) -> int:
        async with connection.transaction():
            return await fraud_models.add(connection, draft)

    number = postgres.change(store)
    note = f"model {number}, trained on {draft.labels} labels ({draft.frauds} confirmed)"
    return Attempt(note, number)


def is_due(stored: Sequence[StoredModel], now: datetime) -> bool:
    """Whether nothing is being tried, or long enough, and the last training is not of this week."""
    shadow = next((model for model in stored if model.state == "shadow"), None)
    if shadow is not None:
        return shadow.trained_at < now - _TRIED_FOR
    return all(model.trained_at < now - _BETWEEN for model in stored)


def promote_if_better(
    postgres: Postgres, models: Sequence[ScoringModel], seen: "Watch"
) -> int | None:
    """Promotes the model in the shadow if a person has left that to the rule; which one."""
    numbers = {model.state: model.id for model in models}
    shadow = numbers.get("shadow")
    if shadow is None or not seen.is_ready:
        return None

    async def promote(connection: Connection) -> int | None:
        async with connection.transaction():
            found = await fraud_models.promote_by_rule(
                connection, shadow, compared_with=numbers.get("champion")
            )
            return found.id if found else None

    return postgres.change(promote)


def _checks(
    stored: Sequence[StoredModel], models: Sequence[ScoringModel], seen: "Watch"
) -> Iterator[dg.AssetCheckResult]:
    used = [model for model in stored if model.state != "retired"]
    leaking = [model.id for model in used if model.is_leaking]
    unmeasured = [model.id for model in used if not model.is_measured]
    yield dg.AssetCheckResult(
        check_name="no_leakage",
        asset_key="fraud_model",
        passed=not leaking,
        description=f"not measured: {', '.join(map(str, unmeasured))}" if unmeasured else None,
        metadata={"leaking": leaking, "not_measured": unmeasured},
    )
    drifted = {str(model.id): seen.drifted(model.id) for model in models}
    yield dg.AssetCheckResult(
        check_name="scores_are_stable",
        asset_key="fraud_model",
        passed=not any(drifted.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"drifted": drifted},
    )
    wrong = imprecise(seen)
    yield dg.AssetCheckResult(
        check_name="queue_is_precise",
        asset_key="fraud_model",
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"imprecise": wrong},
    )


def imprecise(seen: "Watch") -> dict[str, float]:
    """Rules that were wrong in more than nine of ten of at least twenty cases of four weeks."""
    weeks = sorted({each.week for each in seen.precision})[-4:]
    sums: dict[str, tuple[int, int]] = {}
    for each in seen.precision:
        if each.week in weeks:
            decided, confirmed = sums.get(each.rule, (0, 0))
            sums[each.rule] = decided + each.decided, confirmed + each.confirmed
    shares = {rule: found[1] / found[0] for rule, found in sums.items() if found[0] >= 20}
    return {rule: share for rule, share in shares.items() if share < 0.1}


def _line(model: StoredModel) -> dict[str, Any]:
    return {
        "model": model.id,
        "state": model.state,
        "trained_at": f"{model.trained_at:%Y-%m-%d %H:%M}",
        "labels": model.labels,
        "confirmed": model.frauds,
        "calibrated": model.is_calibrated,
        **{name: model.metrics.get(name) for name in ("auroc", "average_precision")},
    }


@dg.schedule(
    job_name=JOB_NAME,
    cron_schedule="37 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The fraud model: trained when it is time, and watched, every night.",
)
def fraud_model_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run a night."""
    return dg.RunRequest(f"{JOB_NAME} at {context.scheduled_execution_time.isoformat()}")
