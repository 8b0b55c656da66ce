"""`vitrina template`, and demo shops that follow one."""

from core.postgres import Connection
from tests.cli.running import vitrina
from tests.factories import create_bot, create_shop


async def test_a_bot_is_made_what_a_template_says(
    environment: dict[str, str], connection: Connection
) -> None:
    listed = vitrina(environment, "template", "list")
    assert "statistics" in listed.stdout and "it only counts" in listed.stdout
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["menu"])
    silent = vitrina(environment, "template", "apply", "digital", "--bot", str(bot.id))
    assert silent.returncode == 1
    assert f"vitrina shop imprint {shop.id} --contact" in silent.stderr
    vitrina(environment, "shop", "imprint", str(shop.id), "--contact", "@tea_shop")
    done = vitrina(environment, "template", "apply", "digital", "--bot", str(bot.id))
    assert done.returncode == 0, done.stderr
    assert "hosted" in done.stdout and "catalogue" in done.stdout
    for wrong in (["casino", "--bot", str(bot.id)], ["digital", "--bot", "999"]):
        refused = vitrina(environment, "template", "apply", *wrong)
        assert refused.returncode == 1 and "there is no" in refused.stderr


async def test_demo_shops_follow_a_template_and_can_be_reached(
    environment: dict[str, str], connection: Connection
) -> None:
    done = vitrina(environment, "seed", "--bots", "1", "--template", "services")
    assert done.returncode == 0, done.stderr
    assert await connection.fetchval("SELECT imprint ->> 'contact' FROM shops") != ""
    on = await connection.fetch("SELECT module FROM bot_modules WHERE enabled")
    assert {"cart", "menu"} <= {row["module"] for row in on}
