"""Links, who came by them, and what that brought."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.money import Money
from core.postgres import Connection
from core.shop import contacts
from core.shop.customers import Customer

PREFIX = "ref-"
NEW_FOR = timedelta(days=1)  # since the first Start: a gate may have held them up
BURST_WITHIN = timedelta(seconds=60)
MONTH = timedelta(days=30)
SHARED_LEAST = 2  # invited people with one contact
_LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"  # of `core.shop.customers.INVITATION`: no words
_LENGTH = 10

Suspicion = Literal["", "contact", "burst"]
State = Literal["held", "given", "rejected"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """By whom somebody was invited (0: an erased person), in which bot, when."""

    buyer_no: int
    inviter_no: int
    bot_id: int
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """A reward to be held until it is due. `amount` is what the order as it was paid is worth."""

    bot_id: int
    buyer_no: int
    invited_no: int
    level: int
    order_id: int
    amount: Money
    is_share: bool
    suspicion: Suspicion
    earned_at: datetime
    due_at: datetime


class HeldReward(BaseModel):
    """A reward that waits, or what became of it; `buyer_no` and `invited_buyer_no` are 0 for erased
    people. `suspicion`: why it waits longer; `reason`: why it was rejected; `way`: how given."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    buyer_no: int
    invited_buyer_no: int
    level: int
    order_id: int
    order_no: int
    amount_minor: int
    currency: str
    is_share: bool
    state: State
    suspicion: Suspicion
    reason: str
    way: str
    earned_at: datetime
    due_at: datetime
    decided_at: datetime | None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody can be invited: they have just come, and nobody has invited them."""

    is_new: bool
    is_invited: bool


async def code_of(connection: Connection, customer: Customer) -> str:
    """The Start code of a shopper's own link, made when it is first asked for."""
    made = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    code: str = await connection.fetchval(
        "INSERT INTO referral_links AS l (shop_id, buyer_no, code) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET code = l.code RETURNING code",
        customer.shop_id,
        customer.buyer_no,
        made,
    )
    return code


async def owner_of(connection: Connection, shop_id: int, code: str) -> int | None:
    """The number of the customer whose link it is."""
    buyer_no: int | None = await connection.fetchval(
        "SELECT buyer_no FROM referral_links WHERE shop_id = $1 AND code = $2", shop_id, code
    )
    return buyer_no


async def standing(connection: Connection, customer: Customer, now: datetime) -> Standing:
    row = await connection.fetchrow(
        "SELECT coalesce(c.started_at > $3, true) AND NOT EXISTS (SELECT FROM orders AS o "
        "    WHERE (o.shop_id, o.buyer_no) = (c.shop_id, c.buyer_no) "
        "    AND o.status IN ('paid', 'held', 'refunded')) AS is_new, "
        "EXISTS (SELECT FROM referrals AS r "
        "    WHERE (r.shop_id, r.buyer_no) = (c.shop_id, c.buyer_no)) AS is_invited "
        "FROM customers AS c WHERE c.shop_id = $1 AND c.buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
        now - NEW_FOR,
    )
    return Standing(**row) if row is not None else Standing(False, False)


async def has_invited(connection: Connection, shop_id: int, buyer_no: int, other: int) -> bool:
    """Whether `other` came by the buyer's link, or by that of somebody who did, and so on."""
    found: bool = await connection.fetchval(
        "WITH RECURSIVE above AS ("
        "  SELECT inviter_buyer_no AS n FROM referrals WHERE shop_id = $1 AND buyer_no = $3 "
        "  UNION SELECT r.inviter_buyer_no FROM above "
        "    JOIN referrals AS r ON r.shop_id = $1 AND r.buyer_no = above.n) "
        "SELECT $2 IN (SELECT n FROM above)",
        shop_id,
        buyer_no,
        other,
    )
    return found


async def register(connection: Connection, invitation: Invitation, shop_id: int) -> bool:
    """False if somebody has invited them already. The database refuses an inviter who came later
    than the invited person."""
    added = await connection.fetchval(
        "INSERT INTO referrals (shop_id, buyer_no, inviter_buyer_no, bot_id, registered_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (shop_id, buyer_no) DO NOTHING RETURNING buyer_no",
        shop_id,
        invitation.buyer_no,
        invitation.inviter_no,
        invitation.bot_id,
        invitation.registered_at,
    )
    return added is not None


