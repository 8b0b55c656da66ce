"""Staff: the groups that get a bot's order notices, who may press buttons there, and what they did.

A group is bound by a one-time code that the panel shows and somebody sends there; the sender is
staff from then on. What staff does, in a group or in the panel, is recorded and counted.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused
from core.events import NOBODY, Event, Origin, emit
from core.postgres import Connection
from core.shop import access, customers, risk
from core.taxonomy import TAXONOMY

STAFF_ACTION = TAXONOMY["staff_action"]
CODE_LIVES = timedelta(minutes=30)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters and digits that look alike
_CODE_LENGTH = 12
CHATS_A_BOT = 10
_LOCK = 0x73746166  # any number of ours
REMOVED = "removed"  # the trouble of a group that the bot was removed from


class CodeInvalid(Refused):
    """The same error for unknown, used and expired codes."""

    code = "staff_code_invalid"


class TooManyChats(Refused):
    code = "too_many_staff_chats"


class NotStaff(Refused):
    """The person may not do that here."""

    code = "not_staff"


class StaffChat(BaseModel):
    """A group that is bound to a bot.

    `topics`: the topic for each purpose (`orders`, `support`, …), if the group has topics.
    `trouble`: why nothing can be sent there, `removed` or Telegram's error. `moved_from`: its id
    before Telegram made a supergroup of it.
    """

    model_config = ConfigDict(frozen=True)

    bot_id: int
    chat_id: int
    title: str
    has_topics: bool
    anyone_may_press: bool
    bound_at: datetime
    trouble: str | None
    moved_from: int | None
    topics: dict[str, int]

    def topic(self, purpose: str) -> int | None:
        """The topic for a purpose, else that for orders; None: no topic."""
        return self.topics.get(purpose, self.topics.get("orders"))


class StaffMember(BaseModel):
    """A person who may press buttons. `rights` None: everything."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    telegram_id: int
    name: str
    rights: list[str] | None
    added_by: str
    added_at: datetime

    def may(self, right: str) -> bool:
        return self.rights is None or right in self.rights


@dataclass(frozen=True, slots=True)
class Doer:
    """A person who does something: a staff member by their Telegram id, or a visitor of the
    panel."""

    name: str
    telegram_id: int | None = None
    link_id: int | None = None


class StaffAction(BaseModel):
    """What was done: `action` like `orders.cancel`, `subject` like `order:17`."""

    model_config = ConfigDict(frozen=True)

    bot_id: int
    actor: str
    action: str
    subject: str
    outcome: str
    done_at: datetime


_CHATS = """
SELECT c.bot_id, c.chat_id, c.title, c.has_topics, c.anyone_may_press, c.bound_at, c.trouble,
    c.moved_from, coalesce((SELECT jsonb_object_agg(t.purpose, t.thread_id) FROM staff_topics AS t
        WHERE (t.bot_id, t.chat_id) = (c.bot_id, c.chat_id)), '{}') AS topics
FROM staff_chats AS c
"""


