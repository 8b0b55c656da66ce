from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import AnswerButton, EditText, SendPhoto, SendText, StoredFile
from bots.sdk.updates import Command, Start
from core.events import Origin
from core.postgres import Connection
from core.shop import catalogue, categories, files, owned_products, product_photos
from core.shop.catalogue import VariantDraft
from core.shop.categories import CategoryDraft
from core.shop.files import Use
from tests.bots.counter import counter, seller
from tests.bots.shopper import Seen, Shopper, enabled_modules, events
from tests.core.shop.test_files import picture
from tests.factories import create_origin, create_product


def switched(**settings: Any) -> list[EnabledModule]:
    """The catalogue with these settings, a way back, and somebody who sells."""
    return [*enabled_modules(catalogue=settings), seller(), counter()]


async def stocked(connection: Connection, count: int) -> tuple[Origin, list[int]]:
    origin = await create_origin(connection)
    products = [
        await create_product(connection, origin.shop_id, title=f"Чай {n}", price_minor=100 + n)
        for n in range(count)
    ]
    return origin, [product.id for product in products]


async def test_products_come_by_pages_in_the_owners_order(connection: Connection) -> None:
    origin, ids = await stocked(connection, 5)
    modules = switched(page_size=2)
    shopper = Shopper(connection, origin, modules)
    first = await shopper.press("catalogue:0")
    assert first.taken_by == "catalogue"
    assert first.buttons == [
        *(f"product:{ids[0]}", f"product:{ids[1]}"),
        *("catalogue:1", "search", "menu"),
    ]
    assert "Страница 1 из 3" in first.only(EditText).text.plain
    middle = await shopper.press("catalogue:1")
    assert middle.buttons[2:4] == ["catalogue:0", "catalogue:2"]
    last = await shopper.press("catalogue:2")
    assert last.buttons == [f"product:{ids[4]}", "catalogue:1", "search", "menu"]
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
    shopper = Shopper(connection, origin, switched())
    seen = await shopper.press(f"catalogue:{argument}")
    assert seen.buttons == [f"product:{ids[0]}", "menu"]
    assert await events(connection) == ["catalog_viewed"]


async def test_an_empty_shop_says_so(connection: Connection) -> None:
    origin, _ = await stocked(connection, 0)
    shopper = Shopper(connection, origin, switched(), language="en")
    seen = await shopper.press("catalogue:3")
    assert "no products yet" in seen.screen.text.plain
    assert seen.buttons == ["menu"]


async def test_the_command_opens_the_catalogue_as_a_new_message(connection: Connection) -> None:
    origin, _ = await stocked(connection, 1)
    command = Command(name="catalogue", chat_id=9001, occurred_at=datetime.now(UTC))
    seen = await Shopper(connection, origin, switched()).do(command)
    assert isinstance(seen.screen, SendText)


async def test_a_card_shows_the_product_and_leads_back_to_its_page(
    connection: Connection,
) -> None:
    await stocked(connection, 3)  # another shop's, which count for nothing here
    origin, ids = await stocked(connection, 3)
    await connection.execute("UPDATE products SET is_active = false WHERE id = $1", ids[0])
    await connection.execute("UPDATE products SET description = 'Крепкий <i>и</i> тёмный'")
    modules = switched(page_size=1)
    seen = await Shopper(connection, origin, modules).press(f"product:{ids[2]}")
    assert seen.only(EditText).text.plain == "Чай 2\n102 ⭐\n\nКрепкий <i>и</i> тёмный"
    assert seen.buttons == [
        *(f"buy:{ids[2]}", f"favourite:{ids[2]}.1"),
        *("catalogue:1", "menu"),
    ]
    row = await connection.fetchrow("SELECT event, product_id FROM outbox")
    assert row is not None and tuple(row) == ("product_viewed", ids[2])


async def test_buying_is_offered_only_with_a_checkout(connection: Connection) -> None:
    origin, ids = await stocked(connection, 1)
    shopper = Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()])
    assert (await shopper.press(f"product:{ids[0]}")).buttons == [
        f"favourite:{ids[0]}.1",
        "catalogue:0",
        "menu",
    ]


@pytest.mark.parametrize(
    ("stock", "show_stock", "words"),
    [(None, True, ""), (7, True, "Осталось: 7"), (7, False, ""), (0, False, "Раскуплено.")],
)
async def test_what_is_left_is_shown_if_the_owner_wishes(
    connection: Connection, stock: int | None, show_stock: bool, words: str
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, stock=stock)
    modules = switched(show_stock=show_stock)
    seen = await Shopper(connection, origin, modules).press(f"product:{product.id}")
    assert seen.screen.text.plain == "\n\n".join(filter(None, ["Пуэр\n300 ⭐", words]))
    assert (f"buy:{product.id}" in seen.buttons) == (stock != 0)


