"""What is dangerous waits for its owner's button: asked, answered, and used once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, VitrinaError
from core.postgres import Connection
from core.shop.access import Forbidden, Visitor
from core.shop.access_alerts import Alert, raise_alert
from core.shop.owner_chats import OwnerChat

LIVES = timedelta(minutes=10)
ASKED_A_LINK = 5  # within that time, with its family: nobody presses a button to be left alone

Deed = Literal[
    "bot_token",
    "bot_removal",
    "bot_silencing",
    "bot_move",
    "shop_archive",
    "shop_deletion",
    "owner_link",
    "link_rotation",
    "link_revocation",
    "owner_chat",
    "chat_unbinding",
    "erasure",
    "payout",
    "credit",
    "export",
    "export_release",
    "export_delivery",
    "analyst_key",
    "api_key",
]
_MINUTES = int(LIVES.total_seconds() // 60)
ConfirmationState = Literal["waiting", "confirmed", "declined", "expired", "used"]


class TooManyConfirmations(VitrinaError):
    """The link has asked, with those of its family, as often as it may for now, whatever was
    answered."""

    code = "too_many_confirmations"
    status = 429

    def __init__(self) -> None:
        super().__init__(
            f"the owner was asked {ASKED_A_LINK} times in {_MINUTES} minutes: wait until he may be "
            "asked again"
        )
        self.retry_after = int(LIVES.total_seconds())


class ConfirmationDeclined(Forbidden):
    """The owner has said that it was not him: for a while the link may not ask again."""

    code = "confirmation_declined"

    def __init__(self) -> None:
        super().__init__(
            "the owner has declined this link's request in the bot's chat: it may ask again "
            f"{_MINUTES} minutes after that"
        )


class Confirmation(BaseModel):
    """A request that waits for its owner's button, or was answered."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    deed: Deed
    state: ConfirmationState
    asked_at: datetime
    expires_at: datetime


_CONFIRMATIONS = """
SELECT id, deed, asked_at, expires_at, CASE WHEN used_at IS NOT NULL THEN 'used'
    WHEN answer = 'declined' THEN 'declined' WHEN expires_at <= now() THEN 'expired'
    WHEN answer = 'confirmed' THEN 'confirmed' ELSE 'waiting' END AS state
FROM confirmations
"""


async def get(connection: Connection, visitor: Visitor, confirmation_id: UUID) -> Confirmation:
    """One that the visitor's link has asked for; raises NotFound."""
    row = await connection.fetchrow(
        f"{_CONFIRMATIONS} WHERE id = $1 AND link_id = $2", confirmation_id, visitor.link_id
    )
    if row is None:
        raise NotFound("there is no such confirmation of your link")
    return Confirmation(**row)


async def find(
    connection: Connection, visitor: Visitor, confirmation_id: UUID | None, request_digest: bytes
) -> Confirmation | None:
    """That of exactly this request of this link (without its id the newest), which it locks: nobody
    else uses it meanwhile."""
    row = await connection.fetchrow(
        f"{_CONFIRMATIONS} WHERE link_id = $2 AND request_digest = $3 AND ($1::uuid IS NULL OR "
        "id = $1) ORDER BY asked_at DESC LIMIT 1 FOR UPDATE",
        confirmation_id,
        visitor.link_id,
        request_digest,
    )
    return None if row is None else Confirmation(**row)


async def use(connection: Connection, confirmation_id: UUID) -> None:
    """The request goes through now, in the same transaction; the confirmation serves no other."""
    await connection.execute(
        "UPDATE confirmations SET used_at = now() WHERE id = $1", confirmation_id
    )


