"""What invitations have brought: to one shopper, and in all."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from core.money import Money
from core.postgres import Connection
from core.shop.customers import Customer


@dataclass(frozen=True, slots=True)
class Came:
    """How many came by a shopper's link, how many of them bought, and the rewards by currency."""

    invited: int
    bought: int
    held: list[Money]
    given: list[Money]


class InviterRow(BaseModel):
    """An inviter in the owner's list: how many came, how many of them brought a reward, what was
    rejected. `buyer_name` is empty for who may not know it."""

    model_config = ConfigDict(frozen=True)

    buyer_no: int
    buyer_name: str
    invited: int
    bought: int
    rejected: int


class RewardSum(BaseModel):
    """Rewards of one state in one currency, in minor units."""

    model_config = ConfigDict(frozen=True)

    state: str
    currency: str
    rewards: int
    amount_minor: int


async def of_inviter(connection: Connection, customer: Customer) -> Came:
    row = await connection.fetchrow(
        "SELECT count(*) AS invited, count(*) FILTER (WHERE EXISTS (SELECT FROM orders AS o "
        "  WHERE (o.shop_id, o.buyer_no) = (r.shop_id, r.buyer_no) AND o.status = 'paid' "
        "  AND o.purpose = 'goods')) AS bought "
        "FROM referrals AS r WHERE r.shop_id = $1 AND r.inviter_buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    rows = await connection.fetch(
        "SELECT state, currency, sum(amount_minor)::bigint AS amount_minor FROM referral_rewards "
        "WHERE shop_id = $1 AND buyer_no = $2 AND state <> 'rejected' "
        "GROUP BY state, currency ORDER BY state, currency",
        customer.shop_id,
        customer.buyer_no,
    )
    rewards: dict[str, list[Money]] = {"held": [], "given": []}
    for each in rows:
        rewards[each["state"]].append(Money(each["amount_minor"], each["currency"]))
    assert row is not None  # an aggregate gives a row
    return Came(row["invited"], row["bought"], rewards["held"], rewards["given"])


async def inviters(connection: Connection, shop_id: int, limit: int) -> list[InviterRow]:
    """Those whose link brought most people."""
    rows = await connection.fetch(
        "SELECT r.buyer_no, c.first_name AS buyer_name, r.invited, "
        "(SELECT count(DISTINCT w.invited_buyer_no) FILTER (WHERE w.state <> 'rejected') "
        "  FROM referral_rewards AS w WHERE w.shop_id = $1 AND w.buyer_no = r.buyer_no "
        "  AND w.level = 1) AS bought, "
        "(SELECT count(*) FILTER (WHERE w.state = 'rejected') "
        "  FROM referral_rewards AS w WHERE w.shop_id = $1 AND w.buyer_no = r.buyer_no) "
        "AS rejected "
        "FROM (SELECT inviter_buyer_no AS buyer_no, count(*) AS invited FROM referrals "
        "  WHERE shop_id = $1 AND inviter_buyer_no > 0 GROUP BY inviter_buyer_no "
        "  ORDER BY invited DESC, inviter_buyer_no LIMIT $2) AS r "
        "JOIN customers AS c ON c.shop_id = $1 AND c.buyer_no = r.buyer_no "
        "ORDER BY r.invited DESC, r.buyer_no",
        shop_id,
        limit,
    )
    return [InviterRow(**row) for row in rows]


async def sums(connection: Connection, shop_id: int) -> list[RewardSum]:
    """Of all rewards, by state and currency."""
    rows = await connection.fetch(
        "SELECT state, currency, count(*) AS rewards, sum(amount_minor)::bigint AS amount_minor "
        "FROM referral_rewards WHERE shop_id = $1 GROUP BY state, currency "
        "ORDER BY state, currency",
        shop_id,
    )
    return [RewardSum(**row) for row in rows]
