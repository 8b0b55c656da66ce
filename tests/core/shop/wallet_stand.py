"""Wallets with money in them, and what is to be true of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.events import Origin
from core.money import Money
from core.postgres import Connection
from core.shop import orders, payments, top_ups, wallets
from core.shop.customers import Customer
from core.shop.orders import Order
from core.shop.wallets import EntryDraft, EntryKind
from tests.factories import charge_of, create_customer, create_origin, create_product

PRICE, AFFORDED, PAYMENTS = 500, 10, 100


def draft(buyer: Customer, minor: int, kind: EntryKind = "reward", **values: Any) -> EntryDraft:
    defaults: dict[str, Any] = {"key": f"{kind}:{minor}", "at": datetime.now(UTC)}
    return EntryDraft(
        buyer_no=buyer.buyer_no, kind=kind, amount=Money(minor, "RUB"), **(defaults | values)
    )


async def give(connection: Connection, origin: Origin, buyer: Customer, minor: int) -> None:
    async with connection.transaction():
        assert await wallets.post(connection, origin, buyer.actor, draft(buyer, minor))


async def with_wallet(connection: Connection, minor: int) -> tuple[Origin, Customer]:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    await give(connection, origin, buyer, minor)
    return origin, buyer


async def order_of(connection: Connection, origin: Origin, buyer: Customer) -> Order:
    product = await create_product(
        connection, origin.shop_id, price_minor=PRICE, currency="RUB", stock=None
    )
    return await orders.create(connection, origin, buyer, product)


async def topped_up(connection: Connection, minor: int) -> tuple[Origin, Customer, Order]:
    """By a transfer that has come."""
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    top_up = await placed(connection, origin, buyer, minor)
    charge = charge_of(top_up, buyer, provider="transfer")
    await payments.pay(connection, origin, buyer, order_id=top_up.id, charge=charge)
    return origin, buyer, await orders.get(connection, top_up.id)


async def placed(connection: Connection, origin: Origin, buyer: Customer, minor: int) -> Order:
    return await top_ups.place(
        connection,
        origin,
        buyer,
        Money(minor, "RUB"),
        method="transfer",
        expires_in=timedelta(hours=1),
    )


async def state(connection: Connection, buyer: Customer) -> tuple[int, int]:
    """Balance, and what of it is on hold."""
    (wallet,) = await wallets.of_buyer(connection, buyer.shop_id, buyer.buyer_no)
    return wallet.balance_minor, wallet.held_minor


async def events(connection: Connection) -> list[tuple[str, str, int]]:
    rows = await connection.fetch(
        "SELECT event, outcome, amount_minor FROM outbox WHERE event <> 'stock_changed' "
        "ORDER BY xid, pos"
    )
    return [tuple(row) for row in rows]


async def agrees(connection: Connection) -> bool:
    """Every balance is the sum of its wallet's postings, and all postings add up to zero."""
    wrong: int = await connection.fetchval(
        "SELECT count(*) FROM wallets AS w WHERE balance_minor <> (SELECT "
        "coalesce(sum(amount_minor), 0) FROM wallet_postings WHERE wallet_id = w.id)"
    )
    total: int = await connection.fetchval("SELECT sum(amount_minor) FROM wallet_postings")
    return (wrong, total) == (0, 0)


async def partly_paid(connection: Connection) -> tuple[Origin, Customer, Order]:
    """The wallet pays 200 of 500, a transfer the rest."""
    origin, buyer = await with_wallet(connection, 200)
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, 200)
    order = await orders.get(connection, order.id)
    assert order.due == Money(300, "RUB")
    charge = charge_of(order, buyer, provider="transfer", amount_minor=300)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, buyer, await orders.get(connection, order.id)
