"""The review queue: whom the fraud filter flagged, why, and what people decide about it."""

import struct
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import AnyVisitor, shop_transaction
from api.cursors import CursorInvalid, cursor_of, numbers_of
from api.problems import documented
from api.resources import UsesResources
from api.routes.customers import BuyerNo, Cursor
from api.routes.modules import Translated
from api.routes.shops import ShopId
from api.versions import SeenVersion
from core.fraud_rules import AbuseType
from core.fraud_words import ABUSES, reason_words
from core.postgres import Connection
from core.shop import customer_list, fraud_review, risk
from core.shop.access import Visitor
from core.shop.customer_list import ListedCustomer
from core.shop.fraud_review import (
    Decision,
    ListedShopper,
    QueuedCase,
    QueueFilter,
    QueuePlace,
    StoredDecision,
)
from core.shop.risk import Outcome, Reason
from core.shop.risk_actions import ActionReason

router = APIRouter(prefix="/shops/{shop_id}/fraud", tags=["fraud"])

_ABUSES = sorted(ABUSES)
_LAST = 2**63 - 1


class ReasonInWords(BaseModel):
    """A rule that was hit: `value` is what it measured within `window_seconds`, `contribution` the
    score that it would give alone."""

    rule: str
    words: Translated
    value: float
    threshold: float
    window_seconds: int
    contribution: float

    @classmethod
    def of(cls, reason: Reason | ActionReason) -> "ReasonInWords":
        told = reason.features if isinstance(reason, Reason) else ()
        words = reason_words(
            *(reason.rule, reason.value, reason.threshold, reason.window_seconds),
            [(each.feature, each.value) for each in told],
        )
        return cls(
            rule=reason.rule,
            words=Translated.of(words),
            value=reason.value,
            threshold=reason.threshold,
            window_seconds=reason.window_seconds,
            contribution=reason.contribution,
        )


class FraudCase(QueuedCase):
    """A shopper and a kind of abuse (`title` in words), with the reasons, the strongest first."""

    title: Translated
    reasons: list[ReasonInWords]


class QueuePage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    cases: list[FraudCase]
    next: str | None


class DoubtedShopper(BaseModel):
    """All about one shopper: the customer with what they paid, the cases with their reasons, and
    what was decided, the newest first. The ETag counts the decisions."""

    customer: ListedCustomer
    cases: list[FraudCase]
    decisions: list[StoredDecision]


class DecisionDraft(BaseModel):
    """`confirmed`: it is fraud, hold or block them from now on, whatever the score.
    `false_positive`: it is not. `ignored`: leave the queue, change nothing. `allowed`: onto the
    allow-list, for every kind of abuse; `disallowed`: off it. The first three are about one
    `abuse`. A `note` is erased with the customer."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    decision: Decision
    abuse: AbuseType | None = None
    note: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class ShoppersPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    shoppers: list[ListedShopper]
    next: str | None


async def _filter(
    abuse: Annotated[AbuseType | None, Query(description="Only this kind of abuse.")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only with this outcome.")] = None,
    decided: Annotated[
        bool, Query(description="Those that somebody has decided about, instead of the others.")
    ] = False,
) -> QueueFilter:
    return QueueFilter(abuse=abuse, outcome=outcome, decided=decided)


Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


@router.get("/queue", responses=documented(401, 404, 422))
async def list_queue(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    chosen: Annotated[QueueFilter, Depends(_filter)],
    limit: Limit = 50,
    after: Cursor = None,
) -> QueuePage:
    """Who waits for a decision, the highest score first. Only owners see names."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await fraud_review.queue(
            connection, shop_id, chosen, size=limit + 1, after=_place(after)
        )
        cases = await _with_reasons(connection, visitor, shop_id, found[:limit])
    more = _cursor(found[limit - 1]) if len(found) > limit else None
    return QueuePage(cases=cases, next=more)


@router.get("/shoppers/{buyer_no}", responses=documented(401, 404, 422))
async def read_shopper(
    shop_id: ShopId,
    buyer_no: BuyerNo,
    visitor: AnyVisitor,
    resources: UsesResources,
    response: Response,
) -> DoubtedShopper:
    """One shopper with reasons and decisions, flagged or not; what they did is in the customer's
    history."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await _shopper(connection, visitor, shop_id, buyer_no, response)


@router.post(
    "/shoppers/{buyer_no}/decisions",
    status_code=201,
    responses=documented(401, 403, 404, 412, 422, 428),
)
async def decide(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    buyer_no: BuyerNo,
    draft: DecisionDraft,
    visitor: AnyVisitor,
    seen: SeenVersion,
    resources: UsesResources,
    response: Response,
) -> DoubtedShopper:
    """Decides about a shopper: for the bots at once, for the clean figures with the next hourly
    run. 404 if there is no such customer, or `disallowed` and not on the list; 422 `abuse_unknown`
    without the abuse."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_review.decide(
            connection,
            visitor,
            shop_id=shop_id,
            buyer_no=buyer_no,
            decision=draft.decision,
            abuse=draft.abuse or "",
            note=draft.note,
            seen_version=seen,
        )
        return await _shopper(connection, visitor, shop_id, buyer_no, response)


