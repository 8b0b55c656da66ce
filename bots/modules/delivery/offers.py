"""How bought goods come, and what waits for the owner."""

from bots.modules.delivery import store
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk.context import Scope
from bots.sdk.keyboards import button
from bots.sdk.offers import Offers
from bots.sdk.points import Fulfilment, NeedsYou
from core.events import Bilingual
from core.shop.orders import Order

offers = Offers[DeliverySettings]()


@offers.provide(Fulfilment)
async def lines(scope: Scope[DeliverySettings], order: Order) -> list[Fulfilment]:
    found = await store.of_order(scope.connection, order.id) if order.status == "paid" else []
    given = [each for each in found if each.state == "delivered"]
    shown = [
        Fulfilment(line=each.line, state="failed", text=scope.texts.label("coming"))
        for each in found
        if each.state == "failed"
    ]
    # All of an order's goods open by one button.
    opens = button(scope.texts.label("open"), "goods", order.id)
    return shown + [
        Fulfilment(line=each.line, state="delivered", opens=opens if each is given[0] else None)
        for each in given
    ]


@offers.provide(NeedsYou)
async def waiting(scope: Scope[DeliverySettings]) -> list[NeedsYou]:
    found: list[NeedsYou] = []
    late = await store.failed(scope.connection, scope.bot_id)
    if late:
        names = ", ".join(dict.fromkeys(each.title for each in late))[:200]
        found.append(
            NeedsYou(
                kind="goods_missing",
                title=Bilingual("Оплачено, но не выдано", "Paid and not handed over"),
                text=Bilingual(
                    f"Закончились ключи или нечего выдать: {names}. Добавьте — заказы выдадутся "
                    "сами.",
                    f"No keys are left, or there is nothing to hand over: {names}. Add some, and "
                    "the orders get theirs by themselves.",
                ),
                at=late[0].created_at,
                count=len(late),
                link="deliveries",
            )
        )
    few = [
        each
        for each in await store.key_counts(scope.connection, scope.shop.id)
        if each.free <= scope.settings.few_keys
    ]
    if few:
        names = ", ".join(f"{each.title} ({each.free})" for each in few)[:300]
        found.append(
            NeedsYou(
                kind="keys_few",
                title=Bilingual("Ключи заканчиваются", "Keys run out"),
                text=Bilingual(
                    f"Осталось мало: {names}. Добавьте ключи.", f"Few are left: {names}. Add keys."
                ),
                count=len(few),
                link="keys",
            )
        )
    return found
