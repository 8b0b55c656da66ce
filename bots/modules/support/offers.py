"""What support offers: ways to ask, wherever a shopper looks for them, and what waits for an
answer."""

from bots.modules.support import overview
from bots.modules.support.cards import SupportScope
from bots.modules.support.overview import Wanted
from bots.modules.support.settings import SupportSettings
from bots.sdk.offers import Offers
from bots.sdk.points import (
    BELOW,
    CustomerRow,
    Helpline,
    MenuEntry,
    NeedsYou,
    OrderQuestion,
    StaffCard,
    Subject,
)
from core.events import Bilingual
from core.shop.customers import Customer
from core.shop.orders import Order

offers = Offers[SupportSettings]()


@offers.provide(MenuEntry)
def entry(scope: SupportScope) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("entry"), action="support", order=90)]


@offers.provide(Helpline)
def helpline(scope: SupportScope) -> list[Helpline]:
    return [Helpline(label=scope.texts.label("entry"), action="support", argument=BELOW)]


@offers.provide(OrderQuestion)
def about_order(scope: SupportScope, order: Order) -> list[OrderQuestion]:
    label = scope.texts.label("about_order")
    return [OrderQuestion(label=label, action="support_order", argument=order.id)]


@offers.provide(StaffCard)
async def on_order(scope: SupportScope, subject: Subject) -> list[StaffCard]:
    """On an order's card: that its buyer has asked about it."""
    if subject.kind != "order":
        return []
    wanted = Wanted(is_open=True, order_id=subject.id)
    found = await overview.listed(scope.connection, scope.bot_id, wanted, before=None, limit=1)
    ru, en = scope.item.texts["ru"], scope.item.texts["en"]
    return [
        StaffCard(
            text=Bilingual(
                ru.label("order_asked", number=each.ticket_no),
                en.label("order_asked", number=each.ticket_no),
            )
        )
        for each in found
    ]


@offers.provide(CustomerRow)
async def row(scope: SupportScope, customer: Customer) -> list[CustomerRow]:
    wanted = Wanted(buyer_no=customer.buyer_no)
    count = str(await overview.count(scope.connection, scope.bot_id, wanted))
    return [
        CustomerRow(
            title=Bilingual("Обращения", "Tickets"),
            value=Bilingual(count, count),
            link=f"tickets?buyer_no={customer.buyer_no}",
        )
    ]


@offers.provide(NeedsYou)
async def unanswered(scope: SupportScope) -> list[NeedsYou]:
    count, since = await overview.waiting(scope.connection, scope.bot_id)
    if since is None:
        return []
    return [
        NeedsYou(
            kind="tickets_waiting",
            title=Bilingual("Вопросы без ответа", "Unanswered questions"),
            text=Bilingual(
                "Покупатели ждут ответа: ответьте здесь или в группе сотрудников.",
                "Shoppers wait for an answer: answer here or in the staff's group.",
            ),
            at=since,
            count=count,
            link="tickets?state=waiting",
        )
    ]
