"""An owner's change of the catalogue is in the bot's next answer, through the real client."""

from collections.abc import Awaitable, Callable

import pytest

from core.postgres import Connection
from core.shop import owned_products, shops
from core.shop.catalogue import ProductDraft
from core.shop.catalogue_csv import importing
from simulator.world import gestures, mailbox
from simulator.world.accounts import Account
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.test_cart import find

pytestmark = pytest.mark.usefixtures("quiet")
SECONDS = 5.0  # the promise; the test asks for the very next answer

Change = Callable[[Connection, int, int], Awaitable[object]]


async def renamed(connection: Connection, shop_id: int, product_id: int) -> None:
    product = await owned_products.get(connection, shop_id, product_id)
    values = product.model_dump(include=set(ProductDraft.model_fields))
    draft = ProductDraft(**values | {"title": "Oolong"})
    await owned_products.change(
        connection, shop_id, product_id, draft, seen_version=product.version
    )


async def imported(connection: Connection, shop_id: int, product_id: int) -> None:
    shop = await shops.get(connection, shop_id)
    data = f"id,title\n{product_id},Sencha\n".encode()
    await importing.take_in(connection, shop, await importing.read_file(data))


async def archived(connection: Connection, shop_id: int, product_id: int) -> None:
    await owned_products.archive(connection, shop_id, product_id, is_archived=True)


def buttons(stage: Stage, anna: Account, bot_id: int) -> str:
    """The newest message of the bot, with the words on its buttons."""
    newest = mailbox.history(stage.telegram.world.db, anna.id, bot_id, limit=1)[0].message
    return str(newest)


async def test_a_change_is_in_the_next_answer(stage: Stage) -> None:
    shop = await stage.shop()
    product_id: int = await stage.pool.fetchval("SELECT id FROM products")
    bot = await stage.bot(shop)
    anna = stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "/start")
    message_id, data = await find(stage, anna, bot.id, "catalogue")
    changes: list[tuple[Change, str, bool]] = [
        (renamed, "Oolong", True),
        (imported, "Sencha", True),
        (archived, "Sencha", False),
    ]
    for change, words, is_shown in changes:
        async with stage.pool.acquire() as connection, connection.transaction():
            await change(connection, shop.id, product_id)
        await gestures.press(stage.telegram.world, anna, message_id, data)

        async def is_seen(words: str = words, is_shown: bool = is_shown) -> bool:
            return (words in buttons(stage, anna, bot.id)) == is_shown

        await until(is_seen, f"{change.__name__}: {words}", seconds=10 * SECONDS)
