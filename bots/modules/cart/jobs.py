"""Reminding of a cart that was left."""

from bots.modules.cart.settings import CartSettings
from bots.modules.cart.store import lines_of, take_left
from bots.sdk import next_steps
from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import SendText

jobs = Jobs[CartSettings]()
_MOST_NAMED = 5


@jobs.every(minutes=5, rests_in_pause=True)
async def remind(scope: Scope[CartSettings]) -> None:
    if not scope.settings.reminder_hours:
        return
    hours = scope.settings.reminder_hours
    for buyer_no, changed_at in await take_left(scope.connection, scope.bot_id, hours=hours):
        about = await scope.about(buyer_no)
        if about is not None:
            await _remind(about, f"{buyer_no}@{changed_at.timestamp():.0f}")


async def _remind(scope: Scope[CartSettings], key: str) -> None:
    assert scope.customer is not None  # it is about a shopper
    texts = scope.texts
    names = [line.title for line in await lines_of(scope.connection, scope.customer)]
    more = len(names) - _MOST_NAMED
    listed = "\n".join(
        [*(f"• {name}" for name in names[:_MOST_NAMED]), *(["…"] if more > 0 else [])]
    )
    message = SendText(
        text=texts.get("reminder", names=listed),
        keyboard=keyboard(
            [button(texts.label("open_cart"), "cart")],
            [button(texts.label("no_reminders"), "cart_quiet")],
            *await next_steps.below(scope),
        ),
    )
    await scope.send_durably("cart_reminder", message, key)
