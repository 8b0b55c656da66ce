"""Web hooks of modules: verified, recorded and processed in one transaction; a repetition is
harmless.

All refused calls get the same answer: a wrong secret, a module that is off or has no hook, a
removed bot, a call that the module does not accept as its provider's.
"""

import io
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from api.bodies import receive
from api.resources import Resources, UsesResources
from bots.sdk.context import Scope
from bots.sdk.hooks import Hook, HookCall
from bots.sdk.loading import EnabledModule
from bots.sdk.reacting import acting
from bots.sdk.transaction import Transaction
from core.errors import NotFound
from core.events import NOBODY, Event, emit
from core.shop import hooks
from core.taxonomy import TAXONOMY

log = structlog.get_logger()
router = APIRouter()

WEBHOOK_REJECTED = TAXONOMY["webhook_rejected"]
_SECONDS = 10.0
_KEY_CHARACTERS = 200


class NothingHere(NotFound):
    """The one answer to all refused calls."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("there is nothing here")


@router.post("/hooks/{bot_id}/{module}/{secret}", include_in_schema=False)
async def call_hook(
    bot_id: str, module: str, secret: str, request: Request, resources: UsesResources
) -> Response:
    """204 once the call is committed, or was before."""
    hook = resources.hooks.get(module)
    if hook is None or not (bot_id.isascii() and bot_id.isdigit() and len(bot_id) < 19):
        raise NothingHere
    number = int(bot_id)
    async with resources.pool.acquire() as connection:
        if not await hooks.opens(connection, number, module, secret):
            raise NothingHere
    resources.hook_throttle.enter((number, module))
    with io.BytesIO() as file:
        async with resources.hook_bodies:
            await receive(request, file, hook.body_bytes, seconds=_SECONDS)
        call = HookCall(
            headers={name.lower(): value for name, value in request.headers.items()},
            query=dict(request.query_params),
            body=file.getvalue(),
        )
    if not await _take(resources, number, module, hook, call):
        raise NothingHere
    return Response(status_code=204)


async def _take(
    resources: Resources, bot_id: int, module: str, hook: Hook[Any], call: HookCall
) -> bool:
    """False if the module says that the call is not from its provider, which is counted."""
    async with resources.pool.acquire() as connection, connection.transaction():
        async with acting(connection, resources.loaded, bot_id, resources.keys) as transaction:
            item = _item(transaction, module)
            if item is None:
                return False
            key = hook.key_of(item.settings, call)
            if key is None or not 0 < len(key) <= _KEY_CHARACTERS:
                rejected = Event(WEBHOOK_REJECTED, props={"module": module})
                await emit(connection, transaction.origin, NOBODY, [rejected])
                log.warning("a web hook's call was not verified", bot=bot_id, module=module)
                return False
            if await hooks.is_first(connection, bot_id, module, key):
                await hook.run(Scope(transaction, item), call)
    return True


def _item(transaction: Transaction, module: str) -> EnabledModule | None:
    return next((item for item in transaction.enabled if item.key == module), None)
