"""A shop's fraud rules and limits, and what others would have done last week."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import AnyVisitor, shop_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.modules import Translated
from api.routes.shops import ShopId
from api.versions import SeenVersion
from core.errors import NotFound
from core.fraud_previews import (
    ACTIVE_USERS,
    LIMIT_HITS,
    hits_of,
    limit_parameters,
    rule_parameters,
    users_of,
)
from core.fraud_rules import BY_KEY, RULES, Rule
from core.fraud_words import ABUSES
from core.postgres import Connection
from core.shop import fraud_models, fraud_settings, risk
from core.shop.fraud_settings import Limits, RuleChange

router = APIRouter(prefix="/shops/{shop_id}/fraud", tags=["fraud"])

_T = TypeVar("_T")
RuleKey = Annotated[
    str,
    Path(pattern="^[a-z_]{1,40}$", description="The rule's key.", examples=["links"]),
]


class RuleDraft(BaseModel):
    """A shop's own values of a rule; null: as the code has it. A `is_shadow` rule is recorded and
    changes nothing."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool = True
    is_shadow: bool | None = None
    weight: float | None = Field(default=None, ge=0, le=1)
    threshold: float | None = Field(default=None, gt=0, le=1e9)


class RuleView(BaseModel):
    """A rule as it is in the shop: `threshold` is the value of what it measures from which it
    counts fully, `weight` its share of the score; `own` what the shop has changed, null: nothing.
    `is_share`: it measures a share of one."""

    key: str
    abuse: str
    abuse_title: Translated
    title: Translated
    window_seconds: int
    is_share: bool
    is_on: bool
    is_shadow: bool
    weight: float
    threshold: float
    own: RuleDraft | None

    @classmethod
    def of(cls, rule: Rule, change: RuleChange | None) -> "RuleView":
        own = None
        if change is not None:
            own = RuleDraft(**change.model_dump(exclude={"shop_id", "rule"}))
        return cls(
            key=rule.key,
            abuse=rule.abuse,
            abuse_title=Translated.of(ABUSES[rule.abuse]),
            title=Translated.of(rule.title),
            window_seconds=rule.window_seconds,
            is_share=rule.is_share,
            is_on=own is None or own.is_on,
            is_shadow=_first(own and own.is_shadow, rule.is_shadow),
            weight=_first(own and own.weight, rule.weight),
            threshold=_first(own and own.threshold, rule.threshold),
            own=own,
        )


class LimitsDraft(BaseModel):
    """The scores, of 100, from which a person should look, and from which a shopper is held or
    blocked; `review` is not above `block`."""

    model_config = ConfigDict(extra="forbid")

    review: float = Field(gt=0, le=100, examples=[65])
    block: float = Field(gt=0, le=100, examples=[75])


class FraudRules(BaseModel):
    """The shop's limits and rules. The ETag counts the changes."""

    limits: LimitsDraft
    rules: list[RuleView]


class RulePreview(BaseModel):
    """Of the `users` who were active in the last 7 days, the rule would have hit `hits` with this
    threshold. Values that gave no points at their time are not kept: a threshold far below the
    rule's own sees too few."""

    rule: str
    threshold: float
    hits: int
    users: int


class LimitsPreview(BaseModel):
    """Of the `users` who were active in the last 7 days, `stopped` would have been held or blocked
    and `reviewed` would have waited in the queue, by their scores of then. Whoever is on the
    allow-list now is in neither."""

    stopped: int
    reviewed: int
    users: int


