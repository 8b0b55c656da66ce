"""A day's figures without Dagster's services, in this process: for the command line and tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
import structlog

from core.errors import ConfigurationError, VitrinaError
from core.settings import Settings
from pipelines.catalogue import TABLES
from pipelines.figures import asset
from pipelines.in_process import error_of, materialised, rows_of
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.checks import paid_totals_agree
from pipelines.partitions import DAYS
from pipelines.reopening import FOLDS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check of the run; `offending` holds the first rows that broke it."""

    asset: str
    name: str
    passed: bool
    is_warning: bool
    description: str
    offending: tuple[dict[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """The result of a run. `succeeded` is false if the day was refused and its former rows stay."""

    day: date
    succeeded: bool
    rows: dict[str, int]
    checks: tuple[CheckOutcome, ...]


class DayFailed(VitrinaError):
    """A store failed, or there is a fault in the code: nothing of the day was changed."""

    code = "day_failed"
    status = 503


_SHOP_DAY = (shop_figures, paid_totals_agree)


def materialise_day(
    settings: Settings,
    day: date,
    assets: Sequence[dg.AssetsDefinition | dg.AssetChecksDefinition] = _SHOP_DAY,
) -> DayOutcome:
    """Computes and stores the figures of every shop's calendar day, with all checks.

    Must not be called from inside an event loop. Raises ConfigurationError for a day outside of the
    partitions, DayFailed with a store's error, KeyboardInterrupt after Ctrl-C.
    """
    if not DAYS.has_partition_key(day.isoformat()):
        raise ConfigurationError(
            f"no figures are computed for {day}: days run from {DAYS.get_first_partition_key()} "
            "to today"
        )
    result = materialised(settings, assets, day.isoformat())
    checks = tuple(_outcome(evaluation) for evaluation in result.get_asset_check_evaluations())
    refused = any(not check.passed and not check.is_warning for check in checks)
    if not result.success and not refused:
        raise DayFailed(f"{day} failed: {_cause(result, day)}; its old figures stay")
    return DayOutcome(day, result.success, rows_of(result), checks)


def materialise_range(settings: Settings, first: date, last: date) -> Iterator[DayOutcome]:
    """Computes every table of the days from `first` to `last`: all are folded before any is read,
    oldest first, so that each figure is computed from complete days. Two outcomes a day."""
    folds = [asset(table) for table in TABLES if table.name in FOLDS]
    others = [asset(table) for table in TABLES if table.name not in FOLDS]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for assets in ([*_SHOP_DAY, *folds], others):
        for day in days:
            yield materialise_day(settings, day, assets)


def _cause(result: dg.ExecuteInProcessResult, day: date) -> str:
    cause, whole = error_of(result)
    if whole:
        log.error("a day failed", day=str(day), error=whole)
    return cause


def _outcome(evaluation: dg.AssetCheckEvaluation) -> CheckOutcome:
    offending = evaluation.metadata.get("offending")
    rows = offending.records if isinstance(offending, dg.TableMetadataValue) else []
    return CheckOutcome(
        evaluation.asset_key.path[-1],
        evaluation.check_name,
        evaluation.passed,
        evaluation.severity is dg.AssetCheckSeverity.WARN,
        evaluation.description or "",
        tuple({name: _text(value) for name, value in row.data.items()} for row in rows),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
