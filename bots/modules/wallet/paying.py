"""Paying an order from the wallet: whole at once, or a part and the rest in another way."""

from datetime import timedelta

from bots.modules.wallet.screens import WalletContext, home_row
from bots.modules.wallet.topping_up import methods_for
from bots.sdk import payment
from bots.sdk.keyboards import AnyButton, button, keyboard
from core.money import Money
from core.shop import orders, payments, wallets
from core.shop.orders import Order

_REST_WITHIN = timedelta(hours=1)


async def ask(context: WalletContext, order: Order) -> None:
    """Pays the order from the wallet; if there is too little in it, asks how the rest is paid."""
    free, price = await _free(context, order), _price(order)
    if free.amount_minor >= price.amount_minor:
        await pay_whole(context, order)
    elif not context.settings.pays_part or not free.amount_minor:
        await _say_too_little(context, free, price)
    else:
        await _ask_rest(context, order, free, price)


def _price(order: Order) -> Money:
    """Without a tip, which another method would ask for."""
    return Money(order.total_minor - order.tip_minor, order.currency)


async def _free(context: WalletContext, order: Order) -> Money:
    """What the wallet can pay of the order, with what it keeps for it already."""
    free = await wallets.free_in(
        context.connection, context.shop.id, context.customer.buyer_no, order.currency
    )
    return free + Money(order.wallet_minor, order.currency)


async def _say_too_little(context: WalletContext, free: Money, price: Money) -> None:
    texts = context.texts
    missing = Money(price.amount_minor - free.amount_minor, price.currency)
    rows: list[list[AnyButton]] = []
    if context.settings.tops_up:
        rows.append([button(texts.label("top_up"), "wallet_top_up", price.currency)])
    context.reply(
        texts.get("too_little", free=free, missing=missing),
        keyboard(*rows, await home_row(context)),
    )


async def _ask_rest(context: WalletContext, order: Order, free: Money, price: Money) -> None:
    texts = context.texts
    rest = Money(price.amount_minor - free.amount_minor, price.currency)
    methods = await methods_for(context, rest)
    if not methods:
        await _say_too_little(context, free, price)
        return
    rows: list[list[AnyButton]] = [
        [button(each.label, "wallet_rest", f"{order.id}.{each.key}")] for each in methods
    ]
    text = texts.get("ask_rest", part=free, rest=rest)
    context.edit(text, keyboard(*rows, await home_row(context)))


async def pay_whole(context: WalletContext, order: Order) -> None:
    """Pays all of the order; the shopper is told why not if it cannot be paid."""

    async def pay() -> Order | None:
        if order.tip_minor:  # of an attempt with another method
            await orders.set_tip(context.connection, order, 0)
        await wallets.hold(context.connection, order.id, _price(order).amount_minor)
        return await payments.pay_nothing(
            context.connection, context.origin, context.customer, order_id=order.id
        )

    paid = await payment.unless_refused(context, order, pay)
    if paid is not None:
        left = await wallets.free_in(
            context.connection, context.shop.id, context.customer.buyer_no, order.currency
        )
        text = context.texts.get("paid", amount=paid.total, left=left)
        context.edit(text, keyboard(await home_row(context)))


async def pay_rest(context: WalletContext, order: Order, key: str) -> None:
    """Keeps the wallet's part for the order, and asks for the rest by the method with this key; if
    that does not take the rest of today, asks anew how to pay it."""
    free, price = await _free(context, order), _price(order)
    rest = Money(price.amount_minor - free.amount_minor, price.currency)
    is_part = 0 < free.amount_minor < price.amount_minor
    methods = await methods_for(context, rest) if is_part else ()
    method = next((each for each in methods if each.key == key), None)
    if method is None:
        await ask(context, order)
        return

    async def keep() -> Order:
        await orders.ask_again(context.connection, order, method=key, expires_in=_REST_WITHIN)
        await wallets.hold(context.connection, order.id, free.amount_minor)
        # Before the method is asked: if it said no, the wallet's part would stay on hold.
        await payments.ensure_sellable(context.connection, order)
        return await orders.get(context.connection, order.id)

    kept = await payment.unless_refused(context, order, keep)
    if kept is not None:
        await method.ask(context.of(method), kept)
