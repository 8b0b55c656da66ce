"""A shopper asks to be notified when something is back in stock."""

from bots.modules.stock import store
from bots.modules.stock.events import STOCK_AWAITED, StockAwaited
from bots.modules.stock.settings import StockSettings
from bots.sdk.context import Context
from bots.sdk.keyboards import button, keyboard
from bots.sdk.points import Home
from bots.sdk.router import Router
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import catalogue
from core.shop.catalogue import Product

router = Router[StockSettings]()


@router.button("stock_wait")
async def wait(context: Context[StockSettings], update: Button) -> None:
    texts = context.texts
    number, _, chosen = update.argument.partition(".")
    try:
        product = await catalogue.get(context.connection, context.shop.id, number_of(number) or 0)
    except NotFound:
        context.answer(texts.label("gone"), alert=True)
        return
    missing = await store.missing(context.connection, product)
    if chosen:
        variant_id = number_of(chosen)
        if variant_id != 0 and variant_id not in missing:
            context.answer(texts.label("is_here"), alert=True)
            return
    elif not missing:
        context.answer(texts.label("is_here"), alert=True)
        return
    elif len(missing) > 1:
        await _choose(context, product, missing)
        return
    else:
        variant_id = missing[0]
    if variant_id == 0 and len(missing) < max(1, len(product.variants)):
        context.answer(texts.label("is_here"), alert=True)
        return
    await _note(context, product, variant_id or 0)


async def _choose(context: Context[StockSettings], product: Product, missing: list[int]) -> None:
    texts = context.texts
    titles = {variant.id: variant.title for variant in product.variants}
    rows = [
        [button(titles[each], "stock_wait", f"{product.id}.{each}")]
        for each in missing
        if each in titles
    ]
    if len(missing) == len(product.variants):
        rows.insert(0, [button(texts.label("any"), "stock_wait", f"{product.id}.0")])
    home = [each.button for each in await context.offered(Home)]
    context.reply(texts.get("choose", title=product.title), keyboard(*rows, home))


async def _note(context: Context[StockSettings], product: Product, variant_id: int) -> None:
    is_new = await store.wait(
        context.connection,
        context.bot_id,
        context.customer,
        product.id,
        variant_id,
        context.now,
    )
    if is_new:
        context.emit(
            STOCK_AWAITED, product_id=product.id, props=StockAwaited(variant_id=variant_id)
        )
    context.answer(context.texts.label("noted" if is_new else "noted_before"), alert=True)
