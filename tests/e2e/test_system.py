"""What a newcomer sees after `make up`, in a real browser, and what survives `kill -9`."""

import asyncio
import csv
import os
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from cli import check, crowd_figures
from core import postgres
from core.postgres import Connection
from core.shop import access, catalogue, shops
from core.shop.catalogue import ProductDraft
from simulator.control import port as control
from simulator.crowd import truth
from tests.at_rest import in_clickhouse, in_postgres
from tests.e2e.shopper import menu_of, shopper
from tests.e2e.system import System, running
from tests.factories import create_verdict

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

CHROMIUM = os.environ.get("VITRINA_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WITHIN = 60_000  # ms; a busy machine of two cores

# What each service's process was started with.
SERVICES = {
    "worker": r"-m cli worker",
    "shipper": r"-m cli shipper",
    "api": r"-m cli api",
    "simulator": r"-m cli simulate serve",
    "clickhouse": r"-m local\.clickhouse",
    "postgres": r"bin/postgres -D|postgres .*-D",
    "dagster-code": r"-m pipelines\.code_server",
    "dagster-daemon": r"-m pipelines\.daemon",
    "dagster-webserver": r"-m local\.activation",
}
USUALLY_KILLED = {"worker", "clickhouse"}  # the others by `make chaos`
KILLED = [
    pytest.param(service, marks=() if service in USUALLY_KILLED else pytest.mark.chaos)
    for service in SERVICES
]


@pytest.fixture(scope="module", name="data_dir")
def made_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="system")
async def started_system(data_dir: Path) -> AsyncIterator[System]:
    async with running(data_dir) as system:
        yield system


@pytest_asyncio.fixture(loop_scope="module", name="page")
async def opened_page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            locale="en-GB", viewport={"width": 1440, "height": 900}, accept_downloads=True
        )
        page = await context.new_page()
        page.set_default_timeout(WITHIN)
        expect.set_options(timeout=WITHIN)
        yield page
        await browser.close()


async def enter(page: Page, system: System) -> None:
    await page.goto(system.link)
    await page.get_by_role("button", name="Open the panel").click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    system.secrets["link"] = system.link.partition("#")[2]
    await note_session(page, system, "session")


async def note_session(page: Page, system: System, what: str) -> None:
    """Remembers the cookie of a session, to be looked for where none may be."""
    (cookie,) = [each for each in await page.context.cookies() if "vitrina" in each["name"]]
    system.secrets[f"{what} {len(system.secrets)}"] = cookie["value"]


def figure(name: str) -> str:
    return f"section[aria-label='Key figures'] button:has-text('{name}') [data-part=value]"


async def test_the_link_shows_figures_that_move(page: Page, system: System) -> None:
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(system.link)
    assert "Key figures" not in await page.content(), "following the link must not log in"
    await enter(page, system)
    assert "#" not in page.url, "the token stays in the address bar"
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    sales = page.locator(figure("Net sales")).first
    await expect(sales).to_have_text(re.compile(r"[1-9]"))
    before = await sales.inner_text()
    await expect(sales).not_to_have_text(before, timeout=60_000)  # pushed, without a reload
    # The first GET of /api/v1/me without a session answers 401, which Chromium prints by itself.
    assert not [text for text in problems if "401" not in text]


