"""Owners' settings and people's decisions about fraud, as frames."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from core.postgres import Connection
from core.shop import fraud_models, fraud_settings, risk
from pipelines.fraud.rules import OVERRIDES, rules_of_shops
from pipelines.fraud.score import SNOOZES
from pipelines.variants import FLAGGED

LIMITS = {"shop_id": pl.UInt32, "review": pl.Float64, "block": pl.Float64}
CAPACITY = {"shop_id": pl.UInt32, "reviews_a_day": pl.Int64}
LABELS: dict[str, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "abuse": pl.String,
    "label": pl.String,
    "labelled_at": pl.Datetime("us", "UTC"),
    "score": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Choices:
    """Of all shops: their rules, limits, allow-lists, snoozes and the newest labels, the number of
    the model whose scores count (0 without one), those of the hours from `promoted_at` on, and how
    many cases of a day are reviewed."""

    rules: pl.DataFrame
    limits: pl.DataFrame
    allowed: pl.DataFrame
    snoozes: pl.DataFrame
    labels: pl.DataFrame
    champion: int = 0
    promoted_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    capacity: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CAPACITY))

    @property
    def of_champion(self) -> dict[str, Any]:
        """Which model's scores count, and since when, as parameters of a query."""
        return {"champion": self.champion, "promoted_at": self.promoted_at}


async def read_choices(connection: Connection) -> Choices:
    """A consistent view of one moment, if the caller's transaction has a snapshot."""
    limits = [
        (each.shop_id, each.review, each.block) for each in await fraud_settings.limits(connection)
    ]
    changes = [
        (each.shop_id, each.rule, each.is_on, each.is_shadow, each.weight, each.threshold)
        for each in await fraud_settings.changes(connection)
    ]
    of_shops = _frame(limits, LIMITS)
    champion = (await fraud_models.in_use(connection)).get("champion")
    of_champion: dict[str, Any] = {}
    if champion is not None:
        of_champion = {"champion": champion.id, "promoted_at": champion.promoted_at}
    return Choices(
        rules=rules_of_shops(of_shops, _frame(changes, OVERRIDES)),
        limits=of_shops,
        allowed=_frame(await risk.allowed(connection), FLAGGED),
        snoozes=_frame(await risk.snoozes(connection), SNOOZES),
        labels=_frame(await risk.labels(connection), LABELS),
        capacity=_frame(await fraud_settings.capacities(connection), CAPACITY),
        **of_champion,
    )


def _frame(rows: Sequence[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
