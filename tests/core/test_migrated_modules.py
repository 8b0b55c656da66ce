"""A bot from before the modules were split continues as it was."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sdk.loading import enable, load
from core import postgres
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Connection
from core.shop.bots import ModuleChoice
from tests.engines import Engines, Stores
from tests.factories import KEYS

# The last script before the checkout with Stars became the cart, the orders and a way to pay.
BEFORE = 21


@pytest.fixture(name="stores")
async def stores_of_before(engines: Engines) -> AsyncIterator[Stores]:
    async with engines.stores() as stores:
        old = [each for each in core_scripts() if each.store != "postgres" or each.number <= BEFORE]
        await migrate(stores.database_url, stores.clickhouse_schema_url, old)
        yield stores


async def _bot(connection: Connection, bot_id: int, modules: dict[str, dict[str, Any]]) -> None:
    """As `vitrina bot add` wrote one then."""
    shop_id = await connection.fetchval(
        "INSERT INTO shops (name, currency, timezone, language) "
        "VALUES ('Чай', 'XTR', 'Europe/Moscow', 'ru') RETURNING id"
    )
    await connection.execute(
        "INSERT INTO bots (id, shop_id, mode, token_sealed, token_tail, state) "
        "VALUES ($1, $2, 'hosted', '\\x00', 'tail', 'running')",
        bot_id,
        shop_id,
    )
    for position, (module, settings) in enumerate(modules.items()):
        await connection.execute(
            "INSERT INTO bot_modules (bot_id, module, position, settings) VALUES ($1, $2, $3, $4)",
            bot_id,
            module,
            position,
            settings,
        )


async def _on(connection: Connection, bot_id: int) -> dict[str, dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT module, settings FROM bot_modules WHERE bot_id = $1 AND enabled", bot_id
    )
    return {row["module"]: row["settings"] for row in rows}


async def test_a_bot_of_before_has_what_its_checkout_was(stores: Stores) -> None:
    connection = await postgres.connect(stores.database_url)
    try:
        sells = {
            "menu": {},
            "catalogue": {},
            "checkout_stars": {"thanks_ru": "Ура", "thanks_en": ""},
        }
        await _bot(connection, 1, sells)
        await _bot(connection, 2, {"menu": {}})  # sells nothing
        await _bot(connection, 3, {"checkout_stars": {}, "stock": {}})
        await connection.execute("UPDATE bot_modules SET enabled = false WHERE module = 'stock'")
        known = Modules.discover()
        await migrate(
            stores.database_url,
            stores.clickhouse_schema_url,
            [*core_scripts(), *known.migrations()],
        )
        on = await _on(connection, 1)
        assert set(on) == {"menu", "catalogue", "cart", "stars", "orders", "stock", "delivery"}
        assert on["orders"] == {"thanks": {"ru": "Ура", "en": ""}}
        # Not a word to a shopper that was not said before.
        assert on["stock"] == {"tell_back": False, "tell_expired": False}
        assert set(await _on(connection, 2)) == {"menu"}
        assert "stock" not in await _on(connection, 3)
        choices = [
            ModuleChoice(bot_id=1, module=key, settings=settings) for key, settings in on.items()
        ]
        enabled, problems = enable(load(known), choices, KEYS)
        assert not problems and {each.key for each in enabled} == set(on)
    finally:
        await connection.close()
