"""What modules tell owners by themselves: run once a shop, in each owner's own chat, once."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from api.reader import Reader
from api.report_figures import ShopFigures
from api.report_runner import ReportRunner
from bots.modules.digest import told
from bots.sdk.loading import load
from bots.sdk.replies import Text
from bots.sdk.reports import Report, Reports, Told, load_reports
from core.modules import Modules
from core.postgres import Connection, Pool
from core.shop import shops
from tests.api.test_alert_teller import bound
from tests.factories import KEYS, create_bot, create_origin

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(made, "PNG")
    return made.getvalue()


def telling(seen: list[int]) -> Reports[Any]:
    """A module's report that tells, and notes in which shop it ran."""
    reports = Reports[Any]()

    @reports.every(minutes=5)
    async def tell(report: Report[Any]) -> None:
        seen.append(report.shop.id)
        text = Text(plain="All is well")
        message = Told("notice_digest_day", "2026-05-31", text, "Open", "/orders", picture("red"))
        await report.tell(message)

    @reports.every(minutes=5)
    async def fail(_: Report[Any]) -> None:
        raise RuntimeError("its own fault")

    return reports


async def test_owners_are_told_once_whatever_number_of_bots_and_processes(
    pool: Pool, connection: Connection
) -> None:
    origin = await create_origin(connection)
    shop = await shops.get(connection, origin.shop_id)
    other = await create_bot(connection, shop, modules=["digest", "menu"])
    await connection.execute(
        "INSERT INTO bot_modules (bot_id, module) VALUES ($1, 'digest') ON CONFLICT DO NOTHING",
        origin.bot_id,
    )
    assert other.id != origin.bot_id
    await bound(connection, origin, None)
    seen: list[int] = []
    loaded = load(Modules.discover(), ["digest"])
    runners = [
        ReportRunner(pool, Reader("http://127.0.0.1:1"), loaded, {"digest": telling(seen)}, KEYS)
        for _ in range(2)
    ]
    for runner in runners:
        await runner.look(NOW)
        await runner.look(NOW + timedelta(minutes=2))  # not due yet
    assert seen == [shop.id] * 2  # once a process, and once a shop
    rows = await connection.fetch("SELECT chat_id, message FROM outgoing")
    ((chat, message),) = [(row["chat_id"], row["message"]) for row in rows]
    assert chat == 500 and message["kind"] == "send_photo"
    assert message["keyboard"]["rows"][0][0]["url"] == "https://x.example/orders"
    assert await connection.fetchval("SELECT count(*) FROM file_uses") == 1


async def test_what_few_shops_ask_for_is_looked_up_for_all_at_once(
    pool: Pool, connection: Connection
) -> None:
    origins = [await create_origin(connection) for _ in range(2)]
    await connection.execute(
        "INSERT INTO bot_modules (bot_id, module) SELECT id, 'digest' FROM bots "
        "ON CONFLICT DO NOTHING"
    )
    await told.ask(connection, origins[1].shop_id)
    seen: list[int] = []
    asked: list[set[int]] = []
    reports = Reports[Any]()

    async def asking(connection: Connection) -> set[int]:
        asked.append(await told.asking(connection))
        return asked[-1]

    @reports.every(minutes=1, shops=asking)
    async def answer(report: Report[Any]) -> None:
        seen.append(report.shop.id)

    loaded = load(Modules.discover(), ["digest"])
    runner = ReportRunner(pool, Reader("http://127.0.0.1:1"), loaded, {"digest": reports}, KEYS)
    await runner.look(NOW)
    assert seen == [origins[1].shop_id] and asked == [{origins[1].shop_id}]
    await connection.execute("DELETE FROM digest_tests")
    await runner.look(NOW + timedelta(minutes=1))
    assert len(seen) == 1 and asked[1:] == [set()]


async def test_a_bot_that_is_down_tells_by_another_one(pool: Pool, connection: Connection) -> None:
    origin = await create_origin(connection)
    shop = await shops.get(connection, origin.shop_id)
    other = await create_bot(connection, shop, modules=["menu"])
    await connection.execute(
        "INSERT INTO bot_modules (bot_id, module) VALUES ($1, 'digest') ON CONFLICT DO NOTHING",
        origin.bot_id,
    )
    await bound(connection, origin, None)
    await connection.execute(
        "INSERT INTO owner_chats SELECT $1, telegram_id, link_id, name, panel_url FROM owner_chats",
        other.id,
    )
    await connection.execute("UPDATE bots SET state = 'failed' WHERE id = $1", origin.bot_id)
    loaded = load(Modules.discover(), ["digest"])
    runner = ReportRunner(pool, Reader("http://127.0.0.1:1"), loaded, {"digest": telling([])}, KEYS)
    await runner.look(NOW)
    assert await connection.fetchval("SELECT array_agg(bot_id) FROM outgoing") == [other.id]


async def test_the_figures_are_the_panels(
    pool: Pool, connection: Connection, clickhouse_url: str
) -> None:
    """Of a shop without events: days without sales, and nothing that would raise."""
    origin = await create_origin(connection)
    shop = await shops.get(connection, origin.shop_id)
    reader = Reader(clickhouse_url)
    try:
        figures = ShopFigures(pool, reader, shop)
        last = NOW.date()
        days, whole = await figures.days(
            ("net_sales_minor", "paid_orders"), last - timedelta(days=2), last
        )
        assert [each.values["paid_orders"] for each in days] == [0, 0, 0]
        assert whole["net_sales_minor"] == 0
        assert await figures.payments(last, last) == (0, 0)
        assert await figures.sources(last, last) == []
    finally:
        await reader.close()


def test_the_digest_has_reports() -> None:
    tasks = load_reports(Modules.discover())["digest"].tasks
    assert tasks.keys() == {"digests", "asked", "alerts", "used_elsewhere", "held"}
