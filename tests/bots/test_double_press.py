"""Whatever is pressed twice at once has happened once, over every button of every template and of
a bot with all modules on."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from bots.sdk.asking import RESERVED
from bots.sdk.loading import EnabledModule, enable, load
from bots.sdk.replies import SendInvoice
from bots.sdk.updates import split
from core.events import Origin
from core.modules import Modules
from core.postgres import Connection, Pool
from core.shop import shops
from core.shop.bots import ModuleChoice
from core.shop.imprint import ImprintDraft
from tests.bots.shopper import Seen, Shopper
from tests.factories import KEYS, create_origin, create_product, create_shop

Press = Callable[[int, str], Awaitable[Seen]]
MOST_PRESSES = 80
MOST_OF_AN_ACTION = 5
# What is written of every update, and not because of what was pressed.
JOURNALS = ("outbox", "inbox")


def all_on() -> list[EnabledModule]:
    modules = Modules.discover()
    enabled, problems = enable(
        load(modules),
        [ModuleChoice(bot_id=1, module=key, settings={}) for key in modules.manifests],
        KEYS,
    )
    assert problems == []
    return enabled


async def counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has, and how much is kept, ordered and in carts."""
    tables = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )
    found = {}
    for (table,) in tables:
        if not table.startswith(JOURNALS):
            found[table] = await connection.fetchval(f'SELECT count(*) FROM "{table}"')
    found["units in carts"] = await connection.fetchval(
        "SELECT coalesce(sum(quantity), 0) FROM cart_lines"
    )
    found["ordered"] = await connection.fetchval(
        "SELECT coalesce(sum(total_minor), 0)::bigint FROM orders"
    )
    return found


def change(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def pressing(pool: Pool, origin: Origin, enabled: list[EnabledModule]) -> Press:
    async def press(person: int, data: str) -> Seen:
        async with pool.acquire() as own:
            return await Shopper(own, origin, enabled, telegram_id=person).press(data)

    return press


async def compared(
    connection: Connection, press: Press, anna: str, boris: str
) -> tuple[list[Seen], tuple[dict[str, int], dict[str, int]]]:
    """Anna's press and Boris's two: what they were answered, and what changed by each."""
    zero = await counts(connection)
    once = await press(9001, anna)
    one = await counts(connection)
    twice = await asyncio.gather(press(9002, boris), press(9002, boris))
    two = await counts(connection)
    return [once, *twice], (change(zero, one), change(one, two))


async def starts(
    connection: Connection, origin: Origin, enabled: list[EnabledModule]
) -> list[tuple[str, str]]:
    """What the two can press first."""
    screens = [
        await Shopper(connection, origin, enabled, telegram_id=person).start()
        for person in (9001, 9002)
    ]
    return alike(*(data_of([each]) for each in screens))


def alike(annas: list[str], boriss: list[str]) -> list[tuple[str, str]]:
    """The buttons in pairs; none if the two read different screens."""
    if [split(each)[0] for each in annas] != [split(each)[0] for each in boriss]:
        return []
    return list(zip(annas, boriss, strict=True))


def data_of(seen: Sequence[Seen]) -> list[str]:
    """Of the longest of the answers: the other press may have been told that it was the second."""
    found = []
    for each in seen:
        rows = [getattr(getattr(r, "keyboard", None), "rows", ()) for r in each.replies]
        found.append([b.data for row in rows for line in row for b in line if hasattr(b, "data")])
    return max(found, key=len)


async def stocked(connection: Connection) -> Origin:
    shop = await create_shop(connection, language="en")
    await shops.set_imprint(connection, shop.id, ImprintDraft(contact="@tea_shop"))
    for title, stock in (("Puer", 50), ("Gaba", 0), ("Matcha", None)):
        await create_product(connection, shop.id, title=title, stock=stock)
    return await create_origin(connection, shop)


async def test_a_double_press_is_one_press(pool: Pool, connection: Connection) -> None:
    """Anna presses each button once, Boris at the same place twice at once: as much comes of it."""
    origin, enabled = await stocked(connection), all_on()

    press = pressing(pool, origin, enabled)
    waiting = await starts(connection, origin, enabled)
    times = Counter[str]()
    pressed: set[str] = set()
    differing: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    bills = 0
    while waiting and len(pressed) < MOST_PRESSES:
        anna, boris = waiting.pop(0)
        action, _ = split(anna)
        if anna in pressed or action in RESERVED or times[action] >= MOST_OF_AN_ACTION:
            continue
        pressed.add(anna)
        times[action] += 1
        seen, changes = await compared(connection, press, anna, boris)
        if changes[0] != changes[1]:
            differing[anna] = changes
        bills += any(isinstance(reply, SendInvoice) for reply in seen[0].replies)
        waiting += alike(data_of(seen[:1]), data_of(seen[1:]))
    assert not differing
    assert bills and len(pressed) > 15
