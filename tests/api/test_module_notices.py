from tests.api.conftest import Panel
from tests.factories import create_bot, create_shop


async def test_the_owner_reads_what_modules_could_not_do_and_what_they_say(toys: Panel) -> None:
    async with toys.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=["gift"])
        silent = await create_bot(connection, shop, modules=["ribbon"])
        await connection.execute(
            "INSERT INTO module_jobs (bot_id, module, task, due_at, not_before, attempts, error, "
            "failed_at) VALUES ($1, 'gift', 'remind', now(), now(), 3, 'LookupError()', now()), "
            "($2, 'gone', 'x', now(), now(), 0, NULL, NULL)",
            bot.id,
            silent.id,
        )
        await connection.execute(
            "INSERT INTO gifts (shop_id, bot_id, buyer_no, note) VALUES ($1, $2, 1, 'x')",
            shop.id,
            bot.id,
        )
    async with toys.visitor("viewer", [shop.id]) as client:
        items = {item["kind"]: item for item in (await client.get("/api/attention")).json()}
    assert items.keys() == {"job_failed", "module_says"}
    job, said = items["job_failed"], items["module_says"]
    assert (job["module"], job["count"], job["title"]["en"]) == ("gift", 3, "Gifts")
    assert (said["bot_id"], said["text"]["ru"], said["count"]) == (bot.id, "Не оплачены", 1)
