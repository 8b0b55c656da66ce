"""The shopper's buttons and command."""

from typing import TypeAlias

from bots.modules.wallet import paying, screens, topping_up
from bots.modules.wallet.screens import WalletContext
from bots.modules.wallet.settings import WalletSettings
from bots.sdk.points import BELOW
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command, number_of
from core.errors import NotFound, Refused
from core.shop import order_refunds, orders
from core.shop.orders import Order
from core.shop.wallets import WALLET

router = Router[WalletSettings]()
Wallets: TypeAlias = WalletContext
_LAST_PAGE = 10_000


@router.command("wallet")
async def command(context: Wallets, _: Command) -> None:
    context.reply(*await screens.overview(context))


@router.button("wallet")
async def show(context: Wallets, update: Button) -> None:
    say = context.reply if update.argument == BELOW else context.edit
    say(*await screens.overview(context))


@router.button("wallet_history")
async def history(context: Wallets, update: Button) -> None:
    page = min(number_of(update.argument) or 0, _LAST_PAGE)
    context.edit(*await screens.history(context, page))


@router.button("wallet_top_up")
async def top_up(context: Wallets, update: Button) -> None:
    await topping_up.begin(context, update.argument)


@router.button("wallet_other")
async def other_sum(context: Wallets, update: Button) -> None:
    if not context.settings.tops_up or update.argument not in screens.currencies_of(context):
        await topping_up.begin(context)
        return
    question = topping_up.limits(context, update.argument)
    await context.ask("sum", question, data={"currency": update.argument})


@router.button("wallet_sum")
async def chosen(context: Wallets, update: Button) -> None:
    amount = topping_up.sum_of(context, update.argument)
    if amount is None:
        await topping_up.begin(context)
        return
    major = number_of(update.argument.partition(".")[2]) or 0
    await topping_up.choose(context, amount, major)


@router.button("wallet_by")
async def by(context: Wallets, update: Button) -> None:
    amount = topping_up.sum_of(context, update.argument)
    key = update.argument.rpartition(".")[2]
    methods = await topping_up.methods_for(context, amount) if amount is not None else ()
    method = next((each for each in methods if each.key == key), None)
    if amount is None or method is None:
        await topping_up.begin(context)
        return
    await topping_up.pay_by(context, amount, method)


@router.button("wallet_rest")
async def rest(context: Wallets, update: Button) -> None:
    number, _, key = update.argument.partition(".")
    order = await _own(context, number)
    if order is None or order.status != "created":
        context.answer(context.texts.label("order_closed"), alert=True)
        return
    await paying.pay_rest(context, order, key)


@router.button("wallet_refund")
async def take_refund(context: Wallets, update: Button) -> None:
    """A refund that was decided on goes into the wallet instead of back. Pressed twice, it does so
    once."""
    texts = context.texts
    try:
        refund = await order_refunds.get(
            context.connection, context.origin, number_of(update.argument) or 0
        )
    except NotFound:
        context.answer(texts.label("no_refund"), alert=True)
        return
    order = await _own(context, str(refund.order_id))
    if order is None or not context.settings.takes_refunds or refund.state != "asked":
        context.answer(texts.label("no_refund"), alert=True)
        return
    try:
        async with context.connection.transaction():
            await order_refunds.complete(
                context.connection, context.origin, refund_id=refund.id, way=WALLET
            )
    except Refused:
        context.answer(texts.label("no_refund"), alert=True)
        return
    context.answer()
    context.edit(*await screens.overview(context))


async def _own(context: Wallets, number: str) -> Order | None:
    """The shopper's own order, locked."""
    try:
        order = await orders.own(context.connection, context.origin, number_of(number) or 0)
    except NotFound:
        return None
    is_theirs = order.buyer_no == context.customer.buyer_no and order.purpose == "goods"
    return order if is_theirs else None
