"""What bots did about shoppers by themselves, as the fraud filter asked, and why."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import AnyVisitor, shop_transaction
from api.cursors import cursor_of, numbers_of
from api.problems import documented
from api.resources import UsesResources
from api.routes.customers import Cursor
from api.routes.fraud_queue import Limit, ReasonInWords
from api.routes.modules import Translated
from api.routes.shops import ShopId
from core.fraud_words import ABUSES, ACTION_WORDS
from core.shop import risk_actions
from core.shop.risk_actions import Action, StoredAction

router = APIRouter(prefix="/shops/{shop_id}/fraud", tags=["fraud"])

_LAST = 2**63 - 1
_LAST_MOMENT = 2**52  # microseconds since 1970
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class FraudAction(BaseModel):
    """What was done about a shopper on a day (UTC), `times` times: `drop`, `mute`, `slow`, `lock`,
    `prepay`, `hold`, `by_hand` or `stop`, in words. `is_shadow`: it was only noted, because it
    rests on shadow rules. `order_id`: the order that it was about, null if none. `score` and
    `reasons` are of the last time, the strongest first."""

    id: int
    bot_id: int
    buyer_no: int
    abuse: str
    title: Translated
    action: Action
    words: Translated
    is_shadow: bool
    score: float
    order_id: int | None
    times: int
    first_at: datetime
    last_at: datetime
    reasons: list[ReasonInWords]

    @classmethod
    def of(cls, stored: StoredAction) -> "FraudAction":
        reasons = sorted(stored.reasons, key=lambda each: (-each.contribution, each.rule))
        return cls(
            title=Translated.of(ABUSES[stored.abuse]),
            words=Translated.of(ACTION_WORDS[stored.action]),
            reasons=[ReasonInWords.of(each) for each in reasons],
            **stored.model_dump(exclude={"reasons"}),
        )


class ActionsPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    actions: list[FraudAction]
    next: str | None


@router.get("/actions", responses=documented(401, 404, 422))
async def list_actions(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    buyer_no: Annotated[
        int | None, Query(gt=0, lt=2**63, description="Only about this shopper.")
    ] = None,
    limit: Limit = 50,
    after: Cursor = None,
) -> ActionsPage:
    """What bots did about shoppers in the last 90 days, the newest first."""
    place = None
    if after is not None:
        moment, number = numbers_of(after, (_LAST_MOMENT, _LAST))
        place = _EPOCH + moment * _MICROSECOND, number
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await risk_actions.of_shop(
            connection, shop_id, size=limit + 1, before=place, buyer_no=buyer_no
        )
    more = None
    if len(found) > limit:
        last = found[limit - 1]
        more = cursor_of(((last.last_at - _EPOCH) // _MICROSECOND, last.id))
    return ActionsPage(actions=[FraudAction.of(each) for each in found[:limit]], next=more)
