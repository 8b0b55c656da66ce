"""The scripted check: buys as a shopper and looks for the same amount everywhere it must be.

It also audits everything paid so far: each payment in the simulator's record is booked once in
PostgreSQL and counted once in ClickHouse, even after services were killed in between.
"""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import aiohttp
import typer
from clickhouse_connect.driver.asyncclient import AsyncClient

from cli import installation, progress
from cli.simulator_port import ask
from core import clickhouse, postgres, sales
from core.errors import ConfigurationError, VitrinaError
from core.money import Money
from core.postgres import Connection
from core.settings import Settings
from core.shop import shops
from core.shop.shops import Shop
from core.zones import day_of, day_start
from local.stack import LINK_FILE
from pipelines.kpis.materialise import materialise_day
from simulator.clients.check import Purchase, buy_once
from simulator.clients.screens import PurchaseFailed

_PLACES = 7  # steps of the check
ARRIVES_WITHIN = 30.0  # seconds from the payment to every place; the panel's goal is a few
# All payers, staff included: what was paid, whether or not it was refunded later.
_PAID = (
    "SELECT coalesce(sum(total_minor), 0)::bigint FROM orders WHERE shop_id = $1 AND paid_at >= $2"
)
_PARTS = """
SELECT (SELECT sum(unit_price_minor * quantity)::bigint FROM order_lines WHERE order_id = o.id)
    AS goods, -discount_minor AS discounts, shipping_minor AS shipping, tax_minor AS tax,
    tip_minor AS tip
FROM orders AS o WHERE id = $1
"""
# The order, and the goods, if the shopper has some.
_COUNTED = """
SELECT countIf(event = 'order_paid') AS paid, sumIf(amount_minor, event = 'order_paid') AS amount,
    countIf(event = 'delivery_sent') AS deliveries
FROM events WHERE order_id = {order:UInt64}
"""
_NEAR = """
l.shop_id = {shop:UInt32}
    AND l.occurred_at >= toDateTime64({began:Int64}, 3, 'UTC') - INTERVAL 1 DAY
"""
_SALES = f"""
WITH {sales.has_lines(_NEAR)} AS is_lined, NOT e.is_staff AND NOT e.is_test AS is_counted
SELECT sumIf(e.amount_minor, {sales.PAID} AND e.mode != 'external') AS paid,
    sumIf(e.amount_minor, {sales.PAID} AND is_counted) AS counted,
    sumIf({sales.SOLD}, {sales.is_sold("is_lined")} AND is_counted)
        - sumIf({sales.DISCOUNT}, {sales.PAID} AND is_counted) AS sold,
    sumIf({sales.RETURNED}, {sales.REFUND} AND is_counted) AS returned
FROM events AS e
WHERE e.shop_id = {{shop:UInt32}} AND e.event IN {sales.EVENTS}
    AND e.occurred_at >= toDateTime64({{began:Int64}}, 3, 'UTC')
"""
_FIGURES = """
SELECT sum(paid_total_minor) AS counted, sum(net_sales_minor) AS net FROM shop_money_day
WHERE shop_id = {shop:UInt32} AND day = {day:Date}
"""


class CheckFailed(VitrinaError):
    """Nothing can be bought, or an amount is missing, doubled or different somewhere."""


@dataclass(frozen=True, slots=True)
class Target:
    """The system under check: its settings, its panel and the token of an owner's secret link."""

    settings: Settings
    panel: str
    token: str
    control: tuple[str, int]  # the simulator's control port, whose charges the audit compares with


