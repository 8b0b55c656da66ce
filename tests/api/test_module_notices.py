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
        items = {item["kind"]: item for item in (await client.get("/api/v1/attention")).json()}
    assert items.keys() == {"job_failed", "module_says"}
    job, said = items["job_failed"], items["module_says"]
    assert (job["module"], job["count"], job["title"]["en"]) == ("gift", 3, "Gifts")
    assert (said["bot_id"], said["text"]["ru"], said["count"]) == (bot.id, "Не оплачены", 1)


async def test_a_failed_job_is_tried_again_or_given_up(toys: Panel) -> None:
    async with toys.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=["gift"])
        once, periodic = [
            row["id"]
            for row in await connection.fetch(
                "INSERT INTO module_jobs (bot_id, module, task, due_at, not_before, attempts, "
                "error, failed_at, every_seconds) VALUES "
                "($1, 'gift', 'remind', now(), now() + interval '1 hour', 3, 'no', now(), NULL), "
                "($1, 'gift', 'sweep', now(), now() + interval '1 hour', 3, 'no', now(), 60) "
                "RETURNING id",
                bot.id,
            )
        ]
        path = f"/api/v1/attention/jobs/{bot.id}"
        async with toys.visitor() as client:
            items = (await client.get("/api/v1/attention")).json()
            told = {item["job_id"]: item["is_periodic"] for item in items}
            assert told == {once: False, periodic: True}
            assert (await client.post(f"{path}/{once}/retry")).status_code == 204
            due = await connection.fetch("SELECT id FROM module_jobs WHERE not_before <= now()")
            assert [row["id"] for row in due] == [once]
            assert (await client.delete(f"{path}/{periodic}")).status_code == 404
            assert (await client.delete(f"{path}/{once}")).status_code == 204
            assert (await client.delete(f"{path}/{once}")).status_code == 404
            assert (await client.post(f"{path}/{once}/retry")).status_code == 404
        async with toys.visitor("viewer") as client:
            assert (await client.post(f"{path}/{periodic}/retry")).status_code == 403
        async with toys.visitor("owner", [shop.id + 1]) as client:
            assert (await client.post(f"{path}/{periodic}/retry")).status_code == 404
        assert await connection.fetchval("SELECT count(*) FROM module_jobs") == 1
