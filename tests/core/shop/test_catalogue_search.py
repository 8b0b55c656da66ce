"""What a shopper types finds what they mean, in both languages, however it is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.postgres import Connection
from core.shop import catalogue, categories, owned_products
from core.shop.catalogue import VariantDraft
from core.shop.catalogue_search import distance, search
from core.shop.categories import CategoryDraft
from tests.factories import create_product, create_shop

GOODS = {
    "Улун «Те Гуань Инь»": "Светлый, 50 г. Сирень, мёд и сливки.",
    "Шу пуэр, 2016 год": "Прессованный блин. Земля, орех, чернослив.",
    "Зелёные чашки": "Две штуки в коробке.",
    "Летнее платье": "Лён и хлопок.",
    "Running shoes": "For the wet and the dry.",
    "Café crème": "Ground coffee, 250 g.",
}


async def stocked(connection: Connection) -> int:
    shop = await create_shop(connection)
    for title, description in GOODS.items():
        await create_product(connection, shop.id, title=title, description=description)
    return shop.id


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("улун", "Улун «Те Гуань Инь»"),
        ("УЛУНЫ", "Улун «Те Гуань Инь»"),  # a form
        ("уулн", "Улун «Те Гуань Инь»"),  # two letters changed places
        ("улн", "Улун «Те Гуань Инь»"),  # one is missing
        ("ulun", "Улун «Те Гуань Инь»"),  # another keyboard
        ("пуэ", "Шу пуэр, 2016 год"),  # the beginning
        ("пуэра", "Шу пуэр, 2016 год"),
        ("пуер", "Шу пуэр, 2016 год"),
        ("2016", "Шу пуэр, 2016 год"),
        ("черносливом", "Шу пуэр, 2016 год"),  # of the description
        ("чернаслив", "Шу пуэр, 2016 год"),
        ("зеленых чашек", "Зелёные чашки"),  # е for ё
        ("чашек", "Зелёные чашки"),
        ("чашка зелёная", "Зелёные чашки"),
        ("зилёная чешка", "Зелёные чашки"),
        ("летние платья", "Летнее платье"),
        ("плтаье", "Летнее платье"),
        ("платье на выпускной", "Летнее платье"),  # one word is enough at last
        ("shoe for running", "Running shoes"),
        ("runing shose", "Running shoes"),
        ("cafe creme", "Café crème"),
        ("CAFÉ", "Café crème"),
    ],
)
async def test_words_forms_and_typos_find_what_is_meant(
    connection: Connection, said: str, title: str
) -> None:
    found = await search(connection, await stocked(connection), said, size=5)
    assert found.products[0].title == title


@pytest.mark.parametrize("said", ["", " ", "!?", "\0", "и", "xyzzyx", "'); --", "😀", "_" * 5000])
async def test_what_means_nothing_finds_nothing(connection: Connection, said: str) -> None:
    assert (await search(connection, await stocked(connection), said, size=5)).products == []


@pytest.mark.parametrize("said", ["улун\0", "'улун' & !чай", "улун:*", "\u202eулун", "<b>улун</b>"])
async def test_odd_signs_are_no_part_of_a_word(connection: Connection, said: str) -> None:
    found = await search(connection, await stocked(connection), said, size=5)
    assert [product.title for product in found.products][:1] == ["Улун «Те Гуань Инь»"]


@pytest.mark.parametrize(
    ("said", "least"),
    [("ʼулун", 1), ("улунʼ", 1), ("ʼ", 0), ("№", 0), ("№ улун", 1), ("улун ½", 1), ("ʹ\\", 0)],
    ids=["before", "behind", "alone", "number", "number_before", "fraction", "backslash"],
)
async def test_signs_that_become_other_words_or_none_are_looked_for_as_those(
    connection: Connection, said: str, least: int
) -> None:
    found = await search(connection, await stocked(connection), said, size=9)
    assert len(found.products) >= least
    assert least == 0 or found.products[0].title.lower().startswith("улун")


async def test_a_title_counts_more_than_a_description_and_pages_go_on(
    connection: Connection,
) -> None:
    shop = (await create_shop(connection)).id
    for title, description in (("A", "чай"), ("Чай", ""), ("B", "чай"), ("C", "")):
        await create_product(connection, shop, title=title, description=description)
    first = await search(connection, shop, "чай", size=2)
    assert ([product.title for product in first.products], first.total) == (["Чай", "A"], 3)
    second = await search(connection, shop, "чай", size=2, offset=2)
    assert [product.title for product in second.products] == ["B"]


async def test_only_what_is_listed_is_found_and_of_this_shop(connection: Connection) -> None:
    await create_product(connection, (await create_shop(connection)).id, title="Секрет")
    shop = (await create_shop(connection)).id
    hidden = await categories.add(connection, shop, CategoryDraft(title="x", is_hidden=True))
    below = await categories.add(connection, shop, CategoryDraft(title="y", parent_id=hidden.id))
    await create_product(connection, shop, title="Секрет", category_id=below.id)
    await create_product(connection, shop, title="Секрет", is_hidden=True)
    gone = await create_product(connection, shop, title="Секрет")
    await owned_products.archive(connection, shop, gone.id, is_archived=True)
    assert (await search(connection, shop, "секрет", size=5)).total == 0
    await owned_products.archive(connection, shop, gone.id, is_archived=False)
    assert (await search(connection, shop, "секреты", size=5)).total == 1


async def test_a_variant_is_found_by_its_title_while_it_is_on_sale(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    shirt = await create_product(connection, shop, title="Футболка")
    red = await catalogue.add_variant(connection, shop, shirt.id, VariantDraft(title="Красная, M"))
    assert (await search(connection, shop, "красную футболку", size=5)).total == 1
    assert (await search(connection, shop, "кросная", size=5)).words == ("красная",)
    await owned_products.remove_variant(connection, shop, shirt.id, red.id)
    assert (await search(connection, shop, "красная", size=5)).total == 0


@given(st.text("абвг", max_size=6), st.text("абвг", max_size=6))
def test_a_distance_is_one(one: str, other: str) -> None:
    pair = (one, other)
    assert distance(*pair) == distance(*reversed(pair))
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


def test_letters_that_changed_places_are_one_mistake() -> None:
    assert (distance("уулн", "улун"), distance("чйа", "чай"), distance("кот", "ток")) == (1, 1, 2)
