"""Connecting a bot by its token."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import Owner, ShopNotFound
from api.problems import documented
from api.resources import UsesResources
from core.errors import NotFound, Refused
from core.modules import Modules
from core.shop import bots, shops
from core.shop.bots import Bot, BotMode

router = APIRouter(tags=["bots"])


class ModuleUnknown(Refused):
    code = "module_unknown"


class BotDraft(BaseModel):
    """A bot to connect. What its modules require is switched on with them.

    An observed bot answers nobody, so it has no modules, whatever is asked for.
    """

    model_config = ConfigDict(extra="forbid")

    shop_id: int = Field(gt=0, lt=2**31)
    token: SecretStr
    mode: BotMode = "hosted"
    modules: list[str] = Field(default=[], max_length=100)


def ordered_modules(known: Modules, wanted: list[str]) -> list[str]:
    """The wanted modules in their order, each after those that it requires.

    Raises ModuleUnknown.
    """
    ordered: list[str] = []

    def add(key: str) -> None:
        if key in ordered:
            return
        if key not in known.manifests:
            raise ModuleUnknown(f"there is no module {key!r:.80}")
        for required in known.manifests[key].requires:
            add(required)
        ordered.append(key)

    for key in wanted:
        add(key)
    return ordered


@router.post("/bots", status_code=201, responses=documented(401, 403, 404, 409, 422))
async def connect_bot(draft: BotDraft, visitor: Owner, resources: UsesResources) -> Bot:
    """Stores a bot as queued; a worker starts it and fills in its name.

    404 `shop_not_found`, 409 `bot_taken`, 422 `token_malformed` or `module_unknown`.
    """
    async with resources.pool.acquire() as connection, connection.transaction():
        if not visitor.sees(draft.shop_id):
            raise ShopNotFound(f"there is no shop {draft.shop_id} among those that you see")
        try:
            await shops.get(connection, draft.shop_id)
        except NotFound as error:
            raise ShopNotFound(error.detail) from error
        modules = ordered_modules(resources.modules, draft.modules)
        return await bots.connect(
            connection,
            resources.keys,
            shop_id=draft.shop_id,
            token=draft.token,
            mode=draft.mode,
            modules=modules if draft.mode == "hosted" else [],
        )
