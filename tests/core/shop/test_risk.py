import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from core import postgres
from core.errors import NotFound, Refused
from core.postgres import FRAUD_CHANNEL, Connection
from core.shop import fraud_settings, risk
from core.shop.fraud_settings import Limits, RuleChange
from core.shop.risk import Reason, Verdict
from tests.factories import create_customer, create_shop

SEEN = datetime(2026, 3, 10, 13, tzinfo=UTC)


def verdict(shop_id: int, buyer_no: int, score: float = 80.0) -> Verdict:
    return Verdict(
        shop_id=shop_id,
        buyer_no=buyer_no,
        abuse="flood",
        score=score,
        outcome="block",
        seen_at=SEEN,
    )


def reason(shop_id: int, buyer_no: int, rule: str, contribution: float) -> Reason:
    return Reason(
        shop_id=shop_id,
        buyer_no=buyer_no,
        abuse="flood",
        rule=rule,
        version=1,
        value=5.0,
        threshold=3.0,
        window_seconds=3600,
        contribution=contribution,
    )


async def test_publishing_again_changes_nothing_and_tells_nobody(
    connection: Connection, database_url: str
) -> None:
    one, other = await create_shop(connection), await create_shop(connection)
    heard: asyncio.Queue[int] = asyncio.Queue()
    listener = await postgres.connect(database_url)
    await listener.add_listener(
        FRAUD_CHANNEL, lambda *message: heard.put_nowait(int(str(message[-1])))
    )
    verdicts = [verdict(one.id, 1), verdict(one.id, 2, 90), verdict(other.id, 1)]
    why = [reason(one.id, 1, "links", 50), reason(one.id, 1, "same_texts", 60)]
    try:
        async with connection.transaction():
            assert await risk.publish(connection, verdicts, why) == [one.id, other.id]
        assert [await heard.get(), await heard.get()] == [one.id, other.id]
        async with connection.transaction():
            assert await risk.publish(connection, verdicts, why) == []
        # One is gone, one is changed: its shop alone hears of it.
        async with connection.transaction():
            left = [verdict(one.id, 2, 95), verdict(other.id, 1)]
            assert await risk.publish(connection, left, []) == [one.id]
        assert await heard.get() == one.id
        assert heard.empty()
    finally:
        await listener.close()
    assert [row.score for row in await risk.verdicts_of(connection, one.id)] == [95]
    assert await risk.reasons_of(connection, one.id, [1]) == []


async def test_reasons_stand_by_weight(connection: Connection) -> None:
    shop = await create_shop(connection)
    why = [reason(shop.id, 1, "links", 50), reason(shop.id, 1, "same_texts", 60)]
    async with connection.transaction():
        await risk.publish(connection, [verdict(shop.id, 1)], why)
    assert [row.rule for row in await risk.reasons_of(connection, shop.id, [1])] == [
        "same_texts",
        "links",
    ]


async def test_a_failed_publication_leaves_the_one_before(connection: Connection) -> None:
    shop = await create_shop(connection)
    async with connection.transaction():
        await risk.publish(connection, [verdict(shop.id, 1)], [])
    broken = verdict(shop.id, 2).model_copy(update={"score": 101.0})
    with pytest.raises(asyncpg.CheckViolationError):
        async with connection.transaction():
            await risk.publish(connection, [broken], [])
    assert [row.buyer_no for row in await risk.verdicts_of(connection, shop.id)] == [1]


async def test_the_allow_list_counts_at_once(connection: Connection) -> None:
    shop = await create_shop(connection)
    async with connection.transaction():
        await risk.publish(connection, [verdict(shop.id, 1)], [])
        await risk.allow(connection, shop.id, 1, "my aunt")
    assert [row.outcome for row in await risk.verdicts_of(connection, shop.id)] == ["allow"]
    assert await risk.allowed(connection) == [(shop.id, 1)]
    await risk.disallow(connection, shop.id, 1)
    assert await risk.allowed(connection) == []
    with pytest.raises(NotFound, match="not on the allow-list"):
        await risk.disallow(connection, shop.id, 1)


