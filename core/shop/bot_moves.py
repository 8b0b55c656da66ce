"""A bot's move from one shop to another of the same owner.

History stays where it happened: orders, customers and figures belong to the former shop. The bot
goes with its token, its session and the list of its modules; their settings, words, secrets, staff
and owners' chats belong to the former shop, and begin anew.
"""

from collections.abc import Iterable

from core.errors import Conflict
from core.events import Bilingual
from core.people import Declaration, holdings
from core.postgres import Connection
from core.shop import bots
from core.shop.bots import Bot

_OPEN_ORDERS = """
SELECT count(*) FROM orders WHERE bot_id = $1
AND (status IN ('created', 'held') OR status = 'paid' AND stage <> 'delivered')
"""
_ASKED_REFUNDS = """
SELECT count(*) FROM order_refunds AS r JOIN orders AS o ON o.id = r.order_id
WHERE o.bot_id = $1 AND r.state = 'asked'
"""


class BotBusy(Conflict):
    """Something that shoppers of the former shop wait for would be left behind."""

    code = "bot_busy"

    def __init__(self, waits: Iterable[Bilingual]) -> None:
        words = list(waits)
        self.explained = Bilingual(
            f"Сначала закончите начатое: {'; '.join(each.ru for each in words)}.",
            f"Finish first what is under way: {'; '.join(each.en for each in words)}.",
        )
        super().__init__(self.explained.en)


async def move(
    connection: Connection, bot_id: int, shop_id: int, declared: Iterable[Declaration]
) -> Bot:
    """Moves the bot; nothing changes if it is in that shop already.

    `declared` is what core and the modules say about people's rows, and so about what is under way.
    Raises NotFound, BotBusy.
    """
    await bots.take_from_worker(connection, bot_id)
    bot = await bots.get(connection, bot_id)
    if bot.shop_id == shop_id:
        return bot
    if waits := await _under_way(connection, bot_id, declared):
        raise BotBusy(waits)
    await bots.announce_state(connection, bot_id)  # to those who see the former shop
    modules = await bots.enabled_modules(connection, bot_id)
    await bots.leave_shop(connection, bot_id, bot.shop_id)
    await connection.execute("DELETE FROM bot_claims WHERE bot_id = $1", bot_id)
    await connection.execute(
        "UPDATE bots SET shop_id = $2, paused_at = NULL, pause_text = NULL WHERE id = $1",
        bot_id,
        shop_id,
    )
    await connection.executemany(
        "INSERT INTO bot_modules (bot_id, module, position) VALUES ($1, $2, $3)",
        [(bot_id, each.module, position) for position, each in enumerate(modules)],
    )
    await bots.announce(connection, bot_id)
    await bots.announce_state(connection, bot_id)
    return await bots.get(connection, bot_id)


async def _under_way(
    connection: Connection, bot_id: int, declared: Iterable[Declaration]
) -> list[Bilingual]:
    """What shoppers wait for, in words: of tables that name both the bot and its shop. What names
    the bot alone, such as messages on their way, goes with it."""
    waits = []
    if count := await connection.fetchval(_OPEN_ORDERS, bot_id):
        waits.append(Bilingual(f"открытых заказов: {count}", f"{count} open orders"))
    if count := await connection.fetchval(_ASKED_REFUNDS, bot_id):
        waits.append(Bilingual(f"возвратов в пути: {count}", f"{count} refunds on their way"))
    for each in holdings(declared):
        if each.under_way is None or not await _stays_behind(connection, each.table):
            continue
        count = await connection.fetchval(
            f"SELECT count(*) FROM {each.table} AS t "
            f"WHERE t.bot_id = $1 AND {each.under_way.condition}",
            bot_id,
        )
        if count:
            words = each.under_way.words
            waits.append(Bilingual(words.ru.format(count=count), words.en.format(count=count)))
    return waits


async def _stays_behind(connection: Connection, table: str) -> bool:
    named: int = await connection.fetchval(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) "
        "AND attname IN ('bot_id', 'shop_id') AND NOT attisdropped",
        table,
    )
    return named == 2
