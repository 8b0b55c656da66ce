from bots.sdk.context import Context
from bots.sdk.router import Router
from bots.sdk.settings import ModuleSettings
from bots.sdk.updates import Command

router = Router[ModuleSettings]()


@router.command("ribbon")
async def ribbon(context: Context[ModuleSettings], _: Command) -> None:
    context.reply("~")
