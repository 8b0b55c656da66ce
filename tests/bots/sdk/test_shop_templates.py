"""The product's shop templates, checked against its modules, and what applying one does."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bots.sdk.conflicts import conflicts
from bots.sdk.contact import ContactMissing
from bots.sdk.loading import enable, load
from bots.sdk.shop_templates import ShopTemplates, TemplateUnknown, apply, modules_of
from bots.sdk.texts import LANGUAGES, check_own
from core.errors import NotFound
from core.module_settings import Vault, changed
from core.modules import Modules
from core.postgres import Connection
from core.shop import bot_modules, bots, module_texts
from core.shop.bot_modules import Author
from tests.bots.shopper import Shopper
from tests.factories import KEYS, create_bot, create_origin, create_shop

MODULES = Modules.discover()
LOADED = load(MODULES)
TEMPLATES = ShopTemplates.discover()
ANNA = Author("Anna")
every_template = pytest.mark.parametrize("key", list(TEMPLATES.by_key))


def test_the_four_kinds_of_shops_are_there() -> None:
    assert list(TEMPLATES.by_key) == ["digital", "physical", "services", "statistics"]
    with pytest.raises(TemplateUnknown, match="physical"):
        TEMPLATES.get("casino")


@every_template
def test_a_template_speaks_both_languages(key: str) -> None:
    template = TEMPLATES.get(key)
    for text in (template.title, template.summary):
        assert text.ru and text.en and text.ru != text.en
    for part in template.modules:
        russian, english = part.texts.get("ru", {}), part.texts.get("en", {})
        assert russian.keys() == english.keys(), part.key


@every_template
def test_what_a_template_names_exists_and_gets_along(key: str) -> None:
    template = TEMPLATES.get(key)
    named = [part.key for part in template.modules]
    assert set(named) <= set(MODULES.manifests) and len(named) == len(set(named))
    assert set(modules_of(template, MODULES)) == set(named), "name what is required as well"
    assert not conflicts([LOADED[key] for key in named])
    assert template.mode == "hosted" or not named
    if named:
        assert any(LOADED[key].takes_money for key in named), "nobody could pay"
    for part in template.modules:
        settings = LOADED[part.key].manifest.settings
        assert changed(settings, {}, part.settings, Vault(1, part.key, KEYS)).keys() == (
            part.settings.keys()
        )
        for language in LANGUAGES:
            for text_key, words in part.texts.get(language, {}).items():
                check_own(LOADED[part.key].texts[language], text_key, words)


@every_template
async def test_a_connected_bot_becomes_what_it_says(connection: Connection, key: str) -> None:
    template = TEMPLATES.get(key)
    bot = await create_bot(
        connection, await create_shop(connection, contact="@tea_shop"), modules=["menu"]
    )
    made = await apply(connection, MODULES, KEYS, bot.id, template, ANNA)
    assert (made.mode, made.modules) == (template.mode, modules_of(template, MODULES))
    rows = {row.module: row for row in await bot_modules.of_bot(connection, bot.id)}
    for part in template.modules:
        assert rows[part.key].settings == part.settings
    again = await apply(connection, MODULES, KEYS, bot.id, template, ANNA)
    assert again == made
    rows_again = {row.module: row for row in await bot_modules.of_bot(connection, bot.id)}
    assert {key: row.version for key, row in rows_again.items()} == {
        key: row.version for key, row in rows.items()
    }


async def texts_of(connection: Connection, bot_id: int) -> dict[tuple[str, str], str]:
    found = await module_texts.of_bot(connection, bot_id)
    return {(text.language, text.text_key): text.template for text in found}


async def test_what_an_owner_wrote_stays_through_another_template(connection: Connection) -> None:
    bot = await create_bot(
        connection, await create_shop(connection, contact="@tea_shop"), modules=[]
    )
    await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("services"), ANNA)
    said = await texts_of(connection, bot.id)
    assert said["ru", "entry"] == "📋 Услуги"
    await module_texts.write(
        connection, bot.id, "catalogue", "ru", "entry", "Прайс", changed_by="Anna"
    )
    manifest = MODULES.manifests["cart"]
    row = await bot_modules.get(connection, bot.id, "cart")
    assert row is not None
    draft = row.settings | {"remembers": False}
    vault = Vault(bot.id, "cart", KEYS)
    await bot_modules.write_settings(
        connection, manifest, vault, draft, ANNA, seen_version=row.version
    )

    await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("physical"), ANNA)
    assert await texts_of(connection, bot.id) == {("ru", "entry"): "Прайс"}
    row = await bot_modules.get(connection, bot.id, "cart")
    assert row is not None
    assert (row.settings["remembers"], row.settings["address"]) == (False, "required")
    versions = await bot_modules.history(connection, bot.id, "cart")
    assert versions[0].changed_by == "Anna" and versions[0].action == "settings"
    earlier = await bot_modules.settings_of(connection, bot.id, "cart", row.version - 1)
    assert earlier["address"] == "no"


async def test_statistics_only_is_silent_and_another_template_ends_it(
    connection: Connection,
) -> None:
    bot = await create_bot(
        connection, await create_shop(connection, contact="@tea_shop"), modules=["menu"]
    )
    await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("statistics"), ANNA)
    assert (await bots.origin_of(connection, bot.id)).mode == "observed"
    assert await bots.enabled_modules(connection, bot.id) == []
    made = await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("digital"), ANNA)
    assert made.mode == "hosted" and "menu" in made.modules


async def test_a_service_is_offered_in_its_own_words(connection: Connection) -> None:
    origin = await create_origin(connection, await create_shop(connection, contact="@tea_shop"))
    await apply(connection, MODULES, KEYS, origin.bot_id, TEMPLATES.get("services"), ANNA)
    enabled, problems = enable(
        LOADED,
        await bots.enabled_modules(connection, origin.bot_id),
        KEYS,
        own_texts=await module_texts.of_bot(connection, origin.bot_id),
    )
    assert problems == []
    for language, words in (("ru", "Услуги"), ("en", "Services")):
        shopper = Shopper(connection, origin, enabled, language=language)
        labels = [each.text for row in (await shopper.start()).rows for each in row]
        assert any(words in label for label in labels)


async def test_a_module_that_is_not_installed_is_left_out(connection: Connection) -> None:
    fewer = {key: MODULES.manifests[key] for key in ("menu", "catalogue")}
    known = Modules(MODULES.package, fewer)
    bot = await create_bot(
        connection, await create_shop(connection, contact="@tea_shop"), modules=[]
    )
    made = await apply(connection, known, KEYS, bot.id, TEMPLATES.get("physical"), ANNA)
    assert made.modules == ["catalogue", "menu"]
    with pytest.raises(NotFound):
        await apply(connection, known, KEYS, 999, TEMPLATES.get("physical"), ANNA)


@pytest.mark.parametrize(
    "wrong",
    [
        "order = 1",
        'order = 1\ntitle.ru = "а"\nsummary.ru = "б"\nmode = "spying"',
        'order = 1\ntitle.ru = "а"\nsummary.ru = "б"\nfee = 3',
    ],
)
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "casino.toml").write_text(wrong, "utf-8")
    with pytest.raises(ValidationError):
        ShopTemplates.discover(tmp_path)


async def test_a_template_takes_no_money_while_nobody_can_be_reached(
    connection: Connection,
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["menu"])
    with pytest.raises(ContactMissing, match=f"vitrina shop imprint {shop.id}") as refused:
        async with connection.transaction():
            await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("digital"), ANNA)
    assert f"imprint {shop.id}" in refused.value.explained.ru
    assert (await bots.get(connection, bot.id)).modules == ["menu"]
    await apply(connection, MODULES, KEYS, bot.id, TEMPLATES.get("statistics"), ANNA)
    sells = await create_bot(connection, shop)  # it did before anybody asked for a contact
    made = await apply(connection, MODULES, KEYS, sells.id, TEMPLATES.get("digital"), ANNA)
    assert "stars" in made.modules
