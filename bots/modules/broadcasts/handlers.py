"""What a shopper does with a broadcast: opens what it leads to, wants no more, wants them again,
or by their own clock."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bots.modules.broadcasts import clocks, store
from bots.modules.broadcasts.clocks import Choice, Clock
from bots.modules.broadcasts.events import BROADCAST_CLICKED
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.modules.broadcasts.store import Broadcast
from bots.sdk import next_steps
from bots.sdk.context import Context
from bots.sdk.dates import day_name
from bots.sdk.keyboards import ActionButton, Keyboard, button, keyboard
from bots.sdk.points import Home, ProductPage
from bots.sdk.replies import Text
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command, number_of
from core import zone_names
from core.errors import NotFound
from core.shop import catalogue

router = Router[BroadcastsSettings]()
Broadcasts = Context[BroadcastsSettings]
_IN_A_ROW = 4
_CITIES = 8  # that are named of each part of the world whose clocks change together


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
        keyboard(
            [button(context.texts.label("start"), "broadcast_start")],
            *await next_steps.below(context),
        ),
    )


@router.button("broadcast_start")
async def start(context: Broadcasts, _: Button) -> None:
    await store.refuse(context.connection, context.customer, refused=False)
    context.edit(context.texts.get("started"), keyboard(*await next_steps.below(context)))


@router.command("news")
async def news(context: Broadcasts, _: Command) -> None:
    context.reply(*await _standing(context))


@router.button("broadcast_news")
async def back_to_news(context: Broadcasts, _: Button) -> None:
    context.edit(*await _standing(context))


async def _standing(context: Broadcasts) -> tuple[Text, Keyboard | None]:
    """Whether they get any, the other way, and by which clock."""
    texts, below = context.texts, await next_steps.below(context)
    if await store.refuses(context.connection, context.customer):
        choice = button(texts.label("start"), "broadcast_start")
        return texts.get("stopped"), keyboard([choice], *below)
    choice = button(texts.label("stop"), "broadcast_stop")
    clock = button(texts.label("clock"), "broadcast_clock")
    return texts.get("started"), keyboard([choice], [clock], *below)


def _back(context: Broadcasts) -> list[ActionButton]:
    return [button(context.texts.label("back"), "broadcast_news")]


@router.button("broadcast_clock")
async def ask_time(context: Broadcasts, _: Button) -> None:
    """All the times of day that it may be where they are."""
    utc = context.now.astimezone(UTC)
    by_time = sorted(clocks.HOURS_AHEAD, key=lambda each: clocks.minute_of(utc, each))
    times = [button(_time(utc, each), "broadcast_clock_is", each) for each in by_time]
    shops = button(context.texts.label("clock_shop"), "broadcast_clock_is", "shop")
    rows = [times[place : place + _IN_A_ROW] for place in range(0, len(times), _IN_A_ROW)]
    context.edit(context.texts.get("clock_asked"), keyboard(*rows, [shops], _back(context)))


@router.button("broadcast_clock_is")
async def take_time(context: Broadcasts, update: Button) -> None:
    """By this clock news come from now on. What we never sent counts for nothing.

    The argument is the hours ahead of UTC, and behind a dot the zone if that was asked besides.
    """
    told, _, zone = update.argument.partition(".")
    ahead = {str(each): each for each in clocks.HOURS_AHEAD}.get(told)
    again = keyboard(
        [button(context.texts.label("clock"), "broadcast_clock")],
        _back(context),
        *await next_steps.below(context),
    )
    if update.argument == "shop":
        await clocks.forget(context.connection, context.customer)
        context.edit(context.texts.get("clock_forgotten"), again)
    elif ahead is None:
        await ask_time(context, update)
    else:
        utc = context.now.astimezone(UTC)
        choices = clocks.choices(utc, ahead)
        chosen = next((each for each in choices if zone == each.zone), None)
        if chosen is None and len(choices) > 1:
            _ask_zone(context, utc, ahead, choices)
            return
        chosen = chosen or next(iter(choices), None)
        meant = chosen.zone if chosen is not None else None
        await clocks.tell(context.connection, context.customer, ahead, meant)
        time = _time(utc, ahead if meant is None else meant)
        context.edit(context.texts.get("clock_told", time=time), again)


def _ask_zone(context: Broadcasts, utc: datetime, ahead: int, choices: Sequence[Choice]) -> None:
    """When their clocks change next: of several zones with one time now, who lives where?"""
    texts, language = context.texts, context.language
    rows, lines = [], []
    have_one_time = len({clocks.minute_of(utc, each.zone) for each in choices}) == 1
    for number, each in enumerate(choices, 1):
        when = (
            texts.label("clock_never")
            if each.changes_on is None
            else day_name(language, each.changes_on)
        )
        if not have_one_time:
            when = f"{_time(utc, each.zone)}, {when}"
        named = (zone_names.city(zone, language) or zone for zone in each.zones)
        cities = [*dict.fromkeys(named)]  # some zones have an older name besides
        more = "…" if len(cities) > _CITIES else ""
        lines.append(f"{number}. {when}: {'; '.join(cities[:_CITIES])}{more}")
        rows.append([button(f"{number}. {when}", "broadcast_clock_is", f"{ahead}.{each.zone}")])
    rows.append(_back(context))
    context.edit(texts.get("clock_zone_asked", zones="\n".join(lines)), keyboard(*rows))


def _time(utc: datetime, clock: Clock) -> str:
    hour, minute = divmod(clocks.minute_of(utc, clock), 60)
    return f"{hour:02}:{minute:02}"