async def test_a_phone_shows_the_same_without_scrolling_sideways(
    page: Page, system: System
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await enter(page, system)
    await expect(page.locator(figure("Net sales")).first).to_be_visible()
    widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


async def test_the_csv_of_the_panel_holds_the_orders_of_postgresql(
    page: Page, system: System, tmp_path: Path
) -> None:
    await enter(page, system)
    await expect(page.locator(figure("Net sales")).first).to_have_text(re.compile(r"[1-9]"))
    async with page.expect_download() as waiting:
        await page.get_by_label("Orders, CSV").click()
    file = tmp_path / "orders.csv"
    await (await waiting.value).save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    target = check.target("", "", system.data_dir)
    connection = await postgres.connect(target.settings.database_url.get_secret_value())
    paid = {
        row["id"]: row["total_minor"]
        for row in await connection.fetch(
            "SELECT id, total_minor FROM orders WHERE paid_at > '-infinity'"
        )
    }
    await connection.close()
    assert rows and all(paid[int(row["order_id"])] == int(row["amount_minor"]) for row in rows)
    assert len({row["order_id"] for row in rows}) == len(rows)


async def test_a_bot_is_connected_by_its_token_and_sells(page: Page, system: System) -> None:
    target = check.target("", "", system.data_dir)
    number = 7_200_000_000 + secrets.randbelow(10**8)
    token = f"{number}:{secrets.token_urlsafe(40)[:35]}"
    username = f"new_{number}_bot"
    await control.call(*target.control, "add_bot", token=token, name="Новый", username=username)
    system.secrets["bot's token"] = token.partition(":")[2]
    await enter(page, system)
    await page.get_by_role("link", name="Shops and bots").first.click()
    await page.get_by_role("link", name="Connect a bot").first.click()
    await page.get_by_label("Bot token").fill("not a token")
    await page.get_by_label("A new shop").check()
    await page.get_by_label("Name of the shop").fill("Tea & Co")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_text("This is not a bot's token").first).to_be_visible()
    await page.get_by_label("Bot token").fill(token)
    await page.get_by_label("Contact for shoppers").fill("@tea_co")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_text("Shoppers are served").first).to_be_visible()
    await expect(page.get_by_text(f"t.me/{username}").first).to_be_visible()
    (shop_id,) = re.findall(r"shop=(\d+)", page.url)
    connection = await postgres.connect(target.settings.database_url.get_secret_value())
    try:
        shop = await shops.get(connection, int(shop_id))
        draft = ProductDraft(title="Габа", price_minor=540, currency=shop.currency, stock=1)
        await catalogue.add(connection, shop.id, draft)
    finally:
        await connection.close()
    await check.run(target, bot=username)


async def of_new_shop(system: System, wanted: str) -> tuple[Connection, Any]:
    """A connection, and what is wanted of the bot that was connected last and its paid order."""
    target = check.target("", "", system.data_dir)
    connection = await postgres.connect(target.settings.database_url.get_secret_value())
    row = await connection.fetchrow(
        f"SELECT {wanted} FROM bots AS b JOIN orders AS o ON o.bot_id = b.id AND o.paid_at "
        "> '-infinity' WHERE b.username LIKE 'new\\_%' ORDER BY b.id DESC, o.id DESC LIMIT 1"
    )
    return connection, row


async def test_what_an_owner_switches_on_is_there_for_the_next_shopper(
    page: Page, system: System
) -> None:
    connection, bot = await of_new_shop(system, "b.id, b.username")
    await connection.close()
    await enter(page, system)
    await page.get_by_role("button", name="Русский").click()
    await expect(page.get_by_role("heading", name="Обзор", exact=True)).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    await page.goto(page.url.split("?")[0] + f"modules?bot={bot['id']}")
    settings = check.target("", "", system.data_dir).settings
    async with shopper(settings) as client:
        assert "support" not in await menu_of(client, bot["username"])
        await page.get_by_role("button", name="Switch on: Support").click()
        await expect(page.get_by_role("button", name="Switch off: Support")).to_be_visible()
        assert "support" in await menu_of(client, bot["username"])


async def test_an_order_is_moved_on_and_its_money_goes_back(page: Page, system: System) -> None:
    connection, order = await of_new_shop(system, "o.id, o.bot_id, o.total_minor, o.shop_id")
    try:
        await enter(page, system)
        await page.goto(
            page.url.split("?")[0] + f"orders?bot={order['bot_id']}&order={order['id']}"
        )
        story = page.get_by_role("dialog", name="Order", exact=True)
        await story.get_by_role("button", name="Being prepared", exact=True).click()
        await expect(story.get_by_role("button", name="Delivered", exact=True)).to_be_visible()
        await story.get_by_role("button", name="Refund of").click()
        asked = page.get_by_role("dialog", name="Refund for order")
        await asked.get_by_role("button", name="Refund", exact=True).click()
        await expect(story.get_by_text("Is back", exact=True)).to_be_visible()
        now = await connection.fetchrow(
            "SELECT stage, status FROM orders WHERE id = $1", order["id"]
        )
    finally:
        await connection.close()
    assert now is not None and (now["stage"], now["status"]) == ("processing", "refunded")
    address = check.target("", "", system.data_dir).control
    charges = await control.call(*address, "charges", bot=order["bot_id"])
    assert [bool(each["refunded_at"]) for each in charges] == [True]


