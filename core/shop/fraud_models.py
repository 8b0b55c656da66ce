"""Models of the fraud filter: what was trained, which one's scores count, and what they learn from.

One is the champion, at most one is in its shadow; a former one may be promoted again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound, Refused
from core.postgres import Connection

State = Literal["shadow", "champion", "retired"]
BY_RULE = "rule"  # who promoted, if no person did
LEAKAGE = 0.995  # an AUROC above which a model is not believed


class ModelLeaks(Conflict):
    """The model is too good to be true: promoting it must be meant."""

    code = "model_leaks"


class ModelUnmeasured(Conflict):
    """Nobody knows how good the model is: promoting it must be meant."""

    code = "model_unmeasured"


class _Trained(BaseModel):
    """What a training came to. `window_from` and `window_until`: when its labels became known;
    `frauds` of the `labels` were confirmed; `features` are the names of the trees' columns;
    `is_calibrated`: there were enough labels to make probabilities of its scores. `metrics` of the
    weeks that were kept back: `auroc`, `average_precision`, `rules_average_precision` of the rules'
    scores on the same, `tested`, `tested_frauds` and `tested_from`; empty if there were too few
    labels."""

    model_config = ConfigDict(frozen=True)

    window_from: datetime
    window_until: datetime
    labels: int
    frauds: int
    shops: int
    features: list[str]
    metrics: dict[str, Any]
    versions: dict[str, Any]
    is_calibrated: bool


class ModelDraft(_Trained):
    """A trained model; `trees` as `pipelines.fraud.forest` writes them."""

    reference: dict[str, Any]
    trees: bytes


class StoredModel(_Trained):
    """A model without its trees. `by_rule`: it is promoted without a person once it is better on
    later weeks, if `is_for_rule`."""

    id: int
    state: State
    trained_at: datetime
    by_rule: bool
    promoted_at: datetime | None
    promoted_by: str
    retired_at: datetime | None

    @property
    def is_leaking(self) -> bool:
        """Whether it was too good on what it had not seen."""
        auroc = self.metrics.get("auroc")
        return auroc is not None and auroc >= LEAKAGE

    @property
    def is_measured(self) -> bool:
        """Whether it was tried on anything that it had not seen."""
        return self.metrics.get("auroc") is not None

    @property
    def is_for_rule(self) -> bool:
        """Whether it needs no person's doubt: measured, believed and calibrated."""
        return self.is_measured and not self.is_leaking and self.is_calibrated


_COLUMNS = (
    "id, state, trained_at, window_from, window_until, labels, frauds, shops, features, metrics, "
    "versions, is_calibrated, by_rule, promoted_at, promoted_by, retired_at"
)


async def add(connection: Connection, draft: ModelDraft) -> int:
    """Stores a model in the champion's shadow, in place of the one that was there; its number. How
    it may be promoted is as for that one; without one, by a person."""
    await _one_at_a_time(connection)
    by_rule = await connection.fetchval(
        "UPDATE fraud_models SET state = 'retired', retired_at = now() WHERE state = 'shadow' "
        "RETURNING by_rule"
    )
    number: int = await connection.fetchval(
        "INSERT INTO fraud_models (state, window_from, window_until, labels, frauds, shops, "
        "features, metrics, reference, versions, trees, is_calibrated, by_rule) VALUES "
        "('shadow', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
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
        draft.is_calibrated,
        bool(by_rule),
    )
    return number


async def promote(
    connection: Connection,
    number: int,
    by: str,
    *,
    accepts_leakage: bool = False,
    accepts_unmeasured: bool = False,
) -> StoredModel:
    """This model's scores count, those of the hours that begin from now on. Raises NotFound,
    ModelLeaks, ModelUnmeasured."""
    await _one_at_a_time(connection)
    wanted = await get(connection, number)
    if wanted.is_leaking and not accepts_leakage:
        raise ModelLeaks(
            f"model {number} has an AUROC of {wanted.metrics['auroc']:.4f} on labels that it had "
            f"not seen: from {LEAKAGE} on that is too good to be true"
        )
    if not wanted.is_measured and not accepts_unmeasured:
        raise ModelUnmeasured(
            f"model {number} was never measured: too few decisions were new to it. "
            "--unmeasured promotes it all the same"
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


async def promote_by_rule(
    connection: Connection, number: int, compared_with: int | None
) -> StoredModel | None:
    """Promotes a model that was found better than the champion `compared_with` (None: than the
    rules). None if that has changed meanwhile: the model has left the shadow, a person has taken
    the permission back, another model counts; or if it is not for a rule to judge."""
    await _one_at_a_time(connection)
    now = await in_use(connection)
    shadow, champion = now.get("shadow"), now.get("champion")
    if shadow is None or shadow.id != number or not (shadow.by_rule and shadow.is_for_rule):
        return None
    if (champion and champion.id) != compared_with:
        return None
    return await promote(connection, number, BY_RULE)


async def let_rule_promote(connection: Connection, number: int, by_rule: bool) -> StoredModel:
    """Whether the model in the shadow, and those that follow it there, may be promoted without a
    person. Raises NotFound, and Refused for a model that is not in the shadow."""
    await _one_at_a_time(connection)
    wanted = await get(connection, number)
    if wanted.state != "shadow":
        raise Refused(
            f"model {number} is not in the shadow ({wanted.state}): only the one there waits for "
            "its promotion"
        )
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


async def in_use(connection: Connection) -> dict[State, StoredModel]:
    """The champion and the one in its shadow, as far as there are any."""
    found = await listed(connection, size=2)
    return {model.state: model for model in found if model.state != "retired"}


async def previewed(connection: Connection) -> int:
    """The number of the model by which models' rules are previewed: the champion, before there is
    one that in the shadow; 0 without either."""
    found = await in_use(connection)
    model = found.get("champion") or found.get("shadow")
    return model.id if model else 0


class ScoringModel(BaseModel):
    """What scoring and watching need of a model."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: State
    window_until: datetime
    features: list[str]
    reference: dict[str, Any]
    trees: bytes


async def scoring(connection: Connection) -> list[ScoringModel]:
    """The champion and the one in its shadow, as far as there are any."""
    rows = await connection.fetch(
        "SELECT id, state, window_until, features, reference, trees FROM fraud_models "
        "WHERE state IN ('champion', 'shadow') ORDER BY state"
    )
    return [ScoringModel(**row) for row in rows]


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
