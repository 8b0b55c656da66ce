"""Invitations in the panel: what they brought, who brings others, rewards that wait."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from bots.modules.referral import earning, store, totals
from bots.modules.referral.settings import ReferralSettings
from bots.modules.referral.store import HeldReward, State
from bots.modules.referral.totals import InviterRow, RewardSum
from bots.sdk.panel import ConfirmationId, PanelScope, panel_scope
from core.errors import Conflict, NotFound, Refused
from core.shop import staff

router = APIRouter()
Panel = Annotated[PanelScope[ReferralSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]


class RewardDecided(Conflict):
    """The reward was given or rejected already."""

    code = "reward_decided"


class RewardWaits(Refused):
    """The reward cannot be given now."""

    code = "reward_waits"


class RewardPage(BaseModel):
    """The newest first; `next_before`: give it as `before` for what follows."""

    rewards: list[HeldReward]
    next_before: int | None


@router.get("/rewards")
async def list_rewards(
    panel: Panel,
    state: Annotated[State | None, Query()] = None,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RewardPage:
    """Rewards for invitations: held, given, rejected."""
    found = await store.listed(
        panel.connection, panel.shop.id, state=state, before=before, limit=limit + 1
    )
    page = found[:limit]
    return RewardPage(rewards=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/sums")
async def list_sums(panel: Panel) -> list[RewardSum]:
    """All rewards, by state and currency."""
    return await totals.sums(panel.connection, panel.shop.id)


@router.get("/inviters")
async def list_inviters(
    panel: Panel, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[InviterRow]:
    """Whose links brought most people; names are an owner's to read."""
    found = await totals.inviters(panel.connection, panel.shop.id, limit)
    if panel.visitor.role == "owner":
        return found
    return [each.model_copy(update={"buyer_name": ""}) for each in found]


@router.post("/rewards/{reward_id}/give")
async def give_reward(
    reward_id: Number, panel: Panel, confirmation: ConfirmationId = None
) -> HeldReward:
    """Gives a reward that waits, at once; if the money of its order went back, rejects it. To be
    confirmed in the owner's chat, where one is bound: 403 `confirmation_needed`. 409
    `reward_decided` if it does not wait any more, 422 `reward_waits` if neither a wallet nor promo
    codes are on, or money of the order is about to go back."""
    reward = await _waiting(panel, reward_id)
    await earning.settle(panel, reward, by_owner=True)
    decided = await _recorded(panel, reward_id, "referral.give")
    if decided.state == "held":
        raise RewardWaits(
            "switch on the wallet or promo codes, or wait until the refund of the order is done"
        )
    if decided.state == "given":
        await panel.confirm_payout(decided.amount, decided.buyer_no, confirmation)
    return decided


@router.post("/rewards/{reward_id}/reject")
async def reject_reward(reward_id: Number, panel: Panel) -> HeldReward:
    """There will be no such reward; the next order of the invited person may bring one. 409
    `reward_decided` if it does not wait any more."""
    reward = await _waiting(panel, reward_id)
    await earning.turn_down(panel, reward, "owner")
    return await _recorded(panel, reward_id, "referral.reject")


async def _waiting(panel: PanelScope[ReferralSettings], reward_id: int) -> HeldReward:
    reward = await store.get(panel.connection, panel.shop.id, reward_id, lock=True)
    if reward is None:
        raise NotFound(f"there is no reward {reward_id}")
    if reward.state != "held":
        raise RewardDecided(f"reward {reward_id} is {reward.state} already")
    return reward


async def _recorded(panel: PanelScope[ReferralSettings], number: int, action: str) -> HeldReward:
    await staff.record(panel.connection, panel.origin, panel.doer, action, f"reward:{number}")
    reward = await store.get(panel.connection, panel.shop.id, number)
    assert reward is not None  # it is locked
    return reward