async def test_a_doubted_shopper_is_reviewed_by_keys(page: Page, system: System) -> None:
    connection, order = await of_new_shop(system, "o.shop_id, o.buyer_no")
    try:
        await create_verdict(connection, order["shop_id"], order["buyer_no"], "promo")
        await enter(page, system)
        await page.goto(page.url.split("?")[0] + f"fraud?shop={order['shop_id']}")
        await expect(page.get_by_role("cell", name="88")).to_be_visible()
        await page.keyboard.press("j")
        case = page.get_by_role("dialog", name="Doubted shopper")
        await expect(case.get_by_role("button", name="Not fraud")).to_be_visible()
        async with page.expect_response(lambda answer: "/decisions" in answer.url) as waiting:
            await page.keyboard.press("a")
        assert (await waiting.value).status == 201
        label = await connection.fetchval(
            "SELECT label FROM fraud_labels WHERE shop_id = $1", order["shop_id"]
        )
    finally:
        await connection.close()
    assert label == "false_positive"


async def test_a_revoked_link_closes_the_screen_that_it_opened(page: Page, system: System) -> None:
    target = check.target("", "", system.data_dir)
    connection = await postgres.connect(target.settings.database_url.get_secret_value())
    token = await access.create_link(connection, label="Anna", role="analyst")
    link_id = await connection.fetchval("SELECT max(id) FROM access_links WHERE label = 'Anna'")
    await connection.close()
    await enter(page, system)
    assert page.context.browser is not None
    hers = await (await page.context.browser.new_context(locale="en-GB")).new_page()
    await hers.goto(f"{target.panel}/enter#{token}")
    await hers.get_by_role("button", name="Open the panel").click()
    await expect(hers.get_by_role("heading", name="Overview")).to_be_visible()
    system.secrets["Anna's link"] = token
    await note_session(hers, system, "Anna's session")
    await page.goto(f"{target.panel}/access?link={link_id}")
    await page.get_by_role("button", name="Revoke the link").click()
    await page.get_by_role("dialog").last.get_by_role("button", name="Revoke the link").click()
    await expect(hers.get_by_role("heading", name="The panel opens by a link")).to_be_visible()
    await expect(hers.get_by_role("heading", name="Overview")).not_to_be_visible()


async def test_one_purchase_is_the_same_amount_everywhere(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    await check.run(check.target("", "", system.data_dir), bot="demo_tea_bot")
    places = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert places == ["telegram", "postgresql", "clickhouse", "kpi", "panel", "csv", "audit"]


async def test_what_people_did_is_what_every_place_says(system: System) -> None:
    folder = system.data_dir / "simulator" / truth.FOLDER
    await crowd_figures.run(check.target("", "", system.data_dir), folder)


@pytest.mark.parametrize("service", KILLED)
async def test_nothing_is_lost_or_doubled_when_a_service_is_killed(
    service: str, system: System
) -> None:
    await system.kill(service, SERVICES[service])
    await check.run(check.target("", "", system.data_dir), bot="demo_books_bot")


async def test_after_all_that_no_secret_is_in_a_log_or_a_store(
    page: Page, system: System, data_dir: Path
) -> None:
    await enter(page, system)  # also where this runs alone
    target = check.target("", "", data_dir)
    logs = [path for path in data_dir.rglob("*.log*") if path.is_file()]
    assert {"api.log", "worker.log", "shipper.log"} <= {path.name for path in logs}
    texts = {path.name: path.read_text(errors="replace") for path in logs}
    texts["terminal"] = "\n".join(line for line in system.lines if not line.startswith("panel: "))
    secrets_ = system.secrets
    assert not [
        (name, what) for name, text in texts.items() for what in secrets_ if secrets_[what] in text
    ]
    connection = await postgres.connect(target.settings.database_url.get_secret_value())
    try:
        assert await in_postgres(connection, secrets_) == []
    finally:
        await connection.close()
    url = target.settings.clickhouse_url.get_secret_value()
    assert await asyncio.to_thread(in_clickhouse, url, secrets_) == []


async def test_ctrl_c_leaves_nothing_running_and_the_data_in_place(
    system: System, data_dir: Path
) -> None:
    assert await system.stop() == 0
    assert system.pids() == {}
    assert not [line for line in system.lines if "had to be killed" in line]
    async with asyncio.timeout(300), running(data_dir, "--no-dagster-web") as again:
        target = check.target("", "", data_dir)
        await check.audit(target)
        assert again.link.partition("#")[2] == system.link.partition("#")[2]
