"""Links to the panel: making, rotating and revoking them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner
from api.problems import documented
from api.resources import UsesResources
from api.step_up import UsesStepUp
from core.shop import access_links
from core.shop.access_alerts import named
from core.shop.access_links import OVERLAP_MINUTES, LinkDraft, MadeLink, ManagedLink

router = APIRouter(prefix="/access/links", tags=["access"])

LinkId = Annotated[int, Path(gt=0, lt=2**63, description="As the list has it.")]


class NewLink(ManagedLink):
    """A link with its token, which is shown only now; `path` opens the panel in a browser."""

    token: str = Field(examples=["vtr_…"])
    path: str = Field(examples=["/enter#vtr_…"])

    @classmethod
    def of(cls, made: MadeLink) -> "NewLink":
        return cls(**made.link.model_dump(), token=made.token, path=f"/enter#{made.token}")


class Rotation(BaseModel):
    """How many minutes more the old link opens the panel: 0 ends it and its sessions at once."""

    model_config = ConfigDict(extra="forbid")

    overlap_minutes: int = Field(default=0, ge=0, le=OVERLAP_MINUTES, examples=[60])


@router.get("", responses=documented(401, 403, 422))
async def list_links(
    visitor: Owner,
    resources: UsesResources,
    ended: Annotated[
        bool, Query(description="Also links that expired or were revoked, at most 500 in all.")
    ] = False,
) -> list[ManagedLink]:
    """The links that you may manage, newest first: your own, and those that open no more shops than
    yours. Tokens are never listed."""
    async with resources.pool.acquire() as connection:
        return await access_links.managed(connection, visitor, ended=ended)


@router.post("", status_code=201, responses=documented(401, 403, 404, 422, 429))
async def make_link(
    draft: LinkDraft, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> NewLink:
    """Makes a link within what your own has: no other shops, no longer life. Its token is shown
    only in this answer.

    403 `confirmation_needed` for another owner's link, 404 `not_found` for a shop that you do not
    see, 422 `expiry_past` or `expiry_beyond_yours`.
    """
    async with resources.pool.acquire() as connection, connection.transaction():
        made = await access_links.make(connection, visitor, draft)
        if made.link.role == "owner":  # what is not confirmed is undone
            await step_up.require(
                connection, "owner_link", made.link.shop_ids, subject=made.link.label
            )
        return NewLink.of(made)


@router.post(
    "/{link_id}/rotate", status_code=201, responses=documented(401, 403, 404, 409, 422, 429)
)
async def rotate_link(
    link_id: LinkId,
    rotation: Rotation,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> NewLink:
    """Replaces a link by a new one of the same role, shops, label and expiry. The old one and its
    sessions live for the overlap, so that its holder can change over.

    403 `confirmation_needed` for an owner's link, 404 `not_found`, 409 `link_replaced` if it was
    rotated before, 422 `expiry_beyond_yours`.
    """
    overlap = timedelta(minutes=rotation.overlap_minutes)
    async with resources.pool.acquire() as connection, connection.transaction():
        made = await access_links.rotate(connection, visitor, link_id, overlap)
        if made.link.role == "owner":
            subject = named(made.link.label, link_id)
            await step_up.require(connection, "link_rotation", made.link.shop_ids, subject=subject)
        return NewLink.of(made)


@router.delete("/{link_id}", status_code=204, responses=documented(401, 403, 404, 422, 429))
async def revoke_link(
    link_id: LinkId, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> None:
    """Ends a link for good, with its sessions, and their live streams within a second.

    403 `confirmation_needed` for one by which owners' chats were bound: they end with it.
    """
    async with resources.pool.acquire() as connection, connection.transaction():
        link = await access_links.managed_link(connection, visitor, link_id)
        await step_up.require_to_end(connection, link)
        await access_links.revoke(connection, visitor, link_id)
