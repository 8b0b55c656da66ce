"""What a shopper does with a broadcast: opens what it leads to, wants no more, wants them again."""

from bots.modules.broadcasts import store
from bots.modules.broadcasts.events import BROADCAST_CLICKED
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.modules.broadcasts.store import Broadcast
from bots.sdk import next_steps
from bots.sdk.context import Context
from bots.sdk.keyboards import ActionButton, button, keyboard
from bots.sdk.points import Home, ProductPage
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command, number_of
from core.errors import NotFound
from core.shop import catalogue

router = Router[BroadcastsSettings]()
Broadcasts = Context[BroadcastsSettings]


@router.button("broadcast")
async def open_it(context: Broadcasts, update: Button) -> None:
    """Each press is an event; figures count the first of each person."""
    number = number_of(update.argument) or 0
    customer = context.customer
    found = await store.click(
        context.connection, context.bot_id, number, customer.buyer_no, context.now
    )
    if found is not None:
        context.emit(BROADCAST_CLICKED, props={"broadcast": number})
    target = await _target(context, found)
    if target is None:
        context.answer(context.texts.label("gone"), alert=True)
    else:
        context.follow(target)


async def _target(context: Broadcasts, broadcast: Broadcast | None) -> ActionButton | None:
    """A product that is no longer on sale leads to the beginning, as does what is forgotten."""
    leads = broadcast.draft.leads if broadcast is not None else None
    if leads is not None and leads.to == "product" and leads.product_id is not None:
        try:
            product = await catalogue.get(context.connection, context.shop.id, leads.product_id)
        except NotFound:
            pass
        else:
            for page in await context.offered(ProductPage, product):
                return page.button
    for home in await context.offered(Home):
        return home.button
    return None


@router.button("broadcast_stop")
async def stop(context: Broadcasts, _: Button) -> None:
    await store.refuse(context.connection, context.customer, refused=True)
    context.answer(context.texts.label("stopped"))
    context.reply(
        context.texts.get("stopped"),
        keyboard([button(context.texts.label("start"), "broadcast_start")]),
    )


@router.button("broadcast_start")
async def start(context: Broadcasts, _: Button) -> None:
    await store.refuse(context.connection, context.customer, refused=False)
    context.edit(context.texts.get("started"), keyboard(*await next_steps.below(context)))


@router.command("news")
async def news(context: Broadcasts, _: Command) -> None:
    """Whether they get any, and the other way."""
    if await store.refuses(context.connection, context.customer):
        choice = button(context.texts.label("start"), "broadcast_start")
        context.reply(context.texts.get("stopped"), keyboard([choice]))
    else:
        choice = button(context.texts.label("stop"), "broadcast_stop")
        context.reply(context.texts.get("started"), keyboard([choice]))