def target(link: str, control_port: str, data_dir: Path) -> Target:
    """What to check: `vitrina up` on `data_dir`, unless the link and the control port are given.

    `link` is the panel's whole secret link, `control_port` host:port. Raises ConfigurationError.
    """
    if link and control_port:
        address, separator, token = link.partition("/enter#")
        host, _, port = control_port.rpartition(":")
        if not separator or not port.isdigit():
            raise ConfigurationError("write --link as http://…/enter#TOKEN, --control as host:port")
        return Target(installation.settings(), address, token, (host, int(port)))
    settings = installation.use(installation.of_folder(data_dir))
    return Target(
        settings,
        f"http://127.0.0.1:{settings.api_port}",
        (data_dir / LINK_FILE).read_text("utf-8").strip(),
        ("127.0.0.1", installation.simulator_control(data_dir)),
    )


async def run(checked: Target, *, bot: str) -> None:
    """Buys from the bot of that username, with or without its @, and compares, a line for each
    place; raises CheckFailed at the first difference."""
    settings, bot = checked.settings, bot.removeprefix("@")
    if not settings.telegram_server or settings.telegram_server_key is None:
        raise ConfigurationError(
            "the check buys in the simulator: set VITRINA_TELEGRAM_SERVER to its address"
        )
    progress.report("waiting for the bot", 0, _PLACES)
    await _wait_for(settings, bot)
    progress.report("buying as a shopper", 0, _PLACES)
    try:
        bought = await buy_once(
            settings.telegram_server,
            settings.telegram_server_key,
            bot,
            control_port=checked.control[1],
        )
    except PurchaseFailed as error:
        raise CheckFailed(f"telegram: {error}") from error
    goods = "" if bought.goods is None else ", the goods opened"
    paid = Money(bought.amount, bought.currency)
    _say(
        "telegram",
        f"order {bought.order_id}: {bought.product!r} for {paid.major} {paid.currency}, "
        f"{sum(bought.seconds.values()):.1f} s from Start to receipt{goods}",
    )
    await _compare(checked, bought)
    await audit(checked)


async def _wait_for(settings: Settings, bot: str) -> None:
    """A bot that has never run yet is told nothing of what was written to it before."""
    connection = await postgres.connect(settings.database_url.get_secret_value())

    async def look() -> str | None:
        row = await connection.fetchrow(
            "SELECT state, state_reason FROM bots WHERE lower(username) = lower($1)", bot
        )
        if row is None:
            return "it is unknown here, or has never run"
        if row["state"] == "running":
            return None
        return " ".join(filter(None, (f"it is {row['state']}", row["state_reason"])))

    try:
        await _soon(f"@{bot}", look)
    finally:
        await connection.close()


def _say(place: str, text: str) -> None:
    typer.echo(f"{place:>11}  {text}")


async def _compare(checked: Target, bought: Purchase) -> None:
    settings = checked.settings
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        progress.report("looking in PostgreSQL", 1, _PLACES)
        shop = await _in_postgres(connection, bought)
        progress.report("looking in ClickHouse", 2, _PLACES)
        await _in_clickhouse(settings, bought)
        progress.report("computing the day's figures", 3, _PLACES)
        await _in_kpi(settings, connection, shop)
        async with _panel(checked) as session:
            progress.report("looking on the panel", 4, _PLACES)
            await _on_panel(session, settings, shop)
            progress.report("looking in the CSV", 5, _PLACES)
            await _in_csv(session, shop, bought)
    finally:
        await connection.close()


def _today(shop: Shop) -> tuple[date, datetime]:
    """The shop's calendar day and the moment it began."""
    day = day_of(datetime.now(UTC), shop.timezone)
    return day, day_start(day, shop.timezone)


