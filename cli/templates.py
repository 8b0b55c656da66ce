"""`vitrina template`: the templates that a bot can follow, and applying one to a connected bot.

The bots' SDK is imported inside the commands: it is a sixth of the time in which each starts.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

import asyncio
from typing import Annotated

import typer

from cli import installation
from core import postgres
from core.modules import Modules
from core.secrets import KeyRing
from core.settings import Settings
from core.shop.bot_modules import Author
from core.shop.bots import Bot

app = typer.Typer(no_args_is_help=True, help="Templates of shops.")


@app.command("list")
def list_templates() -> None:
    """Every template with the modules that it switches on."""
    from bots.sdk import shop_templates
    from bots.sdk.shop_templates import ShopTemplates

    known = Modules.discover()
    for key, template in ShopTemplates.discover().by_key.items():
        modules = ", ".join(shop_templates.modules_of(template, known)) or "none, it only counts"
        typer.echo(f"{key:12} {template.title.en:34} {modules}")


@app.command("apply")
def apply_template(
    template: Annotated[str, typer.Argument(help="As `vitrina template list` shows.")],
    bot: Annotated[int, typer.Option(help="The bot's number, the first part of its token.")],
) -> None:
    """Applies a template to a connected bot; what the template does not name stays as the owner set
    it."""
    made = asyncio.run(_apply(installation.settings(), bot, template))
    typer.echo(f"bot {made.id} is {made.mode}: {', '.join(made.modules) or 'no modules'}")


async def _apply(settings: Settings, bot_id: int, key: str) -> Bot:
    from bots.sdk import shop_templates
    from bots.sdk.shop_templates import ShopTemplates

    template = ShopTemplates.discover().get(key)
    keys = KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            return await shop_templates.apply(
                connection, Modules.discover(), keys, bot_id, template, Author("command line")
            )
    finally:
        await connection.close()
