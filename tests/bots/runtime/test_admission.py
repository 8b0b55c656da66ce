"""One statement admits an update, records the visit and finds the open question."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.runtime import leases
from bots.runtime.admission import Admission, admit_visitor
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.translate import Translation
from bots.sdk import updates as sdk
from core.events import Origin
from core.postgres import Connection
from core.shop import customers
from core.shop.customers import Profile
from tests.factories import create_origin

ANNA = 501


def said(number: int, **profile: object) -> Translation:
    update = sdk.Message(chat_id=ANNA, occurred_at=datetime.now(UTC), kind="text", text="hi")
    who = {"telegram_id": ANNA, "first_name": "Anna", "language": "en"} | profile
    return Translation(update, Profile.model_validate(who), "message", str(number))


@pytest.fixture(name="origin")
async def an_origin(connection: Connection) -> Origin:
    return await create_origin(connection)


@pytest.fixture(name="lease")
async def a_lease(connection: Connection, origin: Origin) -> Lease:
    (lease,) = await leases.take(connection, "w", limit=1)
    assert lease.bot_id == origin.bot_id
    return lease


async def ask(connection: Connection, origin: Origin, buyer_no: int) -> None:
    await connection.execute(
        "INSERT INTO dialogs (bot_id, shop_id, buyer_no, module, question, asked_at, expires_at) "
        "VALUES ($1, $2, $3, 'menu', 'name', now(), now() + interval '1 hour')",
        origin.bot_id,
        origin.shop_id,
        buyer_no,
    )


async def test_who_comes_is_made_known_and_known_again(
    connection: Connection, origin: Origin, lease: Lease
) -> None:
    first = await admit_visitor(connection, lease, said(1), origin.shop_id)
    again = await admit_visitor(connection, lease, said(2, first_name="Anya"), origin.shop_id)
    assert first.customer is not None and again.customer is not None
    assert (first.customer.is_new, again.customer.is_new) == (True, False)
    assert again.customer == await customers.find(connection, origin.shop_id, ANNA)
    assert again.customer.first_name == "Anya"


async def test_a_replay_is_no_visit(connection: Connection, origin: Origin, lease: Lease) -> None:
    await admit_visitor(connection, lease, said(1), origin.shop_id)
    await connection.execute("UPDATE customers SET last_seen_at = now() - interval '1 day'")
    assert await admit_visitor(connection, lease, said(1), origin.shop_id) == Admission(False)
    found = await customers.find(connection, origin.shop_id, ANNA)
    assert found is not None and found.session_no == 1
    later = await admit_visitor(connection, lease, said(2), origin.shop_id)
    assert later.customer is not None and later.customer.session_no == 2


async def test_an_open_question_of_this_bot_is_found(
    connection: Connection, origin: Origin, lease: Lease
) -> None:
    visitor = (await admit_visitor(connection, lease, said(1), origin.shop_id)).customer
    assert visitor is not None
    assert not (await admit_visitor(connection, lease, said(2), origin.shop_id)).is_asked
    other = await customers.touch(connection, origin.shop_id, Profile(telegram_id=502))
    await ask(connection, origin, other.buyer_no)
    assert not (await admit_visitor(connection, lease, said(3), origin.shop_id)).is_asked
    await ask(connection, origin, visitor.buyer_no)
    assert (await admit_visitor(connection, lease, said(4), origin.shop_id)).is_asked


async def test_an_old_holder_notes_no_visit(
    connection: Connection, origin: Origin, lease: Lease
) -> None:
    await admit_visitor(connection, lease, said(1), origin.shop_id)
    await connection.execute(
        "UPDATE customers SET last_seen_at = $1", datetime.now(UTC) - timedelta(days=1)
    )
    await leases.take(connection, "w", limit=1, own_too=True)
    with pytest.raises(LeaseLost):
        await admit_visitor(connection, lease, said(2), origin.shop_id)
    assert await connection.fetchval("SELECT count(*) FROM inbox") == 1
    found = await customers.find(connection, origin.shop_id, ANNA)
    assert found is not None and found.session_no == 1
    assert await connection.fetchval("SELECT last_seen_at < now() - interval '1 h' FROM customers")
