"""Proofs in the staff's group: what came, and whether the money has."""

from bots.modules.transfer import review, store
from bots.modules.transfer.review import AlreadyReviewed, Reason
from bots.modules.transfer.settings import TransferSettings
from bots.modules.transfer.store import Proof
from bots.modules.transfer.wording import worded
from bots.sdk import staffing
from bots.sdk.context import Scope
from bots.sdk.keyboards import Keyboard, button, keyboard
from bots.sdk.replies import StoredFile, Text
from bots.sdk.staffing import StaffContext, StaffDesk
from bots.sdk.texts import Texts, paragraphs
from bots.sdk.updates import StaffPress, number_of
from core.errors import NotFound
from core.money import Money

desk = StaffDesk[TransferSettings]()
Staff = StaffContext[TransferSettings]
PURPOSE = "staff_proof"
# A button for each reason, as staff read it.
_WHY: dict[Reason, str] = {
    "not_received": "why_not_received",
    "wrong_amount": "why_wrong_amount",
    "unreadable": "why_unreadable",
    "other": "why_other",
}
_STATES = {
    "waiting": "proof_waiting",
    "confirmed": "proof_confirmed",
    "declined": "proof_declined",
    "superseded": "proof_superseded",
}


def card(texts: Texts, proof: Proof) -> tuple[Text, Keyboard | None]:
    """A proof as staff read it, with what can be decided while it waits."""
    total = Money(proof.total_minor, proof.currency)
    same = "proof_same" if proof.is_exact else "proof_alike"
    text = paragraphs(
        texts.get(worded("proof_card", proof.purpose), number=proof.order_no, total=total),
        texts.get(same, number=proof.duplicate_order_no) if proof.duplicate_order_no else None,
        texts.get("proof_unseen") if proof.trouble else None,
        state_of(texts, proof),
    )
    if proof.state != "waiting":
        return text, None
    return text, keyboard(
        [button(texts.label("do_confirm"), "transfer_confirm", proof.id)],
        [button(texts.label("do_decline"), "transfer_decline", proof.id)],
    )


def state_of(texts: Texts, proof: Proof) -> str:
    """What became of it, and by whom."""
    return texts.label(_STATES[proof.state], by=proof.reviewed_by)


async def tell(
    scope: Scope[TransferSettings], proof_id: int, picture: str = "", document: str = ""
) -> None:
    """Tells each bound group of a proof, once, with its file (SHA-256) if that can be shown."""
    proof = await store.get(scope.connection, scope.bot_id, proof_id)
    text, under = card(scope.item.texts[scope.shop.language], proof)
    await staffing.tell(
        scope,
        PURPOSE,
        text,
        str(proof.id),
        topic="payments",
        keyboard=under,
        photo=StoredFile(sha256=picture) if picture else None,
        document=StoredFile(sha256=document, name=proof.file_name) if document else None,
    )


async def _proof(context: Staff, update: StaffPress) -> tuple[Proof | None, str]:
    """The proof of a button, and the argument's second part; None for one that no longer exists or
    is decided, which is answered here."""
    number, _, rest = update.argument.partition(".")
    try:
        proof = await store.get(context.connection, context.bot_id, number_of(number) or 0)
    except NotFound:
        context.answer(context.texts.label("proof_gone"), alert=True)
        return None, rest
    if proof.state != "waiting":
        context.answer(state_of(context.texts, proof), alert=True)
        context.edit(*card(context.texts, proof))
        return None, rest
    return proof, rest


async def _settled(context: Staff, proof: Proof) -> None:
    context.answer(context.texts.label("proof_done", name=context.doer.name))
    context.edit(*card(context.texts, proof))


@desk.button("transfer_proof", right="payments")
async def show(context: Staff, update: StaffPress) -> None:
    proof, _ = await _proof(context, update)
    if proof is not None:
        context.answer()
        context.edit(*card(context.texts, proof))


@desk.button("transfer_confirm", right="payments")
async def confirm(context: Staff, update: StaffPress) -> None:
    proof, _ = await _proof(context, update)
    if proof is None:
        return
    try:
        await _settled(context, await review.confirm(context, proof.id, context.doer))
    except AlreadyReviewed:  # in this very moment
        await _proof(context, update)


@desk.button("transfer_decline", right="payments")
async def decline(context: Staff, update: StaffPress) -> None:
    """Asks for the reason in the place of the card, then tells the shopper."""
    proof, wanted = await _proof(context, update)
    if proof is None:
        return
    reason = next((each for each in _WHY if each == wanted), None)
    texts = context.texts
    if reason is None:
        context.answer()
        rows = [
            [button(texts.get(key).plain, "transfer_decline", f"{proof.id}.{each}")]
            for each, key in _WHY.items()
        ]
        back = [button(texts.label("do_nothing"), "transfer_proof", proof.id)]
        text, _ = card(texts, proof)
        context.edit(paragraphs(text, texts.get("ask_why")), keyboard(*rows, back))
        return
    try:
        await _settled(context, await review.decline(context, proof.id, context.doer, reason))
    except AlreadyReviewed:  # in this very moment
        await _proof(context, update)
