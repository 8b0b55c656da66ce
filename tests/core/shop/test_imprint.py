import pytest
from pydantic import ValidationError

from core.errors import NotFound
from core.module_settings import BilingualText
from core.postgres import Connection
from core.shop import shops
from core.shop.imprint import Imprint, ImprintDraft
from tests.factories import create_shop


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("@tea_shop", "https://t.me/tea_shop"),
        ("Пишите @tea_shop, 9–18 по Москве", "https://t.me/tea_shop"),
        ("t.me/tea_shop.", "https://t.me/tea_shop"),
        ("see https://tea.example/help!", "https://tea.example/help"),
        ("shop@tea.example", None),
        ("+7 (921) 123-45-67", None),
        ("звоните 8 800 555-35-35", None),
    ],
)
def test_a_contact_is_a_way_to_reach_the_seller(contact: str, link: str | None) -> None:
    assert ImprintDraft(contact=contact).link == link


@pytest.mark.parametrize("contact", ["я", "write to us", "@ab", "12345", "@", "a@b", "\0@tea_shop"])
def test_what_reaches_nobody_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError):
        ImprintDraft(contact=contact)


def test_texts_are_bounded_and_storable() -> None:
    for wrong in ({"ru": "x" * 3001}, {"en": "half \0 text"}):
        with pytest.raises(ValidationError):
            ImprintDraft(terms=BilingualText(**wrong))
    assert ImprintDraft(contact="  ", seller=" ИП Чай ").seller == "ИП Чай"


async def test_a_shop_keeps_what_its_owner_states(connection: Connection) -> None:
    shop = await create_shop(connection)
    assert shop.imprint == Imprint()
    draft = ImprintDraft(contact="@tea_shop", about=BilingualText(ru="Чай"), seller="ИП Чай")
    changed = await shops.set_imprint(connection, shop.id, draft)
    assert changed == await shops.get(connection, shop.id)
    assert changed.imprint.about.get("en") == "Чай" and changed.imprint.contact == "@tea_shop"
    with pytest.raises(NotFound):
        await shops.set_imprint(connection, 999_999, draft)
