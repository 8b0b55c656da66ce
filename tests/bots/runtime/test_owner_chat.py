"""An owner's chat with his bot through the real client: bound, given links, asked to confirm."""

from uuid import UUID

from bots.sdk import owner_desk
from bots.sdk.loading import load
from bots.sdk.reacting import acting
from core.modules import Modules
from core.shop import access, confirmations, owner_chats
from core.shop.access import Visitor as PanelVisitor
from tests.bots.runtime.conftest import Stage, until
from tests.bots.visitor import Visitor
from tests.factories import KEYS

URL = "https://shop.example"


async def said(visitor: Visitor, command: str) -> str:
    """The first thing that the bot answers."""
    visitor.write(command)
    saw = await visitor.until(lambda: visitor.seen[-1] if visitor.seen else None, command)
    return saw.entry.text


async def asked_by(stage: Stage, asker: PanelVisitor) -> UUID:
    """A confirmation that a visitor of the panel needs, asked for in every owner's chat."""
    async with stage.pool.acquire() as connection, connection.transaction():
        asked, _ = await confirmations.ask(connection, asker, "owner_link", b"x", None)
        for chat in await owner_chats.covering(connection, None):
            modules = load(Modules.discover())
            async with acting(connection, modules, chat.bot_id, KEYS) as transaction:
                await owner_desk.ask(transaction, chat, asked, subject="Борис", who="Анна")
    return asked.id


async def test_an_owner_gets_links_and_confirms_and_nobody_else_does(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)
    world = stage.telegram.world
    owner = Visitor(world, stage.telegram.person(), bot.id)
    stranger = Visitor(world, stage.telegram.person(), bot.id)
    async with stage.pool.acquire() as connection:
        link_id, _ = await access.insert_link(connection, label="Анна", role="owner")
        code, _ = await owner_chats.create_code(connection, bot.id, link_id, URL)

    with owner.listening(), stranger.listening():
        unknown = await said(stranger, "/nonsense")
        assert await said(owner, "/panel") == unknown
        assert await said(stranger, "/owner WRONG") == unknown
        bound = await said(owner, f"/owner {code}")
        assert "/panel" in bound and bound != unknown
        assert await said(stranger, f"/owner {code}") == unknown  # it works once
        assert await said(stranger, "/panel") == unknown

        token = (await said(owner, "/panel")).partition(f"{URL}/enter#")[2]
        async with stage.pool.acquire() as connection:
            assert await access.is_valid(connection, token)
            assert token not in str(await connection.fetch("SELECT message FROM outgoing"))

        asker = PanelVisitor(link_id=link_id, label="Анна", role="owner", shop_ids=None)
        asked = await asked_by(stage, asker)
        await owner.press(await owner.offered("✅"))

        async def is_confirmed() -> bool:
            async with stage.pool.acquire() as connection:
                return (await confirmations.get(connection, asker, asked)).state == "confirmed"

        await until(is_confirmed, "the confirmation")
