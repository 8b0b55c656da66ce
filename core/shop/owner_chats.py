"""Owners' own chats with their bots: there they get a fresh link by /panel, and confirm what is
dangerous. A chat is bound by a one-time code from the panel and has the rights of the link by which
that was made: it ends with the link."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access, customers, staff
from core.shop.access import Visitor
from core.shop.access_links import MANAGED, scope

CODE_LIVES = timedelta(minutes=30)
LINK_LIVES = timedelta(minutes=10)  # until it is used; its session may go on
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters and digits that look alike
_CODE_LENGTH = 12


class OwnerChat(BaseModel):
    """A chat of a person (`telegram_id`) with a bot, with the rights of a link."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    telegram_id: int
    name: str
    link_id: int
    label: str
    shop_ids: list[int] | None
    bound_at: datetime


# A chat counts while its link does and its bot is there.
_CHATS = """
SELECT c.bot_id, c.telegram_id, c.name, c.link_id, l.label, l.shop_ids, c.bound_at
FROM owner_chats AS c JOIN access_links AS l ON l.id = c.link_id JOIN bots AS b ON b.id = c.bot_id
WHERE l.role = 'owner' AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now())
    AND b.removed_at IS NULL
"""
# An observed bot asks nobody and hears no answer: whoever has a chat with it decides nothing.
_DECIDING = f"{_CHATS} AND b.mode = 'hosted'"


async def managed(connection: Connection, visitor: Visitor) -> list[OwnerChat]:
    """The chats that were bound by links which the visitor manages, oldest first."""
    rows = await connection.fetch(
        f"{_CHATS} AND {MANAGED} ORDER BY c.bound_at, c.telegram_id",
        *scope(visitor),
    )
    return [OwnerChat(**row) for row in rows]


async def covering(connection: Connection, shop_ids: Sequence[int] | None) -> list[OwnerChat]:
    """The chats whose owners may decide about all of these shops (None: every shop there is)."""
    rows = await connection.fetch(
        f"{_DECIDING} AND (l.shop_ids IS NULL OR l.shop_ids @> $1::int[]) ORDER BY c.bound_at",
        None if shop_ids is None else list(shop_ids),
    )
    return [OwnerChat(**row) for row in rows]


async def concerned(connection: Connection, shop_ids: Sequence[int] | None) -> list[OwnerChat]:
    """The chats whose owners may decide about at least one of these shops (None: of all)."""
    rows = await connection.fetch(
        f"{_DECIDING} AND (l.shop_ids IS NULL OR l.shop_ids && $1::int[] OR $2) "
        "ORDER BY c.bound_at",
        list(shop_ids or ()),
        shop_ids is None,
    )
    return [OwnerChat(**row) for row in rows]


async def of_link(connection: Connection, link_id: int) -> list[OwnerChat]:
    """The chats that decide with the rights of a link, and end with it."""
    rows = await connection.fetch(f"{_DECIDING} AND c.link_id = $1", link_id)
    return [OwnerChat(**row) for row in rows]


async def of_bot(connection: Connection, bot_id: int) -> list[OwnerChat]:
    """The chats with a bot in which owners decide."""
    rows = await connection.fetch(f"{_DECIDING} AND c.bot_id = $1", bot_id)
    return [OwnerChat(**row) for row in rows]


async def of_person(connection: Connection, bot_id: int, telegram_id: int) -> OwnerChat | None:
    """The person's chat with the bot, if an owner decides there."""
    row = await connection.fetchrow(
        f"{_DECIDING} AND c.bot_id = $1 AND c.telegram_id = $2", bot_id, telegram_id
    )
    return None if row is None else OwnerChat(**row)


