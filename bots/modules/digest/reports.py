"""Digests and alerts, run by the panel's API, which has the figures."""

import asyncio
from collections import defaultdict
from datetime import date, datetime, timedelta
from statistics import median

from bots.modules.digest import chart, judging, store, summaries
from bots.modules.digest import told as sent
from bots.modules.digest.settings import DigestSettings
from bots.modules.digest.summaries import METRICS, Stretch
from bots.sdk.dates import deadline
from bots.sdk.replies import Text
from bots.sdk.reports import Report, Reports, Told
from bots.sdk.texts import Texts
from core import zones
from core.money import Money
from core.shop.shops import Language

reports = Reports[DigestSettings]()
Digest = Report[DigestSettings]

_LATEST_HOURS = 6  # after an outage a digest still comes, but not in the evening
_LONG = timedelta(days=30)
_A_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)
_STOCK_QUIET = timedelta(days=7)
_STOCK_DAYS = timedelta(days=28)
_DOWN_FOR = timedelta(minutes=5)
_USUAL_DAYS = 28
_SIGNS = defaultdict(
    lambda: "elsewhere_profile",
    message="elsewhere_message",
    commands="elsewhere_commands",
    menu="elsewhere_menu",
)


_WHY = defaultdict(
    lambda: "reason_unknown",
    token_invalid="reason_token_invalid",
    token_revoked="reason_token_revoked",
    bot_banned="reason_bot_banned",
    session_used_elsewhere="reason_session",
    session_lost="reason_session",
    secret_unreadable="reason_secret_unreadable",
    telegram_unreachable="reason_telegram_unreachable",
    flood_wait_until="reason_flood_wait_until",
    telegram_error="reason_telegram_error",
)


@reports.every(minutes=5)
async def digests(report: Digest) -> None:
    """The day's and the week's, at the hour that the owner has chosen, each once."""
    local = report.now.astimezone(zones.zone(report.shop.timezone))
    if not 0 <= local.hour - report.settings.hour < _LATEST_HOURS:
        return
    if report.settings.daily:
        await _digest(report, "day", summaries.day_before(local.date()))
    if report.settings.weekly and local.weekday() == 0:
        await _digest(report, "week", summaries.week_before(local.date()))


async def _digest(report: Digest, kind: str, stretch: Stretch) -> None:
    subject = stretch.last.isoformat()
    if await _is_due(report, kind, subject, _LONG):
        await _tell(report, kind, subject, await _summary(report, kind, kind, subject, stretch))


@reports.every(minutes=1, shops=sent.asking)
async def asked(report: Digest) -> None:
    """Yesterday's, when an owner wants to see one."""
    shop = report.shop
    async with report.transaction() as scope:
        since = await sent.asked_at(scope.connection, shop.id)
    if since is None:
        return
    stretch = summaries.day_before(zones.day_of(report.now, shop.timezone))
    told = await _summary(report, "test", "day", since.isoformat(), stretch)
    await _send(report, told)
    async with report.transaction() as scope:
        await sent.answered(scope.connection, shop.id, since)


async def _summary(report: Digest, kind: str, heading: str, key: str, stretch: Stretch) -> Told:
    days, _ = await report.figures.days(METRICS[:1], stretch.charted, stretch.last)
    _, now = await report.figures.days(METRICS, stretch.first, stretch.last)
    _, before = await report.figures.days(METRICS, *stretch.before)
    sold, shop = await _best_links(report, stretch), report.shop
    picture = await asyncio.to_thread(
        chart.draw,
        summaries.by_day(days, METRICS[0]),
        stretch.first,
        shop.currency,
        shop.language,
        name=shop.name,
    )
    text = summaries.worded(report.texts, heading, now, before, sold, shop.currency)
    path = _overview(shop.id, stretch.first, stretch.last)
    return Told(f"notice_digest_{kind}", key, text, report.texts.label("open"), path, picture)


async def _best_links(report: Digest, stretch: Stretch) -> list[tuple[str, float]]:
    """By their names, with what they brought in minor units."""
    links = summaries.best(await report.figures.sources(stretch.first, stretch.last))
    async with report.transaction() as scope:
        codes = [each.code for each in links]
        labels = await store.link_labels(scope.connection, report.shop.id, codes)
    return [
        (summaries.link_name(report.texts, each.code, labels), each.net_minor) for each in links
    ]


def _overview(shop_id: int, first: date, last: date) -> str:
    """The panel's first page with the shop and the days that owners were told of."""
    return f"/?shops={shop_id}&from={first.isoformat()}&to={last.isoformat()}"


@reports.every(minutes=5)
async def alerts(report: Digest) -> None:
    """Each at most once a day; what is out of stock once a week."""
    settings = report.settings
    if settings.payments:
        await _payments(report)
    if settings.sales:
        await _sales(report)
    if settings.stock:
        await _stock(report)
    if settings.bots:
        await _bots(report)


async def _payments(report: Digest) -> None:
    today = zones.day_of(report.now, report.shop.timezone)
    subject = today.isoformat()
    if not await _is_due(report, "payments", subject, _LONG):
        return
    succeeded, failed = await report.figures.payments(today, today)
    if failed < judging.LEAST_FAILED:
        return
    since, until = today - timedelta(days=_USUAL_DAYS), today - timedelta(days=1)
    usually, usually_failed = await report.figures.payments(since, until)
    if judging.are_failing(failed, succeeded, usually_failed, usually):
        text = report.texts.get("alert_payments", failed=failed, tried=failed + succeeded)
        await _alert(report, "payments", subject, text, f"/orders?shops={report.shop.id}")


