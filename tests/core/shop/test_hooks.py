import asyncio

from core.postgres import Connection, Pool
from core.shop import bot_modules, hooks
from core.shop.bot_modules import Author
from tests.factories import KEYS, create_bot, create_shop


async def made_bot(connection: Connection) -> int:
    bot = await create_bot(connection, await create_shop(connection), modules=["pay", "menu"])
    return bot.id


def secret_of(hook: hooks.Hook) -> str:
    return hook.path.rsplit("/", 1)[-1]


async def test_an_address_is_made_once_and_opens_its_own_module_alone(
    connection: Connection,
) -> None:
    bot_id, other_id = await made_bot(connection), await made_bot(connection)
    hook = await hooks.of(connection, KEYS, bot_id, "pay")
    assert hook == await hooks.of(connection, KEYS, bot_id, "pay")
    secret = secret_of(hook)
    assert hook.path == f"/hooks/{bot_id}/pay/{secret}"
    assert await hooks.opens(connection, bot_id, "pay", secret)
    for wrong in ((other_id, "pay", secret), (bot_id, "menu", secret), (bot_id, "pay", "vth_x")):
        assert not await hooks.opens(connection, *wrong)
    await bot_modules.switch_off_one(connection, bot_id, "pay", Author())
    assert not await hooks.opens(connection, bot_id, "pay", secret)
    assert secret not in str(await connection.fetch("SELECT * FROM hook_secrets"))


async def test_the_address_before_works_for_a_while(connection: Connection) -> None:
    bot_id = await made_bot(connection)
    first = secret_of(await hooks.of(connection, KEYS, bot_id, "pay"))
    second = secret_of(await hooks.rotate(connection, KEYS, bot_id, "pay"))
    assert await hooks.opens(connection, bot_id, "pay", first)
    third = secret_of(await hooks.rotate(connection, KEYS, bot_id, "pay"))
    opened = [await hooks.opens(connection, bot_id, "pay", key) for key in (first, second, third)]
    assert opened == [False, True, True]
    await connection.execute("UPDATE hook_secrets SET ends_at = now() WHERE ends_at IS NOT NULL")
    assert not await hooks.opens(connection, bot_id, "pay", second)


async def test_a_call_is_the_first_of_its_key_once(pool: Pool) -> None:
    async with pool.acquire() as connection:
        bot_id = await made_bot(connection)

    async def call() -> bool:
        async with pool.acquire() as connection, connection.transaction():
            return await hooks.is_first(connection, bot_id, "pay", "invoice:1")

    assert sorted(await asyncio.gather(*(call() for _ in range(8)))) == [False] * 7 + [True]
