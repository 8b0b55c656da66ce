from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.replies import AnswerButton, EditText, SendText
from bots.sdk.updates import Command
from core.events import Origin
from core.postgres import Connection
from tests.bots.shopper import Shopper, enabled_modules, events
from tests.factories import create_origin, create_product

ALL: dict[str, dict[str, Any]] = {"catalogue": {}, "checkout_stars": {}, "menu": {}}


async def stocked(connection: Connection, count: int) -> tuple[Origin, list[int]]:
    origin = await create_origin(connection)
    products = [
        await create_product(connection, origin.shop_id, title=f"Чай {n}", price_minor=100 + n)
        for n in range(count)
    ]
    return origin, [product.id for product in products]


async def test_products_come_by_pages_in_the_owners_order(connection: Connection) -> None:
    origin, ids = await stocked(connection, 5)
    modules = enabled_modules(**ALL | {"catalogue": {"page_size": 2}})
    shopper = Shopper(connection, origin, modules)
    first = await shopper.press("catalogue:0")
    assert first.taken_by == "catalogue"
    assert first.buttons == [f"product:{ids[0]}", f"product:{ids[1]}", "catalogue:1", "menu"]
    assert "Страница 1 из 3" in first.only(EditText).text.plain
    middle = await shopper.press("catalogue:1")
    assert middle.buttons[2:4] == ["catalogue:0", "catalogue:2"]
    last = await shopper.press("catalogue:2")
    assert last.buttons == [f"product:{ids[4]}", "catalogue:1", "menu"]
    pages = await connection.fetch("SELECT props FROM outbox ORDER BY pos")
    assert [row["props"] for row in pages] == ['{"page":0}', '{"page":1}', '{"page":2}']


async def test_a_button_names_the_product_and_its_price(connection: Connection) -> None:
    origin, _ = await stocked(connection, 1)
    seen = await Shopper(connection, origin, enabled_modules(catalogue={})).press("catalogue")
    assert seen.rows[0][0].text == "Чай 0 · 100 ⭐"
    assert len(seen.rows) == 1  # one page, and no menu to go back to


@pytest.mark.parametrize("argument", ["-1", "x", "1 OR 1=1", "²", "9" * 18, "9" * 60])
async def test_a_tampered_page_shows_a_page_all_the_same(
    connection: Connection, argument: str
) -> None:
    origin, ids = await stocked(connection, 1)
    shopper = Shopper(connection, origin, enabled_modules(**ALL))
    seen = await shopper.press(f"catalogue:{argument}")
    assert seen.buttons == [f"product:{ids[0]}", "menu"]
    assert await events(connection) == ["catalog_viewed"]


async def test_an_empty_shop_says_so(connection: Connection) -> None:
    origin, _ = await stocked(connection, 0)
    shopper = Shopper(connection, origin, enabled_modules(**ALL), language="en")
    seen = await shopper.press("catalogue:3")
    assert "no products yet" in seen.screen.text.plain
    assert seen.buttons == ["menu"]


async def test_the_command_opens_the_catalogue_as_a_new_message(connection: Connection) -> None:
    origin, _ = await stocked(connection, 1)
    command = Command(name="catalogue", chat_id=9001, occurred_at=datetime.now(UTC))
    seen = await Shopper(connection, origin, enabled_modules(**ALL)).do(command)
    assert isinstance(seen.screen, SendText)


async def test_a_card_shows_the_product_and_leads_back_to_its_page(
    connection: Connection,
) -> None:
    await stocked(connection, 3)  # another shop's, which count for nothing here
    origin, ids = await stocked(connection, 3)
    await connection.execute("UPDATE products SET is_active = false WHERE id = $1", ids[0])
    await connection.execute("UPDATE products SET description = 'Крепкий <i>и</i> тёмный'")
    modules = enabled_modules(**ALL | {"catalogue": {"page_size": 1}})
    seen = await Shopper(connection, origin, modules).press(f"product:{ids[2]}")
    assert seen.only(EditText).text.plain == "Чай 2\n102 ⭐\n\nКрепкий <i>и</i> тёмный"
    assert seen.buttons == [f"buy:{ids[2]}", "catalogue:1"]
    row = await connection.fetchrow("SELECT event, product_id FROM outbox")
    assert row is not None and tuple(row) == ("product_viewed", ids[2])


async def test_buying_is_offered_only_with_a_checkout(connection: Connection) -> None:
    origin, ids = await stocked(connection, 1)
    shopper = Shopper(connection, origin, enabled_modules(catalogue={}, menu={}))
    assert (await shopper.press(f"product:{ids[0]}")).buttons == ["catalogue:0"]


@pytest.mark.parametrize(
    ("stock", "show_stock", "words"),
    [(None, True, ""), (7, True, "Осталось: 7"), (7, False, ""), (0, False, "Раскуплено.")],
)
async def test_what_is_left_is_shown_if_the_owner_wishes(
    connection: Connection, stock: int | None, show_stock: bool, words: str
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, stock=stock)
    modules = enabled_modules(**ALL | {"catalogue": {"show_stock": show_stock}})
    seen = await Shopper(connection, origin, modules).press(f"product:{product.id}")
    assert seen.screen.text.plain == "\n\n".join(filter(None, ["Пуэр\n300 ⭐", words]))
    assert (f"buy:{product.id}" in seen.buttons) == (stock != 0)


@pytest.mark.parametrize("argument", ["", "0", "-1", "abc", "١", "9" * 18, "9" * 50])
async def test_a_product_that_never_was_is_gone(connection: Connection, argument: str) -> None:
    origin, _ = await stocked(connection, 1)
    seen = await Shopper(connection, origin, enabled_modules(**ALL)).press(f"product:{argument}")
    (answer,) = seen.replies
    assert isinstance(answer, AnswerButton) and answer.alert and "больше нет" in answer.text
    assert await events(connection) == []


async def test_another_shops_product_and_one_taken_off_sale_are_gone(
    connection: Connection,
) -> None:
    origin, (own,) = await stocked(connection, 1)
    _, (foreign,) = await stocked(connection, 1)
    await connection.execute("UPDATE products SET is_active = false WHERE id = $1", own)
    shopper = Shopper(connection, origin, enabled_modules(**ALL))
    for product_id in (own, foreign):
        assert (await shopper.press(f"product:{product_id}")).only(AnswerButton).alert
    assert (await shopper.press("catalogue:0")).buttons == ["menu"]
