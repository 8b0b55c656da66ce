"""Wrong codes: one answer, and a lock against guessing."""

from datetime import UTC, datetime, timedelta

from bots.modules.promo import owned_codes
from core.postgres import Connection
from core.shop import erasures
from tests.bots.modules.promo.promotion import (
    entered,
    made,
    open_shop,
    rejected,
)
from tests.factories import create_customer, create_verdict


async def test_whatever_is_wrong_is_said_in_the_same_words(connection: Connection) -> None:
    shop = await open_shop(connection)
    now = datetime.now(UTC)
    await made(shop, "OFF1", ends_at=now - timedelta(days=1))
    await made(shop, "SOON", starts_at=now + timedelta(days=1))
    stranger = await connection.fetchval(
        "INSERT INTO customers (shop_id, telegram_id, buyer_no) VALUES ($1, 5, 99) RETURNING 99",
        shop.origin.shop_id,
    )
    await made(shop, "THEIRS", buyer_no=stranger)
    gone = await made(shop, "GONE")
    await connection.execute("UPDATE promo_codes SET is_active = false WHERE id = $1", gone.id)
    shopper = shop.shopper()
    said = {
        (await entered(shopper, code)).screen.text.plain
        for code in ("NOSUCH", "OFF1", "SOON", "THEIRS")
    }
    assert len(said) == 1 and "does not work" in said.pop()
    assert await rejected(connection) == ["unknown", "expired", "early", "not_yours"]
    locked = await entered(shopper, "GONE")
    assert "in 15 min;" in locked.screen.text.plain


async def test_after_five_wrong_codes_even_a_right_one_is_locked(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper, other = shop.shopper(), shop.shopper(2)
    for number in range(5):
        last = await entered(shopper, f"GUESS{number}")
    right = await entered(shopper, "SPRING")
    said = [seen.screen.text.plain.split("\n\n")[0] for seen in (last, right)]
    assert said[0] == said[1] and "Too many" in said[0]
    assert await rejected(connection) == ["unknown"] * 5 + ["locked"]
    assert "accepted" in (await entered(other, "SPRING")).screen.text.plain
    await connection.execute(
        "UPDATE promo_guesses SET locked_until = now() + interval '90 seconds'"
    )
    assert "in 2 min;" in (await entered(shopper, "SPRING")).screen.text.plain
    await connection.execute("UPDATE promo_guesses SET locked_until = now()")
    assert "accepted" in (await entered(shopper, "SPRING")).screen.text.plain


async def test_wrong_codes_of_long_ago_do_not_lock(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    for number in range(4):
        await entered(shopper, f"GUESS{number}")
    await connection.execute(
        "UPDATE promo_guesses SET wrong_at = ARRAY(SELECT at - interval '5 minutes' "
        "FROM unnest(wrong_at) AS at)"
    )
    assert "does not work" in (await entered(shopper, "GUESS")).screen.text.plain
    assert "accepted" in (await entered(shopper, "SPRING")).screen.text.plain


async def test_a_code_of_an_erased_shopper_is_a_wrong_one(connection: Connection) -> None:
    shop = await open_shop(connection)
    gone = await create_customer(connection, shop.origin.shop_id)
    code = await made(shop, buyer_no=gone.buyer_no)
    async with connection.transaction():
        await erasures.erase(connection, gone.shop_id, gone.buyer_no, with_events=False)
    shopper = shop.shopper()
    assert "does not work" in (await entered(shopper, "SPRING")).screen.text.plain
    await owned_codes.switch(connection, gone.shop_id, code.id, is_active=True)
    assert "does not work" in (await entered(shopper, "SPRING")).screen.text.plain
    assert await rejected(connection) == ["switched_off", "not_yours"]


async def test_who_is_held_for_promo_codes_is_promised_no_time(
    connection: Connection,
) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await shopper.start()
    buyer_no = await connection.fetchval("SELECT buyer_no FROM customers")
    await create_verdict(connection, shop.origin.shop_id, buyer_no, "promo")
    said = (await entered(shopper, "SPRING")).screen.text.plain
    assert "do not work for you right now" in said and "min" not in said.split("\n\n")[0]
    assert await rejected(connection) == ["locked"]
    assert await connection.fetchval("SELECT action FROM fraud_actions") == "lock"


async def test_while_many_guess_together_one_wrong_code_is_too_many(
    connection: Connection,
) -> None:
    shop = await open_shop(connection)
    await made(shop)
    await connection.execute(
        "WITH crowd AS (INSERT INTO customers (shop_id, telegram_id, buyer_no) "
        "SELECT $1::int, 500 + n, 1000 + n FROM generate_series(1, 12) AS n RETURNING buyer_no) "
        "INSERT INTO promo_guesses (shop_id, buyer_no, wrong_at, locked_until) SELECT $1::int, "
        "buyer_no, array_fill(now(), ARRAY[CASE WHEN buyer_no > 1001 THEN 4 ELSE 5 END]), "
        "CASE WHEN buyer_no = 1001 THEN now() + interval '14 minutes' END FROM crowd",
        shop.origin.shop_id,
    )
    one, other = shop.shopper(1), shop.shopper(2)
    assert "accepted" in (await entered(other, "SPRING")).screen.text.plain
    assert "Too many" in (await entered(one, "GUESS")).screen.text.plain
    # Who was locked for one wrong code has entered one, not five.
    await connection.execute(
        "UPDATE promo_guesses SET wrong_at = ARRAY[now()], "
        "locked_until = CASE WHEN buyer_no > 1000 THEN now() + interval '14 minutes' END"
    )
    assert "does not work" in (await entered(one, "GUESS")).screen.text.plain