@router.get("/rules", responses=documented(401, 404, 422))
async def list_rules(
    shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources, response: Response
) -> FraudRules:
    """Every rule as it is in the shop, and the limits; the ETag is for changes of either."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await _rules(connection, shop_id, response)


@router.put("/rules/{rule}", responses=documented(401, 403, 404, 412, 422, 428))
async def change_rule(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    rule: RuleKey,
    draft: RuleDraft,
    visitor: AnyVisitor,
    seen: SeenVersion,
    resources: UsesResources,
    response: Response,
) -> FraudRules:
    """Replaces what the shop has changed about a rule, from the next hourly run on."""
    known = known_rule(rule)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_settings.begin_change(connection, shop_id, seen)
        await fraud_settings.change_rule(
            connection, RuleChange(shop_id=shop_id, rule=known.key, **draft.model_dump())
        )
        return await _rules(connection, shop_id, response)


@router.delete("/rules/{rule}", responses=documented(401, 403, 404, 412, 422, 428))
async def reset_rule(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    rule: RuleKey,
    visitor: AnyVisitor,
    seen: SeenVersion,
    resources: UsesResources,
    response: Response,
) -> FraudRules:
    """Forgets what the shop has changed about a rule."""
    known = known_rule(rule)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_settings.begin_change(connection, shop_id, seen)
        await fraud_settings.reset_rule(connection, shop_id, known.key)
        return await _rules(connection, shop_id, response)


@router.put("/limits", responses=documented(401, 403, 404, 412, 422, 428))
async def change_limits(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    draft: LimitsDraft,
    visitor: AnyVisitor,
    seen: SeenVersion,
    resources: UsesResources,
    response: Response,
) -> FraudRules:
    """Sets the shop's limits, from the next publication of verdicts on."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_settings.begin_change(connection, shop_id, seen)
        await fraud_settings.set_limits(connection, Limits(shop_id=shop_id, **draft.model_dump()))
        return await _rules(connection, shop_id, response)


@router.get("/rules/{rule}/preview", responses=documented(401, 404, 422, 503))
async def preview_rule(
    shop_id: ShopId,
    rule: RuleKey,
    visitor: AnyVisitor,
    resources: UsesResources,
    threshold: Annotated[
        float | None, Query(gt=0, le=1e9, description="Instead of the shop's own.")
    ] = None,
) -> RulePreview:
    """Whom a rule would have hit last week."""
    known = known_rule(rule)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        changes = await fraud_settings.changes(connection, shop_id)
        model = await fraud_models.previewed(connection)
    own = next((each.threshold for each in changes if each.rule == rule), None)
    limit = threshold or own or known.threshold
    wanted = rule_parameters(rule, limit, datetime.now(UTC), shop_id=shop_id, model=model)
    hits, users = [
        (await resources.reader.rows(query, wanted))[0]["people"]
        for query in (hits_of(rule), users_of(rule))
    ]
    return RulePreview(rule=rule, threshold=limit, hits=hits, users=users)


@router.get("/limits/preview", responses=documented(401, 404, 422, 503))
async def preview_limits(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    review: Annotated[float, Query(gt=0, le=100, examples=[65])],
    block: Annotated[float, Query(gt=0, le=100, examples=[75])],
) -> LimitsPreview:
    """How many of last week's users these limits would have stopped, and sent to the queue."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        fraud_settings.check_limits(review, block)
        allowed = [buyer_no for _, buyer_no in await risk.allowed(connection, shop_id)]
    wanted = limit_parameters(review, block, datetime.now(UTC), shop_id=shop_id, allowed=allowed)
    found = (await resources.reader.rows(LIMIT_HITS, wanted))[0]
    users = (await resources.reader.rows(ACTIVE_USERS, wanted))[0]["people"]
    return LimitsPreview(**found, users=users)


def known_rule(rule: str) -> Rule:
    """The rule of a key; raises NotFound."""
    if rule not in BY_KEY:
        raise NotFound(f"there is no rule {rule}: there are {', '.join(sorted(BY_KEY))}")
    return BY_KEY[rule]


async def _rules(connection: Connection, shop_id: int, response: Response) -> FraudRules:
    version = await fraud_settings.settings_version(connection, shop_id)
    response.headers["ETag"] = f'"{version}"'
    limits = await fraud_settings.limits_of(connection, shop_id)
    changes = {each.rule: each for each in await fraud_settings.changes(connection, shop_id)}
    return FraudRules(
        limits=LimitsDraft(review=limits.review, block=limits.block),
        rules=[RuleView.of(rule, changes.get(rule.key)) for rule in RULES],
    )


def _first(own: _T | None, default: _T) -> _T:
    return default if own is None else own
