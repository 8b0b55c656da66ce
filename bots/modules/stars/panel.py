"""Stars in the panel: giving a payment back, and how ours and Telegram's list agree."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.stars import store
from bots.modules.stars.settings import StarsSettings
from bots.modules.stars.store import Reconciliation, StarDifference
from bots.sdk.panel import PanelScope, panel_scope
from core.shop import order_refunds, staff
from core.shop.order_refunds import OrderRefund, RefundDraft

router = APIRouter()
Panel = Annotated[PanelScope[StarsSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]


class StarsRefundDraft(BaseModel):
    """Why Stars go back, for the shop's own records; with `puts_back` the goods are sold again."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")
    puts_back: bool = False


class StarsAgreement(BaseModel):
    """How our payments and Telegram's list agree; `last` is null before the first comparison."""

    last: Reconciliation | None
    differences: list[StarDifference]


@router.post("/orders/{order_id}/refund", status_code=201)
async def refund_order(order_id: Number, draft: StarsRefundDraft, panel: Panel) -> OrderRefund:
    """Gives an order's Stars back, whole: Telegram is asked within seconds, and the order is
    refunded once it says so. Until then `state` is `asked`."""
    refund = await order_refunds.ask(
        panel.connection,
        panel.origin,
        panel.doer.name,
        order_id=order_id,
        draft=RefundDraft(reason=draft.reason, puts_back=draft.puts_back),
    )
    subject = f"order:{order_id}"
    await staff.record(
        panel.connection, panel.origin, panel.doer, "stars.refund", subject, order_id=order_id
    )
    return refund


@router.get("/agreement")
async def read_agreement(panel: Panel) -> StarsAgreement:
    """What the daily comparison with Telegram's list has found."""
    return StarsAgreement(
        last=await store.last(panel.connection, panel.bot_id),
        differences=await store.differences(panel.connection, panel.bot_id),
    )


@router.post("/agreement", status_code=202)
async def compare_now(panel: Panel) -> None:
    """Has the comparison done within seconds, not only once a day."""
    await panel.later("reconcile_now", at=panel.now)