async def create_code(connection: Connection, bot_id: int, created_by: str) -> tuple[str, datetime]:
    """A code to send in the group, and until when it works; shown once."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    expires_at: datetime = await connection.fetchval(
        "INSERT INTO staff_codes (digest, bot_id, created_by, expires_at) "
        "VALUES ($1, $2, $3, now() + $4::interval) RETURNING expires_at",
        access.digest(code),
        bot_id,
        created_by,
        CODE_LIVES,
    )
    return code, expires_at


async def bind(
    connection: Connection,
    origin: Origin,
    code: str,
    *,
    chat_id: int,
    title: str,
    has_topics: bool,
    telegram_id: int,
    name: str,
) -> StaffChat:
    """Binds the group in which the code was sent, and makes its sender staff. Raises CodeInvalid,
    or TooManyChats."""
    used = await connection.fetchrow(
        "UPDATE staff_codes SET used_at = now() WHERE digest = $1 AND bot_id = $2 "
        "AND used_at IS NULL AND expires_at > now() RETURNING created_by",
        access.digest(code.strip().upper()),
        origin.bot_id,
    )
    if used is None:
        raise CodeInvalid("this code is not valid: make a new one in the panel")
    others = await connection.fetchval(
        "SELECT count(*) FROM staff_chats WHERE bot_id = $1 AND chat_id <> $2",
        origin.bot_id,
        chat_id,
    )
    if others >= CHATS_A_BOT:
        raise TooManyChats(f"the bot has {CHATS_A_BOT} staff groups: unbind one first")
    await connection.execute(
        "INSERT INTO staff_chats (bot_id, chat_id, title, has_topics) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (bot_id, chat_id) DO UPDATE "
        "SET title = $3, has_topics = $4, bound_at = now(), trouble = NULL",
        origin.bot_id,
        chat_id,
        title,
        has_topics,
    )
    await add_member(connection, origin.shop_id, telegram_id, name, added_by=used["created_by"])
    doer = Doer(name, telegram_id=telegram_id)
    await record(connection, origin, doer, "staff.bind", f"chat:{chat_id}")
    return await chat_of(connection, origin.bot_id, chat_id)


async def chats_of(connection: Connection, bot_id: int) -> list[StaffChat]:
    """The groups that are bound to a bot, oldest first."""
    rows = await connection.fetch(f"{_CHATS} WHERE c.bot_id = $1 ORDER BY c.bound_at", bot_id)
    return [StaffChat(**row) for row in rows]


async def chat_of(connection: Connection, bot_id: int, chat_id: int) -> StaffChat:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"{_CHATS} WHERE c.bot_id = $1 AND c.chat_id = $2", bot_id, chat_id
    )
    if row is None:
        raise NotFound(f"the bot has no staff group {chat_id}")
    return StaffChat(**row)


async def unbind(connection: Connection, bot_id: int, chat_id: int) -> None:
    """Unbinds a group: nothing is sent there any more, and its buttons do nothing."""
    await connection.execute(
        "DELETE FROM staff_chats WHERE bot_id = $1 AND chat_id = $2", bot_id, chat_id
    )


async def let_anyone_press(
    connection: Connection, bot_id: int, chat_id: int, anyone: bool
) -> StaffChat:
    """Sets whether every member of the group may press buttons, or staff alone. Raises NotFound."""
    await connection.execute(
        "UPDATE staff_chats SET anyone_may_press = $3 WHERE bot_id = $1 AND chat_id = $2",
        bot_id,
        chat_id,
        anyone,
    )
    return await chat_of(connection, bot_id, chat_id)


async def set_topic(
    connection: Connection, bot_id: int, chat_id: int, purpose: str, thread_id: int
) -> None:
    """Messages of this purpose go to this topic of the group from now on."""
    await connection.execute(
        "INSERT INTO staff_topics (bot_id, chat_id, purpose, thread_id) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (bot_id, chat_id, purpose) DO UPDATE SET thread_id = $4",
        bot_id,
        chat_id,
        purpose,
        thread_id,
    )


async def add_member(
    connection: Connection,
    shop_id: int,
    telegram_id: int,
    name: str,
    *,
    added_by: str,
    rights: Sequence[str] | None = None,
) -> StaffMember:
    """Makes somebody staff, or changes their rights; figures leave them out as shoppers."""
    row = await connection.fetchrow(
        "INSERT INTO staff_members (shop_id, telegram_id, name, rights, added_by) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (shop_id, telegram_id) "
        "DO UPDATE SET name = $3, rights = $4 RETURNING *",
        shop_id,
        telegram_id,
        name,
        None if rights is None else list(rights),
        added_by,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    await mark(connection, telegram_id, [shop_id])
    return StaffMember(**row)


async def mark(connection: Connection, telegram_id: int, shop_ids: Sequence[int] | None) -> None:
    """The person is no shopper of these shops (None: of any): figures leave them out from now on,
    and what scores say of them does not count. Of shops that they come to later the database asks
    by itself (`is_of_staff`)."""
    rows = await connection.fetch(
        "UPDATE customers AS c SET is_staff = true FROM shops AS s "
        "WHERE c.shop_id = s.id AND c.telegram_id = $1 "
        "AND ($2::int[] IS NULL OR s.id = ANY($2)) RETURNING c.shop_id, c.buyer_no",
        telegram_id,
        None if shop_ids is None else list(shop_ids),
    )
    if rows:
        await risk.let_go(connection, [(row["shop_id"], row["buyer_no"]) for row in rows])


async def remove_member(connection: Connection, shop_id: int, telegram_id: int) -> None:
    """Removes somebody from the staff: a shopper like others from now on, unless they own the
    shop. Raises NotFound."""
    gone = await connection.fetchval(
        "DELETE FROM staff_members WHERE shop_id = $1 AND telegram_id = $2 RETURNING telegram_id",
        shop_id,
        telegram_id,
    )
    if gone is None:
        raise NotFound("there is no such staff member")
    await customers.unmark_staff(connection, [telegram_id])


async def members_of(connection: Connection, shop_id: int) -> list[StaffMember]:
    """The shop's staff, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM staff_members WHERE shop_id = $1 ORDER BY added_at, telegram_id", shop_id
    )
    return [StaffMember(**row) for row in rows]


