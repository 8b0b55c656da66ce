"""`vitrina staff`: the groups that get a bot's order notices, and codes that bind a group."""

import asyncio
from typing import Annotated

import typer

from cli import installation
from core import postgres
from core.settings import Settings
from core.shop import bots, staff

app = typer.Typer(no_args_is_help=True, help="The staff's groups in Telegram.")
BotNumber = Annotated[int, typer.Option(help="The bot's number, the first part of its token.")]


@app.command()
def code(bot: BotNumber) -> None:
    """Makes a code that binds one group to a bot: whoever sends it there becomes staff."""
    for line in asyncio.run(_code(installation.settings(), bot)):
        typer.echo(line)


@app.command("list")
def list_groups(bot: BotNumber) -> None:
    """A bot's groups with their topics and errors, and the staff of its shop."""
    for line in asyncio.run(_listed(installation.settings(), bot)):
        typer.echo(line)


async def _code(settings: Settings, bot_id: int) -> list[str]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            bot = await bots.get(connection, bot_id)
            made, expires_at = await staff.create_code(connection, bot.id, "command line")
    finally:
        await connection.close()
    name = f"@{bot.username}" if bot.username else f"the bot {bot.id}"
    return [
        f"add {name} to your group and send there, until {expires_at:%H:%M} UTC:",
        f"/staff {made}",
    ]


async def _listed(settings: Settings, bot_id: int) -> list[str]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        bot = await bots.get(connection, bot_id)
        chats = await staff.chats_of(connection, bot.id)
        members = await staff.members_of(connection, bot.shop_id)
    finally:
        await connection.close()
    lines = [
        f"group  {chat.chat_id:16}  {chat.title}"
        + "".join(f"  {purpose}: topic {topic}" for purpose, topic in sorted(chat.topics.items()))
        + (f"  trouble: {chat.trouble}" if chat.trouble else "")
        for chat in chats
    ]
    lines += [
        f"staff  {each.telegram_id:16}  {each.name}"
        + ("" if each.rights is None else f"  may: {', '.join(each.rights) or 'nothing'}")
        for each in members
    ]
    return lines or ["no group is bound, and nobody is staff: vitrina staff code --bot …"]
