"""Keys are changed while services run: everything is sealed again, nothing is lost on the way."""

import asyncio
import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.modules.delivery import store
from cli import keys as key_commands
from cli import resealing
from cli.backups import secret_keys
from core import postgres
from core.errors import ConfigurationError
from core.postgres import BOTS_CHANNEL, Connection
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import bots
from tests import patience
from tests.cli.running import vitrina
from tests.conftest import SECRET_KEYS
from tests.factories import create_bot, create_product, create_shop


@pytest.fixture(name="file")
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret-keys"
    file.write_text(SECRET_KEYS)
    file.chmod(0o600)
    return file


async def run(environment: dict[str, str], file: Path, *command: str) -> tuple[int, str]:
    told = environment | {"VITRINA_SECRET_KEYS": f"file:{file}"}
    ran = await asyncio.to_thread(vitrina, told, "keys", *command)
    assert ran.fault is None, ran.fault
    return ran.returncode, ran.stdout + ran.stderr


async def fill(connection: Connection, keys: KeyRing) -> int:
    """A sealed value of several kinds; the bot's id."""
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    product = await create_product(connection, shop.id)
    bound = f"bot_modules|{bot.id}|menu"
    secret = {
        "sealed": base64.b64encode(keys.seal(b"api", bound)).decode(),
        "tail": "pi",
    }
    await connection.execute(
        "INSERT INTO bot_modules (bot_id, module, position, settings) VALUES ($1, 'menu', 9, $2) "
        "ON CONFLICT (bot_id, module) DO UPDATE SET settings = $2",
        bot.id,
        {"key": secret, "list": [{"deep": secret}], "sealed": "a word"},
    )
    message = {
        "kind": "send_sealed",
        "sealed": base64.b64encode(keys.seal(b"goods", "a|row")).decode(),
        "row": "a|row",
    }
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, 1, 1, 'goods', $2)",
        bot.id,
        message,
    )
    for number in range(3):
        await connection.execute(
            "INSERT INTO delivery_keys (shop_id, product_id, sealed, digest) "
            "VALUES ($1, $2, $3, $4)",
            shop.id,
            product.id,
            keys.seal(b"code", f"delivery_keys|{shop.id}|{product.id}"),
            bytes([number]),
        )
    return bot.id


async def test_all_is_sealed_again_and_running_services_follow(
    environment: dict[str, str], connection: Connection, file: Path
) -> None:
    service = KeyRing.parse(f"file:{file}")  # of a worker that goes on running
    await connection.execute(
        "ALTER TABLE delivery_keys DROP CONSTRAINT IF EXISTS delivery_keys_product_id_fkey"
    )
    bot_id = await fill(connection, service)
    token = await bots.token_of(connection, service, bot_id)
    assert await resealing.in_use(connection) == {1: 7}
    code, said = await run(environment, file, "rotate")
    assert code == 0 and "7 values are sealed again" in said, said
    assert await resealing.in_use(connection) == {2: 7}
    assert await bots.token_of(connection, service, bot_id) == token  # it has read the file again
    assert service.seal(b"x", "row")[0] == 2
    settings = await connection.fetchval("SELECT settings FROM bot_modules WHERE module = 'menu'")
    for secret in (settings["key"], settings["list"][0]["deep"]):
        bound = f"bot_modules|{bot_id}|menu"
        assert service.open(base64.b64decode(secret["sealed"]), bound) == b"api"
    assert settings["sealed"] == "a word"
    message = await connection.fetchval("SELECT message FROM outgoing")
    assert service.open(base64.b64decode(message["sealed"]), "a|row") == b"goods"
    assert file.stat().st_mode & 0o777 == 0o600

    code, said = await run(environment, file, "forget", "2")
    assert code == 1 and "rotate first" in said
    code, said = await run(environment, file, "forget", "1")
    assert code == 0 and sorted(KeyRing.parse(f"file:{file}").keys) == [2]
    code, said = await run(environment, file, "list")
    assert code == 0 and "key   2         7 values  seals" in said, said


