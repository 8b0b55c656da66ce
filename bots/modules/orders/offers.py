"""What the orders offer: a line of the menu, and what waits for the owner or ails their groups."""

from datetime import datetime

from bots.modules.orders import store
from bots.modules.orders.settings import OrdersSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import CustomerRow, MenuEntry, NeedsYou, OrderPage
from core.events import Bilingual
from core.shop import staff
from core.shop.customers import Customer
from core.shop.orders import Order

offers = Offers[OrdersSettings]()


@offers.provide(MenuEntry)
def entry(scope: Scope[OrdersSettings]) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("entry"), action="orders", argument=0, order=40)]


@offers.provide(OrderPage)
def page(scope: Scope[OrdersSettings], order: Order) -> list[OrderPage]:
    if order.purpose != "goods":
        return []
    label = scope.texts.label("to_order")
    return [OrderPage(label=label, action="order", argument=order.id)]


@offers.provide(CustomerRow)
async def row(scope: Scope[OrdersSettings], customer: Customer) -> list[CustomerRow]:
    _, total = await store.of_buyer(
        scope.connection, scope.bot_id, scope.shop.id, customer.buyer_no, limit=1, offset=0
    )
    value = Bilingual(str(total), str(total))
    link = f"orders?buyer_no={customer.buyer_no}"
    return [CustomerRow(title=Bilingual("Заказы", "Orders"), value=value, link=link)]


@offers.provide(NeedsYou)
async def waiting(scope: Scope[OrdersSettings]) -> list[NeedsYou]:
    found = await store.attention_of(scope.connection, scope.bot_id)
    items: list[tuple[str, int, datetime | None, Bilingual, Bilingual]] = [
        (
            "payments_held",
            found.held,
            found.held_since,
            Bilingual("Платежи не подошли к заказам", "Payments that do not fit their orders"),
            Bilingual(
                "Деньги пришли, но сумма, плательщик или состояние заказа не те. Откройте заказ и "
                "примите платёж или верните его.",
                "The money has come, but the amount, the payer or the order's state is not right. "
                "Open the order, and take the payment or send it back.",
            ),
        ),
        (
            "orders_oversold",
            found.oversold,
            found.oversold_since,
            Bilingual("Проданы сверх остатка", "Sold beyond the stock"),
            Bilingual(
                "Последний товар оплатили двое. Договоритесь с покупателем или верните деньги.",
                "Two shoppers paid for the last one. Come to terms with them, or refund.",
            ),
        ),
        (
            "refunds_to_send",
            found.refunds,
            found.refunds_since,
            Bilingual("Возвраты не завершены", "Refunds under way"),
            Bilingual(
                "Отправьте деньги покупателю и отметьте это в заказе. Звёзды возвращаются сами.",
                "Send the money to the shopper and say so in the order. Stars go back by "
                "themselves.",
            ),
        ),
    ]
    return [
        NeedsYou(kind=kind, title=title, text=text, at=since, count=count, link=f"orders?{kind}")
        for kind, count, since, title, text in items
        if since is not None
    ]


@offers.provide(NeedsYou)
async def groups(scope: Scope[OrdersSettings]) -> list[NeedsYou]:
    """Staff's groups in which nothing can be written."""
    found = [chat for chat in await staff.chats_of(scope.connection, scope.bot_id) if chat.trouble]
    if not found:
        return []
    names = ", ".join(f"«{chat.title}»" for chat in found)[:300]
    removed = all(chat.trouble == staff.REMOVED for chat in found)
    return [
        NeedsYou(
            kind="staff_groups",
            title=Bilingual("Сотрудники не получают сообщений", "Staff get no messages"),
            text=Bilingual(
                f"Бота убрали из группы: {names}. Верните его туда или отвяжите группу; заказы "
                "тем временем видны в панели."
                if removed
                else f"Бот не может писать в группе: {names}. Разрешите ему писать там или "
                "отвяжите группу; заказы тем временем видны в панели.",
                f"The bot was taken out of the group: {names}. Bring it back, or unbind the group; "
                "meanwhile the orders are in the panel."
                if removed
                else f"The bot cannot write in the group: {names}. Let it write there, or unbind "
                "the group; meanwhile the orders are in the panel.",
            ),
            at=scope.now,
            count=len(found),
        )
    ]
