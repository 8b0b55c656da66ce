"""Rules of the fraud filter that do not count for one shopper for a time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner, shop_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.customers import BuyerNo
from api.routes.fraud_rules import RuleKey, known_rule
from api.routes.shops import ShopId
from core.shop import customer_list, fraud_snoozes, risk
from core.shop.fraud_snoozes import Snooze

router = APIRouter(prefix="/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes", tags=["fraud"])


class SnoozeDraft(BaseModel):
    """For how many days from now."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=365, examples=[7])]


@router.get("", responses=documented(401, 403, 404, 422))
async def list_snoozes(
    shop_id: ShopId, buyer_no: BuyerNo, visitor: Owner, resources: UsesResources
) -> list[Snooze]:
    """The shopper's snoozes that have not ended."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await customer_list.get(connection, shop_id, buyer_no)
        return await fraud_snoozes.of_shopper(connection, shop_id, buyer_no)


@router.put("/{rule}", responses=documented(401, 403, 404, 422))
async def snooze_rule(  # pylint: disable=too-many-arguments  # what a route takes
    shop_id: ShopId,
    buyer_no: BuyerNo,
    rule: RuleKey,
    draft: SnoozeDraft,
    visitor: Owner,
    resources: UsesResources,
) -> list[Snooze]:
    """The rule does not count for the shopper until then, from the next hourly run on; again: until
    another day."""
    known = known_rule(rule)
    until = datetime.now(UTC) + timedelta(days=draft.days)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await customer_list.get(connection, shop_id, buyer_no)
        await risk.snooze(connection, shop_id, buyer_no, known.key, until)
        return await fraud_snoozes.of_shopper(connection, shop_id, buyer_no)


@router.delete("/{rule}", responses=documented(401, 403, 404, 422))
async def end_snooze(
    shop_id: ShopId, buyer_no: BuyerNo, rule: RuleKey, visitor: Owner, resources: UsesResources
) -> list[Snooze]:
    """The rule counts again, from the next hourly run on."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await fraud_snoozes.end(connection, shop_id, buyer_no, rule)
        return await fraud_snoozes.of_shopper(connection, shop_id, buyer_no)