async def test_whom_an_owner_has_allowed_meanwhile_is_not_blocked_again(
    connection: Connection,
) -> None:
    shop = await create_shop(connection)
    await risk.allow(connection, shop.id, 1)
    async with connection.transaction():  # judged before the owner allowed them
        await risk.publish(connection, [verdict(shop.id, 1), verdict(shop.id, 2)], [])
    rows = await risk.verdicts_of(connection, shop.id)
    assert {row.buyer_no: row.outcome for row in rows} == {1: "allow", 2: "block"}
    assert await risk.held_or_blocked(connection) == [(shop.id, 2)]


async def test_first_visits_of_those_with_a_label(connection: Connection) -> None:
    shop = await create_shop(connection)
    one, _ = [await create_customer(connection, shop.id) for _ in range(2)]
    await risk.label(
        connection, shop_id=shop.id, buyer_no=one.buyer_no, abuse="flood", decided="ignored"
    )
    ((shop_id, buyer_no, _),) = await risk.first_visits(connection)
    assert (shop_id, buyer_no) == (shop.id, one.buyer_no)


async def test_a_snooze_ends(connection: Connection) -> None:
    shop = await create_shop(connection)
    now = datetime.now(UTC)
    await risk.snooze(connection, shop.id, 1, "links", now + timedelta(days=1))
    await risk.snooze(connection, shop.id, 2, "links", now - timedelta(seconds=1))
    assert await risk.snoozes(connection) == [(shop.id, 1, "links")]


async def test_the_newest_label_counts_and_keeps_the_score_of_then(connection: Connection) -> None:
    shop = await create_shop(connection)
    async with connection.transaction():
        await risk.publish(connection, [verdict(shop.id, 1)], [])
    for decided in ("confirmed", "false_positive"):
        await risk.label(connection, shop_id=shop.id, buyer_no=1, abuse="flood", decided=decided)
    ((_, _, _, label, _, score),) = await risk.labels(connection)
    assert (label, score) == ("false_positive", 80)
    assert await connection.fetchval("SELECT array_agg(score) FROM fraud_labels") == [80, 80]


async def test_a_shops_own_rules_and_limits(connection: Connection) -> None:
    shop, plain = await create_shop(connection), await create_shop(connection)
    change = RuleChange(shop_id=shop.id, rule="links", is_shadow=True, threshold=4)
    await fraud_settings.change_rule(connection, change)
    assert await fraud_settings.changes(connection) == [change]
    await fraud_settings.set_limits(connection, Limits(shop_id=shop.id, review=50, block=90))
    known = {
        each.shop_id: (each.review, each.block) for each in await fraud_settings.limits(connection)
    }
    assert known == {shop.id: (50, 90), plain.id: (65, 75)}
    with pytest.raises(Refused, match="review not above block"):
        await fraud_settings.set_limits(connection, Limits(shop_id=shop.id, review=90, block=50))


async def test_profiles_are_found_both_ways(connection: Connection) -> None:
    shop = await create_shop(connection)
    person = await create_customer(connection, shop.id)
    rows = await risk.profiles(connection, [(shop.id, person.buyer_no), (shop.id, 999)])
    assert rows == [(shop.id, person.buyer_no, person.telegram_id, person.username is not None)]
    ((shop_id, buyer_no, telegram_id, _),) = await risk.by_telegram_id(
        connection, [person.telegram_id, 1]
    )
    assert (shop_id, buyer_no, telegram_id) == (shop.id, person.buyer_no, person.telegram_id)


async def test_ids_of_few_people_say_nothing(connection: Connection) -> None:
    shop = await create_shop(connection)
    await connection.execute(
        "INSERT INTO customers (shop_id, buyer_no, telegram_id, first_name, first_seen_at) "
        "SELECT $1, n, n, 'x', now() - interval '31 days' FROM generate_series(1, 999) AS n",
        shop.id,
    )
    assert await risk.known_telegram_id(connection) is None
    await connection.execute(
        "INSERT INTO customers (shop_id, buyer_no, telegram_id, first_name, first_seen_at) "
        "VALUES ($1, 1000, 1000, 'x', now() - interval '31 days'), "
        "($1, 1001, 5000, 'x', now())",
        shop.id,
    )
    # The 99th percentile of 1 to 1000; who came today is not known yet.
    assert await risk.known_telegram_id(connection) == 990