async def member(connection: Connection, shop_id: int, telegram_id: int) -> StaffMember | None:
    """None if they are not staff."""
    row = await connection.fetchrow(
        "SELECT * FROM staff_members WHERE shop_id = $1 AND telegram_id = $2", shop_id, telegram_id
    )
    return None if row is None else StaffMember(**row)


async def lock(connection: Connection, shop_id: int) -> None:
    """Whoever else changes the shop's staff in the panel waits until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, shop_id)


async def presser(
    connection: Connection, origin: Origin, chat_id: int, telegram_id: int, name: str, right: str
) -> Doer:
    """Who pressed a button in a group, if they may: staff with the right, or anyone in a group
    where the owner lets everyone press. Raises NotStaff, also for a group that is not bound."""
    row = await connection.fetchrow(
        "SELECT c.anyone_may_press, m.name, m.telegram_id IS NOT NULL AS is_member, "
        "    m.rights IS NULL OR $4 = ANY(m.rights) AS may "
        "FROM staff_chats AS c LEFT JOIN staff_members AS m "
        "    ON m.shop_id = $1 AND m.telegram_id = $5 "
        "WHERE c.bot_id = $2 AND $3 IN (c.chat_id, c.moved_from)",
        origin.shop_id,
        origin.bot_id,
        chat_id,
        right,
        telegram_id,
    )
    if row is None:
        raise NotStaff("this group is not bound to the bot")
    if row["is_member"] and row["may"]:
        return Doer(row["name"], telegram_id=telegram_id)
    if row["is_member"] or not row["anyone_may_press"]:
        raise NotStaff("you may not do that here: ask the owner to make you staff")
    return Doer(name, telegram_id=telegram_id)


async def record(
    connection: Connection,
    origin: Origin,
    doer: Doer,
    action: str,
    subject: str,
    *,
    outcome: str = "done",
    order_id: int = 0,
) -> None:
    """Records what somebody did (`orders.cancel`, `order:17`), and counts it as `staff_action`."""
    await connection.execute(
        "INSERT INTO staff_actions (shop_id, bot_id, telegram_id, link_id, actor, action, "
        "subject, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        origin.shop_id,
        origin.bot_id,
        doer.telegram_id,
        doer.link_id,
        doer.name,
        action,
        subject,
        outcome,
    )
    event = Event(STAFF_ACTION, order_id=order_id, outcome=outcome, props={"action": action})
    await emit(connection, origin, NOBODY, [event])


async def actions_of(
    connection: Connection, shop_id: int, *, subject: str | None = None
) -> list[StaffAction]:
    """What was done (to one subject), the newest first, at most two hundred."""
    rows = await connection.fetch(
        "SELECT bot_id, actor, action, subject, outcome, done_at FROM staff_actions "
        "WHERE shop_id = $1 AND ($2::text IS NULL OR subject = $2) "
        "ORDER BY done_at DESC, id DESC LIMIT 200",
        shop_id,
        subject,
    )
    return [StaffAction(**row) for row in rows]
