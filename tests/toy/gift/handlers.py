from bots.sdk.context import Context
from bots.sdk.keyboards import button, keyboard
from bots.sdk.points import Home
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Button, Command, Message, Start
from tests.toy.gift.settings import GiftSettings

router = Router[GiftSettings]()


@router.start
async def start(context: Context[GiftSettings], update: Start) -> Pass | None:
    if update.code != "gift":
        return PASS
    context.reply(context.texts.get("for_you", name=context.customer.first_name))
    return PASS


@router.command("gift")
async def command(context: Context[GiftSettings], _: Command) -> None:
    await context.ask("note", context.texts.get("ask_note"), data={"by": "command"})


@router.button("gift")
async def press(context: Context[GiftSettings], update: Button) -> None:
    rows = [[home.button] for home in await context.offered(Home)]
    again = [button(context.texts.label("entry"), "gift", update.argument)]
    context.edit(context.texts.get("shown", number=update.argument), keyboard(again, *rows))


@router.message
async def message(context: Context[GiftSettings], update: Message) -> Pass | None:
    if "🎁" not in update.text:
        return PASS
    context.reply(context.texts.get("seen"))
    return None
