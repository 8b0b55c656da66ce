"""What a change of a module's settings changed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ValidationError

from api.access import Owner, bot_transaction
from api.problems import SettingsInvalid, documented
from api.resources import UsesResources
from api.routes.bot_modules import ModuleKey, Version
from api.routes.bots import BotId
from core.module_settings import Vault, read, shown
from core.modules import ModuleNotFound
from core.shop import bot_modules

router = APIRouter(prefix="/bots/{bot_id}/modules/{key}/history/{version}", tags=["modules"])


class Difference(BaseModel):
    """A setting that differs, as `before` and `after` show it; a secret shows only its tail."""

    field: str
    before: Any
    after: Any


@router.get("/difference", responses=documented(401, 403, 404, 422))
async def read_difference(
    bot_id: BotId,
    key: ModuleKey,
    version: Version,
    visitor: Owner,
    resources: UsesResources,
    since: Annotated[
        int | None, Query(ge=1, lt=2**31, description="Which version. Default: the one before.")
    ] = None,
) -> list[Difference]:
    """What is different in that version of the settings, field by field."""
    manifest = resources.modules.manifests.get(key)
    if manifest is None:
        raise ModuleNotFound(f"there is no module {key!r:.80}")
    vault = Vault(bot_id, key, resources.keys)
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        known = [each.version for each in await bot_modules.history(connection, bot_id, key)]
        earlier = since if since is not None else max((n for n in known if n < version), default=0)
        stored = await bot_modules.settings_of(connection, bot_id, key, version)
        former = await bot_modules.settings_of(connection, bot_id, key, earlier) if earlier else {}
    try:
        return differences(
            *(shown(read(manifest.settings, each, vault)) for each in (former, stored))
        )
    except ValidationError as error:
        raise SettingsInvalid(error) from error


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ, in the order of the form."""
    fields = list(dict.fromkeys([*after, *before]))
    return [
        Difference(field=field, before=before.get(field), after=after.get(field))
        for field in fields
        if before.get(field) != after.get(field)
    ]
