"""Models of the fraud filter: what was trained, which one's scores count, and what they learn from.

One is the champion, at most one is in its shadow; a former one may be promoted again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound
from core.postgres import Connection

State = Literal["shadow", "champion", "retired"]
BY_RULE = "rule"  # who promoted, if no person did
LEAKAGE = 0.995  # an AUROC above which a model is not believed


class ModelLeaks(Conflict):
    """The model is too good to be true: promoting it must be meant."""

    code = "model_leaks"


class ModelDraft(BaseModel):
    """A trained model. `window_from` and `window_until`: when its labels became known; `frauds` of
    the `labels` were confirmed; `features` are the names of the trees' columns; `trees` as
    `pipelines.fraud.forest` writes them."""

    model_config = ConfigDict(frozen=True)

    window_from: datetime
    window_until: datetime
    labels: int
    frauds: int
    shops: int
    features: list[str]
    metrics: dict[str, Any]
    reference: dict[str, Any]
    versions: dict[str, Any]
    trees: bytes


class StoredModel(BaseModel):
    """A model without its trees. `metrics` of the weeks that were kept back: `auroc`,
    `average_precision`, `rules_average_precision` of the rules' scores on the same, `tested`,
    `tested_frauds` and `tested_from`; empty if there were too few labels. `by_rule`: it is promoted
    without a person once it is better on later weeks."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: State
    trained_at: datetime
    window_from: datetime
    window_until: datetime
    labels: int
    frauds: int
    shops: int
    features: list[str]
    metrics: dict[str, Any]
    versions: dict[str, Any]
    by_rule: bool
    promoted_at: datetime | None
    promoted_by: str
    retired_at: datetime | None

    @property
    def is_leaking(self) -> bool:
        """Whether it was too good on what it had not seen."""
        auroc = self.metrics.get("auroc")
        return auroc is not None and auroc >= LEAKAGE


_COLUMNS = (
    "id, state, trained_at, window_from, window_until, labels, frauds, shops, features, metrics, "
    "versions, by_rule, promoted_at, promoted_by, retired_at"
)


async def add(connection: Connection, draft: ModelDraft) -> int:
    """Stores a model in the champion's shadow, in place of the one that was there; its number. How
    it may be promoted is as for the model before it."""
    await _one_at_a_time(connection)
    await connection.execute(
        "UPDATE fraud_models SET state = 'retired', retired_at = now() WHERE state = 'shadow'"
    )
    number: int = await connection.fetchval(
        "INSERT INTO fraud_models (state, window_from, window_until, labels, frauds, shops, "
        "features, metrics, reference, versions, trees, by_rule) VALUES "
        "('shadow', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
        "coalesce((SELECT by_rule FROM fraud_models ORDER BY id DESC LIMIT 1), false)) "
        "RETURNING id",
        draft.window_from,
        draft.window_until,
        draft.labels,
        draft.frauds,
        draft.shops,
        draft.features,
        draft.metrics,
        draft.reference,
        draft.versions,
        draft.trees,
    )
    return number


async def promote(
    connection: Connection, number: int, by: str, *, accepts_leakage: bool = False
) -> StoredModel:
    """From the next publication on this model's scores count. Raises NotFound, ModelLeaks."""
    await _one_at_a_time(connection)
    wanted = await get(connection, number)
    if wanted.is_leaking and not accepts_leakage:
        raise ModelLeaks(
            f"model {number} has an AUROC of {wanted.metrics['auroc']:.4f} on labels that it had "
            f"not seen: from {LEAKAGE} on that is too good to be true"
        )
    if wanted.state == "champion":
        return wanted
    await connection.execute(
        "UPDATE fraud_models SET state = 'retired', retired_at = now() WHERE state = 'champion'"
    )
    await connection.execute(
        "UPDATE fraud_models SET state = 'champion', promoted_at = now(), promoted_by = $2, "
        "retired_at = NULL WHERE id = $1",
        number,
        by,
    )
    return await get(connection, number)


async def let_rule_promote(connection: Connection, number: int, by_rule: bool) -> StoredModel:
    """Whether the model, and those that follow it, may be promoted without a person. Raises
    NotFound."""
    await connection.execute("UPDATE fraud_models SET by_rule = $2 WHERE id = $1", number, by_rule)
    return await get(connection, number)


async def retire(connection: Connection, number: int) -> StoredModel:
    """Its scores no longer count or are made; without a champion rules score alone. Raises
    NotFound."""
    await _one_at_a_time(connection)
    await connection.execute(
        "UPDATE fraud_models SET state = 'retired', retired_at = now() "
        "WHERE id = $1 AND state != 'retired'",
        number,
    )
    return await get(connection, number)


async def _one_at_a_time(connection: Connection) -> None:
    await connection.execute("LOCK TABLE fraud_models IN SHARE ROW EXCLUSIVE MODE")


async def get(connection: Connection, number: int) -> StoredModel:
    """Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM fraud_models WHERE id = $1", number)
    if row is None:
        raise NotFound(f"there is no model {number}")
    return StoredModel(**row)


async def listed(connection: Connection, *, size: int = 20) -> list[StoredModel]:
    """The champion, the one in its shadow, then the retired, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM fraud_models "
        "ORDER BY state = 'champion' DESC, state = 'shadow' DESC, id DESC LIMIT $1",
        size,
    )
    return [StoredModel(**row) for row in rows]


class ScoringModel(BaseModel):
    """What scoring and watching need of a model."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: State
    by_rule: bool
    trained_at: datetime
    features: list[str]
    reference: dict[str, Any]
    trees: bytes


async def scoring(connection: Connection) -> list[ScoringModel]:
    """The champion and the one in its shadow, as far as there are any."""
    rows = await connection.fetch(
        "SELECT id, state, by_rule, trained_at, features, reference, trees FROM fraud_models "
        "WHERE state IN ('champion', 'shadow') ORDER BY state"
    )
    return [ScoringModel(**row) for row in rows]


async def champion(connection: Connection) -> int | None:
    """The number of the model whose scores count."""
    found: int | None = await connection.fetchval(
        "SELECT id FROM fraud_models WHERE state = 'champion'"
    )
    return found


# Shop, number, abuse, when it was decided, whether it is fraud.
KnownLabel = tuple[int, int, str, datetime, bool]


async def known_labels(connection: Connection, until: datetime) -> Sequence[KnownLabel]:
    """What people had decided by then and what still stands, the newest for each shopper and kind
    of abuse, by the time of the decision. `ignored` says nothing."""
    rows = await connection.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (shop_id, buyer_no, abuse) shop_id, buyer_no, abuse, "
        "labelled_at, label FROM fraud_labels WHERE labelled_at <= $1 "
        "ORDER BY shop_id, buyer_no, abuse, labelled_at DESC, id DESC) AS newest "
        "WHERE label != 'ignored' ORDER BY labelled_at, shop_id, buyer_no, abuse",
        until,
    )
    return [(*list(row)[:4], row["label"] == "confirmed") for row in rows]
