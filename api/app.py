"""The application: routes, errors, guards, the dashboard; its stores open with its lifespan."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import body_bounds, dashboard, description, module_routes, problems
from api.access_recorder import NotesAccess
from api.body_bounds import MOST_BYTES
from api.disconnects import StopsWhenLeft
from api.idempotency import KeepsAnswers
from api.meters import Metered, Meters
from api.methods import KnownMethods
from api.older_addresses import SendsOnToV1
from api.origins import OriginGuard
from api.resources import open_resources
from api.routes import (
    access,
    access_alerts,
    access_log,
    analyst_keys,
    api_keys,
    archives,
    attention,
    bot_life,
    bot_modules,
    bot_previews,
    bots,
    catalogue,
    catalogue_file,
    clickhouse_door,
    currencies,
    customers,
    dictionary,
    erasures,
    export_jobs,
    export_schedules,
    export_tables,
    files,
    fleet,
    fraud_actions,
    fraud_queue,
    fraud_rules,
    fraud_snoozes,
    health,
    history,
    hooks,
    imprint,
    links,
    live,
    metric_files,
    metrics,
    mini_app,
    module_texts,
    modules,
    overview,
    owner_chats,
    sessions,
    settings_differences,
    shop_analysis,
    shops,
    sources,
    staff,
    status,
    stores,
    templates,
    webhooks,
    write_keys,
)
from core import health as health_page
from core.heads import AnswersHead
from core.languages import HearsLanguage
from core.modules import Modules
from core.safe_headers import SafeHeaders
from core.settings import Settings

_ROUTES = (
    catalogue,
    catalogue_file,
    customers,
    erasures,
    sources,
    shop_analysis,
    fleet,
    settings_differences,
    fraud_actions,
    fraud_queue,
    fraud_rules,
    fraud_snoozes,
    health,
    access,
    mini_app,
    links,
    sessions,
    access_log,
    analyst_keys,
    access_alerts,
    api_keys,
    owner_chats,
    modules,
    shops,
    archives,
    imprint,
    history,
    bots,
    bot_life,
    bot_modules,
    bot_previews,
    module_texts,
    templates,
    files,
    staff,
    attention,
    overview,
    metrics,
    metric_files,
    live,
    export_tables,
    export_jobs,
    status,
    export_schedules,
    stores,
    webhooks,
    write_keys,
    dictionary,
    currencies,
)


class Panel(FastAPI):
    """FastAPI whose document says every error, and what each parameter is."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            description.complete(super().openapi(), self)
        return super().openapi()


def create_app(settings: Settings, *, modules_: Modules | None = None) -> FastAPI:
    """The app; nothing is opened before its lifespan begins. `modules_` None: all that exist.

    It may be served again when it has been stopped: with other settings, in `app.state.settings`.
    """
    known = modules_ or Modules.discover()
    registry = CollectorRegistry()
    meters = Meters(registry)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(app.state.settings, known) as resources:
            app.state.resources = resources
            resources.show_in(meters)
            served = app.state.settings
            async with health_page.serve(
                served.health_host, served.health_port, partial(health.stores, resources), registry
            ):
                yield

    app = Panel(
        title="Vitrina",
        description="Errors are RFC 9457 problems; `code` is stable.",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.known_methods = KnownMethods(app)
    for part in _ROUTES:
        app.include_router(part.router, prefix="/api/v1", max_body_size=MOST_BYTES)
    for router in module_routes.mounted(known):
        app.include_router(router, prefix="/api/v1", max_body_size=MOST_BYTES)
    app.include_router(hooks.router)
    app.include_router(clickhouse_door.router)
    app.include_router(dashboard.router)
    problems.install(app)
    app.add_middleware(StopsWhenLeft)
    body_bounds.install(app)
    app.add_middleware(KeepsAnswers)
    app.add_middleware(OriginGuard)
    app.add_middleware(SendsOnToV1)
    app.add_middleware(SafeHeaders, private="/api/", version=version("vitrina"))
    app.add_middleware(NotesAccess)
    app.add_middleware(Metered, meters=meters)
    # Everything within sees the visitor's own address and scheme, and GET for HEAD.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxy_list)
    app.add_middleware(AnswersHead)
    app.add_middleware(HearsLanguage)
    return app