async def _soon(what: str, look: Callable[[], Awaitable[str | None]]) -> float:
    """Waits until `look` finds no difference; returns the seconds it took."""
    began = time.monotonic()
    while (difference := await look()) is not None:
        if time.monotonic() - began > ARRIVES_WITHIN:
            raise CheckFailed(f"{what}: {difference}")
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def _in_postgres(connection: Connection, bought: Purchase) -> Shop:
    row = await connection.fetchrow(
        "SELECT o.shop_id, o.status, o.total_minor, o.currency, count(p.id) AS payments, "
        "sum(p.amount_minor)::bigint AS paid FROM orders AS o JOIN payments AS p "
        "ON p.order_id = o.id AND p.status = 'succeeded' WHERE o.id = $1 GROUP BY o.id",
        bought.order_id,
    )
    expected = ("paid", bought.amount, bought.currency, 1, bought.amount)
    found = tuple(row[1:]) if row else None
    if row is None or found != expected:
        raise CheckFailed(f"PostgreSQL: expected {expected}, found {found}")
    parts = await connection.fetchrow(_PARTS, bought.order_id)
    assert parts is not None  # the order is there
    if sum(parts.values()) != row["paid"]:
        raise CheckFailed(f"PostgreSQL: {dict(parts)} do not add up to {row['paid']}")
    said = ", ".join(f"{name} {minor}" for name, minor in parts.items() if minor)
    _say("postgresql", f"paid {row['paid']} {row['currency']}, one payment: {said}")
    return await shops.get(connection, row["shop_id"])


async def _in_clickhouse(settings: Settings, bought: Purchase) -> None:
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())

    delivered = 0 if bought.goods is None else 1
    expected = (1, bought.amount, delivered)

    async def look() -> str | None:
        result = await client.query(_COUNTED, parameters={"order": bought.order_id})
        count, amount, deliveries = result.result_rows[0]
        problem = f"{count} × {amount}, {deliveries} deliveries of {delivered}"
        return None if (count, amount, deliveries) == expected else problem

    try:
        seconds = await _soon("ClickHouse", look)
    finally:
        await client.close()
    goods = ", one delivery" if delivered else ""
    _say(
        "clickhouse", f"{bought.amount} {bought.currency}, one event{goods}, after {seconds:.1f} s"
    )


@dataclass(frozen=True, slots=True)
class Sales:
    """A shop's day until now, in minor units of every currency: `paid` is the total of its hosted
    orders, `counted` that of the orders that figures count, `sold` their goods less discounts, and
    `returned` the refunded goods."""

    paid: int
    counted: int
    sold: int
    returned: int


async def _sales(client: AsyncClient, shop: Shop) -> Sales:
    _, began = _today(shop)
    parameters = {"shop": shop.id, "began": int(began.timestamp())}
    (row,) = (await client.query(_SALES, parameters=parameters)).result_rows
    return Sales(*(int(value) for value in row))


def out_of_range(net_minor: float, before: Sales, after: Sales) -> str | None:
    """Whether net sales lie outside of what they can be.

    Others go on buying and getting refunds: the bounds are reached if everything refunded between
    the two readings comes first, or last.
    """
    least, most = before.sold - after.returned, after.sold - before.returned
    found = f"net sales of {net_minor:.0f}, the events say {least} to {most}"
    return None if least <= net_minor <= most else found


async def _in_kpi(settings: Settings, connection: Connection, shop: Shop) -> None:
    """Checks that what PostgreSQL has as paid is in the events, and the events in the day's
    figures.

    Others go on buying, so each value must lie between two readings of the one it is compared with.
    """
    day, began = _today(shop)
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    try:

        async def look() -> str | None:
            booked: int = await connection.fetchval(_PAID, shop.id, began)
            paid = (await _sales(client, shop)).paid
            later: int = await connection.fetchval(_PAID, shop.id, began)
            problem = f"{paid} paid by the events, PostgreSQL {booked} to {later}"
            return None if booked <= paid <= later else problem

        await _soon("ClickHouse", look)
        before = await _sales(client, shop)
        await asyncio.to_thread(materialise_day, settings, day)
        after = await _sales(client, shop)
        parameters = {"shop": shop.id, "day": day}
        ((counted, net),) = (await client.query(_FIGURES, parameters=parameters)).result_rows
    finally:
        await client.close()
    if not before.counted <= counted <= after.counted:
        raise CheckFailed(
            f"shop_money_day: {counted} paid, the events say {before.counted} to {after.counted}"
        )
    if problem := out_of_range(net, before, after):
        raise CheckFailed(f"shop_money_day: {problem}")
    _say("kpi", f"{day}: {counted} paid, {after.returned} refunded, net sales {net}")


