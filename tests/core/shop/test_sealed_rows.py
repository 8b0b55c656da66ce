"""Secrets at rest: keys are rotated, and a sealed value opens in its own row alone."""

import pytest
from pydantic import SecretStr

from core.errors import ConfigurationError
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bots, hooks
from tests.factories import KEYS, create_bot, create_shop, token

ROTATED = KeyRing(KEYS.keys | {2: b"n" * 32})
NEW_ALONE = KeyRing({2: b"n" * 32})


async def test_keys_are_rotated_and_the_old_one_is_needed_while_it_has_sealed(
    connection: Connection,
) -> None:
    shop = await create_shop(connection)
    old, renewed = [await create_bot(connection, shop) for _ in range(2)]
    await bots.replace_token(connection, ROTATED, renewed.id, SecretStr(token(renewed.id)))
    for bot in (old, renewed):
        assert await bots.token_of(connection, ROTATED, bot.id) == token(bot.id)
    assert await bots.token_of(connection, NEW_ALONE, renewed.id) == token(renewed.id)
    with pytest.raises(ConfigurationError, match="put the old key back") as lost:
        await bots.token_of(connection, NEW_ALONE, old.id)
    assert token(old.id) not in lost.value.detail


async def test_sealed_rows_that_are_swapped_do_not_open(connection: Connection) -> None:
    shop = await create_shop(connection)
    one, two = [await create_bot(connection, shop) for _ in range(2)]
    await connection.execute(
        "UPDATE bots AS b SET token_sealed = o.token_sealed FROM bots AS o "
        "WHERE (b.id, o.id) IN (($1, $2), ($2, $1))",
        *(one.id, two.id),
    )
    for bot in (one, two):
        with pytest.raises(ConfigurationError, match="moved or altered"):
            await bots.token_of(connection, KEYS, bot.id)
    # A web hook's secret: moved to another module of the same bot, or to another bot.
    for bot_id, module in ((one.id, "cryptopay"), (one.id, "orders"), (two.id, "cryptopay")):
        await hooks.of(connection, KEYS, bot_id, module)
    sealed = "(SELECT sealed FROM hook_secrets WHERE bot_id = $1 AND module = 'cryptopay')"
    await connection.execute(
        f"UPDATE hook_secrets SET sealed = {sealed} WHERE NOT (bot_id = $1 AND module = $2)",
        *(one.id, "cryptopay"),
    )
    for bot_id, module in ((one.id, "orders"), (two.id, "cryptopay")):
        with pytest.raises(ConfigurationError, match="moved or altered"):
            await hooks.of(connection, KEYS, bot_id, module)
