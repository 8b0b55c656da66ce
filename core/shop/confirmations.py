"""What is dangerous waits for its owner's button: asked, answered, and used once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, VitrinaError
from core.postgres import Connection
from core.shop.access import Visitor
from core.shop.owner_chats import OwnerChat

LIVES = timedelta(minutes=10)
WAITING_A_LINK = 5  # that may be open at once: nobody is to press a button to be left alone

Deed = Literal["bot_token", "bot_removal", "owner_link", "owner_chat", "erasure", "payout"]
ConfirmationState = Literal["waiting", "confirmed", "declined", "expired", "used"]


class TooManyConfirmations(VitrinaError):
    """Some must be answered first, or expire."""

    code = "too_many_confirmations"
    status = 429

    def __init__(self) -> None:
        super().__init__(f"{WAITING_A_LINK} requests wait for the owner already: answer these")
        self.retry_after = int(LIVES.total_seconds())


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
    connection: Connection, visitor: Visitor, confirmation_id: UUID, request_digest: bytes
) -> Confirmation | None:
    """That of exactly this request of this link, which it locks: nobody else uses it meanwhile."""
    row = await connection.fetchrow(
        f"{_CONFIRMATIONS} WHERE id = $1 AND link_id = $2 AND request_digest = $3 FOR UPDATE",
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


async def ask(
    connection: Connection,
    visitor: Visitor,
    deed: Deed,
    request_digest: bytes,
    shop_ids: Sequence[int] | None,
) -> tuple[Confirmation, bool]:
    """A waiting confirmation, and whether it is new: the same request is not asked about twice.

    Raises TooManyConfirmations.
    """
    await connection.execute("SELECT FROM access_links WHERE id = $1 FOR UPDATE", visitor.link_id)
    rows = await connection.fetch(
        "SELECT id, request_digest FROM confirmations WHERE link_id = $1 AND answer IS NULL "
        "AND expires_at > now()",
        visitor.link_id,
    )
    same = [row["id"] for row in rows if row["request_digest"] == request_digest]
    if same:
        return await get(connection, visitor, same[0]), False
    if len(rows) >= WAITING_A_LINK:
        raise TooManyConfirmations
    made: UUID = await connection.fetchval(
        "INSERT INTO confirmations (link_id, deed, request_digest, shop_ids, expires_at) "
        "VALUES ($1, $2, $3, $4, now() + $5::interval) RETURNING id",
        visitor.link_id,
        deed,
        request_digest,
        None if shop_ids is None else list(shop_ids),
        LIVES,
    )
    return await get(connection, visitor, made), True


async def answer(
    connection: Connection, chat: OwnerChat, confirmation_id: UUID, *, is_confirmed: bool
) -> bool:
    """The owner has pressed a button; False if it is not his to decide, or no longer waits."""
    answered = await connection.fetchval(
        "UPDATE confirmations SET answer = $2, answered_at = now() WHERE id = $1 "
        "AND answer IS NULL AND expires_at > now() "
        "AND ($3::int[] IS NULL OR shop_ids <@ $3::int[]) RETURNING id",
        confirmation_id,
        "confirmed" if is_confirmed else "declined",
        chat.shop_ids,
    )
    return answered is not None