@pytest.mark.parametrize("argument", ["", "0", "-1", "abc", "١", "9" * 18, "9" * 50])
async def test_a_product_that_never_was_is_gone(connection: Connection, argument: str) -> None:
    origin, _ = await stocked(connection, 1)
    seen = await Shopper(connection, origin, switched()).press(f"product:{argument}")
    (answer,) = seen.replies
    assert isinstance(answer, AnswerButton) and answer.alert and "больше нет" in answer.text
    assert await events(connection) == []


async def test_another_shops_product_and_one_taken_off_sale_are_gone(
    connection: Connection,
) -> None:
    origin, (own,) = await stocked(connection, 1)
    _, (foreign,) = await stocked(connection, 1)
    await connection.execute("UPDATE products SET is_active = false WHERE id = $1", own)
    shopper = Shopper(connection, origin, switched())
    for product_id in (own, foreign):
        assert (await shopper.press(f"product:{product_id}")).only(AnswerButton).alert
    assert (await shopper.press("catalogue:0")).buttons == ["menu"]


async def test_categories_lead_down_to_their_products_and_up_again(connection: Connection) -> None:
    origin, (loose,) = await stocked(connection, 1)
    shop = origin.shop_id
    tea = await categories.add(connection, shop, CategoryDraft(title="Чай"))
    green = await categories.add(connection, shop, CategoryDraft(title="Зелёный", parent_id=tea.id))
    await categories.add(connection, shop, CategoryDraft(title="Пустая"))
    sencha = await create_product(connection, shop, title="Сенча", category_id=green.id)
    shopper = Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()])
    top = await shopper.press("catalogue:0")
    assert top.buttons == [f"category:{tea.id}.0", f"product:{loose}", "search", "menu"]
    inner = await shopper.press(f"category:{tea.id}.0")
    assert inner.buttons == [f"category:{green.id}.0", "catalogue:0", "menu"]
    last = await shopper.press(f"category:{green.id}.7")
    assert last.screen.text.plain == "Чай › Зелёный"
    assert last.buttons == [f"product:{sencha.id}", f"category:{tea.id}.0", "menu"]
    card = await shopper.press(f"product:{sencha.id}")
    assert f"category:{green.id}.0" in card.buttons
    await owned_products.archive(connection, shop, sencha.id, is_archived=True)
    assert (await shopper.press(f"category:{green.id}.0")).buttons == [f"product:{loose}", "menu"]


@pytest.mark.parametrize("argument", ["", "x", "0.0", "-1.-1", "9" * 18 + ".0", "1.1.1", "."])
async def test_a_category_that_never_was_leads_to_the_catalogue(
    connection: Connection, argument: str
) -> None:
    origin, ids = await stocked(connection, 1)
    seen = await Shopper(connection, origin, switched()).press(f"category:{argument}")
    assert seen.buttons == [f"product:{ids[0]}", "menu"]


async def test_variants_are_listed_with_their_prices_and_what_is_left(
    connection: Connection,
) -> None:
    origin, (number,) = await stocked(connection, 1)
    for title, price, stock in (("S", None, 2), ("M", 90, 0), ("L", 120, None)):
        draft = VariantDraft(title=title, price_minor=price, stock=stock)
        await catalogue.add_variant(connection, origin.shop_id, number, draft)
    shopper = Shopper(
        connection, origin, enabled_modules(catalogue={"show_stock": True}), language="en"
    )
    assert (await shopper.press("catalogue")).rows[0][0].text == "Чай 0 · from 90 ⭐"
    seen = await shopper.press(f"product:{number}")
    assert seen.screen.text.plain == (
        "Чай 0\nfrom 90 ⭐\n\n• S — 100 ⭐, 2 left\n• M — 90 ⭐, sold out\n• L — 120 ⭐"
    )


async def test_photos_are_turned_one_by_one_and_the_way_back_has_none(
    connection: Connection,
) -> None:
    origin, (number,) = await stocked(connection, 1)
    digests = [
        (
            await files.keep(
                connection, origin.shop_id, "picture", picture(text), Use("uploaded", "x")
            )
        ).sha256
        for text in "ABC"
    ]
    await product_photos.put(connection, origin.shop_id, number, digests)
    shopper = Shopper(connection, origin, enabled_modules(catalogue={}))
    opened = await shopper.press(f"product:{number}")
    assert opened.only(SendPhoto).photo == StoredFile(sha256=digests[0])
    keyboard = opened.only(SendPhoto).keyboard
    assert isinstance(keyboard, Keyboard)
    assert [item.text for item in keyboard.rows[0]] == ["←", "1/3", "→"]
    assert [item.data for item in keyboard.rows[0] if isinstance(item, ActionButton)] == [
        *(f"photo:{number}.2", f"photo:{number}.0", f"photo:{number}.1"),
    ]
    turned = await shopper.press(f"photo:{number}.2")
    assert turned.only(SendPhoto).photo == StoredFile(sha256=digests[2])
    for odd in ("99", "x", "", "-1"):
        turned = await shopper.press(f"photo:{number}.{odd}")
        assert turned.only(SendPhoto).photo == StoredFile(sha256=digests[0])
    assert (await events(connection)).count("product_viewed") == 1


