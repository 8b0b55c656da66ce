"""Messages to shops' systems: claimed, tried again, parked, replayed."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from core.postgres import Connection, Pool
from core.shop import (
    webhook_deliveries,
    webhook_sending,
    webhooks,
)
from core.shop.webhook_sending import PAUSES, Outcome, pause_after
from tests.core.shop.webhook_steps import (
    DOWN,
    OK,
    at_once,
    claimed_one,
    draft,
    made,
    pay,
    placed,
    queued,
)
from tests.factories import (
    KEYS,
    create_customer,
    create_order,
    create_origin,
    create_product,
)
from tests.ingestion.rows import until


async def test_two_senders_never_claim_one_message_and_an_endpoint_has_few_places(
    pool: Pool,
) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        origin = await create_origin(one)
        await made(one, origin)
        for _ in range(6):
            await placed(one, origin)
        async with one.transaction():
            first = await webhook_sending.claim(one, 3)
            assert not await webhook_sending.claim(two, 10)  # its row is locked
        second = await webhook_sending.claim(two, 10)
        assert (len(first), len(second)) == (3, webhook_sending.AT_ONCE - 3)
        assert not set(first) & set(second)
        # A sender that was killed: its claim ends, and what it may have sent is sent again.
        await one.execute("UPDATE webhook_deliveries SET claimed_until = now() - interval '1 s'")
        assert await webhook_sending.claim(one, 1) == first[:1]


async def test_a_later_step_of_an_order_waits_for_the_earlier_one(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    await pay(connection, origin, buyer, order)
    other = await placed(connection, origin)
    created, paid, of_other = await queued(connection, endpoint)
    assert of_other.order_id == other.id
    assert await webhook_sending.claim(connection, 10) == [created.id, of_other.id]
    await webhook_sending.settle(connection, created.id, DOWN)
    await webhook_sending.settle(connection, of_other.id, OK)
    assert not await webhook_sending.claim(connection, 10)
    await at_once(connection)
    assert await webhook_sending.claim(connection, 10) == [created.id]
    await webhook_sending.settle(connection, created.id, OK)
    assert await webhook_sending.claim(connection, 10) == [paid.id]


def test_pauses_grow_for_days_and_then_end() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=4)
    assert pause_after(len(PAUSES) + 1) is None
    for tries, pause in enumerate(PAUSES, start=1):
        found = pause_after(tries)
        assert found is not None
        assert 0.9 * pause <= found <= 1.1 * pause


async def test_a_message_that_nobody_takes_is_parked_and_replayed(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    await placed(connection, origin)
    for number in range(len(PAUSES) + 1):
        await at_once(connection)
        (delivery_id,) = await webhook_sending.claim(connection, 10)
        await webhook_sending.settle(connection, delivery_id, Outcome(500, None, 7, "oops\x00"))
        (found,) = await queued(connection, endpoint)
        assert found.attempts == number + 1
        assert (found.last_status, found.last_error) == (500, None)
    assert (found.state, found.next_at) == ("parked", None)
    (in_trouble,) = await webhooks.in_trouble(connection, [origin.shop_id])
    assert (in_trouble.state, in_trouble.parked, in_trouble.failures) == ("on", 1, 11)

    count = await webhook_deliveries.replay_range(
        connection,
        origin.shop_id,
        endpoint.id,
        start=found.occurred_at,
        end=datetime.now(UTC) + timedelta(days=1),
        with_delivered=False,
    )
    assert count == 1
    await at_once(connection)
    assert (await claimed_one(connection)).message_id == found.message_id
    await webhook_sending.settle(connection, found.id, OK)
    details = await webhook_deliveries.get(connection, origin.shop_id, endpoint.id, found.id)
    assert (details.state, details.attempts, len(details.log)) == ("delivered", 12, 12)
    assert [each.answer for each in details.log[-2:]] == ["oops", "thanks"]
    assert not await webhooks.in_trouble(connection, [origin.shop_id])


async def test_an_endpoint_that_fails_rests_and_is_tried_with_one_message(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    for _ in range(3):
        await placed(connection, origin)
    first = await webhook_sending.claim(connection, 1)
    await webhook_sending.settle(connection, first[0], DOWN)
    assert not await webhook_sending.claim(connection, 10)
    seconds = await webhook_sending.seconds_until_due(connection)
    assert seconds is not None
    await at_once(connection)
    (delivery_id,) = await webhook_sending.claim(connection, 10)
    await webhook_sending.settle(connection, delivery_id, OK)
    await at_once(connection)
    assert len(await webhook_sending.claim(connection, 10)) == 2
    assert (await webhooks.get(connection, origin.shop_id, endpoint.id)).failures == 0


@pytest.mark.parametrize("reason", ["days", "gone"])
async def test_an_endpoint_is_switched_off_and_loses_nothing(
    connection: Connection, reason: str
) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    await placed(connection, origin)
    (delivery_id,) = await webhook_sending.claim(connection, 10)
    if reason == "days":
        await connection.execute(
            "UPDATE webhook_endpoints SET failures = 9, failing_since = now() - interval '6 days'"
        )
    outcome = DOWN if reason == "days" else Outcome(410, None, 3)
    await webhook_sending.settle(connection, delivery_id, outcome)
    await placed(connection, origin)
    states = [each.state for each in await queued(connection, endpoint)]
    assert states == ["parked", "parked"]
    found = await webhooks.get(connection, origin.shop_id, endpoint.id)
    assert (found.state, found.parked) == ("failed", 2)

    on = await webhooks.change(connection, origin.shop_id, endpoint.id, draft(), found.version)
    assert (on.state, on.failures) == ("on", 0)
    for each in await queued(connection, endpoint):
        await webhook_deliveries.replay(connection, origin.shop_id, endpoint.id, each.id)
    assert len(await webhook_sending.claim(connection, 10)) == 2


async def test_a_test_is_sent_once_whatever_the_state(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin, is_on=False)
    await webhook_deliveries.queue_test(connection, origin.shop_id, endpoint.id)
    message = await claimed_one(connection)
    assert json.loads(message.body)["type"] == "test"
    await webhook_sending.settle(connection, message.id, DOWN)
    (found,) = await queued(connection, endpoint)
    assert (found.state, found.attempts) == ("parked", 1)
    assert not await webhooks.in_trouble(connection, [origin.shop_id])


async def test_what_another_claims_at_the_same_moment_is_not_claimed_again(pool: Pool) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        origin = await create_origin(one)
        await made(one, origin)
        await placed(one, origin)

        async def claimed() -> list[int]:
            async with two.transaction():
                return await webhook_sending.claim(two, 10)

        async def is_waiting() -> bool:
            found: bool = await one.fetchval(
                "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND pid = $1",
                two.get_server_pid(),
            )
            return found

        async with one.transaction():
            await one.execute(
                "UPDATE webhook_deliveries SET claimed_until = now() + interval '1 minute'"
            )
            late = asyncio.create_task(claimed())
            await until(is_waiting)
        assert await late == []


async def test_what_waits_no_more_is_not_sent(connection: Connection) -> None:
    origin = await create_origin(connection)
    await made(connection, origin)
    await placed(connection, origin)
    (delivery_id,) = await webhook_sending.claim(connection, 10)
    await connection.execute("UPDATE webhook_deliveries SET state = 'parked', settled_at = now()")
    assert await webhook_sending.take(connection, KEYS, delivery_id) is None


async def test_a_message_behind_another_of_its_order_wakes_nobody(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    await pay(connection, origin, buyer, await create_order(connection, origin, buyer, product))
    created, _ = await queued(connection, endpoint)
    await connection.execute(
        "UPDATE webhook_deliveries SET next_at = now() + interval '2 hours' WHERE id = $1",
        created.id,
    )
    seconds = await webhook_sending.seconds_until_due(connection)
    assert seconds is not None
    assert seconds > 3600


async def test_a_shop_with_many_endpoints_does_not_get_all_places(connection: Connection) -> None:
    origin, other = await create_origin(connection), await create_origin(connection)
    mine = [await made(connection, origin) for _ in range(3)]
    for _ in range(5):
        await placed(connection, origin)
    small = await made(connection, other)
    await placed(connection, other)
    (of_small,) = await queued(connection, small)
    first = await webhook_sending.claim(connection, 2)
    assert of_small.id in first
    rest = await webhook_sending.claim(connection, 100)
    assert len(rest) + 1 == webhook_sending.SHOP_AT_ONCE
    assert not await webhook_sending.claim(connection, 100)
    ids = {each.id for endpoint in mine for each in await queued(connection, endpoint)}
    assert {*first, *rest} - {of_small.id} <= ids


@pytest.mark.parametrize("change", ["no personal data", "another address"])
async def test_personal_data_that_are_not_wanted_any_more_are_not_sent_again(
    connection: Connection, change: str
) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin, with_personal=True)
    buyer = await create_customer(connection, origin.shop_id, first_name="Марфа")
    product = await create_product(connection, origin.shop_id)
    for _ in range(2):
        await create_order(connection, origin, buyer, product)
    tried, sent = await webhook_sending.claim(connection, 10)
    for delivery_id, outcome in ((tried, DOWN), (sent, OK)):
        message = await webhook_sending.take(connection, KEYS, delivery_id)
        assert message is not None
        assert "Марфа" in message.body.decode()
        await webhook_sending.settle(connection, delivery_id, outcome)
    url = "https://another.example/hook" if change == "another address" else endpoint.url
    wanted = (
        draft(with_personal=False) if url == endpoint.url else draft(with_personal=True, url=url)
    )
    found = await webhooks.get(connection, origin.shop_id, endpoint.id)
    await webhooks.change(connection, origin.shop_id, endpoint.id, wanted, found.version)
    assert "Марфа" not in str(await connection.fetch("SELECT body FROM webhook_deliveries"))
    if not wanted.with_personal:
        await webhook_deliveries.replay(connection, origin.shop_id, endpoint.id, sent)
        await at_once(connection)
        for delivery_id in await webhook_sending.claim(connection, 10):
            message = await webhook_sending.take(connection, KEYS, delivery_id)
            assert message is not None
            assert "customer" not in json.loads(message.body)["data"]


async def test_a_change_keeps_what_has_no_personal_data(connection: Connection) -> None:
    """The log, and the same words at each attempt."""
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    await placed(connection, origin)
    message = await claimed_one(connection)
    await webhook_sending.settle(connection, message.id, DOWN)
    wanted = draft(url="https://another.example/hook")
    await webhooks.change(connection, origin.shop_id, endpoint.id, wanted, endpoint.version)
    body = await connection.fetchval("SELECT body FROM webhook_deliveries")
    assert body == message.body.decode()
