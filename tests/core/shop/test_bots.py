import pytest
from pydantic import SecretStr

from core.postgres import Connection
from core.shop import bot_modules, bots
from core.shop.bot_modules import Author
from core.shop.bots import BotTaken, TokenMalformed
from tests.factories import KEYS, create_bot, create_shop, token


async def test_a_token_is_sealed_and_only_its_end_is_shown(connection: Connection) -> None:
    shop = await create_shop(connection)
    plain = "123456789:" + "x" * 31 + "tail"
    bot = await create_bot(connection, shop, token=SecretStr(f" {plain}\n"))
    assert (bot.id, bot.state, bot.token_tail) == (123456789, "queued", "tail")
    row = await connection.fetchrow("SELECT * FROM bots")
    assert row is not None and plain.encode() not in row["token_sealed"]
    assert await bots.token_of(connection, KEYS, bot.id) == plain


@pytest.mark.parametrize("text", ["", "hello", "123456789", "1:abc", "123456789:short", "a:" * 20])
async def test_what_is_not_a_token_is_refused_with_advice(
    connection: Connection, text: str
) -> None:
    shop = await create_shop(connection)
    with pytest.raises(TokenMalformed, match="@BotFather"):
        await create_bot(connection, shop, token=SecretStr(text))


async def test_a_bot_belongs_to_the_shop_that_connected_it_first(connection: Connection) -> None:
    first, second = [await create_shop(connection) for _ in range(2)]
    await create_bot(connection, first, bot_id=123456)
    with pytest.raises(BotTaken):
        await create_bot(connection, second, token=SecretStr(token(123456)[:-1] + "B"))
    assert await connection.fetchval("SELECT shop_id FROM bots") == first.id


async def test_modules_keep_their_order_and_one_is_switched_off_with_a_notice(
    connection: Connection,
) -> None:
    bot = await create_bot(connection, await create_shop(connection), modules=["menu", "catalogue"])
    assert bot.modules == ["menu", "catalogue"]
    await bot_modules.switch_off_one(
        connection, bot.id, "menu", Author(), notice="its settings are not valid"
    )
    assert (await bots.get(connection, bot.id)).modules == ["catalogue"]
    assert [c.module for c in await bots.enabled_modules(connection, bot.id)] == ["catalogue"]


async def test_a_state_is_recorded_once(connection: Connection) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    assert await bots.set_state(connection, bot.id, "failed", "token_revoked")
    assert not await bots.set_state(connection, bot.id, "failed", "token_revoked")
    assert (await bots.get(connection, bot.id)).state_reason == "token_revoked"


async def test_a_bot_that_failed_by_its_token_gets_a_new_one(connection: Connection) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, bot_id=123456)
    await bots.set_identity(connection, bot.id, username="tea_bot", title="Tea")
    new = SecretStr(token(123456)[:-4] + "new1")
    with pytest.raises(BotTaken):  # it runs
        await create_bot(connection, shop, token=new)
    await bots.set_state(connection, bot.id, "failed", "token_revoked")
    again = await create_bot(connection, shop, token=new, modules=["menu"])
    assert (again.state, again.state_reason, again.token_tail) == ("queued", None, "new1")
    assert again.modules == ["menu"]
    assert await bots.token_of(connection, KEYS, bot.id) == new.get_secret_value()


async def test_a_made_up_token_does_not_keep_a_bot_from_its_owner(connection: Connection) -> None:
    squatter, owner = [await create_shop(connection) for _ in range(2)]
    await create_bot(connection, squatter, bot_id=123456)
    await bots.set_state(connection, 123456, "failed", "token_invalid")
    taken = await create_bot(connection, owner, bot_id=123456)
    assert taken.shop_id == owner.id


async def test_a_bot_that_ran_stays_with_its_shop(connection: Connection) -> None:
    owner, other = [await create_shop(connection) for _ in range(2)]
    await create_bot(connection, owner, bot_id=123456)
    await bots.set_identity(connection, 123456, username="tea_bot", title="Tea")
    await bots.set_state(connection, 123456, "failed", "token_revoked")
    with pytest.raises(BotTaken):
        await create_bot(connection, other, bot_id=123456)


async def test_trouble_that_a_token_does_not_mend_is_no_reason(connection: Connection) -> None:
    shop = await create_shop(connection)
    await create_bot(connection, shop, bot_id=123456)
    await bots.set_state(connection, 123456, "failed", "bot_banned")
    with pytest.raises(BotTaken):
        await create_bot(connection, shop, bot_id=123456)
