"""`vitrina modules`, and the output of `vitrina person`."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner, Result

from cli.main import app
from core.postgres import Connection
from core.shop import bot_modules
from core.shop.bot_modules import Author
from tests.factories import create_bot, create_customer, create_shop


async def run(database_url: str, *arguments: str) -> Result:
    runner = CliRunner(env={"VITRINA_DATABASE_URL": database_url})
    return await asyncio.to_thread(runner.invoke, app, list(arguments))


async def test_modules_are_listed_with_what_gone_ones_left(
    connection: Connection, database_url: str
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["menu", "gift"])
    await bot_modules.switch_off_one(connection, bot.id, "gift", Author(), notice="not_installed")
    await connection.execute("CREATE TABLE gifts (id int)")
    await connection.execute(
        "INSERT INTO schema_migrations (store, owner, number, name, checksum, tables) "
        "VALUES ('postgres', 'gift', 1, '0001_gifts.sql', '', '{gifts,gone}')"
    )
    result = await run(database_url, "modules", "list")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["menu", *"Welcome and menu on for 1 bots".split()] in lines
    assert ["gift", *"NOT INSTALLED on for 0 bots".split()] in lines
    assert ["off:", "not_installed"] in lines
    assert "kept, though its module is not installed: gift: gifts (postgres)" in result.output


async def test_what_is_known_of_a_person_is_written_to_a_file(
    connection: Connection, database_url: str, tmp_path: Path
) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id, telegram_id=77, first_name="Ада")
    file = tmp_path / "person.json"
    named = ["person", "--shop", str(shop.id), "--file", str(file), "--customer"]
    result = await run(database_url, *named, "77")
    assert result.exit_code == 0, result.output
    (found,) = json.loads(file.read_text("utf-8"))["customers"]
    assert (found["buyer_no"], found["first_name"]) == (customer.buyer_no, "Ада")
    assert file.stat().st_mode & 0o077 == 0
    assert (await run(database_url, *named, "78")).exit_code != 0
