"""What the stock offers to other modules: notification requests, and what an owner should order."""

from bots.modules.stock import store
from bots.modules.stock.settings import StockSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, ProductAction
from core.events import Bilingual
from core.shop.catalogue import Product

_NAMED = 5

offers = Offers[StockSettings]()


@offers.provide(ProductAction)
async def tell_me(scope: Scope[StockSettings], product: Product) -> list[ProductAction]:
    is_counted = product.stock is not None or any(
        variant.stock is not None for variant in product.variants
    )
    if not scope.settings.tell_back or not is_counted:
        return []
    missing = await store.missing(scope.connection, product)
    if not missing:
        return []
    is_all = len(missing) >= max(1, len(product.variants))
    label = scope.texts.label("tell_me" if is_all else "tell_me_variant")
    return [ProductAction(label=label, action="stock_wait", argument=product.id, order=80)]


@offers.provide(NeedsYou)
async def low(scope: Scope[StockSettings]) -> list[NeedsYou]:
    if not scope.settings.tell_low:
        return []
    found = await store.low(scope.connection, scope.shop.id, scope.bot_id, scope.settings.low_stock)
    if not found:
        return []
    named = ", ".join(f"{each.name} — {each.stock}" for each in found[:_NAMED])
    more = "…" if len(found) > _NAMED else ""
    return [
        NeedsYou(
            kind="low_stock",
            title=Bilingual("Товар кончается", "Products run out"),
            text=Bilingual(f"Осталось мало: {named}{more}", f"Little is left: {named}{more}"),
            at=scope.now,
            count=len(found),
        )
    ]
