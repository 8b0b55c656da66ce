"""Points in the panel: what is outstanding, a shopper's, and giving or taking some."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from bots.modules.loyalty import earning, outstanding, store
from bots.modules.loyalty.outstanding import LotRow, PointSums
from bots.modules.loyalty.settings import LoyaltySettings, Tier
from bots.modules.loyalty.store import Balance, LotDraft, Movement
from bots.sdk import next_steps
from bots.sdk.keyboards import button, keyboard
from bots.sdk.panel import PanelScope, panel_scope
from bots.sdk.points import BELOW
from bots.sdk.replies import SendText
from core.errors import Conflict, NotFound, Refused
from core.money import MINUS
from core.shop import staff

router = APIRouter()
Panel = Annotated[PanelScope[LoyaltySettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
MOST_POINTS = 10**9
_MOVEMENTS = 50


class PointsDecidedOtherwise(Conflict):
    """The key belongs to another decision about this shopper."""

    code = "points_key_reused"


class TooFewPoints(Refused):
    """The shopper has fewer points than shall be taken."""

    code = "too_few_points"


class Member(BaseModel):
    """A shopper's tier and points, and what came and went, the newest first. Reasons are an owner's
    to read."""

    buyer_no: int
    tier: Tier
    percent: int
    balance: Balance
    movements: list[Movement]


class PointsDecision(BaseModel):
    """An owner's own change: `points` above zero are given, below zero taken. `key` is chosen by
    the caller: for each shopper the same key counts once."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    points: int = Field(ge=-MOST_POINTS, le=MOST_POINTS)
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    key: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")

    @field_validator("points")
    @classmethod
    def _some(cls, points: int) -> int:
        if not points:
            raise ValueError("say how many points, above or below zero")
        return points


class LotPage(BaseModel):
    """The newest first; `next_before`: give it as `before` for what follows."""

    lots: list[LotRow]
    next_before: int | None


@router.get("/sums")
async def read_sums(panel: Panel) -> PointSums:
    """All points that shoppers have, and what came and went in the last 30 days."""
    return await outstanding.sums(panel.connection, panel.shop.id, panel.now)


@router.get("/lots")
async def list_lots(
    panel: Panel,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LotPage:
    """Points as they came. Names and reasons are an owner's to read."""
    found = await outstanding.lots(panel.connection, panel.shop.id, before=before, limit=limit + 1)
    page = found[:limit]
    if panel.visitor.role != "owner":
        page = [each.model_copy(update={"buyer_name": "", "reason": ""}) for each in page]
    return LotPage(lots=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/customers/{buyer_no}")
async def get_member(buyer_no: Number, panel: Panel) -> Member:
    """A shopper's points."""
    return await _member(panel, buyer_no)


@router.post("/customers/{buyer_no}/points")
async def change_points(buyer_no: Number, decision: PointsDecision, panel: Panel) -> Member:
    """Gives or takes points, and tells the shopper. 422 `too_few_points` if there are fewer; 409
    `points_key_reused` if another change has the key."""
    about = await panel.about(buyer_no)
    if about is None or about.customer is None:
        raise NotFound(f"there is no customer {buyer_no}, or they were erased")
    await store.lock(panel.connection, about.customer)
    key = f"panel:{buyer_no}:{decision.key}"
    known = await store.by_key(panel.connection, panel.shop.id, key)
    if known == (decision.points, decision.reason):
        return await _member(panel, buyer_no)
    if known is not None:
        raise PointsDecidedOtherwise("another change of these points has the key: choose a new one")
    expires_at = earning.expiry(panel, panel.now) if decision.points > 0 else None
    draft = LotDraft(
        buyer_no=buyer_no,
        key=key,
        points=decision.points,
        at=panel.now,
        usable_at=panel.now,
        expires_at=expires_at,
        reason=decision.reason,
        made_by=panel.doer.name,
    )
    if decision.points > 0:
        await store.put(panel.connection, panel.shop.id, draft)
        await store.settle(panel.connection, panel.shop.id, buyer_no, panel.now)
    elif not await store.take(panel.connection, about.customer, draft):
        before = await store.balance(panel.connection, about.customer, panel.now)
        raise TooFewPoints(f"there are {before.usable} points to take")
    await staff.record(
        panel.connection, panel.origin, panel.doer, "loyalty.points", f"customer:{buyer_no}"
    )
    member = await _member(panel, buyer_no)
    change = f"{'+' if decision.points > 0 else MINUS}{abs(decision.points)}"
    text = about.texts.get("told_points", change=change, points=member.balance.usable)
    own = button(about.texts.label("entry"), "loyalty", BELOW)
    message = SendText(text=text, keyboard=keyboard([own], *await next_steps.below(about)))
    await about.send_durably("loyalty", message, key)
    return member


async def _member(panel: PanelScope[LoyaltySettings], buyer_no: int) -> Member:
    """Raises NotFound."""
    about = await panel.about(buyer_no)
    if about is None or about.customer is None:
        raise NotFound(f"there is no customer {buyer_no}, or they were erased")
    tier = await earning.tier_of(panel, buyer_no)
    moved = await store.movements(panel.connection, panel.shop.id, buyer_no, limit=_MOVEMENTS)
    if panel.visitor.role != "owner":
        moved = [each.model_copy(update={"reason": ""}) for each in moved]
    return Member(
        buyer_no=buyer_no,
        tier=tier,
        percent=panel.settings.percent_of(tier),
        balance=await store.balance(panel.connection, about.customer, panel.now),
        movements=list(moved),
    )
