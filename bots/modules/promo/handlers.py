"""The shopper's buttons and command, and links that carry a code."""

from bots.modules.promo import entering, screens, store
from bots.modules.promo.codes import LINK
from bots.modules.promo.entering import Promo
from bots.modules.promo.screens import place_of
from bots.modules.promo.settings import PromoSettings
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Button, Command, Start, number_of

router = Router[PromoSettings]()


@router.start
async def arrived(context: Promo, update: Start) -> Pass | None:
    """A link with a code: it is entered, and whoever answers Start does so below."""
    if update.code.lower().startswith(LINK):
        _, notice = await entering.enter(context, update.code[len(LINK) :])
        context.reply(notice)
    return PASS


@router.command("promo")
async def command(context: Promo, update: Command) -> None:
    if not update.argument.strip():
        await screens.show(context, "cart")
        return
    outcome, notice = await entering.enter(context, update.argument)
    if outcome == "wrong":
        await screens.ask(context, "cart", notice)
    else:
        await screens.go_back(context, "cart", notice)


@router.button("promo")
async def opened(context: Promo, update: Button) -> None:
    await screens.show(context, place_of(update.argument))


@router.button("promo_enter")
async def enter(context: Promo, update: Button) -> None:
    await screens.ask(context, place_of(update.argument))


@router.button("promo_remove")
async def remove(context: Promo, update: Button) -> None:
    """Pressed twice, it is removed once."""
    place, number = place_of(update.argument), number_of(update.argument.partition(".")[2]) or 0
    entered = await store.entered(context.connection, context.customer)
    gone = next((each.code for each in entered if each.code.id == number), None)
    if gone is not None:
        await store.take_away(context.connection, context.customer, [gone.id])
        notice = context.texts.get("removed", code=gone.code)
    else:
        notice = context.texts.get("gone")
    await screens.go_back(context, place, notice)


@router.button("promo_back")
async def back(context: Promo, update: Button) -> None:
    await screens.go_back(context, place_of(update.argument))
