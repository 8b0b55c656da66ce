"""The scripted check on a shop with refunds: it is sound, and differences are named."""

# pylint: disable=protected-access  # a step of the check; the whole of it needs a running system
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import check
from cli.check import CheckFailed, Sales, out_of_range
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import payments, refunds, shops
from core.shop.refunds import Refund
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)
from tests.ingestion.test_shipper import shipped, shipping


@pytest.mark.parametrize(
    ("net", "is_found"), [(59, True), (60, False), (100, False), (130, False), (131, True)]
)
def test_net_sales_lie_between_two_looks(net: int, is_found: bool) -> None:
    before, after = Sales(0, 0, sold=100, returned=0), Sales(0, 0, sold=130, returned=40)
    assert (out_of_range(net, before, after) is not None) is is_found


async def test_a_refund_and_a_staff_order_are_no_fault(
    connection: Connection,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, price_minor=300, stock=9)
    for number in range(3):
        buyer = await create_customer(connection, origin.shop_id)
        if number == 2:
            await connection.execute(
                "UPDATE customers SET is_staff = true WHERE buyer_no = $1", buyer.buyer_no
            )
            buyer = buyer.model_copy(update={"is_staff": True})
        order = await create_order(connection, origin, buyer, product)
        charge = charge_of(order, buyer)
        await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
        if number == 0:
            back = Refund(
                provider=charge.provider,
                charge_id=charge.charge_id,
                payer_telegram_id=charge.payer_telegram_id,
                occurred_at=datetime.now(UTC) + timedelta(milliseconds=5),
            )
            assert await refunds.book(connection, origin, back) == "booked"
    url = settings.clickhouse_url.get_secret_value()
    async with shipping(settings.database_url.get_secret_value(), url):
        await shipped(connection)
    shop = await shops.get(connection, origin.shop_id)
    await check._in_kpi(settings, connection, shop)
    assert "600 paid, 300 refunded, net sales 300" in capsys.readouterr().out

    with open_client(url) as client:
        client.command(
            "ALTER TABLE events UPDATE amount_minor = 299 WHERE event = 'order_paid'",
            settings={"mutations_sync": 2},
        )
    monkeypatch.setattr(check, "ARRIVES_WITHIN", 0.5)
    with pytest.raises(CheckFailed, match="897 paid by the events, PostgreSQL 900 to 900"):
        await check._in_kpi(settings, connection, shop)


@pytest.mark.parametrize("bot", ["tea_bot", "@tea_bot"])
async def test_a_failed_purchase_is_a_known_trouble_and_the_bot_has_one_at_sign(
    bot: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str] = []

    async def wait_for(_settings: Settings, name: str) -> None:
        named.append(name)

    monkeypatch.setattr(check, "_wait_for", wait_for)
    away = {"telegram_server": "127.0.0.1:1", "telegram_server_key": Path("nowhere.pem")}
    target = check.Target(settings.model_copy(update=away), "", "", ("127.0.0.1", 1))
    with pytest.raises(CheckFailed, match="telegram: read the server's key: .*nowhere.pem"):
        await check.run(target, bot=bot)
    assert named == ["tea_bot"]


async def test_a_bot_that_does_not_run_is_named(
    connection: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "ARRIVES_WITHIN", 0.1)
    with pytest.raises(CheckFailed, match="@tea_bot: it is unknown here, or has never run"):
        await check._wait_for(settings, "tea_bot")
    origin = await create_origin(connection)
    await connection.execute(
        "UPDATE bots SET username = 'Tea_bot', state = 'failed', state_reason = 'token_revoked' "
        "WHERE id = $1",
        origin.bot_id,
    )
    with pytest.raises(CheckFailed, match="@tea_bot: it is failed token_revoked"):
        await check._wait_for(settings, "tea_bot")
    await connection.execute("UPDATE bots SET state = 'running', state_reason = NULL")
    await check._wait_for(settings, "tea_bot")
