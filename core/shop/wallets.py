"""Wallets: what a shop owes to its shoppers, by double entry.

Every entry has a posting to a shopper's wallet and the opposite one to an account of the shop. The
database itself holds that the two add up to zero, that a posting is never changed, and that no
wallet goes below what is on hold in it (`0035_wallets.sql`).

What is in a wallet was paid already: a top-up is no sale, an order paid from the wallet is. There
are no wallets in Stars: Telegram may give a payment in Stars back to its payer at any time, also
after it was spent, and Stars may pay for digital goods alone, which money in a wallet is not bound
to (https://telegram.org/tos/bot-developers, https://core.telegram.org/bots/payments-stars).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import Refused
from core.events import Actor, Event, Origin, emit
from core.money import STARS, Money
from core.postgres import Connection
from core.taxonomy import TAXONOMY

WALLET_ENTRY_POSTED = TAXONOMY["wallet_entry_posted"]
WALLET = "wallet"  # as payments say by which they came, and refunds in which way they went
EntryKind = Literal["top_up", "purchase", "refund", "reward", "payout", "adjustment"]
# The account of the shop that an entry is posted against.
_AGAINST: Mapping[EntryKind, str] = {
    "top_up": "money",
    "payout": "money",
    "purchase": "sales",
    "refund": "sales",
    "reward": "gifts",
    "adjustment": "corrections",
}


class NotEnough(Refused):
    """Less is in the wallet than shall be taken out of it."""

    code = "wallet_too_low"


class NoStars(Refused):
    """There are no wallets in Stars."""

    code = "wallet_in_stars"


class Wallet(BaseModel):
    """A shopper's wallet in one currency. `held_minor` of the balance waits for open orders."""

    model_config = ConfigDict(frozen=True)

    id: int
    buyer_no: int
    currency: str
    balance_minor: int
    held_minor: int

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)

    @property
    def free(self) -> Money:
        """What can be spent."""
        return Money(self.balance_minor - self.held_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """What shall be posted to a buyer's wallet: `amount` is signed, above zero it is more.

    `key` names the cause: the same cause is posted once. `held_minor` is how much of a hold it
    uses up; `made_by` is whose decision it was, empty if nobody's.
    """

    buyer_no: int
    kind: EntryKind
    amount: Money
    key: str
    at: datetime
    order_id: int | None = None
    reason: str = ""
    made_by: str = ""
    held_minor: int = 0


_SELECT = "SELECT id, buyer_no, currency, balance_minor, held_minor FROM wallets"


async def of_buyer(connection: Connection, shop_id: int, buyer_no: int) -> list[Wallet]:
    """A shopper's wallets, by currency."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE shop_id = $1 AND buyer_no = $2 AND buyer_no > 0 ORDER BY currency",
        shop_id,
        buyer_no,
    )
    return [Wallet(**row) for row in rows]


async def free_in(connection: Connection, shop_id: int, buyer_no: int, currency: str) -> Money:
    """How much a shopper can spend of their wallet in this currency."""
    found = await of_buyer(connection, shop_id, buyer_no)
    return next((each.free for each in found if each.currency == currency), Money(0, currency))


async def hold(connection: Connection, order_id: int, amount_minor: int) -> None:
    """Keeps so much of the buyer's wallet for their open order, in place of what was kept for it
    before. The order must be locked. Raises NotEnough."""
    order = await connection.fetchrow(
        "SELECT shop_id, buyer_no, currency, wallet_minor FROM orders "
        "WHERE id = $1 AND status = 'created' AND purpose = 'goods'",
        order_id,
    )
    if order is None:
        raise Refused(f"order {order_id} is not open")
    wallet = await _locked(connection, order["shop_id"], order["buyer_no"], order["currency"])
    more = amount_minor - order["wallet_minor"]
    if wallet.free.amount_minor < more:
        raise NotEnough(f"{wallet.free} can be spent, and {amount_minor} minor units shall be kept")
    await connection.execute(
        "UPDATE wallets SET held_minor = held_minor + $2 WHERE id = $1", wallet.id, more
    )
    await connection.execute(
        "UPDATE orders SET wallet_minor = $2 WHERE id = $1", order_id, amount_minor
    )


async def release(connection: Connection, order_id: int, held_minor: int) -> None:
    """Gives back to the buyer what is kept of their wallet for an order that is not paid."""
    if not held_minor:
        return
    await connection.execute(
        "WITH freed AS (UPDATE orders SET wallet_minor = 0 WHERE id = $1 AND wallet_minor = $2 "
        "    AND status IN ('created', 'held') RETURNING shop_id, buyer_no, currency) "
        "UPDATE wallets AS w SET held_minor = held_minor - $2 FROM freed AS f "
        "WHERE (w.shop_id, w.buyer_no, w.currency) = (f.shop_id, f.buyer_no, f.currency)",
        order_id,
        held_minor,
    )


async def post(connection: Connection, origin: Origin, actor: Actor, draft: EntryDraft) -> bool:
    """Posts an entry and emits it; False if its cause was posted before. Raises NotEnough, and
    NoStars."""
    currency, amount_minor = draft.amount.currency, draft.amount.amount_minor
    wallet = await _locked(connection, origin.shop_id, draft.buyer_no, currency)
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM wallet_entries WHERE shop_id = $1 AND natural_key = $2)",
        origin.shop_id,
        draft.key,
    ):
        return False
    if wallet.free.amount_minor + draft.held_minor + amount_minor < 0:
        raise NotEnough(f"only {wallet.free} of the wallet can be spent")
    await _hold_less(connection, wallet, draft.held_minor)
    balance_minor = await _write(connection, origin.shop_id, wallet, draft)
    if balance_minor is None:  # at this moment, in a wallet of another currency
        await _hold_less(connection, wallet, -draft.held_minor)
        return False
    posted = Event(
        WALLET_ENTRY_POSTED,
        occurred_at=draft.at,
        order_id=draft.order_id or 0,
        amount_minor=amount_minor,
        currency=currency,
        outcome=draft.kind,
        props={"balance_minor": balance_minor},
    )
    await emit(connection, origin, actor, [posted])
    return True


async def _hold_less(connection: Connection, wallet: Wallet, amount_minor: int) -> None:
    if amount_minor:
        await connection.execute(
            "UPDATE wallets SET held_minor = held_minor - $2 WHERE id = $1", wallet.id, amount_minor
        )


async def _write(
    connection: Connection, shop_id: int, wallet: Wallet, draft: EntryDraft
) -> int | None:
    """The wallet's balance after it; None if its cause was posted before."""
    balance_minor: int | None = await connection.fetchval(
        "WITH entry AS (INSERT INTO wallet_entries (shop_id, currency, kind, natural_key, "
        "    order_id, reason, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
        "    ON CONFLICT (shop_id, natural_key) DO NOTHING RETURNING id), "
        "posted AS (INSERT INTO wallet_postings "
        "    (entry_id, shop_id, currency, account, wallet_id, amount_minor) "
        "    SELECT e.id, $1, $2, p.account, p.wallet_id, p.amount_minor FROM entry AS e, "
        "    (VALUES ('wallet', $9::bigint, $10::bigint), ($11, NULL, -$10::bigint)) "
        "      AS p (account, wallet_id, amount_minor) RETURNING balance_minor) "
        "SELECT balance_minor FROM posted WHERE balance_minor IS NOT NULL",
        shop_id,
        wallet.currency,
        draft.kind,
        draft.key,
        draft.order_id,
        draft.reason,
        draft.made_by,
        draft.at,
        wallet.id,
        draft.amount.amount_minor,
        _AGAINST[draft.kind],
    )
    return balance_minor


async def _locked(connection: Connection, shop_id: int, buyer_no: int, currency: str) -> Wallet:
    """The wallet, made if there is none; nobody else spends from it until the transaction ends."""
    if currency == STARS:
        raise NoStars("there are no wallets in Stars")
    await connection.execute(
        "INSERT INTO wallets (shop_id, buyer_no, currency) "
        "SELECT shop_id, buyer_no, $3 FROM customers "
        "WHERE shop_id = $1 AND buyer_no = $2 AND telegram_id > 0 "
        "ON CONFLICT (shop_id, buyer_no, currency) WHERE buyer_no > 0 DO NOTHING",
        shop_id,
        buyer_no,
        currency,
    )
    row = await connection.fetchrow(
        f"{_SELECT} WHERE (shop_id, buyer_no, currency) = ($1, $2, $3) AND buyer_no > 0 FOR UPDATE",
        shop_id,
        buyer_no,
        currency,
    )
    if row is None:
        raise Refused("the shopper has been erased: they have no wallet any more")
    return Wallet(**row)