async def test_a_rotation_that_was_killed_is_finished(
    environment: dict[str, str],
    connection: Connection,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = KeyRing.parse(f"file:{file}")
    await connection.execute(
        "ALTER TABLE delivery_keys DROP CONSTRAINT IF EXISTS delivery_keys_product_id_fkey"
    )
    await fill(connection, ring)
    monkeypatch.setattr(resealing, "_BATCH_ROWS", 1)
    seal, calls = KeyRing.seal, 0

    def killed(self: KeyRing, plain: bytes, row: str) -> bytes:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise KeyboardInterrupt
        return seal(self, plain, row)

    monkeypatch.setattr(KeyRing, "seal", killed)
    code, _ = await run(environment, file, "rotate")
    assert code == 130
    monkeypatch.setattr(KeyRing, "seal", seal)
    used = await resealing.in_use(connection)
    assert used[1] and used[2]
    code, said = await run(environment, file, "forget", "1")
    assert code == 1 and "are sealed with key 1" in said
    code, said = await run(environment, file, "rotate")
    assert code == 0 and "seals from now on" not in said  # no third key
    assert await resealing.in_use(connection) == {2: 7}


async def test_a_key_that_is_gone_is_named(
    environment: dict[str, str], connection: Connection, file: Path
) -> None:
    other = KeyRing.parse("3:" + SECRET_KEYS.partition(":")[2].replace("a2", "b2"))
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    sealed = other.seal(b"x", bots.token_row(bot.id))
    await connection.execute("UPDATE bots SET token_sealed = $1", sealed)
    code, said = await run(environment, file, "rotate")
    assert code == 1 and "1 values do not open" in said, said
    code, said = await run(environment, file, "list")
    assert "MISSING" in said


async def test_a_backup_needs_only_keys_that_seal_something(
    environment: dict[str, str], connection: Connection, file: Path, settings: Settings
) -> None:
    told = settings.model_copy(update={"secret_keys": SecretStr(f"file:{file}")})
    await create_sealed_bot(connection, KeyRing.parse(f"file:{file}"))
    before = await secret_keys.needed(connection, told)
    assert (await run(environment, file, "rotate"))[0] == 0
    after = await secret_keys.needed(connection, told)
    assert [each.partition(":")[0] for each in (*before, *after)] == ["1", "2"]
    assert (await run(environment, file, "forget", "1"))[0] == 0
    secret_keys.require(told, after)
    with pytest.raises(ConfigurationError, match="sealed with key 1 "):
        secret_keys.require(told, before)


async def create_sealed_bot(connection: Connection, keys: KeyRing) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    await connection.execute(
        "UPDATE bots SET token_sealed = $1", keys.seal(b"x", bots.token_row(bot.id))
    )


async def test_a_digital_key_is_known_again_after_its_secret_was_forgotten(
    environment: dict[str, str], connection: Connection, file: Path
) -> None:
    shop = await create_shop(connection)
    product = await create_product(connection, shop.id)
    service = KeyRing.parse(f"file:{file}")

    async def add(*keys: str) -> int:
        return await store.add_keys(
            connection, service, shop_id=shop.id, product_id=product.id, variant_id=None, keys=keys
        )

    assert await add("one", "two") == 2
    file.write_text(f"{file.read_text().strip()},2:{base64.b64encode(b'n' * 32).decode()}")
    assert await add("two", "three") == 1  # a rotation has begun
    assert (await run(environment, file, "rotate"))[0] == 0
    assert await add("one", "two", "three", "four") == 1
    # As an earlier version left it: sealed again, the digest of the first key.
    first = KeyRing.parse(SECRET_KEYS)
    row = f"delivery_keys|{shop.id}|{product.id}"
    newest = max(KeyRing.parse(f"file:{file}").keys)
    for word in (b"one", b"two"):
        await connection.execute(
            "UPDATE delivery_keys SET digest = $1 WHERE digest = $2",
            first.digests(word, row)[0],
            service.digests(word, row)[0],
        )
    for number in range(1, newest):
        code, said = await run(environment, file, "forget", str(number))
        assert code == 0, said
    assert await add("one", "two", "three", "four", "five") == 1


async def test_hosts_are_told_of_resealed_settings_and_keep_what_they_have_read(
    environment: dict[str, str], connection: Connection, file: Path, database_url: str
) -> None:
    service = KeyRing.parse(f"file:{file}")
    await connection.execute(
        "ALTER TABLE delivery_keys DROP CONSTRAINT IF EXISTS delivery_keys_product_id_fkey"
    )
    bot_id = await fill(connection, service)
    in_memory = service.seal(b"api", "row")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await postgres.connect(database_url)
    await listener.add_listener(BOTS_CHANNEL, lambda *told: heard.put_nowait(str(told[3])))
    assert (await run(environment, file, "rotate"))[0] == 0
    async with asyncio.timeout(patience.SECONDS):
        assert await heard.get() == str(bot_id)
    await listener.close()
    assert (await run(environment, file, "forget", "1"))[0] == 0
    assert service.seal(b"x", "row")[0] == 2 and sorted(service.keys) == [2]
    assert service.open(in_memory, "row") == b"api"


async def test_two_commands_do_not_change_the_keys_at_once(
    environment: dict[str, str],
    connection: Connection,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await create_sealed_bot(connection, KeyRing.parse(f"file:{file}"))
    assert (await run(environment, file, "rotate"))[0] == 0
    before = file.read_text()
    monkeypatch.setattr(key_commands, "_LOCK_MILLISECONDS", 50)
    await connection.execute("SELECT pg_advisory_lock($1)", getattr(key_commands, "_LOCK"))
    for command in (["forget", "1"], ["rotate"]):
        code, said = await run(environment, file, *command)
        assert code == 1 and "another `vitrina keys`" in said, said
    await connection.execute("SELECT pg_advisory_unlock_all()")
    monkeypatch.undo()

    async def meanwhile(*_given: object) -> int:
        file.write_text(f"{before.strip()},3:{base64.b64encode(b'n' * 32).decode()}")
        return 0

    monkeypatch.setattr(resealing, "digest_again", meanwhile)
    code, said = await run(environment, file, "forget", "1")
    assert code == 1 and "was changed meanwhile" in said, said
    assert sorted(KeyRing.parse(f"file:{file}").keys) == [1, 2, 3]


async def test_keys_of_the_environment_cannot_be_rotated(
    environment: dict[str, str], connection: Connection
) -> None:
    await create_bot(connection, await create_shop(connection))
    ran = await asyncio.to_thread(vitrina, environment, "keys", "rotate")
    assert ran.returncode == 1 and "put the value of VITRINA_SECRET_KEYS into a file" in ran.stderr


async def test_every_sealed_column_says_what_it_is_bound_to(connection: Connection) -> None:
    named = {(each.table, each.name) for each in await resealing.columns(connection)}
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type = 'bytea' "
        "AND column_name LIKE '%sealed%'"
    )
    assert len(rows) > 6
    assert {(row["table_name"], row["column_name"]) for row in rows} <= named
    for each in await resealing.columns(connection):
        listed = ", ".join([each.name, *each.fields])
        await connection.execute(f"SELECT {listed} FROM {each.table} LIMIT 0")
