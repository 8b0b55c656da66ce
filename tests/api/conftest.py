"""A panel served by the real server on a free port, and clients with a session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.main import PanelServer, server_of
from api.openapi import openapi_document
from api.resources import Resources
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Pool
from core.settings import Settings
from core.shop import access
from core.shop.access import Role
from local.ports import free_port
from tests import patience
from tests.conftest import SECRET_KEYS, migrate_all
from tests.engines import Migrate
from tests.launches import LAUNCH_KEY

# Not in use, by the proxies that they trust and the modules that they know, if not all.
_apps: dict[tuple[str, ...], list[FastAPI]] = {}
PAGE = (
    '<!doctype html><html><head><meta property="csp-nonce" nonce="__CSP_NONCE__"></head>'
    '<body><div id="root"></div><script src="/assets/main-1a2b.js"></script></body></html>'
)


@pytest.fixture(scope="session", name="document")
def described() -> dict[str, Any]:
    """The API's description, which nobody changes; it needs no setting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRINA_API_PORT", "not a port")
        return openapi_document()


@dataclass(frozen=True)
class Panel:
    """A running panel; `client` has no session."""

    server: PanelServer
    client: httpx.AsyncClient
    pool: Pool

    @property
    def resources(self) -> Resources:
        app = self.server.config.app
        assert isinstance(app, FastAPI)
        resources: Resources = app.state.resources
        return resources

    @asynccontextmanager
    async def visitor(
        self, role: Role = "owner", shop_ids: list[int] | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client that came in by a link of its own, labelled by its role."""
        async with self.pool.acquire() as connection:
            token = await access.create_link(connection, label=role, role=role, shop_ids=shop_ids)
        # Without TLS there is nothing to verify, and reading all certificates takes 30 ms.
        async with httpx.AsyncClient(
            base_url=self.client.base_url, verify=False, timeout=patience.SECONDS
        ) as client:
            response = await client.post("/api/v1/enter", json={"token": token})
            assert response.status_code == 204, response.text
            yield client


@asynccontextmanager
async def serving(
    settings: Settings, pool: Pool, *, modules: Modules | None = None
) -> AsyncIterator[Panel]:
    # Making an app and its routes takes longer than most tests.
    known = modules.manifests if modules else ()
    kept = _apps.setdefault((settings.trusted_proxies, *known), [])
    app = kept.pop() if kept else create_app(settings, modules_=modules)
    app.state.settings = settings
    server = server_of(app)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done())
    if task.done():
        await task
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", verify=False, timeout=patience.SECONDS
        ) as client:
            yield Panel(server, client, pool)
    finally:
        server.should_exit = True
        await task
        kept.append(app)


@pytest.fixture(name="panel_settings")
def made_panel_settings(database_url: str, tmp_path: Path) -> Settings:
    """On a free port, with a dashboard of one page and one script; ClickHouse is away."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "boot.js").write_text("boot()")
    script = dist / "assets" / "main-1a2b.js"
    script.write_text("plain")
    script.with_name("main-1a2b.js.br").write_bytes(b"as brotli")
    script.with_name("main-1a2b.js.gz").write_bytes(b"as gzip")
    nowhere = f"http://panel:x@127.0.0.1:{free_port()}/vitrina"
    return Settings(
        _env_file=None,
        database_url=database_url,
        clickhouse_url=nowhere,
        secret_keys=SECRET_KEYS,
        telegram_launch_key=LAUNCH_KEY,
        api_port=0,
        dashboard_dir=dist,
        exports_dir=tmp_path / "exports",
    )


@pytest.fixture(name="panel")
async def running_panel(panel_settings: Settings, pool: Pool) -> AsyncIterator[Panel]:
    async with serving(panel_settings, pool) as panel:
        yield panel


@pytest.fixture(name="counting_settings")
def made_counting_settings(panel_settings: Settings, settings: Settings) -> Settings:
    """With a ClickHouse of its own."""
    return panel_settings.model_copy(
        update={
            "clickhouse_url": settings.clickhouse_url,
            "clickhouse_panel_url": settings.clickhouse_panel_url,
        }
    )


@pytest.fixture(name="counting_panel")
async def running_counting_panel(counting_settings: Settings, pool: Pool) -> AsyncIterator[Panel]:
    async with serving(counting_settings, pool) as panel:
        yield panel


@pytest.fixture(name="client")
async def entered_analyst(counting_panel: Panel) -> AsyncIterator[httpx.AsyncClient]:
    """An analyst of every shop, where figures are counted."""
    async with counting_panel.visitor("analyst") as client:
        yield client


@pytest.fixture(name="owner")
async def entered_owner(panel: Panel) -> AsyncIterator[httpx.AsyncClient]:
    async with panel.visitor() as client:
        yield client


async def until(condition: Callable[[], bool], seconds: float = patience.SECONDS) -> None:
    """Returns as soon as the condition holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def eventually(ask: Callable[[], Awaitable[bool]], seconds: float = patience.SECONDS) -> None:
    """As `until`, for a condition that has to be asked for."""
    async with asyncio.timeout(seconds):
        while not await ask():
            await asyncio.sleep(0.02)


# For a change that is made whatever the version is by now.
ANY = {"If-Match": "*"}


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    """The response is a problem document with this code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, "about:blank")
    assert problem["title"] and problem["detail"]


@cache
def _toy_modules() -> Modules:
    return Modules.discover("tests.toy")


async def _migrate_with_toys(database_url: str, clickhouse_url: str) -> None:
    await migrate_all(database_url, clickhouse_url)
    await migrate(database_url, clickhouse_url, core_scripts() + _toy_modules().migrations())


@pytest.fixture(name="migration")
def migration_for_panel(request: pytest.FixtureRequest) -> Migrate:
    """With the toys' tables for who has the toys."""
    return _migrate_with_toys if "toys" in request.fixturenames else migrate_all


@pytest.fixture(name="toys")
async def panel_with_toys(panel_settings: Settings, pool: Pool) -> AsyncIterator[Panel]:
    """A panel whose modules are those of `tests.toy`."""
    async with serving(panel_settings, pool, modules=_toy_modules()) as panel:
        yield panel
