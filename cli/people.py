"""`vitrina person`: everything that the shop stores about a shopper, to hand out to them."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import installation, outputs
from cli.stores import ShopNumber, check_named, find_customer
from core import postgres
from core.settings import Settings
from core.shop import erasures


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(person)


def person(
    shop: ShopNumber,
    customer: Annotated[
        str, typer.Option(help="A Telegram id, #N or @ID, as for `vitrina erase`.")
    ],
    file: Annotated[Path, typer.Option(help="Where to write it, as JSON.")],
) -> None:
    """Writes everything that PostgreSQL stores about a shopper, modules' tables included."""
    check_named(customer)
    outputs.require_writable(file)
    found = asyncio.run(_hand_out(installation.settings(), shop, customer))
    with outputs.draft_of(file, mode=0o600) as draft:
        draft.write_text(json.dumps(found, ensure_ascii=False, indent=2), "utf-8")
    for table, rows in found.items():
        typer.echo(f"{table:20} {len(rows):8} rows")


async def _hand_out(
    settings: Settings, shop_id: int, customer: str
) -> dict[str, list[dict[str, Any]]]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            buyer_no = await find_customer(connection, shop_id, customer)
            return await erasures.hand_out(connection, shop_id, buyer_no)
    finally:
        await connection.close()
