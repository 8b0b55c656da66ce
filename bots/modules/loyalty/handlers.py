"""The shopper's points, and using them for an order."""

from bots.modules.loyalty import screens, store
from bots.modules.loyalty.screens import LoyaltyContext
from bots.modules.loyalty.settings import LoyaltySettings
from bots.sdk import ordering
from bots.sdk.points import BELOW
from bots.sdk.router import Router
from bots.sdk.updates import Button, Command

router = Router[LoyaltySettings]()
USE, SPARE = "use", "spare"


@router.command("points")
async def command(context: LoyaltyContext, _: Command) -> None:
    context.reply(*await screens.overview(context))


@router.button("loyalty")
async def show(context: LoyaltyContext, update: Button) -> None:
    say = context.reply if update.argument == BELOW else context.edit
    say(*await screens.overview(context))


@router.button("loyalty_pay")
async def pay(context: LoyaltyContext, update: Button) -> None:
    """The argument says what to do, so that pressed twice it is done once."""
    what, _, place = update.argument.partition(".")
    await store.choose(context.connection, context.customer, wants_to=what == USE)
    if place == "order":
        await ordering.go_on(context)
    else:
        await ordering.show_cart(context)
