"""Reviews: the money has come, or it has not. The panel's button and the staff's do the same."""

from typing import Literal, TypeAlias

from bots.modules.transfer import store
from bots.modules.transfer.events import PAYMENT_REVIEWED
from bots.modules.transfer.settings import TransferSettings
from bots.modules.transfer.store import Proof
from bots.modules.transfer.wording import worded
from bots.sdk import next_steps, payment
from bots.sdk.context import Scope
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import SendText
from bots.sdk.texts import paragraphs
from core.errors import Conflict, Refused
from core.events import Bilingual
from core.shop import orders, payments, staff
from core.shop.orders import Order
from core.shop.payments import Charge
from core.shop.staff import Doer

Transfers: TypeAlias = Scope[TransferSettings]
Reason = Literal["not_received", "wrong_amount", "unreadable", "other"]

PROVIDER = "transfer"
# Why a proof is declined, as the shopper reads it.
REASONS: dict[Reason, str] = {
    "not_received": "reason_not_received",
    "wrong_amount": "reason_wrong_amount",
    "unreadable": "reason_unreadable",
    "other": "reason_other",
}


class AlreadyReviewed(Conflict):
    """Somebody else has reviewed it in the meantime."""

    code = "already_reviewed"
    explained = Bilingual(
        "Этот чек уже проверил кто-то другой.",
        "Somebody else has reviewed this proof already.",
    )


async def confirm(scope: Transfers, proof_id: int, doer: Doer) -> Proof:
    """The money has come: books it for the order. If that is no longer open, the payment is held.

    Raises NotFound, AlreadyReviewed, or Refused if the shopper has been erased.
    """
    proof = await _waiting(scope, proof_id)
    order = await orders.own(scope.connection, scope.origin, proof.order_id)
    await store.close(scope.connection, [proof.id], "confirmed", reason="", by=doer.name)
    others = await store.listed(scope.connection, scope.bot_id, "waiting", order_id=order.id)
    await store.close(
        scope.connection, [each.id for each in others], "superseded", reason="", by=doer.name
    )
    await _book(scope, order, store.key_of(proof.id), doer)
    return await store.get(scope.connection, scope.bot_id, proof.id)


async def confirm_order(scope: Transfers, order_id: int, doer: Doer) -> Order:
    """The money has come, and no proof has. Raises NotFound, AlreadyReviewed if the order is not
    open, or Refused if the shopper has been erased."""
    order = await orders.own(scope.connection, scope.origin, order_id)
    if order.status != "created":
        raise AlreadyReviewed(f"the order is {order.status}")
    proofs = await store.listed(scope.connection, scope.bot_id, "waiting", order_id=order.id)
    await store.close(
        scope.connection, [each.id for each in proofs], "confirmed", reason="", by=doer.name
    )
    await _book(scope, order, f"order:{order.id}", doer)
    return await orders.get(scope.connection, order.id)


async def _book(scope: Transfers, order: Order, charge_id: str, doer: Doer) -> None:
    about = await scope.about(order.buyer_no)
    if about is None or about.customer is None:
        raise Refused("the shopper has been erased: return the money, the order cannot be paid")
    about.emit(
        PAYMENT_REVIEWED,
        order_id=order.id,
        amount_minor=order.due.amount_minor,
        currency=order.currency,
        outcome="confirmed",
        props={"provider": PROVIDER},
    )
    charge = Charge(
        provider=PROVIDER,
        charge_id=charge_id,
        payer_telegram_id=about.customer.telegram_id,
        amount_minor=order.due.amount_minor,
        currency=order.currency,
        fee_minor=0,
        details={"confirmed_by": doer.name},
    )
    await payment.book(about, order_id=order.id, charge=charge, is_decided=True)
    subject = f"order:{order.id}"
    await staff.record(
        scope.connection, scope.origin, doer, "transfer.confirm", subject, order_id=order.id
    )


async def decline(
    scope: Transfers, proof_id: int, doer: Doer, reason: Reason, comment: str = ""
) -> Proof:
    """Declines a proof because the money has not come, or not as it should.

    The shopper is told why, and may send another proof while the order is open. Raises NotFound and
    AlreadyReviewed.
    """
    proof = await _waiting(scope, proof_id)
    order = await orders.own(scope.connection, scope.origin, proof.order_id)
    why = f"{reason}: {comment}" if comment else reason
    await store.close(scope.connection, [proof.id], "declined", reason=why, by=doer.name)
    about = await scope.about(order.buyer_no) or scope
    about.emit(
        PAYMENT_REVIEWED,
        order_id=order.id,
        amount_minor=order.due.amount_minor,
        currency=order.currency,
        outcome="rejected",
        props={"provider": PROVIDER, "reason": reason},
    )
    if about.customer is not None:
        await payments.keep_waiting(scope.connection, order.id, minutes=scope.settings.wait_minutes)
        await about.send_durably(
            "transfer_declined", await _declined(about, order, reason, comment), str(proof.id)
        )
    subject = f"order:{order.id}"
    await staff.record(
        scope.connection, scope.origin, doer, "transfer.decline", subject, order_id=order.id
    )
    return await store.get(scope.connection, scope.bot_id, proof.id)


async def _declined(scope: Transfers, order: Order, reason: Reason, comment: str) -> SendText:
    texts = scope.texts
    is_open = order.status == "created"
    text = paragraphs(
        texts.get(worded("declined", order.purpose), number=order.order_no),
        texts.get(REASONS[reason]),
        comment or None,
        texts.get(worded("send_another", order.purpose)) if is_open else None,
    )
    again = [button(texts.label("send_proof"), "transfer_paid", order.id)] if is_open else []
    return SendText(text=text, keyboard=keyboard(again, *await next_steps.below(scope, order)))


async def _waiting(scope: Transfers, proof_id: int) -> Proof:
    proof = await store.get(scope.connection, scope.bot_id, proof_id, lock=True)
    if proof.state != "waiting":
        by = f" by {proof.reviewed_by}" if proof.reviewed_by else ""
        raise AlreadyReviewed(f"the proof was {proof.state}{by} already")
    return proof
