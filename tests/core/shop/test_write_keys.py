import pytest

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access, write_keys
from core.shop.write_keys import TooManyKeys, WriteKeyInvalid
from tests import factories


async def test_a_key_writes_for_its_shop_until_it_is_revoked(connection: Connection) -> None:
    shop = await factories.create_shop(connection)
    key, secret = await write_keys.create(connection, shop_id=shop.id, label="site")
    assert secret.startswith("vtw_") and secret.endswith(key.key_tail)
    assert key.last_used_at is None
    found = await write_keys.writer(connection, secret)
    assert (found.shop_id, found.key_id, found.retention_days) == (shop.id, key.id, 365)
    (listed,) = await write_keys.of_shop(connection, shop.id)
    assert listed.label == "site" and listed.last_used_at is not None

    await write_keys.revoke(connection, shop_id=shop.id, key_id=key.id)
    with pytest.raises(WriteKeyInvalid):
        await write_keys.writer(connection, secret)
    assert await write_keys.of_shop(connection, shop.id) == []
    with pytest.raises(NotFound, match="revoked before"):
        await write_keys.revoke(connection, shop_id=shop.id, key_id=key.id)


async def test_the_secret_is_not_stored(connection: Connection) -> None:
    shop = await factories.create_shop(connection)
    _, secret = await write_keys.create(connection, shop_id=shop.id, label="site")
    text = str(await connection.fetch("SELECT k::text FROM write_keys AS k"))
    assert secret not in text and secret.encode().hex() not in text


async def test_another_shop_s_key_cannot_be_revoked(connection: Connection) -> None:
    shop, other = [await factories.create_shop(connection) for _ in range(2)]
    key, secret = await write_keys.create(connection, shop_id=shop.id, label="site")
    with pytest.raises(NotFound):
        await write_keys.revoke(connection, shop_id=other.id, key_id=key.id)
    await write_keys.writer(connection, secret)


async def test_a_link_to_the_panel_is_no_write_key(connection: Connection) -> None:
    for secret in (access.new_token(), access.new_token("vtw_"), "vtw_", ""):
        with pytest.raises(WriteKeyInvalid):
            await write_keys.writer(connection, secret)


async def test_that_a_key_was_used_is_noted_once_a_minute(connection: Connection) -> None:
    shop = await factories.create_shop(connection)
    _, secret = await write_keys.create(connection, shop_id=shop.id, label="site")
    seen = set()
    for _ in range(2):
        await write_keys.writer(connection, secret)
        seen.add((await write_keys.of_shop(connection, shop.id))[0].last_used_at)
    assert len(seen) == 1
    await connection.execute("UPDATE write_keys SET last_used_at = now() - interval '2 minutes'")
    await write_keys.writer(connection, secret)
    assert (await write_keys.of_shop(connection, shop.id))[0].last_used_at not in seen


async def test_a_shop_has_so_many_and_must_exist(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_keys, "KEYS_A_SHOP", 1)
    shop = await factories.create_shop(connection)
    await write_keys.create(connection, shop_id=shop.id, label="site")
    with pytest.raises(TooManyKeys, match="revoke one"):
        await write_keys.create(connection, shop_id=shop.id, label="site")
    with pytest.raises(NotFound, match="no shop 999"):
        await write_keys.create(connection, shop_id=999, label="site")