async def create_code(
    connection: Connection, bot_id: int, link_id: int, panel_url: str
) -> tuple[str, datetime]:
    """A code to send to the bot, and until when it works; shown once. A link that a bot handed out
    stands for the one that its chat was bound with."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    expires_at: datetime = await connection.fetchval(
        "INSERT INTO owner_codes (digest, bot_id, link_id, panel_url, expires_at) "
        "VALUES ($1, $2, $3, $4, now() + $5::interval) RETURNING expires_at",
        access.digest(code),
        bot_id,
        await access.lasting_link(connection, link_id),
        panel_url,
        CODE_LIVES,
    )
    return code, expires_at


async def bind(
    connection: Connection, bot_id: int, code: str, *, telegram_id: int, name: str
) -> bool:
    """Makes the chat in which the code was sent its owner's; False for a code that is unknown,
    used, expired, of another bot, or whose link has ended."""
    used = await connection.fetchrow(
        "UPDATE owner_codes AS c SET used_at = now() FROM access_links AS l "
        "WHERE c.digest = $1 AND c.bot_id = $2 AND c.used_at IS NULL AND c.expires_at > now() "
        "AND l.id = c.link_id AND l.role = 'owner' AND l.revoked_at IS NULL "
        "AND (l.expires_at IS NULL OR l.expires_at > now()) "
        "RETURNING c.link_id, c.panel_url, l.shop_ids",
        access.digest(code.strip().upper()),
        bot_id,
    )
    if used is None:
        return False
    await connection.execute(
        "INSERT INTO owner_chats (bot_id, telegram_id, link_id, name, panel_url) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (bot_id, telegram_id) DO UPDATE "
        "SET link_id = $3, name = $4, panel_url = $5, bound_at = now()",
        bot_id,
        telegram_id,
        used["link_id"],
        name,
        used["panel_url"],
    )
    await staff.mark(connection, telegram_id, used["shop_ids"])
    return True


async def unbind(connection: Connection, visitor: Visitor, bot_id: int, telegram_id: int) -> None:
    """Takes a chat's rights away, and ends the links that it was handed out, with their sessions.
    Raises NotFound for one that the visitor does not manage."""
    gone = await connection.fetchval(
        "DELETE FROM owner_chats AS c USING access_links AS l "
        f"WHERE l.id = c.link_id AND {MANAGED} AND c.bot_id = $4 AND c.telegram_id = $5 "
        "RETURNING c.bot_id",
        *scope(visitor),
        bot_id,
        telegram_id,
    )
    if gone is None:
        raise NotFound("there is no such owner's chat among those that you manage")
    handed_out = await connection.fetch(
        "SELECT id FROM access_links WHERE chat_bot_id = $1 AND chat_telegram_id = $2 "
        "AND revoked_at IS NULL",
        bot_id,
        telegram_id,
    )
    await customers.unmark_staff(connection, [telegram_id])
    for link in handed_out:
        await access.revoke_link(connection, link["id"])


async def hand_out_link(connection: Connection, chat: OwnerChat) -> str:
    """A link with the chat's rights that opens the panel once, within ten minutes; its address.

    A link that was handed out before and never used opens nothing any more. What the link opens
    ends with the one that the chat was bound by.
    """
    await connection.execute(
        "UPDATE access_links SET enter_until = now() "
        "WHERE chat_bot_id = $1 AND chat_telegram_id = $2 AND last_used_at IS NULL",
        chat.bot_id,
        chat.telegram_id,
    )
    row = await connection.fetchrow(
        "SELECT c.panel_url, least(l.expires_at, now() + $3::interval) AS expires_at "
        "FROM owner_chats AS c JOIN access_links AS l ON l.id = c.link_id "
        "WHERE c.bot_id = $1 AND c.telegram_id = $2",
        chat.bot_id,
        chat.telegram_id,
        access.ABSOLUTE,
    )
    assert row is not None  # the chat was just read
    link_id, token = await access.insert_link(
        connection,
        label=chat.label,
        role="owner",
        shop_ids=chat.shop_ids,
        expires_at=row["expires_at"],
        origin="bot",
        made_by=chat.link_id,
        enter_within=LINK_LIVES,
    )
    await connection.execute(
        "UPDATE access_links SET chat_bot_id = $2, chat_telegram_id = $3 WHERE id = $1",
        link_id,
        chat.bot_id,
        chat.telegram_id,
    )
    return f"{row['panel_url']}/enter#{token}"