async def invitation_of(
    connection: Connection, shop_id: int, buyer_no: int, *, lock: bool = False
) -> Invitation | None:
    """By whom the buyer was invited. With `lock`, nobody else decides about a reward or a discount
    for it until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT buyer_no, inviter_buyer_no AS inviter_no, bot_id, registered_at FROM referrals "
        f"WHERE shop_id = $1 AND buyer_no = $2 {'FOR NO KEY UPDATE' if lock else ''}",
        shop_id,
        buyer_no,
    )
    return Invitation(**row) if row is not None else None


async def suspicion(connection: Connection, shop_id: int, invitation: Invitation) -> Suspicion:
    """What looks like one person behind several: a telephone, an e-mail or an address of the
    invited person that the inviter or others whom they invited have given, too; or others who came
    by the link within a minute."""
    others = await connection.fetch(
        "SELECT buyer_no, registered_at BETWEEN $4 AND $5 AS is_at_once FROM referrals "
        "WHERE shop_id = $1 AND inviter_buyer_no = $2 AND buyer_no <> $3",
        shop_id,
        invitation.inviter_no,
        invitation.buyer_no,
        invitation.registered_at - BURST_WITHIN,
        invitation.registered_at + BURST_WITHIN,
    )
    among = [invitation.inviter_no, *(row["buyer_no"] for row in others)]
    sharing = await contacts.sharing(connection, shop_id, invitation.buyer_no, among)
    at_once = sum(row["is_at_once"] for row in others)
    if len(sharing) + 1 >= SHARED_LEAST:
        return "contact"
    return "burst" if at_once + 1 >= SHARED_LEAST else ""


async def has_room(
    connection: Connection, shop_id: int, buyer_no: int, now: datetime, most: int
) -> bool:
    """Whether the inviter may have one reward more within 30 days; nobody else decides that until
    the transaction ends. False for a shopper without a link: they were erased."""
    locked = await connection.fetchval(
        "SELECT buyer_no FROM referral_links WHERE shop_id = $1 AND buyer_no = $2 "
        "FOR NO KEY UPDATE",
        shop_id,
        buyer_no,
    )
    if locked is None:
        return False
    count: int = await connection.fetchval(
        "SELECT count(*) FROM referral_rewards WHERE shop_id = $1 AND buyer_no = $2 "
        "AND earned_at > $3 AND state <> 'rejected'",
        shop_id,
        buyer_no,
        now - MONTH,
    )
    return count < most


async def hold(connection: Connection, shop_id: int, earned: Earned) -> int | None:
    """The reward's number; None if the invited person has brought this level one already."""
    number: int | None = await connection.fetchval(
        "INSERT INTO referral_rewards (shop_id, bot_id, buyer_no, invited_buyer_no, level, "
        "order_id, amount_minor, currency, is_share, suspicion, earned_at, due_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (shop_id, invited_buyer_no, level) "
        "WHERE state <> 'rejected' AND invited_buyer_no > 0 DO NOTHING RETURNING id",
        shop_id,
        earned.bot_id,
        earned.buyer_no,
        earned.invited_no,
        earned.level,
        earned.order_id,
        earned.amount.amount_minor,
        earned.amount.currency,
        earned.is_share,
        earned.suspicion,
        earned.earned_at,
        earned.due_at,
    )
    return number


async def has_brought(connection: Connection, shop_id: int, invited_no: int, level: int) -> bool:
    """Whether the invited person has brought a reward of this level, held or given."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM referral_rewards WHERE shop_id = $1 "
        "AND invited_buyer_no = $2 AND level = $3 AND state <> 'rejected')",
        shop_id,
        invited_no,
        level,
    )
    return found


async def trust(
    connection: Connection, shop_id: int, invited_no: int, order_id: int, hold_for: timedelta
) -> None:
    """The invited person has bought again: what waited longer because it looked like cheating waits
    no longer than others."""
    await connection.execute(
        "UPDATE referral_rewards SET due_at = least(due_at, earned_at + $4) WHERE shop_id = $1 "
        "AND invited_buyer_no = $2 AND order_id <> $3 AND state = 'held' AND suspicion <> ''",
        shop_id,
        invited_no,
        order_id,
        hold_for,
    )


_REWARDS = (
    "SELECT r.id, r.bot_id, r.buyer_no, r.invited_buyer_no, r.level, r.order_id, o.order_no, "
    "r.amount_minor, r.currency, r.is_share, r.state, r.suspicion, r.reason, r.way, r.earned_at, "
    "r.due_at, r.decided_at FROM referral_rewards AS r JOIN orders AS o ON o.id = r.order_id"
)


async def due(
    connection: Connection, shop_id: int, bot_id: int, now: datetime, most: int = 50
) -> list[HeldReward]:
    """The bot's, and those of bots that are gone, the oldest first; locked with their orders."""
    rows = await connection.fetch(
        f"{_REWARDS} WHERE r.shop_id = $1 AND (r.bot_id = $2 OR NOT EXISTS (SELECT FROM bots AS b "
        "WHERE (b.id, b.shop_id) = (r.bot_id, r.shop_id) AND b.removed_at IS NULL)) "
        "AND r.state = 'held' AND r.due_at <= $3 "
        "ORDER BY r.due_at, r.id LIMIT $4 FOR UPDATE OF o, r SKIP LOCKED",
        shop_id,
        bot_id,
        now,
        most,
    )
    return [HeldReward(**row) for row in rows]


