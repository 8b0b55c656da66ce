"""`vitrina staff`: a code for a group, and the bound groups."""

from core.postgres import Connection
from core.shop import group_changes, staff
from tests.cli.running import vitrina
from tests.factories import create_origin


async def test_a_code_binds_a_group_that_is_listed_then(
    environment: dict[str, str], connection: Connection
) -> None:
    origin = await create_origin(connection)
    bot = ["--bot", str(origin.bot_id)]
    assert "no group is bound" in vitrina(environment, "staff", "list", *bot).stdout
    made = vitrina(environment, "staff", "code", *bot)
    assert made.returncode == 0, made.stderr
    code = made.stdout.strip().rpartition("/staff ")[2]
    async with connection.transaction():
        await staff.bind(
            connection,
            origin,
            code,
            chat_id=-77,
            title="Заказы",
            has_topics=True,
            telegram_id=501,
            name="Anna",
        )
        await staff.set_topic(connection, origin.bot_id, -77, "stock", 5)
        await group_changes.set_trouble(connection, origin.bot_id, -77, staff.REMOVED)
        await staff.add_member(
            connection, origin.shop_id, 502, "Boris", added_by="owner", rights=["orders"]
        )
    listed = vitrina(environment, "staff", "list", *bot).stdout
    assert "Заказы  stock: topic 5  trouble: removed" in listed
    assert "Anna\n" in listed and "Boris  may: orders" in listed
    refused = vitrina(environment, "staff", "code", "--bot", "999")
    assert refused.returncode == 1 and "there is no bot 999" in refused.stderr
