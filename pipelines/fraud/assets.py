"""The hourly assets of fraud: signals and scores, then verdicts published to both stores."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pandera.polars as pa
import polars as pl

from pipelines.clickhouse import ClickHouse
from pipelines.figures import OWNERS
from pipelines.fraud import schemas, verdicts
from pipelines.fraud.choices import read_choices
from pipelines.fraud.hourly import INPUTS, SCHEMAS, tables
from pipelines.fraud.sources import Hour, read_hour, unscored
from pipelines.metrics import columns
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import check_result, table, violations

HOURS = dg.HourlyPartitionsDefinition(start_date="2025-01-01-00:00", timezone="UTC", end_offset=1)
JOB_NAME = "fraud_hour"
_FRESH = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=2), fail_window=timedelta(hours=6)
)
_DESCRIPTIONS = {
    "fraud_signal": "What each rule of docs/fraud.md saw of a shopper in an hour: value, "
    "threshold, window, version and contribution = 100·weight·x, where x rises from 0 to 1 up to "
    "the threshold. Shadow rules are noted like the others, and previews count from here.",
    "fraud_score": "By shopper, hour and abuse: score = 100·(1 − Π(1 − wᵢ·xᵢ)), with the outcome "
    "by the shop's limits (review from 65, block from 75 unless it says otherwise). Where money or "
    "goods are at stake the outcome is hold: a person decides.",
    "fraud_source_hour": "Newcomers by link and hour: how many, how many did something, and how "
    "unusual that is against the link's last 7 days (burst_z) and the shop's other links.",
    "fraud_hour_events": "From how many events each hour was scored; written last. An hour that "
    "holds more by now, or was never scored, is scored again (`late_fraud`).",
}
_GRAINS = {"fraud_hour_events": "hour (UTC), all shops together"}


def _spec(name: str, schema: pa.DataFrameSchema) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=["events", "shops"],
        description=f"{_DESCRIPTIONS[name]}\n\nGrain: {_GRAINS.get(name, 'shop · hour (UTC)')}.",
        metadata={"dagster/column_schema": columns(schema), "dagster/table_name": name},
        owners=OWNERS,
        group_name="fraud",
        kinds={"polars", "clickhouse"},
        freshness_policy=_FRESH,
        partitions_def=HOURS,
    )


@dg.multi_asset(
    name="fraud_hour_tables",
    specs=[_spec(name, schema) for name, schema in SCHEMAS.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "input_is_sound",
            asset="fraud_signal",
            description="What shoppers did, before it is scored.",
            blocking=True,
        ),
        *(
            dg.AssetCheckSpec(
                "rows_are_sound",
                asset=name,
                description="The hour's rows, before they are swapped in.",
                blocking=True,
            )
            for name in SCHEMAS
        ),
    ],
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def fraud_hour(
    context: dg.AssetExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """All tables of the hour from one reading of the events, so that they agree."""
    begin = context.partition_time_window.start.astimezone(UTC)
    hour = read_hour(clickhouse, postgres, begin)
    found = _unsound_input(hour)
    yield check_result("input_is_sound", "fraud_signal", found, rows=hour.moments.height)
    if found.height:
        raise _refused(begin)
    rows = tables(hour, postgres.run(read_choices))
    broken = {name: violations(SCHEMAS[name], frame) for name, frame in rows.items()}
    for name, cases in broken.items():
        yield check_result("rows_are_sound", name, cases, rows=rows[name].height)
    if any(cases.height for cases in broken.values()):
        raise _refused(begin)
    for name, frame in rows.items():
        clickhouse.replace_hour(name, begin, frame)
        yield dg.MaterializeResult(asset_key=name, metadata={"dagster/row_count": frame.height})


def _unsound_input(hour: Hour) -> pl.DataFrame:
    return pl.concat(violations(schema, getattr(hour, name)) for name, schema in INPUTS.items())


def _refused(begin: datetime) -> dg.Failure:
    # The same rows would be refused again, so there is nothing to retry.
    return dg.Failure(
        f"{begin:%Y-%m-%d %H:00} is refused, its scores stay as they were: see the checks",
        allow_retries=False,
    )


_PUBLISHED = {
    "verdicts": (schemas.VERDICT, "Who is not plainly allowed, as bots will have it."),
    "reasons": (schemas.REASON, "Why, as the panel will have it."),
    "cases": (schemas.CASE, "Shoppers' abuses that the clean figures go by."),
    "shoppers": (schemas.SHOPPER, "Shoppers as the clean figures will have them."),
}


@dg.asset(
    deps=["fraud_signal", "fraud_model_score"],
    description="Who is not plainly allowed, and why: by the highest score under today's rules, "
    "limits, snoozes, allow-list and labels. PostgreSQL has it of the last 30 days for bots and "
    "the panel (fraud_verdicts, fraud_reasons, NOTIFY to the shops where something changed). "
    "ClickHouse has it for the clean figures (fraud_case, fraud_verdict) and keeps who was fraud "
    "when the signals have run out. Publishing again changes nothing.",
    metadata={
        "dagster/column_schema": columns(schemas.VERDICT),
        "dagster/table_name": "fraud_verdicts",
    },
    owners=OWNERS,
    group_name="fraud",
    kinds={"postgres", "clickhouse"},
    freshness_policy=_FRESH,
    check_specs=[
        dg.AssetCheckSpec(
            "input_is_sound",
            asset="fraud_verdicts",
            description="The signals of all hours, before they are judged.",
            blocking=True,
        ),
        *(
            dg.AssetCheckSpec(
                f"{name}_are_sound",
                asset="fraud_verdicts",
                description=f"{description} Before they are published.",
                blocking=True,
            )
            for name, (_, description) in _PUBLISHED.items()
        ),
    ],
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def fraud_verdicts(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Published whole in one transaction, or not at all."""
    now = datetime.now(UTC)
    choices = postgres.run(read_choices)
    signals = verdicts.read_signals(clickhouse, choices, now)
    found = violations(schemas.SEEN, signals)
    yield check_result("input_is_sound", "fraud_verdicts", found, rows=signals.height)
    if found.height:
        raise _unpublished()
    made = verdicts.decide(signals, verdicts.read_known(clickhouse), choices, now)
    broken = {
        name: violations(schema, getattr(made, name)) for name, (schema, _) in _PUBLISHED.items()
    }
    for name, cases in broken.items():
        rows = getattr(made, name).height
        yield check_result(f"{name}_are_sound", "fraud_verdicts", cases, rows=rows)
    if any(cases.height for cases in broken.values()):
        raise _unpublished()
    changed = verdicts.publish(clickhouse, postgres, made, choices.champion)
    counts = {
        f"{outcome}": made.verdicts.filter(pl.col("outcome") == outcome).height
        for outcome in ("allow", "review", "hold", "block")
    }
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": made.verdicts.height,
            "shops_changed": len(changed),
            "fraud_in_figures": made.shoppers.filter(pl.col("verdict") == "fraud").height,
            **counts,
        }
    )


