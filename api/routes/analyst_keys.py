"""ClickHouse's read-only user for analysts: given out in the panel, and rotated there."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner
from api.analysts import AnalystsUnset
from api.problems import documented
from api.resources import UsesResources
from api.step_up import UsesStepUp
from core.shop import analyst_keys
from core.shop.analyst_keys import OVERLAP_MINUTES, AnalystKey, AnalystKeyDraft

router = APIRouter(prefix="/analysts/keys", tags=["access"])

USER = "analyst"
PATH = "/clickhouse"


class KeyRotation(BaseModel):
    """For how long the key that is replaced goes on working."""

    model_config = ConfigDict(extra="forbid")

    overlap_minutes: int = Field(default=0, ge=0, le=OVERLAP_MINUTES)


class NewAnalystKey(BaseModel):
    """A key, and how a program connects with it. `password` is shown this once."""

    key: AnalystKey
    url: str = Field(description="ClickHouse's HTTP interface, behind the panel's address.")
    user: str
    password: str


KeyId = Annotated[int, Path(gt=0, lt=2**63, description="The key's id.")]


def _shown(request: Request, key: AnalystKey, secret: str) -> NewAnalystKey:
    url = f"{str(request.base_url).rstrip('/')}{PATH}"
    return NewAnalystKey(key=key, url=url, user=USER, password=secret)


@router.get("", responses=documented(401, 403))
async def list_analyst_keys(visitor: Owner, resources: UsesResources) -> list[AnalystKey]:
    """The keys that were made by links which you manage, the newest first."""
    async with resources.pool.acquire() as connection:
        return await analyst_keys.listed(connection, visitor)


@router.post("", status_code=201, responses=documented(401, 403, 409, 422, 429))
async def make_analyst_key(
    draft: AnalystKeyDraft,
    request: Request,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> NewAnalystKey:
    """Lets an analyst ask ClickHouse by any of its HTTP clients, as a user who reads every table of
    every shop and changes nothing; only for links that see every shop. Where an owner's chat is
    bound, he must confirm. The key ends with your link."""
    if resources.analysts is None:
        raise AnalystsUnset
    async with resources.pool.acquire() as connection, connection.transaction():
        analyst_keys.require_every_shop(visitor)
        await step_up.require(connection, "analyst_key", None, subject=draft.label)
        key, secret = await analyst_keys.create(connection, visitor, draft)
    return _shown(request, key, secret)


@router.post(
    "/{key_id}/rotate", status_code=201, responses=documented(401, 403, 404, 409, 422, 429)
)
async def rotate_analyst_key(
    key_id: KeyId,
    rotation: KeyRotation,
    request: Request,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> NewAnalystKey:
    """Another password in a key's place, which the owner confirms as a new key. 409
    `analyst_key_ended` for one that has expired or was rotated before."""
    async with resources.pool.acquire() as connection, connection.transaction():
        analyst_keys.require_every_shop(visitor)
        old = await analyst_keys.to_rotate(connection, visitor, key_id)
        await step_up.require(connection, "analyst_key", None, subject=old.label)
        overlap = timedelta(minutes=rotation.overlap_minutes)
        key, secret = await analyst_keys.rotate(connection, visitor, key_id, overlap)
    return _shown(request, key, secret)


@router.delete("/{key_id}", status_code=204, responses=documented(401, 403, 404, 422))
async def revoke_analyst_key(key_id: KeyId, visitor: Owner, resources: UsesResources) -> Response:
    """Ends a key at once."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await analyst_keys.revoke(connection, visitor, key_id)
    return Response(status_code=204)
