"""Products at the command line: one by one, and the catalogue as a file."""

from pathlib import Path

from core.postgres import Connection
from core.shop import catalogue, categories, shops
from core.shop.catalogue import DESCRIPTION_LENGTH, TITLE_LENGTH
from tests.cli.running import vitrina
from tests.factories import create_bot, create_shop


async def test_a_product_is_put_on_sale_with_all_that_the_panel_takes(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = await create_shop(connection)
    options = ["--shop", str(shop.id), "--title", "т" * TITLE_LENGTH, "--price", "620"]
    options += ["--description", "о" * DESCRIPTION_LENGTH, "--category", "Чай > Зелёный"]
    options += ["--stock", "7", "--sku", "T-1", "--kind", "digital"]
    options += ["--variant", "S", "--variant", "M:700", "--variant", "L, синяя::5"]
    made = vitrina(environment, "product", "add", *options)
    assert made.returncode == 0, made.stderr
    (product,), total = await catalogue.page(connection, shop.id, size=5)
    assert (product.price_minor, product.currency, total) == (620, "XTR", 1)
    assert (len(product.title), len(product.description)) == (TITLE_LENGTH, DESCRIPTION_LENGTH)
    assert (product.stock, product.sku, product.kind) == (7, "T-1", "digital")
    assert [(each.title, each.price_minor, each.stock) for each in product.variants] == [
        ("S", None, None),
        ("M", 700, None),
        ("L, синяя", None, 5),
    ]
    assert product.category_id is not None
    path = await categories.path(connection, shop.id, product.category_id)
    assert [each.title for each in path] == ["Чай", "Зелёный"]


async def test_what_does_not_fit_is_told_and_nothing_is_made(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = await create_shop(connection)
    least = ["--shop", str(shop.id), "--title", "x", "--price", "1"]
    for wrong, words in (
        (["--title", "т" * (TITLE_LENGTH + 1)], "title: String should have at most"),
        (["--price", "10001"], "10,000"),
        (["--variant", "S:cheap"], "TITLE:PRICE:STOCK"),
        (["--category", "A > > B"], "--category"),
        (["--bot", "7"], "--shop, or --bot"),
    ):
        ran = vitrina(environment, "product", "add", *least, *wrong)
        assert ran.returncode == 1 and words in ran.stderr, (wrong, ran.stderr)
    assert await catalogue.page(connection, shop.id, size=5) == ([], 0)
    assert await categories.of_shop(connection, shop.id) == []


async def test_a_catalogue_goes_out_and_comes_in(
    environment: dict[str, str], connection: Connection, tmp_path: Path
) -> None:
    shop = await create_shop(connection, currency="RUB")
    bot = await create_bot(connection, shop)
    await connection.execute("UPDATE bots SET username = 'tea_bot' WHERE id = $1", bot.id)
    file = tmp_path / "new.csv"
    file.write_text("title;price;variant\nЧай;12,50;\n;;S\nКофе;x;\n", "utf-8")
    dry = vitrina(environment, "product", "import", str(file), "--bot", "@tea_bot", "--dry-run")
    assert dry.returncode == 1 and "2 added, 0 changed, 0 left" in dry.stdout, dry.stderr
    assert "line 4  refused  Кофе  price:" in dry.stdout and "nothing is imported" in dry.stdout
    refused = vitrina(environment, "product", "import", str(file), "--shop", str(shop.id))
    assert refused.returncode == 1 and "1 refused: nothing is imported" in refused.stdout
    assert (await catalogue.page(connection, shop.id, size=5))[1] == 0
    done = vitrina(environment, "product", "import", str(file), "--bot", str(bot.id), "--keep-good")
    assert done.returncode == 0 and "1 refused: imported" in done.stdout, done.stderr
    out = tmp_path / "all.csv"
    written = vitrina(environment, "product", "export", "--shop", str(shop.id), "--file", str(out))
    assert written.returncode == 0 and "Чай" in out.read_text("utf-8-sig")
    again = vitrina(environment, "product", "import", str(out), "--shop", str(shop.id))
    assert "0 added, 0 changed, 2 left as they are, 0 refused: imported" in again.stdout
    shown = vitrina(environment, "product", "export", "--bot", "tea_bot")
    assert shown.stdout.lstrip("\ufeff").startswith("id,variant_id,")


async def test_what_cannot_be_read_is_one_line(
    environment: dict[str, str], connection: Connection, tmp_path: Path
) -> None:
    shop = await create_shop(connection)
    assert (await shops.get(connection, shop.id)).currency == "XTR"
    old = tmp_path / "old.csv"
    old.write_bytes("title,price\nЧай,5\n".encode("windows-1251"))
    options = ["--shop", str(shop.id)]
    ran = vitrina(environment, "product", "import", str(old), *options)
    assert ran.returncode == 1 and "windows-1251" in ran.stderr
    read = vitrina(
        environment, "product", "import", str(old), *options, "--encoding", "windows-1251"
    )
    assert "1 added" in read.stdout
    gone = vitrina(environment, "product", "import", str(tmp_path / "none.csv"), *options)
    assert gone.returncode == 1 and "none.csv: No such file" in gone.stderr
    nobody = vitrina(environment, "product", "export", "--bot", "@nobody")
    assert nobody.returncode == 1 and "no bot '@nobody'" in nobody.stderr
