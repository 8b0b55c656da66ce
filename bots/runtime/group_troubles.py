"""Staff's groups to which a message cannot be sent: what can be done about it, and what is
recorded."""

from collections.abc import Mapping
from typing import Any

import structlog
from pyrogram.errors import ChatIdInvalid, PeerIdInvalid, RPCError, TopicDeleted

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from core.postgres import Connection, Pool
from core.shop import group_changes

log = structlog.get_logger()

_OF_GROUP = ("CHAT_", "CHANNEL_", "PEER_ID_INVALID", "TOPIC_", "USER_BANNED_IN_CHANNEL")
_BASIC = range(-(10**12) + 1, 0)  # ids of basic groups


async def mend(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # of a sender
    pool: Pool,
    lease: Lease,
    client: BotClient,
    chat_id: int,
    message: Mapping[str, Any],
    error: Exception,
) -> bool:
    """Whether there is another way for what was refused: out of a topic that is gone or closed, or
    into the supergroup that a group has become. The waiting messages are changed to it."""
    thread_id = message.get("thread_id")
    if isinstance(error, TopicDeleted) and thread_id is not None:  # or closed
        await _leave_topic(pool, lease, chat_id, thread_id)
        return True
    return await _follow(pool, lease, client, chat_id, error)


async def _follow(
    pool: Pool, lease: Lease, client: BotClient, chat_id: int, error: Exception
) -> bool:
    """Follows a group that has moved, of which the bot has not heard."""
    if chat_id not in _BASIC or not isinstance(error, PeerIdInvalid | ChatIdInvalid):
        return False
    try:
        new_chat_id = await client.moved_to(chat_id)
    except (RPCError, OSError) as failed:
        log.info(
            "it is not known which supergroup a group has become",
            chat_id=chat_id,
            error=repr(failed),
        )
        return False
    if new_chat_id is None:
        return False
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        return await group_changes.move(connection, lease.bot_id, chat_id, new_chat_id)


async def note(connection: Connection, lease: Lease, chat_id: int, reason: str) -> None:
    """Notes a refusal that says that nothing can be written in a group, and not that a message is
    wrong."""
    if chat_id < 0 and reason.startswith(_OF_GROUP):
        await group_changes.set_trouble(connection, lease.bot_id, chat_id, reason)


async def _leave_topic(pool: Pool, lease: Lease, chat_id: int, thread_id: int) -> None:
    log.info("a topic is gone", chat_id=chat_id, thread_id=thread_id)
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        await group_changes.drop_topic(connection, lease.bot_id, chat_id, thread_id)


async def reached(pool: Pool, lease: Lease, chat_id: int) -> None:
    """A message has arrived there: whatever the trouble was, it is over."""
    if chat_id < 0:
        async with pool.acquire() as connection:
            await group_changes.set_trouble(connection, lease.bot_id, chat_id, None)
