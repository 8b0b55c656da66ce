"""Wallets in the panel: what is owed, whose it is, what changed it, and changing it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

from bots.modules.wallet import store
from bots.modules.wallet.settings import WalletSettings
from bots.modules.wallet.store import Entry, Owed, WalletRow
from bots.sdk.panel import ConfirmationId, PanelScope, panel_scope
from core.errors import Conflict, NotFound, Refused
from core.money import CurrencyCode, Money
from core.shop import order_refunds, staff, wallets
from core.shop.order_refunds import OrderRefund
from core.shop.wallets import WALLET, EntryDraft

router = APIRouter()
Panel = Annotated[PanelScope[WalletSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]


class DecidedOtherwise(Conflict):
    """The key belongs to another decision about this shopper."""

    code = "wallet_key_reused"


class WalletPage(BaseModel):
    """The fullest first; `next`: give its two numbers as `after_balance` and `after_id`."""

    wallets: list[WalletRow]
    next_balance: int | None
    next_id: int | None


class EntryPage(BaseModel):
    """The newest first; `next_before`: give it as `before` for what follows."""

    wallet: WalletRow
    entries: list[Entry]
    next_before: int | None


class Decision(BaseModel):
    """An owner's own change. `amount_minor` is signed: a `reward` is above zero, a `payout` (the
    money was given to the shopper in another way) below, an `adjustment` either. `key` is chosen by
    the caller: for each shopper the same key is posted once."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Literal["reward", "payout", "adjustment"]
    amount_minor: int = Field(gt=-(2**53), lt=2**53)
    currency: CurrencyCode
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    key: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")

    @model_validator(mode="after")
    def _has_its_sign(self) -> Self:
        if not self.amount_minor:
            raise ValueError("amount_minor: say how much, above or below zero")
        if (self.kind == "reward" and self.amount_minor < 0) or (
            self.kind == "payout" and self.amount_minor > 0
        ):
            raise ValueError("amount_minor: a reward is above zero, a payout below")
        return self


def _shown(panel: PanelScope[WalletSettings], row: WalletRow) -> WalletRow:
    return row if panel.visitor.role == "owner" else row.model_copy(update={"buyer_name": ""})


@router.get("/owed")
async def list_owed(panel: Panel) -> list[Owed]:
    """What the shop owes to its shoppers, by currency."""
    return await store.owed(panel.connection, panel.shop.id)


@router.get("/wallets")
async def list_wallets(
    panel: Panel,
    buyer_no: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    currency: Annotated[CurrencyCode | None, Query()] = None,
    after_balance: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    after_id: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WalletPage:
    """The shop's wallets with something in them; of a named buyer, empty ones too."""
    after = None
    if after_balance is not None and after_id is not None:
        after = (after_balance, after_id)
    found = await store.listed(
        panel.connection,
        panel.shop.id,
        buyer_no=buyer_no,
        currency=currency,
        after=after,
        limit=limit + 1,
    )
    page = found[:limit]
    is_more = len(found) > limit
    return WalletPage(
        wallets=[_shown(panel, each) for each in page],
        next_balance=page[-1].balance_minor if is_more else None,
        next_id=page[-1].id if is_more else None,
    )


@router.get("/wallets/{wallet_id}")
async def get_wallet(
    wallet_id: Number,
    panel: Panel,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EntryPage:
    """A wallet with its entries. Reasons are an owner's to read."""
    wallet = await store.get(panel.connection, panel.shop.id, wallet_id)
    found = await store.of_wallet(panel.connection, wallet.id, before=before, limit=limit + 1)
    page = found[:limit]
    if panel.visitor.role != "owner":
        page = [each.model_copy(update={"reason": "", "made_by": ""}) for each in page]
    return EntryPage(
        wallet=_shown(panel, wallet),
        entries=page,
        next_before=page[-1].id if len(found) > limit else None,
    )


@router.post("/customers/{buyer_no}/entries")
async def change_wallet(
    buyer_no: Number, decision: Decision, panel: Panel, confirmation: ConfirmationId = None
) -> WalletRow:
    """Posts an owner's own change, with its reason, and tells the shopper. It must be
    confirmed in the owner's chat, where one is bound, of whichever sign it is (what is credited can
    be spent): 403 `confirmation_needed`. 422 `wallet_too_low` if less is in the wallet,
    `wallet_in_stars`; 409 `wallet_key_reused` if another change has the key."""
    about = await panel.about(buyer_no)
    if about is None:
        raise NotFound(f"there is no customer {buyer_no}, or they were erased")
    amount = Money(decision.amount_minor, decision.currency)
    draft = EntryDraft(
        buyer_no=buyer_no,
        kind=decision.kind,
        amount=amount,
        key=f"panel:{buyer_no}:{decision.key}",
        at=panel.now,
        reason=decision.reason,
        made_by=panel.doer.name,
    )
    if await wallets.post(panel.connection, panel.origin, about.actor, draft):
        await panel.confirm_payout(amount, buyer_no, confirmation)
        await _record(panel, f"wallet.{decision.kind}", f"customer:{buyer_no}")
    elif await store.by_key(panel.connection, panel.shop.id, draft.key) != (
        draft.kind,
        draft.amount,
        draft.reason,
    ):
        raise DecidedOtherwise("another change of this wallet has the key: choose a new one")
    (found,) = await store.listed(
        panel.connection,
        panel.shop.id,
        buyer_no=buyer_no,
        currency=decision.currency,
        after=None,
        limit=1,
    )
    return found


@router.post("/refunds/{refund_id}/to-wallet")
async def refund_to_wallet(refund_id: Number, panel: Panel) -> OrderRefund:
    """A refund that was decided on goes into the shopper's wallet instead of back to them. 422
    `not_refundable` for Stars, held payments and top-ups."""
    refund = await order_refunds.get(panel.connection, panel.origin, refund_id)
    if refund.state == "done" and refund.way != WALLET:
        raise Refused(f"the money has gone back already: {refund.way}")
    if await order_refunds.complete(
        panel.connection, panel.origin, refund_id=refund_id, way=WALLET
    ):
        await _record(panel, "wallet.refund", f"refund:{refund_id}")
    return await order_refunds.get(panel.connection, panel.origin, refund_id)


async def _record(panel: PanelScope[WalletSettings], action: str, subject: str) -> None:
    await staff.record(panel.connection, panel.origin, panel.doer, action, subject)
