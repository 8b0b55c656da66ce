"""Who is held off, and who is not: by what they do, by a verdict, by a person's word."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bots.runtime import fraud_watch, guarding
from bots.runtime.bot_config import BotConfig
from bots.runtime.fraud_scores import ShopRules
from bots.runtime.fraud_watch import FraudWatch, ShopFraud
from bots.runtime.guard import SLOW_SECONDS, Guard
from bots.runtime.observing import Observer
from bots.runtime.update_stream import Arrival
from bots.sdk import updates as sdk
from core.events import Actor, Emitted, Event
from core.postgres import Connection, Pool
from core.shop import fraud_settings, risk
from core.shop.fraud_settings import Limits, RuleChange
from core.shop.risk import Reason, Verdict
from core.shop.risk_standing import Blocked, ShopStanding
from core.taxonomy import TAXONOMY
from tests import patience
from tests.bots.runtime.dispatched import ANNA, BORIS, a_bot, echo
from tests.factories import create_shop

SHOP = 1
NOON = datetime(2026, 3, 10, 12, 10, tzinfo=UTC)
NOTHING = ShopStanding(frozenset(), {}, {}, {}, on_sale=10)


class Shop:
    """A guard and the shoppers before it; `at` are seconds after ten past twelve."""

    def __init__(self, standing: ShopStanding = NOTHING, rules: ShopRules | None = None) -> None:
        self.watch = FraudWatch(cast(Pool, None))
        self.watch.listening(True)
        self.watch.learn(SHOP, ShopFraud(standing, rules or ShopRules.of([], None)))
        self.guard = Guard(self.watch, 7)

    def comes(self, update: sdk.Update, **event: Any) -> str:
        """An update, what is done with it, and what it leads to."""
        step = self.guard.step(SHOP, ANNA, update)
        if step == "drop":
            self.guard.dropped(SHOP, ANNA, update)
        else:
            names = {sdk.Start: "bot_started", sdk.Message: "message_received"}
            name = event.pop("name", names.get(type(update), "button_pressed"))
            happened = Event(TAXONOMY[name], occurred_at=update.occurred_at, **event)
            self.guard.handled(SHOP, ANNA, 5, [Emitted(Actor(buyer_no=5), happened)])
        return step

    def starts(self, count: int, at: float = 0, gap: float = 0.1) -> list[str]:
        return [
            self.comes(sdk.Start(chat_id=ANNA, occurred_at=after(at + n * gap), code=""))
            for n in range(count)
        ]

    def presses(self, count: int, at: float = 0, gap: float = 1.0) -> list[str]:
        return [self.comes(press(at + n * gap)) for n in range(count)]

    def says(self, count: int, at: float = 0, gap: float = 20.0, **seen: Any) -> list[str]:
        props = {"likeness": 9, "link": True} | seen
        return [self.comes(message(at + n * gap), props=props) for n in range(count)]

    def opens(self, count: int, at: float = 0, gap: float = 0.5) -> list[str]:
        return [
            self.comes(press(at + n * gap), name="product_viewed", product_id=n + 1)
            for n in range(count)
        ]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def press(at: float) -> sdk.Button:
    return sdk.Button(
        chat_id=ANNA, occurred_at=after(at), query_id=1, message_id=1, action="menu", argument=""
    )


def message(at: float) -> sdk.Message:
    return sdk.Message(chat_id=ANNA, occurred_at=after(at), kind="text", text="hello")


def test_a_flood_of_starts_is_dropped_and_each_ban_is_longer() -> None:
    shop = Shop()
    steps = shop.starts(40)
    assert steps[:20] == ["handle"] * 20 and steps[-1] == "drop"
    began = steps.index("drop")
    assert shop.presses(1, at=began * 0.1 + 58) == ["drop"]
    assert shop.presses(1, at=65) == ["handle"]  # a minute
    again = shop.starts(40, at=70)
    assert "drop" in again
    assert shop.presses(1, at=70 + 4 + 100) == ["drop"]  # two minutes by now
    assert shop.presses(1, at=70 + 4 + 125) == ["handle"]
    drop = shop.watch.noted[0]
    assert (drop.action, drop.abuse, drop.telegram_id) == ("drop", "flood", ANNA)
    assert drop.times == steps.count("drop") + again.count("drop") + 2
    assert {each.rule for each in drop.reasons} == {"flood", "start_flood"}


def test_who_presses_fast_is_not_a_flooder_before_it_lasts() -> None:
    assert set(Shop().presses(60)) == {"handle"}
    assert "drop" in Shop().presses(200, gap=1.0)  # half an hour's worth in minutes


def test_a_spammers_texts_are_not_answered_and_buttons_go_on() -> None:
    shop = Shop()
    assert shop.says(4)[-1] == "drop"
    assert shop.presses(1, at=100) == ["handle"]
    assert {each.action for each in shop.watch.noted} == {"mute"}


def test_the_same_answer_now_and_then_is_no_spam() -> None:
    assert set(Shop().says(10, link=False)) == {"handle"}


def test_a_scraper_is_answered_slowly() -> None:
    shop = Shop()
    assert shop.opens(12)[-1] == "slow"
    assert {each.action for each in shop.watch.noted} == {"slow"}
    assert set(Shop().opens(8, gap=8)) == {"handle"}  # a reader


PAID = sdk.PaymentReceived(
    chat_id=ANNA,
    occurred_at=NOON,
    payload="order:1",
    amount_minor=1,
    currency="XTR",
    charge_id="c",
    provider="stars",
)


@pytest.mark.parametrize(
    "update",
    [
        PAID,
        sdk.Blocked(chat_id=ANNA, occurred_at=NOON),
    ],
    ids=["a payment", "a block"],
)
def test_money_and_blocks_always_pass(update: sdk.Update) -> None:
    blocked = {ANNA: {"flood": Blocked(90, None, False)}}
    assert Shop(replace(NOTHING, blocked=blocked)).guard.step(SHOP, ANNA, update) == "handle"


@pytest.mark.parametrize(
    ("blocked", "of_press", "of_text"),
    [
        ({"flood": Blocked(90, None, False)}, "drop", "drop"),
        ({"flood": Blocked(90, after(60), False)}, "drop", "drop"),
        ({"flood": Blocked(90, after(-1), False)}, "handle", "handle"),
        ({"flood": Blocked(90, None, True)}, "handle", "drop"),
        ({"scrape": Blocked(90, None, False)}, "slow", "slow"),
        ({"scrape": Blocked(90, after(-1), False)}, "handle", "handle"),
    ],
    ids=["by a person", "by a score", "a day ago", "for texts", "for scraping", "scraped long ago"],
)
def test_a_verdict_counts_at_once(
    blocked: Mapping[str, Blocked], of_press: str, of_text: str
) -> None:
    shop = Shop(replace(NOTHING, blocked={ANNA: blocked}))
    assert shop.guard.step(SHOP, ANNA, press(0)) == of_press
    assert shop.guard.step(SHOP, ANNA, message(0)) == of_text
    assert shop.guard.step(SHOP, BORIS, message(0)) == "handle"


@pytest.mark.parametrize(
    "standing",
    [
        replace(NOTHING, allowed=frozenset({ANNA})),
        replace(NOTHING, cleared={ANNA: frozenset({"flood"})}),
        replace(NOTHING, snoozed={ANNA: frozenset({"start_flood"})}),
    ],
    ids=["allowed", "a mistake", "snoozed"],
)
def test_what_a_person_has_said_comes_first(standing: ShopStanding) -> None:
    assert set(Shop(standing).starts(40)) == {"handle"}


def test_the_allow_list_is_above_a_verdict() -> None:
    blocked = {ANNA: {"flood": Blocked(90, None, False)}}
    standing = replace(NOTHING, blocked=blocked, allowed=frozenset({ANNA}))
    assert Shop(standing).guard.step(SHOP, ANNA, press(0)) == "handle"


def test_a_shadow_rule_is_noted_and_changes_nothing() -> None:
    rules = ShopRules.of([RuleChange(shop_id=SHOP, rule="flood", is_shadow=True)], None)
    shop = Shop(rules=rules)
    assert set(shop.starts(40)) == {"handle"}
    noted = shop.watch.noted[0]
    assert noted.is_shadow and noted.action == "drop" and noted.score >= 75


def test_in_shadow_all_is_noted_and_nothing_done() -> None:
    shop = Shop()
    shop.watch.mode = "shadow"
    assert set(shop.starts(40)) == {"handle"}
    noted = shop.watch.noted[0]
    assert noted.is_shadow and noted.times > 1
    shop.watch.mode = "off"
    assert set(shop.starts(40, at=10)) == {"handle"} and len(shop.watch.noted) == 1


def test_a_shops_own_rules_and_limits_count() -> None:
    off = ShopRules.of([RuleChange(shop_id=SHOP, rule="start_flood", is_on=False)], None)
    assert set(Shop(rules=off).starts(40)) == {"handle"}
    strict = ShopRules.of([], Limits(shop_id=SHOP, review=40, block=50))
    assert "drop" in Shop(rules=strict).presses(40)


def test_browsing_goes_on_while_nothing_is_known() -> None:
    unknown = FraudWatch(cast(Pool, None))
    unknown.listening(True)
    assert Guard(unknown, 7).step(SHOP, ANNA, press(0)) == "handle"
    deaf = Shop(replace(NOTHING, blocked={ANNA: {"flood": Blocked(90, None, False)}}))
    deaf.watch.listening(False)
    assert deaf.guard.step(SHOP, ANNA, press(0)) == "handle"


def test_staff_are_not_counted() -> None:
    shop = Shop()
    happened = Event(TAXONOMY["bot_started"], occurred_at=NOON)
    for _ in range(60):
        staff = Emitted(Actor(buyer_no=5, is_staff=True), happened)
        shop.guard.handled(SHOP, ANNA, 5, [staff])
    assert shop.guard.known == 0


async def test_a_published_verdict_reaches_a_running_bot_and_what_it_did_is_stored(
    pool: Pool,
) -> None:
    watch = FraudWatch(pool)
    watch.listening(True)
    async with a_bot(pool, [echo()], fraud=watch) as bot:
        shop_id = bot.dispatcher.config.shop.id
        bot.push("hello")
        await bot.settle()
        await watch.load()
        assert bot.texts == ["hello"]
        verdict = Verdict(
            shop_id=shop_id, buyer_no=1, abuse="flood", score=88, outcome="block", seen_at=NOON
        )
        why = Reason(
            shop_id=shop_id,
            buyer_no=1,
            abuse="flood",
            rule="flood",
            version=1,
            value=44,
            threshold=30,
            window_seconds=60,
            contribution=60,
        )
        async with pool.acquire() as connection, connection.transaction():
            await risk.publish(connection, [verdict], [why])
        watch.changed(shop_id)
        await watch.load()
        bot.push("are you there?", first_id=2)
        await bot.settle()
        assert bot.texts == ["hello"]
        assert (await bot.events()).count("message_received") == 2
        outcomes = await pool.fetch("SELECT outcome FROM outbox WHERE event = 'update_handled'")
        assert sorted(row["outcome"] for row in outcomes) == ["dropped", "ok"]
        await watch.flush()
        stored = await pool.fetchrow("SELECT * FROM fraud_actions")
        assert stored is not None
        assert (stored["buyer_no"], stored["action"], stored["times"]) == (1, "drop", 1)
        assert stored["reasons"][0]["rule"] == "flood"
        async with pool.acquire() as connection, connection.transaction():
            await risk.allow(connection, shop_id, 1)
        watch.changed(shop_id)
        await watch.load()
        bot.push("and now?", first_id=3)
        await bot.settle()
        assert bot.texts == ["hello", "and now?"]


async def test_a_change_of_rules_is_announced_and_loaded(pool: Pool) -> None:
    watch = FraudWatch(pool)
    watch.listening(True)
    async with pool.acquire() as connection:
        shop = await create_shop(connection)
        assert watch.of(shop.id) is None
        await watch.load()
        await fraud_settings.change_rule(
            connection, RuleChange(shop_id=shop.id, rule="flood", is_on=False)
        )
        await fraud_settings.set_limits(connection, Limits(shop_id=shop.id, review=50, block=60))
    watch.changed(shop.id)
    await watch.load()
    known = watch.of(shop.id)
    assert known is not None and known.rules.block == 60
    assert "flood" not in {rule.key for rule in known.rules.rules}


def arrived(update: sdk.Update) -> Arrival:
    profile = SimpleNamespace(telegram_id=ANNA)
    translation = SimpleNamespace(profile=profile, update=update)
    return cast(Arrival, SimpleNamespace(translation=translation))


async def test_money_does_not_wait_behind_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(guarding, "asyncio", SimpleNamespace(sleep=pause))
    shop = Shop(replace(NOTHING, blocked={ANNA: {"scrape": Blocked(90, None, False)}}))
    door = guarding.Door(shop.watch, 7, cast(Observer, None), lambda run: run.close())
    config = cast(BotConfig, SimpleNamespace(is_observed=False, shop=SimpleNamespace(id=SHOP)))
    one, other, paid = arrived(press(0)), arrived(press(1)), arrived(PAID)
    assert await door.let_in(one, lambda: config, behind=[other, paid])
    assert not pauses
    assert await door.let_in(one, lambda: config, behind=[other])
    assert pauses == [SLOW_SECONDS]


async def test_a_shop_that_cannot_be_read_hinders_neither_others_nor_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flushes: list[str] = []
    again = asyncio.Event()

    async def read(_connection: Connection, shop_id: int) -> ShopFraud:
        if shop_id == SHOP:
            raise ValueError("a row that nobody expected")
        return ShopFraud(NOTHING, ShopRules.of([], None))

    async def flush() -> None:
        flushes.append("tried")
        if len(flushes) > 1:
            again.set()
        raise ValueError("likewise")

    monkeypatch.setattr(fraud_watch, "read", read)
    monkeypatch.setattr(fraud_watch, "FLUSH_SECONDS", 0.01)
    watch = FraudWatch(cast(Pool, SimpleNamespace(acquire=nullcontext)))
    monkeypatch.setattr(watch, "flush", flush)
    watch.listening(True)
    assert watch.of(SHOP) is watch.of(SHOP + 1) is None
    running = asyncio.create_task(watch.run())
    try:
        async with asyncio.timeout(patience.SECONDS):
            await again.wait()
        assert watch.of(SHOP) is None and watch.of(SHOP + 1) is not None
        assert not running.done()
    finally:
        running.cancel()


def test_a_code_that_was_not_looked_at_is_no_guess() -> None:
    shop = Shop()
    for n in range(8):
        shop.comes(press(n), name="promo_rejected", props={"reason": "locked"})
    assert shop.guard.known == 0