async def of_order(connection: Connection, shop_id: int, order_id: int) -> list[HeldReward]:
    """Rewards that still wait for an order, locked."""
    rows = await connection.fetch(
        f"{_REWARDS} WHERE r.shop_id = $1 AND r.order_id = $2 AND r.state = 'held' "
        "ORDER BY r.id FOR UPDATE OF r",
        shop_id,
        order_id,
    )
    return [HeldReward(**row) for row in rows]


async def get(
    connection: Connection, shop_id: int, reward_id: int, *, lock: bool = False
) -> HeldReward | None:
    """None also for another shop's. With `lock`, nobody else decides about it, or changes its
    order, until the transaction ends; the order first, as whoever pays it back does."""
    if lock:
        await connection.execute(
            "SELECT FROM orders WHERE id = (SELECT order_id FROM referral_rewards "
            "WHERE shop_id = $1 AND id = $2) FOR UPDATE",
            shop_id,
            reward_id,
        )
    row = await connection.fetchrow(
        f"{_REWARDS} WHERE r.shop_id = $1 AND r.id = $2 {'FOR UPDATE OF r' if lock else ''}",
        shop_id,
        reward_id,
    )
    return HeldReward(**row) if row is not None else None


async def listed(
    connection: Connection, shop_id: int, *, state: State | None, before: int | None, limit: int
) -> list[HeldReward]:
    """The newest first, below the number `before`."""
    rows = await connection.fetch(
        f"{_REWARDS} WHERE r.shop_id = $1 AND ($2::text IS NULL OR r.state = $2) "
        "AND ($3::bigint IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $4",
        shop_id,
        state,
        before,
        limit,
    )
    return [HeldReward(**row) for row in rows]


async def put_off(connection: Connection, reward_id: int, until: datetime) -> None:
    await connection.execute(
        "UPDATE referral_rewards SET due_at = $2 WHERE id = $1", reward_id, until
    )


async def reject(connection: Connection, reward_id: int, reason: str, now: datetime) -> None:
    """There will be no reward, for this reason."""
    await connection.execute(
        "UPDATE referral_rewards SET state = 'rejected', reason = $2, decided_at = $3 "
        "WHERE id = $1",
        reward_id,
        reason,
        now,
    )


async def give(
    connection: Connection, reward_id: int, amount: Money, way: str, now: datetime
) -> None:
    """It was given in this way, so much of it."""
    await connection.execute(
        "UPDATE referral_rewards SET state = 'given', amount_minor = $2, way = $3, "
        "decided_at = $4 WHERE id = $1",
        reward_id,
        amount.amount_minor,
        way,
        now,
    )


async def may_welcome(connection: Connection, customer: Customer, order_id: int) -> bool:
    """Whether an order of an invited shopper is their first: nothing else was paid, and no other
    order with the discount is being paid."""
    is_other: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM orders AS o WHERE o.shop_id = $1 AND o.buyer_no = $2 "
        "AND o.id <> $3 AND o.purpose = 'goods' AND (o.status IN ('paid', 'held', 'refunded') "
        "OR o.status = 'created' AND coalesce(o.reserved_until > now() "
        "    OR o.payment_asked_at IS NOT NULL AND o.expires_at > now(), false) "
        "  AND EXISTS (SELECT FROM order_adjustments AS a "
        "    WHERE a.order_id = o.id AND a.source = 'referral')))",
        customer.shop_id,
        customer.buyer_no,
        order_id,
    )
    return not is_other
