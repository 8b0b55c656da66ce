"""Stars through the real client: what was asked for goes back, and the comparison agrees."""

from core.events import Origin
from core.shop import order_refunds
from core.shop.bots import announce
from core.shop.order_refunds import RefundDraft
from simulator.clients.check import buy_once
from tests.bots.runtime.conftest import Stage, until


async def test_stars_go_back_and_both_lists_agree(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)
    purchase = await buy_once(
        stage.telegram.address,
        stage.telegram.key,
        f"test_{bot.id}_bot",
        control_port=stage.telegram.control_port,
    )
    assert purchase.order_id is not None
    # The panel's part, without the panel: the decision, and the job that its reaction puts off.
    async with stage.pool.acquire() as connection, connection.transaction():
        origin = Origin(bot.shop_id, bot.id, "hosted", 365)
        await order_refunds.ask(
            connection, origin, "owner", order_id=purchase.order_id, draft=RefundDraft()
        )
        for task in ("give_back", "reconcile_now"):
            await connection.execute(
                "INSERT INTO module_jobs (bot_id, module, task, natural_key, due_at, not_before, "
                "data) VALUES ($1, 'stars', $2, 'now', now(), now(), '{}')",
                bot.id,
                task,
            )
        await announce(connection, bot.id)

    async def is_back() -> bool:
        status: str = await stage.pool.fetchval("SELECT status FROM orders")
        return status == "refunded"

    await until(is_back, "Telegram has told of the refund")
    assert await stage.pool.fetchval("SELECT state FROM order_refunds") == "done"

    async def is_compared() -> bool:
        return bool(await stage.pool.fetchval("SELECT moves FROM stars_reconciliations"))

    await until(is_compared, "the lists are compared")
    assert await stage.pool.fetchval("SELECT count(*) FROM stars_differences") == 0
