"""The bot's photo is copied from Telegram to the panel, and removed when it is removed there."""

from core.shop import bots
from core.shop.bots import Bot
from simulator.world import profiles
from tests.bots.runtime.conftest import Stage, until

JPEG = b"\xff\xd8\xff\xe0 a small photo \xff\xd9"


async def test_the_photo_of_a_bot_is_kept_once_it_runs(stage: Stage) -> None:
    bot = await stage.bot()
    with stage.telegram.world.change() as change:
        photo = profiles.add_photo(change, bot.id, JPEG)

    async def is_kept() -> bool:
        row = await stage.pool.fetchrow("SELECT photo_id, jpeg FROM bot_photos")
        return row is not None and (row["photo_id"], row["jpeg"]) == (photo.id, JPEG)

    await stage.worker()
    await until(is_kept, "the photo is kept")
    (listed,) = await of_shops(stage, bot.shop_id)
    assert listed.photo_id == str(photo.id)


async def of_shops(stage: Stage, shop_id: int) -> list[Bot]:
    async with stage.pool.acquire() as connection:
        return await bots.of_shops(connection, [shop_id])


async def test_a_bot_without_a_photo_runs_as_well(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.pool.execute(
        "INSERT INTO bot_photos (bot_id, photo_id, jpeg) VALUES ($1, 5, 'old')", bot.id
    )

    async def is_gone() -> bool:
        return bool(await stage.pool.fetchval("SELECT count(*) = 0 FROM bot_photos"))

    await stage.worker()
    await until(is_gone, "the photo that was deleted is dropped")
    assert (await stage.state(bot))[0] == "running"
