"""Who is in the panel now, from which devices, and who was."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.access import AnyVisitor
from api.problems import documented
from api.resources import UsesResources
from core.shop import panel_sessions
from core.shop.panel_sessions import Device, PanelSession

router = APIRouter(prefix="/access", tags=["access"])

SessionId = Annotated[int, Path(gt=0, lt=2**63)]


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int


@router.get("/sessions", responses=documented(401))
async def list_sessions(visitor: AnyVisitor, resources: UsesResources) -> list[PanelSession]:
    """Who is in now, whoever was active last first. Owners see the sessions of all links that they
    manage, everybody else those of their own link; `is_own` marks this one."""
    async with resources.pool.acquire() as connection:
        return await panel_sessions.open_now(connection, visitor)


@router.get("/sessions/history", responses=documented(401, 422))
async def list_history(
    visitor: AnyVisitor,
    resources: UsesResources,
    before: Annotated[
        int | None, Query(gt=0, lt=2**63, description="The last id of the page before.")
    ] = None,
) -> list[PanelSession]:
    """Open and ended sessions of the last 90 days, newest first, a hundred a page; `end_reason`
    says why one ended."""
    async with resources.pool.acquire() as connection:
        return await panel_sessions.history(connection, visitor, before=before)


@router.delete("/sessions/{session_id}", status_code=204, responses=documented(401, 403, 404, 422))
async def end_session(session_id: SessionId, visitor: AnyVisitor, resources: UsesResources) -> None:
    """Ends a session, and its live streams within a second. Its link still opens the panel: revoke
    that to keep somebody out."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await panel_sessions.end(connection, visitor, session_id)


@router.post("/sessions/end-others", responses=documented(401, 403, 404, 422))
async def end_other_sessions(
    visitor: AnyVisitor,
    resources: UsesResources,
    link: Annotated[
        int | None, Query(gt=0, lt=2**63, description="Only sessions of this link.")
    ] = None,
) -> Ended:
    """Ends every session that you see, except your own."""
    async with resources.pool.acquire() as connection, connection.transaction():
        return Ended(ended=await panel_sessions.end_others(connection, visitor, link))


@router.get("/devices", responses=documented(401))
async def list_devices(visitor: AnyVisitor, resources: UsesResources) -> list[Device]:
    """What each link was opened with (program and network) in the last 90 days."""
    async with resources.pool.acquire() as connection:
        return await panel_sessions.devices(connection, visitor)
