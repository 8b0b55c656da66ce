"""Who belongs together by what they gave for their orders, and what is told about it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core.events import Origin
from core.postgres import Connection
from core.shop import contacts, erasures
from core.shop.customers import Customer
from tests.factories import create_customer, create_order, create_origin, create_product

SOON = datetime.now(UTC) + timedelta(hours=1)


async def ordered(
    connection: Connection, origin: Origin, *given: tuple[str, str], payer: Customer | None = None
) -> int:
    """A new shopper who has given that for an order, and paid it from an account; their number."""
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    for position, (field, value) in enumerate(given, 1):
        await connection.execute(
            "INSERT INTO order_details (order_id, position, field, label, value) "
            "VALUES ($1, $2, $3, $3, $4)",
            order.id,
            position,
            field,
            value,
        )
    if payer is not None:
        await connection.execute(
            "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, amount_minor, "
            "currency, status) VALUES ($1, 'card', $5, $2, $3, $4, 'succeeded')",
            order.id,
            payer.telegram_id,
            order.total_minor,
            order.currency,
            f"charge-{order.id}",
        )
    return buyer.buyer_no


async def tied(
    connection: Connection, origin: Origin, *people: int, until: datetime = SOON, steps: int = 1
) -> list[tuple[str, Sequence[int]]]:
    asked = [(origin.shop_id, each) for each in people]
    found = await contacts.ties(connection, asked, until, steps)
    assert [tie.number for tie in found] == list(range(1, len(found) + 1))
    return sorted((tie.kind, tie.buyer_nos) for tie in found)


async def test_who_shares_something_is_tied_step_by_step(connection: Connection) -> None:
    origin, elsewhere = await create_origin(connection), await create_origin(connection)
    payer = await create_customer(connection, origin.shop_id)
    one = await ordered(connection, origin, ("phone", "+7 900 123-45-67"), ("name", "Анна"))
    two = await ordered(connection, origin, ("phone", "89001234567"), payer=payer)
    three = await ordered(connection, origin, ("name", "Анна"), payer=payer)
    await ordered(connection, origin, ("phone", "—"))
    await ordered(connection, origin, ("phone", "—"))
    await ordered(connection, elsewhere, ("phone", "89001234567"), payer=payer)
    assert await tied(connection, origin, one) == [("phone", [one, two])]
    both = [("payer", [two, three]), ("phone", [one, two])]
    assert await tied(connection, origin, one, steps=2) == both
    assert await tied(connection, origin, two) == both
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert await tied(connection, origin, one, until=long_ago) == []
    # Nothing is kept of who was erased.
    await erasures.erase(connection, origin.shop_id, two, with_events=False)
    assert await tied(connection, origin, one, three, steps=2) == []


async def test_what_everybody_shares_ties_nobody(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = await create_origin(connection)
    people = [await ordered(connection, origin, ("address", "Тверская 1")) for _ in range(3)]
    assert await tied(connection, origin, people[0]) == [("address", people)]
    for limit in ("TIED_MOST", "ORDERS_MOST"):
        with monkeypatch.context() as patched:
            patched.setattr(contacts, limit, 2)
            assert await tied(connection, origin, people[0]) == []
