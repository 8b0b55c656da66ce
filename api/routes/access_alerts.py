"""Alerts about access, each answered by "revoke" or "it was me"."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict

from api.access import Owner
from api.problems import documented
from api.resources import UsesResources
from api.step_up import UsesStepUp
from core.shop import access_alerts, access_links
from core.shop.access_alerts import Answer, StoredAlert

router = APIRouter(prefix="/access/alerts", tags=["access"])

AlertId = Annotated[int, Path(gt=0, lt=2**63)]


class Answered(BaseModel):
    """`revoked` ends the link, its sessions and its other alerts. `was_me` closes this one; for
    `places` and `travel` the places that the link was used from raise none again."""

    model_config = ConfigDict(extra="forbid")

    answer: Answer


@router.get("", responses=documented(401, 403, 422))
async def list_alerts(
    visitor: Owner,
    resources: UsesResources,
    answered: Annotated[bool, Query(description="Those that were answered instead.")] = False,
) -> list[StoredAlert]:
    """Open alerts of the links that you manage, the newest first, two hundred at most; whoever sees
    every shop also sees the guessing of links. They are in `/attention`, too."""
    async with resources.pool.acquire() as connection:
        return await access_alerts.of_visitor(connection, visitor, answered=answered)


@router.post(
    "/{alert_id}/answer", status_code=204, responses=documented(401, 403, 404, 409, 422, 429)
)
async def answer_alert(
    alert_id: AlertId,
    answered: Answered,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> None:
    """Answers an alert. 404 `not_found` if it is not open, 409 `nothing_to_revoke` for guessing,
    which used no link: say `was_me` to have read of it. 403 `confirmation_needed` to revoke a link
    with an owner's chat, and to say `was_me` of what holds your own link's exports where one is
    bound."""
    async with resources.pool.acquire() as connection, connection.transaction():
        if answered.answer == "revoked":
            link_id = await access_alerts.open_link(connection, visitor, alert_id)
            if link_id is not None:
                link = await access_links.managed_link(connection, visitor, link_id)
                await step_up.require_to_end(connection, link)
        elif await access_alerts.holds_exports_of(connection, visitor, alert_id):
            subject = access_alerts.named(visitor.label, visitor.link_id)
            await step_up.require(connection, "export_release", visitor.shop_ids, subject=subject)
        await access_alerts.answer(connection, visitor, alert_id, answered.answer)