async def _sales(report: Digest) -> None:
    """Of the day that is over, once its last events have come."""
    local = report.now.astimezone(zones.zone(report.shop.timezone))
    day = local.date() - timedelta(days=1)
    subject = day.isoformat()
    if not 1 <= local.hour < 12 or not await _is_due(report, "sales", subject, _LONG):
        return
    first = day - timedelta(days=7 * judging.WEEKS)
    days, _ = await report.figures.days(("net_sales_minor", "paid_orders"), first, day)
    alike = [each for each in days if each.day.weekday() == day.weekday() and each.day < day]
    sales = [each.values.get("net_sales_minor") for each in alike]
    known = [value for value in sales if value is not None]
    # A shop that had not opened yet has sold nothing: those weeks say nothing.
    while known and not known[0]:
        known.pop(0)
    orders = [each.values.get("paid_orders") or 0.0 for each in alike][-len(known) :]
    value = days[-1].values.get("net_sales_minor") if days else None
    if value is not None and known and judging.has_dropped(value, known, median(orders)):
        worded = {
            key: Money(round(minor), report.shop.currency)
            for key, minor in (("sales", value), ("usual", median(known)))
        }
        text, path = report.texts.get("alert_sales", **worded), _overview(report.shop.id, day, day)
        await _alert(report, "sales", subject, text, path)
    else:
        async with report.transaction() as scope:
            await store.note(scope.connection, report.shop.id, "sales", subject)


async def _stock(report: Digest) -> None:
    async with report.transaction() as scope:
        gone = await store.sold_out(scope.connection, report.shop.id, report.now - _STOCK_DAYS)
    for each in gone:
        subject = str(each.product_id)
        if await _is_due(report, "stock", subject, _STOCK_QUIET):
            text = report.texts.get("alert_stock", title=each.title)
            path = f"/catalogue?shop={report.shop.id}"
            await _alert(report, "stock", subject, text, path)


async def _bots(report: Digest) -> None:
    async with report.transaction() as scope:
        down = await store.down(scope.connection, report.shop.id, report.now - _DOWN_FOR)
    texts = report.texts
    for each in down:
        subject = str(each.bot_id)
        if await _is_due(report, "bots", subject, _A_DAY):
            reason = why(texts, each.reason, report.shop.language, report.shop.timezone)
            text = texts.get("alert_bots", name=each.name, reason=reason)
            await _alert(report, "bots", subject, text, "/shops")


def why(texts: Texts, reason: str, language: Language, timezone: str) -> str:
    """The reason of a bot's state (`bots.runtime.troubles`) in words."""
    kind, _, detail = reason.partition(":")
    until = ""
    if kind == "flood_wait_until":
        until = deadline(language, datetime.fromisoformat(detail), timezone)
    return texts.label(_WHY[kind], until=until, detail=detail)


@reports.every(minutes=1, shops=store.used)
async def used_elsewhere(report: Digest) -> None:
    """That somebody has a bot's token, as soon as it shows: each sign once, and again on another
    day when there is more of it."""
    if not report.settings.elsewhere:
        return
    async with report.transaction() as scope:
        found = await store.used_elsewhere(scope.connection, report.shop.id)
    for each in found:
        subject = f"{each.bot_id}:{each.what}"
        if await _is_due(report, "elsewhere", subject, _A_DAY):
            what = report.texts.label(_SIGNS[each.what], times=each.times)
            text = report.texts.get("alert_elsewhere", name=each.name, what=what)
            await _alert(report, "elsewhere", subject, text, "/shops")


@reports.every(minutes=1)
async def held(report: Digest) -> None:
    """What waits for a decision, as soon as it does, all of it at once; of more that comes at most
    once an hour, and once a day as long as any of it waits."""
    if not report.settings.fraud:
        return
    shop_id = report.shop.id
    async with report.transaction() as scope:
        waiting = await store.held(scope.connection, shop_id)
        new = await store.untold(scope.connection, shop_id, "fraud", waiting)
    if not waiting or not await _is_due(report, "fraud", "held", _AN_HOUR if new else _A_DAY):
        return
    payments = sum(each.startswith("payment:") for each in waiting)
    people = len(waiting) - payments
    text = report.texts.get("alert_fraud", payments=payments, people=people)
    key = await _key(report, "fraud", "held")
    # A payment is decided about among the orders, a shopper in the queue.
    path = f"/fraud?shop={shop_id}" if people else f"/orders?shops={shop_id}"
    await _send(report, Told("notice_alert_fraud", key, text, report.texts.label("open"), path))
    async with report.transaction() as scope:
        await store.note(scope.connection, shop_id, "fraud", "held", *new)


async def _is_due(report: Digest, kind: str, subject: str, quiet: timedelta) -> bool:
    async with report.transaction() as scope:
        return await store.is_due(scope.connection, report.shop.id, kind, subject, quiet)


async def _alert(report: Digest, kind: str, subject: str, text: Text, path: str) -> None:
    key = await _key(report, kind, subject)
    told = Told(f"notice_alert_{kind}", key, text, report.texts.label("open"), path)
    await _tell(report, kind, subject, told)


async def _tell(report: Digest, kind: str, subject: str, told: Told) -> None:
    """Noted afterwards: told twice by two processes, it is one message by its key."""
    await _send(report, told)
    async with report.transaction() as scope:
        await store.note(scope.connection, report.shop.id, kind, subject)


async def _send(report: Digest, told: Told) -> None:
    chats = await report.tell(told)
    async with report.transaction() as scope:
        await sent.keep(scope.connection, report.shop.id, told, chats)


async def _key(report: Digest, kind: str, subject: str) -> str:
    """The same in every process until it is told, and another one each time that it is told."""
    async with report.transaction() as scope:
        last = await store.told_at(scope.connection, report.shop.id, kind, subject)
    told = last or zones.day_of(report.now, report.shop.timezone)
    return f"{subject}:{told.isoformat()}"
