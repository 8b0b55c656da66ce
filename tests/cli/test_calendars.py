"""`vitrina shop`: time zone, currency and rates at the command line."""

from pathlib import Path

from core.postgres import Connection
from tests.cli.running import vitrina
from tests.factories import create_shop


async def test_a_shop_is_changed_once_its_owner_has_read_what_it_does(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = str((await create_shop(connection, timezone="UTC", currency="RUB", language="en")).id)
    asked = vitrina(environment, "shop", "change", shop, "--timezone", "Asia/Omsk")
    assert asked.returncode != 0 and "counted again" in asked.stdout  # nobody answered
    assert await connection.fetchval("SELECT timezone FROM shops") == "UTC"

    done = vitrina(environment, "shop", "change", shop, "--timezone", "Asia/Omsk", "--yes")
    assert done.returncode == 0, done.stderr
    assert await connection.fetchval("SELECT timezone FROM shops") == "Asia/Omsk"
    again = vitrina(environment, "shop", "change", shop, "--timezone", "Asia/Omsk", "--yes")
    assert again.returncode != 0 and "already" in again.stderr

    rated = vitrina(environment, "shop", "rate", shop, "XTR", "1.8", "--from", "2026-01-01")
    assert rated.returncode == 0, rated.stderr
    assert "1 XTR = 1.8 RUB from 2026-01-01" in vitrina(environment, "shop", "rates", shop).stdout
    for wrong in (["XTR", "much", "--from", "2026-01-01"], ["XTR", "1", "--from", "soon"]):
        refused = vitrina(environment, "shop", "rate", shop, *wrong)
        assert refused.returncode != 0 and "Traceback" not in refused.stderr


async def test_a_shops_imprint_is_shown_and_changed_in_part(
    environment: dict[str, str], connection: Connection, tmp_path: Path
) -> None:
    shop = str((await create_shop(connection)).id)
    shown = vitrina(environment, "shop", "imprint", shop)
    assert "cannot reach you" in shown.stdout
    terms = tmp_path / "terms.txt"
    terms.write_text("Возврат 14 дней", "utf-8")
    said = ("--contact", "@tea_shop", "--about-ru", "Чай", "--terms-ru", str(terms))
    done = vitrina(environment, "shop", "imprint", shop, *said)
    assert done.returncode == 0, done.stderr
    again = vitrina(environment, "shop", "imprint", shop, "--seller", "ИП Чай")
    assert "@tea_shop" in again.stdout and "ИП Чай" in again.stdout and "15" in again.stdout
    refused = vitrina(environment, "shop", "imprint", shop, "--contact", "nobody")
    assert refused.returncode == 1 and "@name" in refused.stderr
    assert "Traceback" not in refused.stderr
