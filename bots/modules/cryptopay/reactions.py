"""An order that is closed in another way has no use for its bill."""

from bots.modules.cryptopay import store
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import ORDER_CANCELLED, ORDER_PAID, Event
from core.shop.orders import ORDER_EXPIRED

reactions = Reactions[CryptopaySettings]()

Cryptopay = Scope[CryptopaySettings]


@reactions.on(ORDER_CANCELLED)
async def cancelled(scope: Cryptopay, event: Event) -> None:
    await _withdraw(scope, event.order_id)


@reactions.on(ORDER_EXPIRED)
async def expired(scope: Cryptopay, event: Event) -> None:
    await _withdraw(scope, event.order_id)


@reactions.on(ORDER_PAID)
async def paid(scope: Cryptopay, event: Event) -> None:
    await _withdraw(scope, event.order_id)


async def _withdraw(scope: Cryptopay, order_id: int) -> None:
    bill = await store.of_order(scope.connection, order_id)
    if bill is not None:
        await scope.later("withdraw", at=scope.now, key=str(bill.id), data={"bill": bill.id})