@router.delete(
    "/shoppers/{buyer_no}/decisions/{decision_id}",
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def undo(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    buyer_no: BuyerNo,
    decision_id: Annotated[int, Path(gt=0, lt=2**63)],
    visitor: AnyVisitor,
    seen: SeenVersion,
    resources: UsesResources,
    response: Response,
) -> DoubtedShopper:
    """Takes a decision back; it stays in the history. 409 `decided_later` if a later one about the
    same stands."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_review.undo(
            connection,
            visitor,
            shop_id=shop_id,
            buyer_no=buyer_no,
            decision_id=decision_id,
            seen_version=seen,
        )
        return await _shopper(connection, visitor, shop_id, buyer_no, response)


@router.get("/allowed", responses=documented(401, 404, 422))
async def list_allowed(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    limit: Limit = 50,
    after: Cursor = None,
) -> ShoppersPage:
    """The allow-list: shoppers whom no score counts for."""
    return await _listed(resources, visitor, shop_id, "allowed", limit, after)


@router.get("/denied", responses=documented(401, 404, 422))
async def list_denied(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    limit: Limit = 50,
    after: Cursor = None,
) -> ShoppersPage:
    """Shoppers whose abuse a person has confirmed: held or blocked whatever the score."""
    return await _listed(resources, visitor, shop_id, "denied", limit, after)


async def _shopper(
    connection: Connection, visitor: Visitor, shop_id: int, buyer_no: int, response: Response
) -> DoubtedShopper:
    customer = await customer_list.get(connection, shop_id, buyer_no)
    found = await fraud_review.cases_of(connection, shop_id, buyer_no)
    version = await fraud_review.version_of(connection, shop_id, buyer_no)
    response.headers["ETag"] = f'"{version}"'
    decisions = await fraud_review.decisions_of(connection, shop_id, buyer_no)
    if visitor.role != "owner":  # what an owner wrote may name somebody
        customer = customer.without_names()
        decisions = [each.model_copy(update={"note": ""}) for each in decisions]
    return DoubtedShopper(
        customer=customer,
        cases=await _with_reasons(connection, visitor, shop_id, found),
        decisions=decisions,
    )


async def _with_reasons(
    connection: Connection, visitor: Visitor, shop_id: int, cases: Sequence[QueuedCase]
) -> list[FraudCase]:
    numbers = sorted({case.buyer_no for case in cases})
    reasons = await risk.reasons_of(connection, shop_id, numbers)
    shown = cases if visitor.role == "owner" else [case.without_names() for case in cases]
    return [
        FraudCase(
            **case.model_dump(),
            title=Translated.of(ABUSES[case.abuse]),
            reasons=[
                ReasonInWords.of(reason)
                for reason in reasons
                if (reason.buyer_no, reason.abuse) == (case.buyer_no, case.abuse)
            ],
        )
        for case in shown
    ]


async def _listed(  # pylint: disable=too-many-arguments  # what its routes take
    resources: UsesResources,
    visitor: Visitor,
    shop_id: int,
    which: fraud_review.List,
    limit: int,
    after: str | None,
) -> ShoppersPage:
    place = (0, "")
    if after is not None:
        number, abuse = numbers_of(after, (_LAST, len(_ABUSES)))
        place = number, ["", *_ABUSES][abuse]
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await fraud_review.listed(connection, shop_id, which, size=limit + 1, after=place)
    shown = list(found[:limit])
    more = None
    if len(found) > limit:
        more = cursor_of((shown[-1].buyer_no, ["", *_ABUSES].index(shown[-1].abuse)))
    if visitor.role != "owner":
        shown = [each.model_copy(update={"note": ""}) for each in shown]
    return ShoppersPage(shoppers=shown, next=more)


def _cursor(last: QueuedCase) -> str:
    """A score as the number that its bits are: that sorts as it does, and loses nothing."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", last.score))
    return cursor_of((bits, last.buyer_no, _ABUSES.index(last.abuse)))


def _place(after: str | None) -> QueuePlace | None:
    if after is None:
        return None
    bits, buyer_no, abuse = numbers_of(after, (_LAST, _LAST, len(_ABUSES) - 1))
    (score,) = struct.unpack(">d", struct.pack(">Q", bits))
    if not 0 <= score <= 100:
        raise CursorInvalid("after: send `next` of the page before, unchanged")
    return QueuePlace(score=score, buyer_no=buyer_no, abuse=_ABUSES[abuse])
