"""What owners are told, and when."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from PIL import Image

from bots.modules.digest import store, summaries
from bots.modules.digest import told as sent
from bots.modules.digest.reports import alerts, asked, digests, held, used_elsewhere
from bots.sdk.reports import DayFigures, Report, SourceFigures, Told
from core.postgres import Connection
from core.shop import customers, shops, sources
from core.shop.notices import Notice, leave
from core.shop.sources import SourceDraft
from tests.bots.paying import Paid
from tests.factories import create_shop

MONDAY = datetime(2026, 6, 1, 6, 30, tzinfo=UTC)  # half past nine in Moscow
IN_THE_NIGHT = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)  # of the first of June in Moscow


@dataclass
class Books:
    """Figures as a test says: sales by day, payments by day."""

    sales: dict[date, float] = field(default_factory=dict)
    usual: float = 500_000
    paid: dict[date, tuple[int, int]] = field(default_factory=dict)
    reads: int = 0

    async def days(
        self, metrics: Sequence[str], first: date, last: date
    ) -> tuple[list[DayFigures], Mapping[str, float | None]]:
        self.reads += 1
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        found = [
            DayFigures(
                day,
                {name: 40.0 for name in metrics}
                | {"net_sales_minor": self.sales.get(day, self.usual)},
            )
            for day in days
        ]
        total: dict[str, float | None] = {name: 40.0 for name in metrics}
        total["net_sales_minor"] = sum(each.values["net_sales_minor"] or 0 for each in found)
        return found, total

    async def payments(self, first: date, last: date) -> tuple[int, int]:
        if first == last:
            return self.paid.get(first, (10, 0))
        return 500, 5

    async def sources(self, first: date, last: date) -> list[SourceFigures]:
        assert first <= last
        return [SourceFigures("ad_7", 300_000, 4), SourceFigures("", 100_000, 2)]


@dataclass
class Owner(Paid):
    """A shop whose owner is told, and what."""

    shop: Any = None
    told: list[Told] = field(default_factory=list)

    def report(self, books: Books, now: datetime = MONDAY) -> Report[Any]:
        async def tell(told: Told) -> int:
            self.told.append(told)
            return 1

        item = next(each for each in self.enabled if each.key == "digest")
        return Report(
            item=item,
            shop=self.shop,
            bot_id=self.origin.bot_id,
            now=now,
            figures=books,
            tell=tell,
            opens=self.transaction,
        )

    @classmethod
    async def begin(cls, connection: Connection, **settings: Any) -> "Owner":
        found = await cls.open(connection, digest=settings)
        await connection.execute(
            "UPDATE shops SET timezone = 'Europe/Moscow', language = 'en', currency = 'RUB' "
            "WHERE id = $1",
            found.origin.shop_id,
        )
        found.shop = await shops.get(connection, found.origin.shop_id)
        return found

    def kinds(self) -> list[str]:
        return [each.purpose.removeprefix("notice_") for each in self.told]


async def test_on_monday_the_day_and_the_week_come_once_with_their_pictures(
    connection: Connection,
) -> None:
    owner, books = await Owner.begin(connection), Books()
    for _ in range(2):
        await digests(owner.report(books))
    assert owner.kinds() == ["digest_day", "digest_week"]
    day, week = owner.told
    assert day.key == week.key == "2026-05-31"
    assert "Sales: 5,000 ₽ (=)" in day.text.plain and "• ad_7: 3,000 ₽" in day.text.plain
    assert "• no link: 1,000 ₽" in day.text.plain
    assert "Sales: 35,000 ₽" in week.text.plain
    assert day.opens == f"/?shops={owner.shop.id}&from=2026-05-31&to=2026-05-31"
    assert week.opens == f"/?shops={owner.shop.id}&from=2026-05-25&to=2026-05-31"
    assert day.picture is not None
    assert Image.open(io.BytesIO(day.picture)).size == (1080, 540)
    reads = books.reads
    await digests(owner.report(books))
    assert books.reads == reads  # nothing is read that is not told


async def test_one_that_is_asked_for_comes_once_at_any_hour_and_all_are_listed(
    connection: Connection,
) -> None:
    owner, books = await Owner.begin(connection, daily=False, weekly=False), Books()
    await asked(owner.report(books, IN_THE_NIGHT))
    assert owner.kinds() == []
    for _ in range(2):
        since = await sent.ask(connection, owner.shop.id)
    assert await sent.asked_at(connection, owner.shop.id) == since
    for _ in range(2):
        await asked(owner.report(books, IN_THE_NIGHT))
    assert owner.kinds() == ["digest_test"]
    assert "Sales: 5,000 ₽ (=)" in owner.told[0].text.plain and owner.told[0].picture is not None
    books.paid = {date(2026, 6, 1): (2, 14)}
    await alerts(owner.report(books, MONDAY))
    alert, test = await sent.newest(connection, owner.shop.id)
    assert (alert.kind, alert.chats) == ("alert_payments", 1) and "14 of 16" in alert.text
    assert (test.kind, test.text) == ("digest_test", owner.told[0].text.plain)


async def test_links_have_the_names_that_the_owner_gave_them(connection: Connection) -> None:
    owner = await Owner.begin(connection, weekly=False)
    await sources.create(connection, owner.shop, SourceDraft(code="ad_7", label="June, Instagram"))
    await digests(owner.report(Books()))
    assert "• June, Instagram: 3,000 ₽\n• no link: 1,000 ₽" in owner.told[0].text.plain
    texts = owner.report(Books()).texts
    assert summaries.link_name(texts, customers.INVITATIONS, {}) == "invitations by shoppers"


async def test_it_comes_at_its_hour_and_not_late_in_the_day(connection: Connection) -> None:
    owner, books = await Owner.begin(connection, hour=12), Books()
    await digests(owner.report(books))
    await digests(owner.report(books, MONDAY + timedelta(hours=10)))
    assert owner.kinds() == []
    await digests(owner.report(books, MONDAY + timedelta(hours=4)))
    assert owner.kinds() == ["digest_day", "digest_week"]


async def test_an_ordinary_day_alarms_nobody(connection: Connection) -> None:
    owner = await Owner.begin(connection)
    await alerts(owner.report(Books()))
    assert owner.kinds() == []


async def test_failing_payments_and_lost_sales_are_told_once_a_day(connection: Connection) -> None:
    owner = await Owner.begin(connection)
    books = Books(sales={date(2026, 5, 31): 20_000}, paid={date(2026, 6, 1): (2, 14)})
    for minutes in (0, 5):
        await alerts(owner.report(books, MONDAY + timedelta(minutes=minutes)))
    assert owner.kinds() == ["alert_payments", "alert_sales"]
    payments, sales = owner.told
    assert "14 of 16" in payments.text.plain
    assert payments.opens == f"/orders?shops={owner.shop.id}"
    assert "200 ₽" in sales.text.plain and "5,000 ₽" in sales.text.plain


async def test_stock_bots_and_what_is_held_are_told_until_they_are_well(
    connection: Connection,
) -> None:
    owner = await Owner.begin(connection)
    shop_id = owner.origin.shop_id
    product = await owner.product(title="Puer", stock=1)
    order = await owner.order(owner.shopper(), product)
    await connection.execute("UPDATE orders SET status = 'paid', paid_at = now()")
    await connection.execute("UPDATE products SET stock = 0 WHERE id = $1", product.id)
    await connection.execute(
        "UPDATE bots SET state = 'failed', state_reason = 'token_revoked', "
        "state_changed_at = now() - interval '1 hour'"
    )
    await holds(owner, order.buyer_no)
    quiet = partial(owner.report, Books(), datetime.now(UTC))
    for _ in range(2):
        await alerts(quiet())
        await held(quiet())
    assert [each for each in owner.kinds() if each != "alert_sales"] == [
        "alert_stock",
        "alert_bots",
        "alert_fraud",
    ]
    places = [f"/catalogue?shop={shop_id}", "/shops", f"/fraud?shop={shop_id}"]
    assert [each.opens for each in owner.told[-3:]] == places
    assert "Puer" in owner.told[-3].text.plain
    assert "is down. Its token was revoked at @BotFather" in owner.told[-2].text.plain
    person = f"person:{order.buyer_no}"
    assert await store.held(connection, shop_id) == [person]
    await connection.execute(
        "INSERT INTO fraud_decisions (shop_id, buyer_no, abuse, decision) "
        "VALUES ($1, $2, 'payment', 'ignored')",
        shop_id,
        order.buyer_no,
    )
    assert await store.held(connection, shop_id) == []
    await connection.execute("UPDATE fraud_decisions SET undone_at = now()")
    assert await store.held(connection, shop_id) == [person]
    await connection.execute(
        "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, amount_minor, "
        "currency, status) VALUES ($1, 'card', 'c1', 1, 100, 'RUB', 'held')",
        order.id,
    )
    await later(connection, "1 hour")
    for _ in range(2):  # once
        await held(quiet())
    assert owner.kinds().count("alert_fraud") == 2
    assert "payments 1, shoppers 1" in owner.told[-1].text.plain


async def test_that_somebody_has_a_bots_token_is_told_at_once_and_again_only_of_more(
    connection: Connection,
) -> None:
    owner = await Owner.begin(connection)
    bot_id = owner.origin.bot_id or 0
    now = partial(owner.report, Books(), IN_THE_NIGHT)
    assert await store.used(connection) == set()
    await leave(connection, bot_id, Notice("bot_used_elsewhere", "message", times=3))
    await leave(connection, bot_id, Notice("bot_used_elsewhere", "commands"))
    assert await store.used(connection) == {owner.shop.id}
    for _ in range(2):
        await used_elsewhere(now())
    assert owner.kinds() == ["alert_elsewhere"] * 2
    assert "not come from here: 3." in owner.told[0].text.plain
    assert "commands were changed" in owner.told[1].text.plain
    assert {each.opens for each in owner.told} == {"/shops"}
    assert await store.used(connection) == set()
    await later(connection, "23 hours")
    await connection.execute("UPDATE bot_notices SET last_at = last_at - interval '2 days'")
    await leave(connection, bot_id, Notice("bot_used_elsewhere", "message"))
    await used_elsewhere(now())
    assert len(owner.told) == 2  # not twice a day
    await later(connection, "1 hour")
    await used_elsewhere(now())
    assert "not come from here: 4." in owner.told[-1].text.plain and len(owner.told) == 3
    assert len({each.key for each in owner.told}) == 3


async def later(connection: Connection, interval: str) -> None:
    """As if owners had been told so long before."""
    await connection.execute(f"UPDATE digest_told SET told_at = told_at - interval '{interval}'")


async def holds(owner: Owner, number: int) -> None:
    """The filter holds another shopper."""
    await owner.connection.execute(
        "INSERT INTO fraud_verdicts (shop_id, buyer_no, abuse, score, outcome, seen_at) "
        "VALUES ($1, $2, 'payment', 90, 'hold', now())",
        owner.origin.shop_id,
        number,
    )


async def test_of_more_and_more_that_is_held_owners_hear_once_an_hour(
    connection: Connection,
) -> None:
    owner = await Owner.begin(connection)

    async def told_of() -> list[str]:
        await held(owner.report(Books(), IN_THE_NIGHT))
        return [each.text.plain.rpartition(" ")[2] for each in owner.told]

    assert await told_of() == []
    await holds(owner, 1)
    assert await told_of() == ["1."]  # at once
    for number in (2, 3):
        await holds(owner, number)
        assert await told_of() == ["1."]
    await later(connection, "1 hour")
    for _ in range(2):
        assert await told_of() == ["1.", "3."]
    await later(connection, "23 hours")
    assert await told_of() == ["1.", "3."]  # nothing new
    await later(connection, "1 hour")
    for _ in range(2):
        assert await told_of() == ["1.", "3.", "3."]  # they still wait
    assert len({each.key for each in owner.told}) == 3


async def test_two_processes_tell_of_the_same_by_one_key(connection: Connection) -> None:
    owner = await Owner.begin(connection)
    await holds(owner, 1)

    async def meanwhile(told: Told) -> int:
        owner.told.append(told)
        await holds(owner, 2)
        await held(owner.report(Books(), IN_THE_NIGHT))
        return 1

    await held(replace(owner.report(Books(), IN_THE_NIGHT), tell=meanwhile))
    assert [each.key for each in owner.told] == ["held:2026-06-01"] * 2


async def test_alerts_are_told_by_the_day_of_the_shop(connection: Connection) -> None:
    owner = await Owner.begin(connection)
    await connection.execute(
        "UPDATE bots SET state = 'failed', state_changed_at = $1", IN_THE_NIGHT - timedelta(hours=1)
    )
    await alerts(owner.report(Books(), IN_THE_NIGHT))
    await later(connection, "23 hours")
    await alerts(owner.report(Books(), IN_THE_NIGHT + timedelta(hours=23)))
    assert [each.key for each in owner.told] == [f"{owner.origin.bot_id}:2026-06-01"]
    await later(connection, "1 hour")
    await alerts(owner.report(Books(), IN_THE_NIGHT + timedelta(hours=24)))
    assert len({each.key for each in owner.told}) == len(owner.told) == 2


async def test_what_is_held_is_not_looked_for_among_all_payments(connection: Connection) -> None:
    owner = await Owner.begin(connection)
    order = await owner.order(owner.shopper())
    await connection.execute(
        "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor) "
        "SELECT shop_id, order_no + number, bot_id, buyer_no, currency, total_minor "
        "FROM orders, generate_series(1, 2000) AS number WHERE id = $1",
        order.id,
    )
    await connection.execute(
        "INSERT INTO payments (order_id, provider, charge_id, payer_telegram_id, amount_minor, "
        "currency, status) SELECT id, 'card', id, 1, 100, 'RUB', "
        "CASE WHEN id = $1 THEN 'held' ELSE 'succeeded' END FROM orders",
        order.id,
    )
    await connection.execute("ANALYZE orders, payments")
    plan = await connection.fetch(f"EXPLAIN {store.HELD}", owner.origin.shop_id)
    text = "\n".join(line[0] for line in plan)
    assert "payments_held" in text and "Seq Scan on payments" not in text, text
    assert len(await store.held(connection, owner.origin.shop_id)) == 1


async def test_alerts_that_are_off_are_not_told(connection: Connection) -> None:
    owner = await Owner.begin(connection, payments=False, sales=False)
    books = Books(sales={date(2026, 5, 31): 0}, paid={date(2026, 6, 1): (0, 50)})
    await alerts(owner.report(books))
    await held(owner.report(books))
    assert owner.kinds() == []


async def test_shops_of_the_same_owner_are_told_apart(connection: Connection) -> None:
    one = await Owner.begin(connection)
    other = await create_shop(connection)
    await digests(one.report(Books()))
    told = await connection.fetch("SELECT DISTINCT shop_id FROM digest_told")
    assert [row["shop_id"] for row in told] == [one.origin.shop_id] != [other.id]
