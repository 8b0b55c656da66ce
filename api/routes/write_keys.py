"""Write keys, with which a shop's own code sends events to the intake."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner, shop_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from core.shop import write_keys
from core.shop.write_keys import WriteKey

router = APIRouter(tags=["intake"])

KeyId = Annotated[int, Path(gt=0, lt=2**31)]


class WriteKeyDraft(BaseModel):
    """A key to make. `label` says where it will be used."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    label: str = Field(min_length=1, max_length=100)


class NewWriteKey(WriteKey):
    """A key with its secret, `vtw_…`, which is shown only once."""

    secret: str


@router.get("/shops/{shop_id}/write-keys", responses=documented(401, 403, 404, 422))
async def list_write_keys(
    shop_id: ShopId, visitor: Owner, resources: UsesResources
) -> list[WriteKey]:
    """The keys that are in use, oldest first, without their secrets. 404 `shop_not_found`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await write_keys.of_shop(connection, shop_id)


@router.post(
    "/shops/{shop_id}/write-keys", status_code=201, responses=documented(401, 403, 404, 422)
)
async def create_write_key(
    shop_id: ShopId, draft: WriteKeyDraft, visitor: Owner, resources: UsesResources
) -> NewWriteKey:
    """Makes a key. 404 `shop_not_found`, 422 `too_many_write_keys` at 20 that are in use."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        key, secret = await write_keys.create(connection, shop_id=shop_id, label=draft.label)
    return NewWriteKey(**key.model_dump(), secret=secret)


@router.delete(
    "/shops/{shop_id}/write-keys/{key_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
@works_archived
async def revoke_write_key(
    shop_id: ShopId, key_id: KeyId, visitor: Owner, resources: UsesResources
) -> None:
    """Revokes a key: the next call with it is refused. 404 `shop_not_found` or `not_found`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await write_keys.revoke(connection, shop_id=shop_id, key_id=key_id)
