"""Web hooks are sent: signed, in order, again after failures and kills, past slow endpoints."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from core.events import Origin
from core.postgres import Pool
from core.settings import Settings
from core.shop import orders, webhook_deliveries, webhooks
from core.shop.webhook_deliveries import DeliveryDetails
from core.shop.webhooks import Endpoint, EndpointDraft
from core.webhook_outbox import EVENTS
from ingestion import webhook_sender
from ingestion.webhook_sender import WebhookSender
from tests.conftest import SECRET_KEYS
from tests.factories import KEYS, create_customer, create_order, create_origin, create_product
from tests.ingestion.rows import until
from tests.receiver import Received, receiving


@pytest.fixture(name="sending")
def sender_of(database_url: str) -> Callable[[], contextlib.AbstractAsyncContextManager[None]]:
    """Runs a sender that may call 127.0.0.1, and kills it at the end."""
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        secret_keys=SECRET_KEYS,
        outgoing_networks="127.0.0.1",
    )

    @contextlib.asynccontextmanager
    async def run() -> AsyncIterator[None]:
        task = asyncio.create_task(WebhookSender(settings).run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


Sending = Callable[[], contextlib.AbstractAsyncContextManager[None]]


async def endpoint_of(pool: Pool, url: str) -> tuple[Origin, Endpoint, str]:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        draft = EndpointDraft(label="1C", url=url, events=EVENTS)
        return origin, *await webhooks.create(connection, KEYS, origin.shop_id, draft)


async def order_at(pool: Pool, origin: Origin, *, cancelled: bool = False) -> int:
    async with pool.acquire() as connection, connection.transaction():
        buyer = await create_customer(connection, origin.shop_id)
        product = await create_product(connection, origin.shop_id)
        order = await create_order(connection, origin, buyer, product)
        if cancelled:
            await orders.cancel(connection, origin, buyer, order_id=order.id)
        return order.id


async def details_of(pool: Pool, endpoint: Endpoint) -> list[DeliveryDetails]:
    """Oldest first."""
    async with pool.acquire() as connection:
        found = await webhook_deliveries.page(connection, endpoint.shop_id, endpoint.id)
        return [
            await webhook_deliveries.get(connection, endpoint.shop_id, endpoint.id, each.id)
            for each in reversed(found)
        ]


async def delivered(pool: Pool, endpoint: Endpoint, count: int) -> list[DeliveryDetails]:
    """Once so many messages are delivered."""

    async def is_so() -> bool:
        found = await details_of(pool, endpoint)
        return sum(each.state == "delivered" for each in found) >= count

    await until(is_so)
    return await details_of(pool, endpoint)


async def test_an_orders_steps_arrive_signed_in_their_order_and_are_logged(
    pool: Pool, sending: Sending
) -> None:
    async with receiving() as receiver:
        origin, endpoint, secret = await endpoint_of(pool, receiver.url())
        async with sending():
            order_id = await order_at(pool, origin, cancelled=True)
            log = await delivered(pool, endpoint, 2)
    heard = receiver.received
    assert [each.said["type"] for each in heard] == ["order.created", "order.cancelled"]
    assert {each.said["data"]["order"]["id"] for each in heard} == {order_id}
    assert [each.headers["webhook-id"] for each in heard] == [str(each.message_id) for each in log]
    for each in heard:
        stamp = int(each.headers["webhook-timestamp"])
        key = webhooks.secret_bytes(secret)
        right = webhooks.signature([key], each.headers["webhook-id"], stamp, each.body)
        assert each.headers["webhook-signature"] == right
        assert each.headers["content-type"] == "application/json"
    assert [(each.log[0].status, each.log[0].answer) for each in log] == [(200, "ok")] * 2
    assert log[0].body == heard[0].body.decode()


async def test_what_fails_is_sent_again_with_the_same_id_and_words(
    pool: Pool, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "_LEAST_SECONDS", 0.05)
    answers = iter([500, 302, 200])
    async with receiving(lambda _: next(answers)) as receiver:
        origin, endpoint, _ = await endpoint_of(pool, receiver.url())
        async with pool.acquire() as connection:
            # No pause: this is about what is sent, not about when.
            await connection.execute(
                "CREATE FUNCTION no_pause() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN NEW.next_at := now(); RETURN NEW; END$$; "
                "CREATE TRIGGER no_pause BEFORE UPDATE ON webhook_deliveries "
                "FOR EACH ROW EXECUTE FUNCTION no_pause(); "
                "CREATE FUNCTION no_rest() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN NEW.resumes_at := NULL; RETURN NEW; END$$; "
                "CREATE TRIGGER no_rest BEFORE UPDATE ON webhook_endpoints "
                "FOR EACH ROW EXECUTE FUNCTION no_rest()"
            )
        async with sending():
            await order_at(pool, origin)
            (found,) = await delivered(pool, endpoint, 1)
    assert [each.status for each in found.log] == [500, 302, 200]
    assert len({(each.headers["webhook-id"], each.body) for each in receiver.received}) == 1


async def test_a_killed_sender_loses_nothing(pool: Pool, sending: Sending) -> None:
    """It is killed after it has sent and before it could say so: it is sent once more."""
    answers: list[int | None] = [None, 200]
    async with receiving(lambda _: answers.pop(0)) as receiver:
        origin, endpoint, _ = await endpoint_of(pool, receiver.url())
        async with sending():
            await order_at(pool, origin)
            await until(lambda: _is(bool(receiver.received)))
        (found,) = await details_of(pool, endpoint)
        assert (found.state, found.attempts) == ("waiting", 0)
        async with pool.acquire() as connection:
            await connection.execute("UPDATE webhook_deliveries SET claimed_until = now()")
        async with sending():
            await delivered(pool, endpoint, 1)
    first, second = receiver.received
    assert (first.headers["webhook-id"], first.body) == (
        second.headers["webhook-id"],
        second.body,
    )


async def _is(value: bool) -> bool:
    return value


async def test_an_endpoint_that_never_answers_delays_no_other(pool: Pool, sending: Sending) -> None:
    def answer(request: Received) -> int | None:
        return 200 if request.path == "/quick" else None

    async with receiving(answer) as receiver:
        slow_origin, slow, _ = await endpoint_of(pool, receiver.url("/slow"))
        origin, quick, _ = await endpoint_of(pool, receiver.url("/quick"))
        async with sending():
            for _ in range(8):
                await order_at(pool, slow_origin)
            await until(lambda: _is(len(receiver.received) >= 4))
            for _ in range(8):
                await order_at(pool, origin)
            await delivered(pool, quick, 8)
            assert all(each.state == "waiting" for each in await details_of(pool, slow))
    assert sum(each.path == "/slow" for each in receiver.received) == 4


async def test_an_inner_address_is_never_called(pool: Pool, database_url: str) -> None:
    """It may have been public when it was stored; the log says why nothing was sent."""
    settings = Settings(_env_file=None, database_url=database_url, secret_keys=SECRET_KEYS)
    async with receiving() as receiver:
        origin, endpoint, _ = await endpoint_of(pool, f"https://localhost:{receiver.port}/")
        task = asyncio.create_task(WebhookSender(settings).run())
        try:
            await order_at(pool, origin)

            async def is_tried() -> bool:
                return bool((await details_of(pool, endpoint))[0].log)

            await until(is_tried)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        assert not receiver.received
    (found,) = await details_of(pool, endpoint)
    assert found.log[0].status is None
    assert "public internet" in (found.log[0].error or "")
