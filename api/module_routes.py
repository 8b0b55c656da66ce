"""Modules' own routes: each `panel.py` below its bot, available while the module is on for that
bot."""

import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request

from api.access import AnyVisitor, bot_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from bots.sdk.panel import PanelScope
from bots.sdk.reacting import acting
from core.errors import NotFound
from core.modules import Modules
from core.shop.access import Forbidden

PREFIX = "/v1/bots/{bot_id}/modules"
# Paths below a module's address that belong to the platform.
RESERVED = frozenset({"settings", "history", "hook", "texts"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ModuleOff(NotFound):
    """The module is not on for this bot."""

    code = "module_off"


def mounted(modules: Modules) -> list[APIRouter]:
    """A router for each module that has a `panel.py`.

    Raises ValueError if a module uses a path that belongs to the platform.
    """
    return [
        _mount(key, router)
        for key in sorted(modules.manifests)
        if (router := _router(modules, key)) is not None
    ]


def has_panel(modules: Modules, key: str) -> bool:
    """Whether the module has routes of its own."""
    return importlib.util.find_spec(f"{modules.package}.{key}.panel") is not None


def _router(modules: Modules, key: str) -> APIRouter | None:
    name = f"{modules.package}.{key}.panel"
    if not has_panel(modules, key):
        return None
    router: APIRouter = importlib.import_module(name).router
    for route in router.routes:
        path = getattr(route, "path", "")
        if path.strip("/").split("/")[0] in RESERVED:
            raise ValueError(f"{name}: {path} is the platform's own, take another path")
    return router


def _mount(key: str, router: APIRouter) -> APIRouter:
    parent = APIRouter(prefix=f"{PREFIX}/{key}", tags=[f"module {key}"])
    parent.include_router(
        router,
        # The transaction ends before the answer is sent: an answer of 200 is committed.
        dependencies=[Depends(_opened(key), scope="function")],
        responses=documented(401, 403, 404, 422),
    )
    return parent


def _opened(key: str) -> Callable[..., Any]:
    async def opened(
        bot_id: BotId, request: Request, visitor: AnyVisitor, resources: UsesResources
    ) -> AsyncIterator[None]:
        if request.method not in _READING and visitor.role != "owner":
            raise Forbidden("only an owner's link may change this")
        async with bot_transaction(resources, visitor, bot_id) as (connection, _):
            async with acting(connection, resources.loaded, bot_id, resources.keys) as transaction:
                item = next((item for item in transaction.enabled if item.key == key), None)
                if item is None:
                    raise ModuleOff(f"{key} is not on for bot {bot_id}: switch it on first")
                request.state.panel_scope = PanelScope(transaction, item, visitor)
                yield

    return opened
