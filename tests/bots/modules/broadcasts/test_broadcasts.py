"""A message to many: whom it goes to, once each, and what becomes of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.modules.broadcasts import audience, drafts, results, retention, sending, store
from bots.modules.broadcasts.drafts import Audience, BroadcastDraft
from bots.modules.broadcasts.results import TextResult
from bots.modules.broadcasts.store import Broadcast
from bots.sdk.context import Scope
from bots.sdk.points import NeedsYou
from bots.sdk.replies import DURABLE, AnswerButton, EditText, SendText
from bots.sdk.texts import BadText
from core.postgres import Connection
from core.shop import customer_segments, customers, erasures, payments
from core.shop.customers import Customer, Profile
from tests.bots.paying import Paid
from tests.bots.shopper import Shopper, events
from tests.factories import charge_of

ALWAYS: dict[str, Any] = {"from_hour": 0, "until_hour": 24}


class Sender(Paid):
    """A bot with broadcasts, whose messages arrive, or not, as the test says."""

    async def person(self, number: int, *, known: bool = True, **values: Any) -> Customer:
        profile = Profile(telegram_id=9000 + number, **({"first_name": f"P{number}"} | values))
        customer = await customers.touch(self.connection, self.origin.shop_id, profile)
        if known:
            await self.connection.execute(
                "INSERT INTO bot_peers (bot_id, peer_id, access_hash, kind) "
                "VALUES ($1, $2, 1, 'user') ON CONFLICT DO NOTHING",
                self.origin.bot_id,
                profile.telegram_id,
            )
        return customer

    async def people(self, count: int) -> list[Customer]:
        return [await self.person(number) for number in range(1, count + 1)]

    def scope(self, transaction: Any) -> Scope[Any]:
        return Scope(transaction, next(e for e in self.enabled if e.key == "broadcasts"))

    async def scheduled(self, **values: Any) -> Broadcast:
        draft = BroadcastDraft(
            **({"title": "New tea", "texts": [{"en": "Hello, {name}"}]} | values)
        )
        origin = self.origin
        made = await store.create(self.connection, origin.shop_id, origin.bot_id, draft, "me")
        await store.schedule(self.connection, made, datetime.now(UTC) - timedelta(seconds=1))
        return made

    async def go_on(self) -> None:
        async with self.transaction() as transaction:
            await sending.go_on(self.scope(transaction))

    async def arrive(self, *, most: int = 10_000, error: str = "") -> int:
        """Telegram takes the next messages, or refuses them; how many there were."""
        rows = await self.connection.fetch(
            "SELECT id, message FROM outgoing WHERE state = 'pending' "
            "AND purpose LIKE 'broadcast:%' ORDER BY id LIMIT $1",
            most,
        )
        for row in rows:
            message = DURABLE.validate_python(row["message"])
            async with self.transaction() as transaction:
                await self.connection.execute(
                    "UPDATE outgoing SET state = $2, error = $3 WHERE id = $1",
                    row["id"],
                    "failed" if error else "sent",
                    error or None,
                )
                for each in message.on_lost if error else message.on_sent:
                    transaction.keep(each)
        return len(rows)

    async def result(self, broadcast: Broadcast) -> list[TextResult]:
        return (await results.read(self.connection, broadcast.id)).texts

    async def state(self, broadcast: Broadcast) -> str:
        return (await store.get(self.connection, self.origin.bot_id, broadcast.id)).state

    async def reach(self, **conditions: Any) -> int:
        async with self.transaction() as transaction:
            return await audience.reach(self.scope(transaction), Audience(**conditions))


@pytest.fixture(name="shop")
async def opened(connection: Connection) -> Sender:
    return await Sender.open(connection, broadcasts=ALWAYS)


async def waiting(shop: Sender) -> Sequence[SendText]:
    rows = await shop.connection.fetch("SELECT message FROM outgoing ORDER BY id")
    found = [DURABLE.validate_python(row["message"]) for row in rows]
    return [each for each in found if isinstance(each, SendText)]


async def test_each_gets_it_once_with_a_way_out_and_what_became_of_it_is_counted(
    shop: Sender,
) -> None:
    await shop.people(4)
    broadcast = await shop.scheduled()
    await shop.go_on()
    await shop.go_on()  # nothing is queued twice
    messages = await waiting(shop)
    assert [each.text.plain for each in messages] == [f"Hello, P{n}" for n in range(1, 5)]
    assert "broadcast_stop" in messages[0].model_dump_json()
    assert await shop.arrive(most=2) == 2
    assert await shop.arrive(most=1, error="USER_IS_BLOCKED") == 1
    assert await shop.state(broadcast) == "sending"
    assert await shop.arrive(error="CHAT_WRITE_FORBIDDEN") == 1
    await shop.go_on()
    assert await shop.state(broadcast) == "done"
    (text,) = await shop.result(broadcast)
    assert (text.people, text.delivered, text.blocked, text.failed) == (4, 2, 1, 1)
    told = await events(shop.connection)
    assert told.count("broadcast_message_attempted") == 4
    assert told.count("broadcast_message_delivered") == 2
    assert told.count("broadcast_message_failed") == 2
    # What was sent is not kept for ever.
    assert await shop.connection.fetchval("SELECT count(*) FROM outgoing") == 0
    await shop.go_on()
    assert await shop.connection.fetchval("SELECT count(*) FROM outgoing") == 0


async def test_only_as_much_is_queued_as_goes_out_soon(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AHEAD", 3)
    await shop.people(5)
    await shop.scheduled()
    await shop.go_on()
    assert await shop.arrive(most=1) == 1
    await shop.go_on()
    assert len(await waiting(shop)) == 3
    assert await shop.arrive() == 3
    await shop.go_on()
    assert await shop.arrive() == 1


async def test_a_cancelled_one_stops_but_for_what_is_on_the_wire(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AHEAD", 4)
    monkeypatch.setattr(sending, "STILL_GOING", 2)
    await shop.people(6)
    broadcast = await shop.scheduled()
    await shop.go_on()
    async with shop.transaction() as transaction:
        await sending.cancel(shop.scope(transaction), broadcast)
    assert await shop.arrive() == 2
    await shop.go_on()
    assert await shop.arrive() == 0
    (text,) = await shop.result(broadcast)
    assert (text.delivered, text.cancelled, text.waiting) == (2, 4, 0)
    assert await shop.state(broadcast) == "cancelled"


async def test_who_wants_none_gets_none_until_they_want_some_again(shop: Sender) -> None:
    await shop.people(2)
    broadcast = await shop.scheduled()
    await shop.go_on()
    await shop.arrive()
    reader = shop.shopper()
    stopped = await reader.press(f"broadcast_stop:{broadcast.id}")
    assert stopped.only(AnswerButton).text.startswith("You will get no more news")
    later = await shop.scheduled()
    await shop.go_on()
    assert [each.text.plain for each in await waiting(shop)] == ["Hello, P2"]
    await shop.arrive()
    assert (await shop.result(later))[0].people == 1
    assert (await reader.command("news")).buttons == ["broadcast_start", "menu:below"]
    await reader.press("broadcast_start")
    news = ["broadcast_stop", "broadcast_clock", "menu:below"]
    assert (await reader.command("news")).buttons == news
    assert await shop.reach() == 2


async def test_who_had_enough_lately_or_is_gone_by_now_is_left_out(connection: Connection) -> None:
    shop = await Sender.open(connection, broadcasts=ALWAYS | {"most_messages": 1})
    one, two, three = await shop.people(3)
    first = await shop.scheduled(audience={"languages": ["ru"]})
    await connection.execute(
        "UPDATE customers SET language = 'ru' WHERE buyer_no = $1", one.buyer_no
    )
    await shop.go_on()
    assert await shop.arrive() == 1 and (await shop.result(first))[0].people == 1
    second = await shop.scheduled()
    async with shop.transaction() as transaction:
        scope = shop.scope(transaction)
        await audience.enter(scope, second.id, Audience(), 1)
        await store.begin(connection, second)
    await customers.set_blocked(connection, two, True)
    await shop.go_on()
    assert await shop.arrive() == 1
    (text,) = await shop.result(second)
    assert (text.delivered, text.capped, text.gone) == (1, 1, 1)
    assert three.buyer_no not in {one.buyer_no, two.buyer_no}


async def test_the_button_counts_and_leads_on_and_sales_are_those_after_it(shop: Sender) -> None:
    await shop.people(2)
    product = await shop.product(title="Puer")
    broadcast = await shop.scheduled(leads={"to": "product", "product_id": product.id})
    await shop.go_on()
    await shop.arrive()
    reader = shop.shopper()
    for _ in range(2):
        seen = await reader.press(f"broadcast:{broadcast.id}")
        # The message stays: what it leads to comes below.
        assert not [each for each in seen.replies if isinstance(each, EditText)]
        assert seen.only(SendText).text.plain == "The counter"  # no module shows products here
    buyer = await customers.touch(shop.connection, shop.origin.shop_id, reader.profile)
    order = await shop.order(reader, product)
    charge = charge_of(order, buyer, provider="transfer")
    await payments.pay(shop.connection, shop.origin, buyer, order_id=order.id, charge=charge)
    (text,) = await shop.result(broadcast)
    assert (text.clicked, text.buyers) == (1, 1)
    assert [(each.orders, each.net_minor) for each in text.sold] == [(1, order.total.amount_minor)]
    assert (await events(shop.connection)).count("broadcast_clicked") == 2


@pytest.mark.parametrize("argument", ["", "0", "999", "x", "9" * 40])
async def test_a_forged_press_counts_nothing(shop: Sender, argument: str) -> None:
    await shop.people(1)
    await shop.shopper().press(f"broadcast:{argument}")
    assert "broadcast_clicked" not in await events(shop.connection)


async def test_two_texts_go_to_two_halves(shop: Sender) -> None:
    await shop.people(60)
    broadcast = await shop.scheduled(texts=[{"en": "One"}, {"en": "Two", "ru": "Два"}])
    await shop.go_on()
    await shop.arrive()
    one, two = await shop.result(broadcast)
    assert one.people + two.people == 60
    assert 15 <= one.people <= 45
    assert one.delivered == one.people


async def test_audiences(shop: Sender) -> None:
    one, two, three = await shop.people(3)
    await shop.person(4, known=False)  # the bot cannot write to them
    connection, shop_id = shop.connection, shop.origin.shop_id
    assert await shop.reach() == 3
    order = await shop.order(Shopper(connection, shop.origin, shop.enabled, telegram_id=9001))
    charge = charge_of(order, one, provider="transfer")
    await payments.pay(connection, shop.origin, one, order_id=order.id, charge=charge)
    assert (await shop.reach(bought=True), await shop.reach(bought=False)) == (1, 2)
    product = order.lines[0].product_id
    assert (await shop.reach(products=[product]), await shop.reach(products=[product + 1])) == (
        1,
        0,
    )
    day = datetime.now(UTC).date()
    rows = [(shop_id, two.buyer_no, "loyal", day), (shop_id, three.buyer_no, "lost", day)]
    assert await customer_segments.publish(connection, [shop_id], rows) == 2
    assert await customer_segments.of_buyer(connection, shop_id, two.buyer_no) == "loyal"
    assert await shop.reach(segments=["loyal", "lost"]) == 2
    await connection.execute(
        "UPDATE customers SET language = 'en-us', last_seen_at = now() - interval '9 days' "
        "WHERE buyer_no = $1",
        three.buyer_no,
    )
    assert await shop.reach(languages=["en"]) == 1
    assert (await shop.reach(seen_days=7), await shop.reach(unseen_days=7)) == (2, 1)
    assert await shop.reach(segments=["lost"], seen_days=7) == 0
    assert await shop.reach(sources=["nobody"]) == 0
    with pytest.raises(audience.UnknownGroup):
        await shop.reach(groups=["cart.left"])
    await customers.record_start(connection, two, "ad_1")
    assert await shop.reach(sources=["ad_1"]) == 1


async def test_an_erased_shopper_is_no_recipient_any_more(shop: Sender) -> None:
    one, _ = await shop.people(2)
    broadcast = await shop.scheduled()
    await shop.go_on()
    await shop.arrive()
    await erasures.erase(shop.connection, shop.origin.shop_id, one.buyer_no, with_events=False)
    assert (await shop.result(broadcast))[0].people == 1


async def test_what_nobody_was_told_of_is_found_out_and_it_ends(shop: Sender) -> None:
    """As after the module was off while messages went out."""
    await shop.people(5)
    broadcast = await shop.scheduled()
    await shop.go_on()
    ids = [row["id"] for row in await shop.connection.fetch("SELECT id FROM outgoing ORDER BY id")]
    became = ((0, "sent", None), (1, "failed", "USER_IS_BLOCKED"), (2, "failed", "gave_up: away"))
    for number, state, error in became:
        await shop.connection.execute(
            "UPDATE outgoing SET state = $2, error = $3 WHERE id = $1", ids[number], state, error
        )
    await shop.connection.execute("DELETE FROM outgoing WHERE id = $1", ids[3])
    await shop.go_on()
    assert (await shop.result(broadcast))[0].waiting == 5  # they may be settled right now
    await shop.connection.execute(
        "UPDATE broadcast_recipients SET queued_at = queued_at - interval '5 minutes'"
    )
    await shop.go_on()
    (found,) = await shop.result(broadcast)
    counts = (found.delivered, found.blocked, found.failed, found.gone, found.waiting)
    assert counts == (1, 1, 1, 1, 1)
    await shop.arrive()
    await shop.go_on()
    assert (await shop.state(broadcast), (await shop.result(broadcast))[0].delivered) == ("done", 2)


async def test_one_begins_at_a_time(shop: Sender) -> None:
    await shop.people(2)
    both = [await shop.scheduled() for _ in range(2)]
    await shop.go_on()
    assert [await shop.state(each) for each in both] == ["sending", "scheduled"]
    await shop.go_on()
    assert [await shop.state(each) for each in both] == ["sending", "sending"]


async def test_a_large_audience_is_entered_in_parts(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "BATCH", 2)
    await shop.people(5)
    broadcast = await shop.scheduled()
    for entered, state in ((2, "scheduled"), (4, "scheduled"), (5, "sending")):
        await shop.go_on()
        count = await shop.connection.fetchval("SELECT count(*) FROM broadcast_recipients")
        assert (count, await shop.state(broadcast)) == (entered, state)
    assert len(await waiting(shop)) == 5
    taken_back = await shop.scheduled()
    await shop.go_on()
    await store.take_back(shop.connection, taken_back)
    assert not await shop.connection.fetchval(
        "SELECT count(*) FROM broadcast_recipients WHERE broadcast_id = $1", taken_back.id
    )


async def test_one_whose_evening_is_over_does_not_go_out_and_the_owner_is_told(
    shop: Sender,
) -> None:
    await shop.people(1)
    broadcast = await shop.scheduled()
    await shop.connection.execute("UPDATE broadcasts SET starts_at = now() - interval '2 days'")
    await shop.go_on()
    assert (await shop.state(broadcast), await waiting(shop)) == ("draft", [])
    async with shop.transaction() as transaction:
        (told,) = await shop.scope(transaction).offered(NeedsYou)
        assert (told.kind, "“New tea”" in told.text.en) == ("broadcast_missed", True)
        await store.schedule(shop.connection, broadcast, datetime.now(UTC))
        assert not await shop.scope(transaction).offered(NeedsYou)


async def test_a_month_later_only_the_figures_are_left(
    shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_SWEPT", 2)  # some at a time
    await shop.people(3)
    broadcast = await shop.scheduled()
    await shop.go_on()
    await shop.arrive()
    await shop.go_on()
    before = await shop.result(broadcast)
    await shop.connection.execute("UPDATE broadcasts SET ended_at = now() - interval '31 days'")
    job = shop.enabled[0].module.jobs.tasks["forget"]
    for left in (1, 0):
        async with shop.transaction() as transaction:
            await job.run(shop.scope(transaction))
        assert await shop.connection.fetchval("SELECT count(*) FROM broadcast_recipients") == left
    assert await shop.result(broadcast) == before


@pytest.mark.parametrize("text", ["<b>open", "{price}", "nul\0", ""], ids=range(4))
def test_a_text_that_telegram_would_not_take_is_refused(text: str) -> None:
    draft = BroadcastDraft(title="New", texts=({"en": text},))
    with pytest.raises(BadText):
        drafts.check(draft)
