"""The main job, through the real client: a shopper buys something, and it is booked once."""

from simulator.check import buy_once
from tests.bots.runtime.conftest import Stage


async def test_a_shopper_buys_something(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)

    purchase = await buy_once(
        stage.telegram.address,
        stage.telegram.key,
        f"test_{bot.id}_bot",
        control_port=stage.telegram.control_port,
        start_code="flyer",
    )

    order = await stage.pool.fetchrow("SELECT * FROM orders")
    assert order is not None
    assert (order["id"], order["status"]) == (purchase.order_id, "paid")
    assert (order["total_minor"], order["currency"]) == (purchase.amount, "XTR") == (300, "XTR")
    payment = await stage.pool.fetchrow("SELECT * FROM payments")
    assert payment is not None
    assert (payment["charge_id"], payment["status"]) == (purchase.charge_id, "succeeded")
    assert await stage.pool.fetchval("SELECT stock FROM products") == 4
    assert await stage.pool.fetchval("SELECT array_agg(state) FROM outgoing") == ["sent"]
    assert [await stage.count(name) for name in ("bot_started", "order_paid")] == [1, 1]
    assert await stage.count("button_pressed") == 3
    assert (
        await stage.pool.fetchval(
            "SELECT code FROM sources JOIN customers ON first_source_id = sources.id"
        )
        == "flyer"
    )
