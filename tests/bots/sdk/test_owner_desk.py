"""The owner's desk in a bot that answers nobody else."""

from core.postgres import Connection
from core.shop import access, confirmations, owner_chats
from core.shop.access import Visitor
from tests.bots.shopper import Shopper
from tests.factories import create_origin


async def test_an_owner_is_heard_by_a_bot_none_of_whose_modules_answers(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    link_id, _ = await access.insert_link(connection, label="Анна", role="owner")
    code, _ = await owner_chats.create_code(connection, origin.bot_id, link_id, "https://x.example")
    owner = Shopper(connection, origin, (), telegram_id=501)
    stranger = Shopper(connection, origin, (), telegram_id=502)
    assert (await owner.command("owner", code)).replies
    assert (await owner.command("panel")).replies
    assert not (await owner.start()).replies
    for command in ("owner", "panel", "start"):
        assert not (await stranger.command(command, code)).replies

    asker = Visitor(link_id=link_id, label="Анна", role="owner", shop_ids=None)
    asked, _ = await confirmations.ask(connection, asker, "owner_link", b"x", None)
    assert not (await stranger.press(f"owner_confirm:{asked.id}")).replies
    assert (await owner.press(f"owner_confirm:{asked.id}")).replies
    assert (await confirmations.get(connection, asker, asked.id)).state == "confirmed"