# `line`: the link, what it replaced, and who made it, up to a link of the operator's command or of
# an owner's bot; `family`: all that were made below that. Those two count by themselves, also one
# that another link has rotated: nobody whom their owner let in can keep him from asking. A bot
# hands a link to whom it asks: a fresh one is free of what a stolen one has asked or was declined.
_OF_OWNER = "('command', 'bot')"
_FAMILY = f"""
WITH RECURSIVE line AS (
    SELECT id, made_by, origin FROM access_links WHERE id = $1
    UNION SELECT l.id, l.made_by, l.origin FROM line
    JOIN access_links AS l ON l.replaced_by = line.id
        OR (l.id = line.made_by AND line.origin NOT IN {_OF_OWNER})
), family AS (
    SELECT id FROM line
    UNION SELECT l.id FROM family JOIN access_links AS l ON l.made_by = family.id
    WHERE l.origin NOT IN {_OF_OWNER}
        AND EXISTS (SELECT FROM line WHERE origin NOT IN {_OF_OWNER})
)
SELECT family.id, EXISTS (SELECT FROM line WHERE line.id = family.id) AS is_of_line FROM family
ORDER BY family.id
"""


async def ask(
    connection: Connection,
    visitor: Visitor,
    deed: Deed,
    request_digest: bytes,
    shop_ids: Sequence[int] | None,
    awaits: Sequence[int] = (),
) -> tuple[Confirmation, bool]:
    """A waiting confirmation, and whether it is new: the same request is not asked about twice.

    `awaits`: shops whose owners must all agree, where nobody decides about all of `shop_ids`.
    Raises TooManyConfirmations, and ConfirmationDeclined for a link that was declined lately, or
    whose maker was.
    """
    family = await connection.fetch(_FAMILY, visitor.link_id)
    line = {row["id"] for row in family if row["is_of_line"]}
    await connection.execute(
        "SELECT FROM access_links WHERE id = $1 FOR NO KEY UPDATE",
        min(line),  # the eldest
    )
    rows = await connection.fetch(
        "SELECT id, link_id, request_digest, answer, "
        "answer IS NULL AND expires_at > now() AS waits, "
        "asked_at > now() - $2::interval AS is_recent FROM confirmations "
        "WHERE link_id = ANY($1::bigint[]) "
        "AND greatest(asked_at, answered_at) > now() - $2::interval",
        [row["id"] for row in family],
        LIVES,
    )
    if any(row["answer"] == "declined" and row["link_id"] in line for row in rows):
        raise ConfirmationDeclined
    same = [
        row["id"]
        for row in rows
        if row["waits"]
        and row["request_digest"] == request_digest
        and row["link_id"] == visitor.link_id
    ]
    if same:
        return await get(connection, visitor, same[0]), False
    if sum(row["is_recent"] for row in rows) >= ASKED_A_LINK:
        raise TooManyConfirmations
    made: UUID = await connection.fetchval(
        "INSERT INTO confirmations (link_id, deed, request_digest, shop_ids, awaits, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, now() + $6::interval) RETURNING id",
        visitor.link_id,
        deed,
        request_digest,
        None if shop_ids is None else list(shop_ids),
        list(awaits),
        LIVES,
    )
    return await get(connection, visitor, made), True


async def answer(
    connection: Connection, chat: OwnerChat, confirmation_id: UUID, *, is_confirmed: bool
) -> ConfirmationState | None:
    """The owner has pressed a button: what became of it, `waiting` if owners of other shops must
    agree, too. None if it is not his to decide, or no longer waits. Declining is an alert."""
    row = await connection.fetchrow(
        "SELECT link_id, deed, awaits, $2::int[] IS NULL OR shop_ids <@ $2::int[] AS is_his "
        "FROM confirmations WHERE id = $1 AND answer IS NULL AND expires_at > now() "
        "AND ($2::int[] IS NULL OR shop_ids <@ $2::int[] OR awaits && $2::int[]) FOR UPDATE",
        confirmation_id,
        chat.shop_ids,
    )
    if row is None:
        return None
    his = chat.shop_ids or ()
    others = [each for each in row["awaits"] if not row["is_his"] and each not in his]
    if is_confirmed and others:
        await connection.execute(
            "UPDATE confirmations SET awaits = $2 WHERE id = $1", confirmation_id, others
        )
        return "waiting"
    answered: ConfirmationState = "confirmed" if is_confirmed else "declined"
    await connection.execute(
        "UPDATE confirmations SET answer = $2, answered_at = now() WHERE id = $1",
        confirmation_id,
        answered,
    )
    if not is_confirmed:
        await raise_alert(connection, Alert("declined", 1, 1, row["link_id"], subject=row["deed"]))
    return answered