@asynccontextmanager
async def _panel(checked: Target) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of an IP address are kept as well
    async with aiohttp.ClientSession(checked.panel, cookie_jar=jar) as session:
        async with session.post("/api/v1/enter", json={"token": checked.token}) as answer:
            if answer.status != 204:
                raise CheckFailed(f"the panel refused the link: {await answer.text()}")
        yield session


async def _on_panel(session: aiohttp.ClientSession, settings: Settings, shop: Shop) -> None:
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    shown = 0

    async def look() -> str | None:
        nonlocal shown
        before = await _sales(client, shop)
        async with session.get(f"/api/v1/overview?shops={shop.id}&period=today") as answer:
            answer.raise_for_status()
            overview = await answer.json()
        after = await _sales(client, shop)
        shown = sum(f["value"] or 0 for f in overview["figures"] if f["key"] == "net_sales")
        return out_of_range(shown, before, after)

    try:
        seconds = await _soon("panel", look)
    finally:
        await client.close()
    _say("panel", f"net sales today: {shown:.0f}, after {seconds:.1f} s")


async def _in_csv(session: aiohttp.ClientSession, shop: Shop, bought: Purchase) -> None:
    day, _ = _today(shop)
    path = f"/api/v1/exports/sales.csv?shops={shop.id}&from={day}&to={day}"
    async with session.get(path) as answer:
        answer.raise_for_status()
        text = await answer.text()
    rows = list(csv.DictReader(io.StringIO(text)))
    amounts = [row["amount_minor"] for row in rows if row["order_id"] == str(bought.order_id)]
    if amounts != [str(bought.amount)]:
        raise CheckFailed(f"CSV: expected one row of {bought.amount}, found {amounts}")
    _say("csv", f"{len(rows)} rows, this order once with {amounts[0]}")


async def audit(checked: Target) -> None:
    """Compares every charge of the simulator, every payment and every counted order."""
    progress.report("comparing all payments", 6, _PLACES)
    settings = checked.settings
    connection = await postgres.connect(settings.database_url.get_secret_value())
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())

    summary = ""

    async def look() -> str | None:
        nonlocal summary
        books = await ask(checked.control, "charges")
        charges = {charge["id"]: charge["amount"] for charge in books}
        payments = await connection.fetch("SELECT charge_id, amount_minor FROM payments")
        booked = {row["charge_id"]: row["amount_minor"] for row in payments}
        orders = await connection.fetch("SELECT id, total_minor FROM orders WHERE paid_at <= now()")
        counted = await client.query(
            "SELECT order_id, count(), sum(amount_minor) FROM events "
            "WHERE event = 'order_paid' GROUP BY order_id"
        )
        in_events = {order: amount for order, _, amount in counted.result_rows}
        doubled = [order for order, count, _ in counted.result_rows if count != 1]
        if doubled:
            raise CheckFailed(f"counted more than once: orders {doubled[:10]}")
        differences = [
            *(f"charge {key} not booked" for key in charges.keys() - booked.keys()),
            *(
                f"charge {key}: amount"
                for key in charges.keys() & booked.keys()
                if charges[key] != booked[key]
            ),
            *(
                f"order {row['id']} not counted"
                for row in orders
                if in_events.get(row["id"]) != row["total_minor"]
            ),
        ]
        summary = f"{len(charges)} charges, {len(booked)} booked, {len(in_events)} counted"
        return f"{summary}: {', '.join(differences[:5])}" if differences else None

    try:
        await _soon("audit", look)
    finally:
        await connection.close()
        await client.close()
    _say("audit", f"{summary}, none lost, none doubled")
