"""Keys with which programs read figures, orders or customers."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access import Owner, visible_shop
from api.problems import documented
from api.resources import UsesResources
from api.step_up import UsesStepUp
from core.shop import api_keys
from core.shop.api_keys import ApiKey, KeyScope

router = APIRouter(prefix="/api-keys", tags=["access"])

_OF_ROWS: frozenset[KeyScope] = frozenset({"orders", "customers"})
KeyId = Annotated[int, Path(gt=0, lt=2**31)]


class ApiKeyDraft(BaseModel):
    """A key to make, for shops that you see. `expires_at` null: as long as your link lives."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [{"label": "Grafana", "scope": "figures", "shop_ids": [1, 2]}]
        },
    )

    label: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    scope: KeyScope
    shop_ids: list[Annotated[int, Field(gt=0, lt=2**31)]] = Field(min_length=1, max_length=1000)
    expires_at: AwareDatetime | None = None


class NewApiKey(ApiKey):
    """A key with its secret, `vtk_…`, which is shown only once."""

    secret: str


@router.get("", responses=documented(401, 403))
async def list_api_keys(visitor: Owner, resources: UsesResources) -> list[ApiKey]:
    """The keys in use that you manage: your link's, and those of links that open no more shops than
    yours. Without their secrets."""
    async with resources.pool.acquire() as connection, connection.transaction():
        return await api_keys.managed(connection, visitor)


@router.post("", status_code=201, responses=documented(401, 403, 404, 422, 429))
async def create_api_key(
    draft: ApiKeyDraft, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> NewApiKey:
    """Makes a key. One that reads orders or customers must be confirmed in the owner's chat: 403
    `confirmation_needed`. 404 `shop_not_found`, 422 `too_many_api_keys` at twenty, `expiry_past`.
    """
    async with resources.pool.acquire() as connection, connection.transaction():
        for shop_id in draft.shop_ids:
            await visible_shop(connection, visitor, shop_id)
        key, secret = await api_keys.create(
            connection,
            visitor,
            shop_ids=draft.shop_ids,
            label=draft.label,
            key_scope=draft.scope,
            expires_at=draft.expires_at,
        )
        if draft.scope in _OF_ROWS:  # programs fetch by it what a person would be asked about
            subject = f"{draft.label}, {draft.scope}"
            await step_up.require(connection, "api_key", draft.shop_ids, subject=subject)
    return NewApiKey(**key.model_dump(), secret=secret)


@router.delete("/{key_id}", status_code=204, responses=documented(401, 403, 404, 422))
async def revoke_api_key(key_id: KeyId, visitor: Owner, resources: UsesResources) -> None:
    """Revokes a key: the next request with it is refused."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await api_keys.revoke(connection, visitor, key_id)