async def test_a_long_description_stands_below_its_photo(connection: Connection) -> None:
    origin, (number,) = await stocked(connection, 1)
    use = Use("uploaded", "x")
    kept = await files.keep(connection, origin.shop_id, "picture", picture("A"), use)
    await product_photos.put(connection, origin.shop_id, number, [kept.sha256])
    await connection.execute("UPDATE products SET description = $1", "ж" * 4096)
    seen = await Shopper(connection, origin, enabled_modules(catalogue={})).press(
        f"product:{number}"
    )
    assert seen.only(SendPhoto).caption is None
    texts = [each.text for each in seen.replies if isinstance(each, SendText)]
    assert sum(text.plain.count("ж") for text in texts) == 4096
    assert all(text.units <= 4096 for text in texts)


async def test_a_mark_is_set_and_taken_off_and_leads_back(connection: Connection) -> None:
    origin, ids = await stocked(connection, 2)
    shopper = Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()])
    assert "пусто" in (await shopper.press("favourites:0")).screen.text.plain
    for _ in range(2):  # pressing twice is pressing once
        marked = await shopper.press(f"favourite:{ids[1]}.1")
    assert marked.only(AnswerButton).text == "Добавлено в избранное"
    assert (await shopper.press("catalogue:0")).buttons[-2:] == ["favourites:0", "menu"]
    assert "favourites:0" in (await shopper.start()).buttons
    assert (await shopper.press("favourites:5")).buttons[0] == f"product:{ids[1]}"
    other = Shopper(connection, origin, enabled_modules(catalogue={}), telegram_id=9002)
    assert (await other.press("favourites:0")).buttons == ["catalogue:0"]
    await shopper.press(f"favourite:{ids[1]}")
    assert "favourites:0" not in (await shopper.press("catalogue:0")).buttons
    assert (await shopper.press("favourite:9")).only(AnswerButton).alert


async def test_a_link_opens_a_product_even_a_hidden_one_and_other_links_do_not(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id, is_hidden=True)
    shopper = Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()])

    async def start(code: str) -> Seen:
        return await shopper.do(Start(code=code, chat_id=9001, occurred_at=datetime.now(UTC)))

    opened = await start(f"product_{product.id}")
    assert (opened.taken_by, opened.screen.text.plain) == ("catalogue", "Пуэр\n300 ⭐")
    assert (await start(f"product_{product.id}_channel")).taken_by == "catalogue"
    for code in (
        "",
        "ads",
        "product_",
        "product_x",
        f"product_{product.id + 1}",
        f"product_{9**18}",
    ):
        assert (await start(code)).taken_by == "counter", code


async def test_a_search_is_asked_for_or_written_and_turns_its_pages(
    connection: Connection,
) -> None:
    origin, ids = await stocked(connection, 3)
    modules = [*enabled_modules(catalogue={"page_size": 2}), counter()]
    shopper = Shopper(connection, origin, modules)
    await shopper.press("search")
    found = await shopper.write("чаи")
    assert found.screen.text.plain == "По запросу «чаи» нашлось: 3\n\nСтраница 1 из 2"
    assert found.buttons[2:] == ["found:1.чаи", "search", "catalogue:0", "menu"]
    second = await shopper.press("found:1.чаи")
    assert second.buttons[:2] == [f"product:{ids[2]}", "found:0.чаи"]
    assert (await shopper.press("found:7.чаи")).buttons[0] == f"product:{ids[0]}"
    written = await shopper.write("чйа")
    assert (written.taken_by, written.buttons[0]) == ("catalogue", f"product:{ids[0]}")
    assert "похожее: 3" in written.screen.text.plain
    told = await connection.fetchval(
        "SELECT array_agg(props ORDER BY xid, pos) FROM outbox WHERE event = 'catalogue_searched'"
    )
    assert '{"found":3,"is_corrected":true}' in told


@pytest.mark.parametrize(
    "said", ["", "привет", "чай или смерть", "/чай", "ж" * 4096, "😀", "чай\0"]
)
async def test_what_is_no_products_name_is_somebody_elses(
    connection: Connection, said: str
) -> None:
    origin, _ = await stocked(connection, 1)
    seen = await Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()]).write(
        said
    )
    assert seen.taken_by == ("catalogue" if said == "чай\0" else "counter")


@pytest.mark.parametrize("said", ["кофе", "ж" * 100, "👍🏽" * 20, "\u202eяач", "<b>x</b> & 'y'"])
async def test_nothing_found_says_so_with_a_way_on(connection: Connection, said: str) -> None:
    origin, _ = await stocked(connection, 1)
    shopper = Shopper(connection, origin, [*enabled_modules(catalogue={}), counter()])
    command = Command(name="search", argument=said, chat_id=9001, occurred_at=datetime.now(UTC))
    seen = await shopper.do(command)
    assert said in seen.screen.text.plain and "ничего не нашлось" in seen.screen.text.plain
    assert seen.buttons == ["search", "catalogue:0", "menu"]
