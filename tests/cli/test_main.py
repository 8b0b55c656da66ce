"""The command as an operator types it: its output, and its errors for invalid values."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import links
from core.postgres import Connection
from core.shop import access, catalogue
from tests.cli.running import vitrina
from tests.factories import create_shop


async def test_a_link_is_made_and_opens_the_panel(
    environment: dict[str, str], connection: Connection
) -> None:
    made = vitrina(environment, "link", "create", "--role", "viewer", "--label", "Anna")
    token = made.stdout.strip().removeprefix("/enter#")
    assert made.returncode == 0 and await access.is_valid(connection, token)


async def test_a_link_for_some_shops_until_a_day(
    environment: dict[str, str], connection: Connection
) -> None:
    shops = [(await create_shop(connection)).id for _ in range(2)]
    options = ["--shops", f"{shops[1]},{shops[0]}", "--expires", "2099-12-31", "--label", "Bo"]
    made = vitrina(environment, "link", "create", "--role", "analyst", *options)
    token = made.stdout.strip().removeprefix("/enter#")
    (link,) = await access.valid_links(connection)
    assert (link.label, link.role, link.shop_ids) == ("Bo", "analyst", shops)
    assert link.expires_at == datetime(2099, 12, 31, 23, 59, 59, 999999, UTC)
    visitor = await access.visitor(connection, await access.enter(connection, token))
    assert visitor.sees(shops[0]) and not visitor.sees(shops[1] + 1)
    listed = vitrina(environment, "link", "list").stdout
    assert f"(shops {shops[0]},{shops[1]}, until 2099-12-31 23:59 UTC)" in listed


@pytest.mark.parametrize(
    ("text", "ends"), [("30d", "2026-12-29 12:00"), ("12h", "2026-11-30 00:00")]
)
def test_how_long_a_link_opens_the_panel(text: str, ends: str) -> None:
    assert f"{links.expiry(text, datetime(2026, 11, 29, 12, tzinfo=UTC)):%Y-%m-%d %H:%M}" == ends


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--expires", "2020-01-01"], "in the past"),
        (["--expires", "soon"], "like 30d or 12h"),
        (["--expires", "0d"], "in the past"),
        (["--shops", "1;2"], "write their numbers, like 1,2"),
        (["--label", " "], "say whose link it is"),
    ],
)
async def test_a_link_that_would_open_nothing_is_not_made(
    environment: dict[str, str], connection: Connection, options: list[str], words: str
) -> None:
    refused = vitrina(environment, "link", "create", *options)
    assert refused.returncode == 1 and words in refused.stderr
    assert not await access.valid_links(connection)


async def test_links_are_listed_without_tokens_and_revoked(environment: dict[str, str]) -> None:
    token = vitrina(environment, "link", "create", "--label", "Anna").stdout.strip()
    listed = vitrina(environment, "link", "list").stdout
    assert "Anna" in listed and token.partition("#")[2] not in listed
    number = listed.split()[0]
    assert vitrina(environment, "link", "revoke", number).returncode == 0
    assert "Anna" not in vitrina(environment, "link", "list").stdout
    assert "no link" in vitrina(environment, "link", "revoke", number).stderr


async def test_the_owners_link_is_kept_until_it_opens_nothing(
    environment: dict[str, str], connection: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "panel-link"
    tokens = []
    for _ in range(2):
        assert vitrina(environment, "link", "ensure", "--file", str(file)).returncode == 0
        tokens.append(file.read_text())
    assert tokens[0] == tokens[1] and file.stat().st_mode & 0o777 == 0o600
    await connection.execute("UPDATE access_links SET revoked_at = now()")
    vitrina(environment, "link", "ensure", "--file", str(file))
    assert file.read_text() != tokens[0]


async def test_the_demo_is_seeded_once(environment: dict[str, str], connection: Connection) -> None:
    first, second = [vitrina(environment, "seed").stdout for _ in range(2)]
    assert "@demo_tea_bot" in first and second.count("already there") == 2
    assert await connection.fetchval("SELECT count(*) FROM shops") == 2
    assert await connection.fetchval("SELECT count(*) FROM bots WHERE state = 'queued'") == 2


async def test_a_product_is_put_on_sale_in_the_shops_currency(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = await create_shop(connection)
    options = ["--shop", str(shop.id), "--title", "Пуэр", "--price", "620"]
    made = vitrina(environment, "product", "add", *options)
    assert "Пуэр, 620 ⭐" in made.stdout
    (product,), total = await catalogue.page(connection, shop.id, size=5)
    assert (product.price_minor, product.currency, total) == (620, "XTR", 1)


@pytest.mark.parametrize(
    ("command", "change", "words"),
    [
        (["product", "add", "--shop", "9", "--title", "x", "--price", "1"], {}, "no shop 9"),
        (["api"], {"VITRINA_API_PORT": "abc"}, "VITRINA_API_PORT: Input should be"),
        (["seed"], {"VITRINA_SECRET_KEYS": ""}, "set VITRINA_SECRET_KEYS to 1:"),
        (["worker"], {}, "my.telegram.org"),
        (["up", "--no-simulator"], {}, "my.telegram.org"),
        (["kpi", "--day", "yesterday"], {}, "write it as YYYY-MM-DD"),
        (["kpi", "--to", "2026-01-01"], {}, "--from and --to"),
        (["kpi", "--from", "2026-01-02", "--to", "2026-01-01"], {}, "is before --from"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_to_do(
    environment: dict[str, str], command: list[str], change: dict[str, str], words: str
) -> None:
    refused = vitrina(environment | change, *command)
    assert refused.returncode == 1
    assert refused.fault is None
    assert words in refused.stderr and "Traceback" not in refused.stderr


async def test_a_link_is_rotated_with_an_overlap(
    environment: dict[str, str], connection: Connection
) -> None:
    old = vitrina(environment, "link", "create", "--label", "Anna").stdout.strip()
    number = vitrina(environment, "link", "list").stdout.split()[0]
    for wrong in ("1", "8d", "x"):
        refused = vitrina(environment, "link", "rotate", number, "--overlap", wrong)
        assert refused.returncode == 1 and "--overlap" in refused.stderr
    new = vitrina(environment, "link", "rotate", number, "--overlap", "2h").stdout.strip()
    for path in (old, new):
        assert await access.is_valid(connection, path.removeprefix("/enter#"))
    assert "was replaced by" in vitrina(environment, "link", "rotate", number).stderr
    first, second = vitrina(environment, "link", "list").stdout.splitlines()
    assert "until" in first and second.endswith("Anna  (every shop, for good)")
