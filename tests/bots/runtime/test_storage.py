"""A session survives its worker, sealed, and only where it belongs."""

import pytest
from pyrogram import raw

from bots.runtime import leases
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.storage import BotStorage, Position, load_position, save_position
from core.postgres import Pool
from tests.factories import KEYS, create_origin

KEY = bytes(range(256))
SERVER = ("127.0.0.1", 4430)
_VERSIONS = (
    "SELECT array_agg(xmin::text ORDER BY xmin::text) "
    "FROM (SELECT xmin FROM bot_sessions UNION ALL SELECT xmin FROM bot_peers)"
)


@pytest.fixture(name="lease")
async def taken_lease(pool: Pool) -> Lease:
    async with pool.acquire() as connection:
        await create_origin(connection)
        (lease,) = await leases.take(connection, "w", limit=1)
    return lease


def storage(
    pool: Pool, lease: Lease, server: tuple[str, int] | None = SERVER, api_id: int = 1
) -> BotStorage:
    return BotStorage(pool, KEYS, lease, api_id=api_id, servers={0: server} if server else None)


async def saved(pool: Pool, lease: Lease, server: tuple[str, int] | None = SERVER) -> None:
    first = storage(pool, lease, server)
    await first.open()
    assert await first.auth_key() is None
    await first.dc_id(2)
    await first.api_id(1)
    await first.server_address("149.154.167.51")
    await first.port(443)
    await first.test_mode(False)
    await first.auth_key(KEY)
    await first.date(0)
    await first.user_id(lease.bot_id)
    await first.is_bot(True)
    await first.update_peers([(42, -7, "user", None), (-1001234567890, 9, "supergroup", None)])
    await first.save()


async def test_a_session_comes_back_whole(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease)
    again = storage(pool, lease)
    await again.open()
    assert await again.auth_key() == KEY
    assert [await again.dc_id(), await again.user_id(), await again.is_bot()] == [
        2,
        lease.bot_id,
        True,
    ]
    assert await again.get_peer_by_id(42) == raw.types.InputPeerUser(user_id=42, access_hash=-7)
    assert await again.get_peer_by_id(-1001234567890) == raw.types.InputPeerChannel(
        channel_id=1234567890, access_hash=9
    )
    for ask in (again.get_peer_by_id(43), again.get_peer_by_username("tea")):
        with pytest.raises(KeyError):
            await ask


async def test_the_key_is_sealed_to_its_row(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease)
    sealed = await pool.fetchval("SELECT auth_key_sealed FROM bot_sessions")
    assert KEY[:32] not in sealed
    assert KEYS.open(sealed, f"bot_sessions|{lease.bot_id}|auth_key") == KEY


@pytest.mark.parametrize(
    ("server", "api_id", "is_found"),
    [
        (SERVER, 1, True),
        (SERVER, 2, False),
        (("127.0.0.1", 4431), 1, False),
        (None, 1, False),
    ],
)
async def test_a_session_counts_only_with_its_own_server(
    pool: Pool,
    lease: Lease,
    server: tuple[str, int] | None,
    api_id: int,
    is_found: bool,
) -> None:
    await saved(pool, lease)
    other = storage(pool, lease, server, api_id)
    await other.open()
    assert (await other.auth_key() is not None) == is_found


async def test_telegrams_own_address_is_kept(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease, None)
    again = storage(pool, lease, None)
    await again.open()
    assert (await again.server_address(), await again.port()) == ("149.154.167.51", 443)


async def test_only_what_changed_is_written(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease)
    again = storage(pool, lease)
    await again.open()
    before = await pool.fetchval(_VERSIONS)
    await again.auth_key(KEY)
    await again.get_peer_by_id(42)
    await again.update_peers([(42, -7, "user", None)])
    await again.save()
    assert await pool.fetchval(_VERSIONS) == before
    await again.update_peers([(42, -8, "user", None)])
    await again.save()
    assert await pool.fetchval("SELECT access_hash FROM bot_peers WHERE peer_id = 42") == -8


async def test_an_old_holder_saves_nothing(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease)
    old = storage(pool, lease)
    await old.open()
    await old.auth_key(KEY[::-1])
    async with pool.acquire() as connection:
        await leases.take(connection, "w", limit=1, own_too=True)
    with pytest.raises(LeaseLost):
        await old.save()
    with pytest.raises(LeaseLost):
        await old.delete()
    assert await pool.fetchval("SELECT count(*) FROM bot_sessions") == 1


async def test_a_dead_session_is_forgotten(pool: Pool, lease: Lease) -> None:
    await saved(pool, lease)
    dead = storage(pool, lease)
    await dead.open()
    await dead.delete()
    assert await dead.auth_key() is None
    assert await pool.fetchval("SELECT count(*) FROM bot_sessions") == 0


async def test_the_mark_is_kept(pool: Pool, lease: Lease) -> None:
    async with pool.acquire() as connection:
        assert await load_position(connection, lease.bot_id) is None
        for position in (Position(7, 1, 1700000000), Position(9, 1, 1700000001)):
            await save_position(connection, lease.bot_id, position)
            assert await load_position(connection, lease.bot_id) == position
        with_channels = Position(9, 1, 1700000001, ((77, 500), (78, 3)))
        await save_position(connection, lease.bot_id, with_channels)
        await save_position(connection, lease.bot_id, Position(9, 2, 1700000002, ((77, 501),)))
        kept = await load_position(connection, lease.bot_id)
    assert kept is not None
    assert (kept.qts, dict(kept.channels)) == (2, {77: 501, 78: 3})
