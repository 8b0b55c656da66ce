"""Modules' own routes: each `panel.py` below its bot, available while the module is on for that
bot."""

import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from api.access import AnyVisitor, bot_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from api.step_up import StepUp, stepping_up
from bots.sdk.panel import Confirm, PanelScope
from bots.sdk.reacting import acting
from core.errors import NotFound
from core.modules import Modules
from core.postgres import Connection
from core.shop.access import Forbidden
from core.shop.confirmations import Deed

PREFIX = "/bots/{bot_id}/modules"
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
        step_up = StepUp(request, resources, visitor, None)
        async with (
            stepping_up(step_up),
            bot_transaction(resources, visitor, bot_id) as (connection, bot),
            acting(connection, resources.loaded, bot_id, resources.keys) as transaction,
        ):
            item = next((item for item in transaction.enabled if item.key == key), None)
            if item is None:
                raise ModuleOff(f"{key} is not on for bot {bot_id}: switch it on first")
            confirm = _confirming(step_up, connection, bot.shop_id)
            request.state.panel_scope = PanelScope(transaction, item, visitor, confirm)
            yield

    return opened


def _confirming(step_up: StepUp, connection: Connection, shop_id: int) -> Confirm:
    async def confirm(deed: Deed, subject: str, confirmation_id: UUID | None) -> None:
        asking = replace(step_up, confirmation_id=confirmation_id)
        await asking.require(connection, deed, [shop_id], subject=subject)

    return confirm
