"""Whether the panel works in full."""

from fastapi import APIRouter

from api.access import AnyVisitor
from api.degradation import Status
from api.problems import documented
from api.resources import UsesResources

router = APIRouter(tags=["health"])


@router.get("/status", responses=documented(401))
async def status(_: AnyVisitor, resources: UsesResources) -> Status:
    """Which parts are away or behind, and what still works without them; kept for 5 s."""
    return await resources.degradation.status()
