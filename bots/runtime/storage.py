"""Kurigram's storage engine on PostgreSQL: kept in memory, and only what changed is written.

What Kurigram stores for a client of its own (usernames, telephone numbers, update states) a bot
that answers people does not need: names are asked of Telegram when needed, and how far updates are
handled is kept by `Position`, written in the transaction that commits them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from pyrogram import raw
from pyrogram.storage import Storage, UpdateState
from pyrogram.storage.sqlite_storage import get_input_peer

from bots.runtime import leases
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.outage import AWAY
from bots.runtime.server import Addresses, address_of
from core.postgres import Connection, Pool, Statement
from core.secrets import KeyRing

_PEERS_IN_MEMORY = 2000
_SAVE_EVERY = 1.0  # second
_OWN_STATE = 0  # among the states of channels, which go by their ids
_UNSET: Any = object()  # Kurigram also writes None, so None cannot mean "read"


def auth_key_row(bot_id: int) -> str:
    """The name that binds a sealed auth key to its row."""
    return f"bot_sessions|{bot_id}|auth_key"


@dataclass(frozen=True, slots=True)
class Position:
    """How far the account's updates are handled, as Telegram counts them; and those of channels,
    by their ids, where that has changed."""

    pts: int
    qts: int
    date: int
    channels: tuple[tuple[int, int], ...] = ()


async def load_position(connection: Connection, bot_id: int) -> Position | None:
    """The stored low-water marks."""
    rows = await connection.fetch(
        "SELECT state_id, pts, qts, date FROM bot_update_states WHERE bot_id = $1", bot_id
    )
    states = {row["state_id"]: row for row in rows}
    own = states.pop(_OWN_STATE, None)
    if own is None:
        return None
    channels = tuple((channel_id, row["pts"]) for channel_id, row in states.items())
    return Position(own["pts"], own["qts"], own["date"], channels)


def _saving(first: int = 1) -> str:
    bot_id, pts, qts, date = (f"${first + place}" for place in range(4))
    return (
        f"INSERT INTO bot_update_states (bot_id, state_id, pts, qts, date, seq) "
        f"VALUES ({bot_id}, {_OWN_STATE}, {pts}, {qts}, {date}, 0) ON CONFLICT (bot_id, state_id) "
        f"DO UPDATE SET pts = EXCLUDED.pts, qts = EXCLUDED.qts, date = EXCLUDED.date"
    )


def saving(bot_id: int, position: Position) -> Statement:
    """What stores the account's low-water marks in the caller's transaction, which has checked its
    lease; the channels' are not among them."""
    return Statement(_saving, (bot_id, position.pts, position.qts, position.date))


async def save_position(connection: Connection, bot_id: int, position: Position) -> None:
    """Stores all low-water marks in the caller's transaction, which has checked its lease."""
    own = saving(bot_id, position)
    await connection.execute(own.sql(1), *own.values)
    await save_channels(connection, bot_id, position)


async def save_channels(connection: Connection, bot_id: int, position: Position) -> None:
    """Stores those of channels."""
    if position.channels:
        await connection.execute(
            "INSERT INTO bot_update_states (bot_id, state_id, pts) "
            "SELECT $1, * FROM unnest($2::bigint[], $3::int[]) "
            "ON CONFLICT (bot_id, state_id) DO UPDATE SET pts = EXCLUDED.pts",
            bot_id,
            [channel_id for channel_id, _ in position.channels],
            [pts for _, pts in position.channels],
        )