def _unpublished() -> dg.Failure:
    return dg.Failure(
        "nothing is published, the verdicts stay as they were: see the checks", allow_retries=False
    )


@dg.asset_check(
    asset="fraud_verdicts",
    description="Whom PostgreSQL holds or blocks is fraud in ClickHouse, and who is fraud there "
    "alone was seen last more than 30 days before the publication.",
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
    pool=POOL,
)
def verdicts_agree(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> dg.AssetCheckResult:
    """Compares the shoppers that a bot holds or blocks with those the clean figures leave out."""
    found = verdicts.unexplained(clickhouse, postgres)
    return dg.AssetCheckResult(
        passed=found.is_empty(), metadata={"unexplained": found.height, "offending": table(found)}
    )


@dg.schedule(
    job_name=JOB_NAME,
    # Ten minutes after the hour, its last newcomers have shown how they behave.
    cron_schedule="13 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Fraud of the hour that has ended, and of the one before if events came late: "
    "hours in which nobody did anything have nobody to score. At midnight in any case, for "
    "verdicts and snoozes end with time.",
)
def fraud_hourly(
    context: dg.ScheduleEvaluationContext, clickhouse: dg.ResourceParam[ClickHouse]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Usually one run; the older hour first, because the later one is compared with it."""
    this_hour = context.scheduled_execution_time.astimezone(UTC).replace(minute=0, second=0)
    latest = this_hour - timedelta(hours=1)
    grown = unscored(clickhouse, latest - timedelta(hours=1), latest)
    hours = grown or ([latest] if this_hour.hour == 0 else [])
    if not hours:
        yield dg.SkipReason("nobody did anything")
    for hour in hours:
        label = f"{hour:%Y-%m-%d-%H:00}"
        run_key = f"{label} at {context.scheduled_execution_time.isoformat()}"
        yield dg.RunRequest(run_key, partition_key=label)
