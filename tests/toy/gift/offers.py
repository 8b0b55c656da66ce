from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import CustomerRow, MenuEntry, NeedsYou, ProductAction
from core.events import Bilingual
from core.shop.catalogue import Product
from core.shop.customers import Customer
from tests.toy.gift import store
from tests.toy.gift.settings import GiftSettings

offers = Offers[GiftSettings]()


@offers.provide(MenuEntry)
def entry(scope: Scope[GiftSettings]) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("entry"), action="gift", argument=0, order=50)]


@offers.provide(ProductAction)
def wrap(scope: Scope[GiftSettings], product: Product) -> list[ProductAction]:
    return [ProductAction(label=scope.texts.label("entry"), action="gift", argument=product.id)]


@offers.provide(CustomerRow)
async def row(scope: Scope[GiftSettings], customer: Customer) -> list[CustomerRow]:
    gifts = await store.of_bot(scope.connection, scope.bot_id)
    count = str(sum(gift.buyer_no == customer.buyer_no for gift in gifts))
    return [CustomerRow(title=Bilingual("Подарки", "Gifts"), value=Bilingual(count, count))]


@offers.provide(NeedsYou)
async def unpaid(scope: Scope[GiftSettings]) -> list[NeedsYou]:
    waiting = [g for g in await store.of_bot(scope.connection, scope.bot_id) if not g.is_paid]
    if not waiting:
        return []
    title, text = Bilingual("Подарки", "Gifts"), Bilingual("Не оплачены", "Not paid")
    return [NeedsYou(kind="gift_unpaid", title=title, text=text, count=len(waiting))]
