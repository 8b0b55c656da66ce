"""Reviewing transfers in the panel."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.transfer import review, store
from bots.modules.transfer.review import Reason
from bots.modules.transfer.settings import TransferSettings
from bots.modules.transfer.store import Proof, State
from bots.sdk.panel import PanelScope, panel_scope
from core.shop.orders import OrderStatus

router = APIRouter()
Panel = Annotated[PanelScope[TransferSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]


class Declined(BaseModel):
    """Why a proof is declined; the shopper reads the reason in their language, and the comment as
    it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Reason
    comment: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class PaidOrder(BaseModel):
    """What became of an order that was confirmed."""

    order_id: int
    status: OrderStatus
    attention: str | None


@router.get("/proofs")
async def list_proofs(panel: Panel, state: Annotated[State | None, Query()] = None) -> list[Proof]:
    """What shoppers sent, the newest first; with `state=waiting`, the oldest first."""
    return await store.listed(panel.connection, panel.bot_id, state)


@router.get("/proofs/{proof_id}")
async def get_proof(proof_id: Number, panel: Panel) -> Proof:
    """One proof; its file is the shop's, by `sha256`."""
    return await store.get(panel.connection, panel.bot_id, proof_id)


@router.post("/proofs/{proof_id}/confirm")
async def confirm_proof(proof_id: Number, panel: Panel) -> Proof:
    """The money has come: the order is paid. 409 `already_reviewed` if somebody was faster."""
    return await review.confirm(panel, proof_id, panel.doer)


@router.post("/proofs/{proof_id}/decline")
async def decline_proof(proof_id: Number, declined: Declined, panel: Panel) -> Proof:
    """Declines the proof: the shopper is told why, and may send another one."""
    return await review.decline(panel, proof_id, panel.doer, declined.reason, declined.comment)


@router.post("/orders/{order_id}/confirm")
async def confirm_order(order_id: Number, panel: Panel) -> PaidOrder:
    """The money for an order has come without any proof."""
    order = await review.confirm_order(panel, order_id, panel.doer)
    return PaidOrder(order_id=order.id, status=order.status, attention=order.attention)
