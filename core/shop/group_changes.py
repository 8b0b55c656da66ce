"""Changes of a staff's group in Telegram: it moves, loses a topic, or the bot is removed from
it."""

from core.postgres import Connection
from core.shop import staff

# Telegram's error for messages to a group that has become a supergroup.
_MOVED_AWAY = ("PEER_ID_INVALID", "CHAT_ID_INVALID")


async def move(connection: Connection, bot_id: int, chat_id: int, new_chat_id: int) -> bool:
    """Telegram has made a supergroup of the group: it gets another id, and messages to it that wait
    or were refused since go there. False if the group is not bound (any more)."""
    bound = await connection.fetchval(
        "SELECT chat_id FROM staff_chats WHERE bot_id = $1 AND chat_id = $2 FOR UPDATE",
        bot_id,
        chat_id,
    )
    if bound is None:
        return False
    await connection.execute(
        "DELETE FROM staff_topics WHERE bot_id = $1 AND chat_id = $2", bot_id, chat_id
    )
    is_bound_anew = await connection.fetchval(
        "UPDATE staff_chats SET moved_from = $2, trouble = NULL "
        "WHERE bot_id = $1 AND chat_id = $3 RETURNING true",
        bot_id,
        chat_id,
        new_chat_id,
    )
    if is_bound_anew:
        await staff.unbind(connection, bot_id, chat_id)
    else:
        await connection.execute(
            "UPDATE staff_chats SET chat_id = $3, moved_from = $2, has_topics = false, "
            "trouble = NULL WHERE bot_id = $1 AND chat_id = $2",
            bot_id,
            chat_id,
            new_chat_id,
        )
    await connection.execute(
        "UPDATE outgoing SET chat_id = $3, message = message - 'thread_id', state = 'pending', "
        "error = NULL, not_before = now() WHERE bot_id = $1 AND chat_id = $2 "
        "AND (state = 'pending' OR state = 'failed' AND error = ANY($4::text[]))",
        bot_id,
        chat_id,
        new_chat_id,
        list(_MOVED_AWAY),
    )
    return True


async def rejoined(connection: Connection, bot_id: int, chat_id: int, title: str) -> None:
    """The bot is in the group (again): messages can be sent there, if it is bound."""
    await connection.execute(
        "UPDATE staff_chats SET trouble = NULL, title = coalesce(nullif($3, ''), title) "
        "WHERE bot_id = $1 AND chat_id = $2",
        bot_id,
        chat_id,
        title,
    )


async def set_trouble(
    connection: Connection, bot_id: int, chat_id: int, trouble: str | None
) -> None:
    """Sets why nothing can be sent there, a code for the panel; None: it can again. A trouble that
    is already set stays, except that `REMOVED` replaces it."""
    await connection.execute(
        "UPDATE staff_chats SET trouble = $3 WHERE bot_id = $1 AND chat_id = $2 "
        "AND trouble IS DISTINCT FROM $3 AND (trouble IS NULL OR $3 IS NULL OR $3 = $4)",
        bot_id,
        chat_id,
        trouble,
        staff.REMOVED,
    )


async def drop_topic(connection: Connection, bot_id: int, chat_id: int, thread_id: int) -> None:
    """The topic is deleted or closed: its messages go to the group's default topic."""
    await connection.execute(
        "DELETE FROM staff_topics WHERE bot_id = $1 AND chat_id = $2 AND thread_id = $3",
        bot_id,
        chat_id,
        thread_id,
    )
    await connection.execute(
        "UPDATE outgoing SET message = message - 'thread_id' WHERE bot_id = $1 AND chat_id = $2 "
        "AND state = 'pending' AND message -> 'thread_id' = to_jsonb($3::bigint)",
        bot_id,
        chat_id,
        thread_id,
    )