class BotStorage(Storage):  # pylint: disable=too-many-public-methods  # Kurigram's interface
    """A bot's session and the peers it knows.

    `servers` are where the data centres are: the key of a session with one server says nothing to
    another, so a stored session of another server counts as none. None means Telegram itself.
    """

    def __init__(
        self,
        pool: Pool,
        keys: KeyRing,
        lease: Lease,
        *,
        api_id: int,
        servers: Addresses | None = None,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._lease = lease
        self._api_id = api_id
        self._servers = servers
        self._session: dict[str, Any] = {}
        self._session_changed = False
        # Access hash and kind by id; the ones used last stand last.
        self._peers: OrderedDict[int, tuple[int, str]] = OrderedDict()
        self._new_peers: dict[int, tuple[int, str]] = {}

    async def open(self) -> None:
        """Loads the session, if there is one for this server."""
        row = await self._pool.fetchrow(
            "SELECT dc_id, server_address, port, api_id, test_mode, auth_key_sealed, user_id, "
            "is_bot, date FROM bot_sessions WHERE bot_id = $1",
            self._lease.bot_id,
        )
        if row is None or row["auth_key_sealed"] is None or not self._belongs_here(row):
            return
        fields = dict(row)
        sealed = fields.pop("auth_key_sealed")
        fields["auth_key"] = self._keys.open(sealed, auth_key_row(self._lease.bot_id))
        self._session = fields

    def _belongs_here(self, row: Any) -> bool:
        if row["api_id"] != self._api_id:
            return False
        address = row["server_address"], row["port"]
        if self._servers is not None:
            return address == address_of(self._servers, row["dc_id"])
        try:
            return ip_address(row["server_address"]).is_global
        except ValueError:  # a name: of a simulator in a container, for example
            return False

    async def save(self) -> None:
        """Writes what changed, if the lease is still held; raises LeaseLost otherwise."""
        if not self._session_changed and not self._new_peers:
            return
        session_changed, self._session_changed = self._session_changed, False
        peers, self._new_peers = self._new_peers, {}
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await leases.check(connection, self._lease)
                if session_changed:
                    await self._save_session(connection)
                if peers:
                    await self._save_peers(connection, peers)
        except BaseException:
            self._session_changed |= session_changed
            self._new_peers = peers | self._new_peers
            raise

    async def _save_session(self, connection: Connection) -> None:
        key: bytes | None = self._session.get("auth_key")
        dc_id = self._session.get("dc_id")
        address, port = (
            address_of(self._servers, dc_id)
            if self._servers is not None and dc_id is not None
            else (self._session.get("server_address"), self._session.get("port"))
        )
        await connection.execute(
            "INSERT INTO bot_sessions (bot_id, dc_id, server_address, port, api_id, test_mode, "
            "auth_key_sealed, user_id, is_bot, date) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
            "$10) ON CONFLICT (bot_id) DO UPDATE SET dc_id = $2, server_address = $3, port = $4, "
            "api_id = $5, test_mode = $6, auth_key_sealed = $7, user_id = $8, is_bot = $9, "
            "date = $10",
            self._lease.bot_id,
            dc_id,
            address,
            port,
            self._session.get("api_id"),
            self._session.get("test_mode"),
            self._keys.seal(key, auth_key_row(self._lease.bot_id)) if key else None,
            self._session.get("user_id"),
            self._session.get("is_bot"),
            self._session.get("date"),
        )

    async def _save_peers(self, connection: Connection, peers: dict[int, tuple[int, str]]) -> None:
        await connection.execute(
            "INSERT INTO bot_peers (bot_id, peer_id, access_hash, kind) "
            "SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[]) "
            "ON CONFLICT (bot_id, peer_id) DO UPDATE "
            "SET access_hash = EXCLUDED.access_hash, kind = EXCLUDED.kind "
            "WHERE (bot_peers.access_hash, bot_peers.kind) "
            "    IS DISTINCT FROM (EXCLUDED.access_hash, EXCLUDED.kind)",
            self._lease.bot_id,
            list(peers),
            [access_hash for access_hash, _ in peers.values()],
            [kind for _, kind in peers.values()],
        )

    async def close(self) -> None:
        """Nothing to close: the pool is the worker's."""

    async def delete(self) -> None:
        """Forgets the session (its key is dead), here and in PostgreSQL."""
        self._session = {}
        self._session_changed = False
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            await connection.execute(
                "DELETE FROM bot_sessions WHERE bot_id = $1", self._lease.bot_id
            )

    async def update_peers(self, peers: Iterable[tuple[int, int, str, str | None]]) -> None:
        for peer_id, access_hash, kind, _ in peers:
            peer = (access_hash, kind)
            if self._peers.get(peer_id) != peer:
                self._new_peers[peer_id] = peer
            self._remember(peer_id, peer)

    def _remember(self, peer_id: int, peer: tuple[int, str]) -> None:
        self._peers[peer_id] = peer
        self._peers.move_to_end(peer_id)
        if len(self._peers) > _PEERS_IN_MEMORY:
            self._peers.popitem(last=False)

    async def get_peer_by_id(self, peer_id: int) -> raw.base.InputPeer:
        """From memory or PostgreSQL; KeyError sends Kurigram to ask Telegram."""
        peer = self._peers.get(peer_id) or self._new_peers.get(peer_id)
        if peer is None:
            row = await self._pool.fetchrow(
                "SELECT access_hash, kind FROM bot_peers WHERE bot_id = $1 AND peer_id = $2",
                self._lease.bot_id,
                peer_id,
            )
            if row is None:
                raise KeyError(peer_id)
            peer = (row["access_hash"], row["kind"])
        self._remember(peer_id, peer)
        found: raw.base.InputPeer = get_input_peer(peer_id, *peer)
        return found

    async def update_usernames(self, usernames: Iterable[tuple[int, list[str | None]]]) -> None:
        """Not kept: names change hands, and Telegram answers for them."""

    async def get_peer_by_username(self, username: str) -> raw.base.InputPeer:
        raise KeyError(username)

    async def get_peer_by_phone_number(self, phone_number: str) -> raw.base.InputPeer:
        raise KeyError(phone_number)

    async def get_update_states(self, ids: int | Iterable[int] | None = None) -> list[UpdateState]:
        """None: the client's own catch-up uses `Position` instead."""
        return []

    async def set_update_state(self, update_state: UpdateState | Iterable[UpdateState]) -> None:
        """Not kept here, see `Position`."""

    async def delete_update_state(self, state_id: int | Iterable[int]) -> None:
        """Not kept here, see `Position`."""

    def _field(self, name: str, value: Any) -> Any:
        """Kurigram's accessors read when called without an argument and write with one."""
        if value is _UNSET:
            return self._session.get(name)
        if self._session.get(name) != value:
            self._session[name] = value
            self._session_changed = True
        return value

    async def dc_id(self, value: int | None = _UNSET) -> Any:
        return self._field("dc_id", value)

    async def api_id(self, value: int | None = _UNSET) -> Any:
        return self._field("api_id", value)

    async def server_address(self, value: str | None = _UNSET) -> Any:
        return self._field("server_address", value)

    async def port(self, value: int | None = _UNSET) -> Any:
        return self._field("port", value)

    async def test_mode(self, value: bool | None = _UNSET) -> Any:
        return self._field("test_mode", value)

    async def auth_key(self, value: bytes | None = _UNSET) -> Any:
        return self._field("auth_key", value)

    async def date(self, value: int | None = _UNSET) -> Any:
        return self._field("date", value)

    async def user_id(self, value: int | None = _UNSET) -> Any:
        return self._field("user_id", value)

    async def is_bot(self, value: bool | None = _UNSET) -> Any:
        return self._field("is_bot", value)


async def save_behind(storage: BotStorage) -> None:
    """Writes what the client has learnt, now and then. Never returns."""
    while True:
        await asyncio.sleep(_SAVE_EVERY)
        with suppress(*AWAY, LeaseLost):
            await storage.save()
