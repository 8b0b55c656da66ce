"""The proof: a photo or a file that shows the payment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bots.modules.transfer import store
from bots.modules.transfer.events import PAYMENT_PROOF_UPLOADED
from bots.modules.transfer.review import PROVIDER
from bots.modules.transfer.settings import TransferSettings
from bots.modules.transfer.wording import worded
from bots.sdk import next_steps
from bots.sdk.answers import FileAnswer
from bots.sdk.context import Context
from bots.sdk.dialogs import Dialogs
from bots.sdk.keyboards import keyboard
from bots.sdk.replies import Text
from bots.sdk.updates import ReceivedFile
from core.shop import orders, payments
from core.shop.file_contents import LIMITS
from core.shop.orders import Order

dialogs = Dialogs[TransferSettings]()

Transfer = Context[TransferSettings]


@dialogs.ask(
    "proof",
    kind=FileAnswer(
        max_bytes=LIMITS["proof"].size,
        media_types=tuple(sorted(LIMITS["proof"].media_types or ())),
    ),
    timeout=timedelta(days=3),
    in_pause=True,
)
async def proof(context: Transfer, answer: ReceivedFile, data: Mapping[str, Any]) -> None:
    order = await orders.own(context.connection, context.origin, data["order"])
    text = await _take(context, order, answer)
    context.reply(text, keyboard(*await next_steps.below(context, order)))


async def _take(context: Transfer, order: Order, answer: ReceivedFile) -> Text:
    """Keeps the proof, whatever has become of the order: money may have been sent for it."""
    texts = context.texts
    if order.status == "paid":
        return texts.get(worded("already_paid", order.purpose), number=order.order_no)
    if await store.waiting_count(context.connection, order.id) >= store.WAITING_AT_MOST:
        return texts.get(worded("enough_proofs", order.purpose), number=order.order_no)
    number = await store.add(
        context.connection,
        context.bot_id,
        context.customer,
        order.id,
        file_id=answer.file_id,
        unique_id=answer.unique_id,
        file_name=answer.name,
    )
    if number is None:
        return texts.get(worded("same_proof", order.purpose), number=order.order_no)
    await payments.keep_waiting(
        context.connection, order.id, minutes=60 * context.settings.review_hours
    )
    context.emit(
        PAYMENT_PROOF_UPLOADED,
        order_id=order.id,
        amount_minor=order.due.amount_minor,
        currency=order.currency,
        props={"provider": PROVIDER},
    )
    await context.later("examine", at=context.now, key=str(number), data={"proof": number})
    return texts.get(worded("proof_taken", order.purpose), number=order.order_no)
