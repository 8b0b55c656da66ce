"""Whether the process lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.problems import STORE_ERRORS
from api.resources import Resources, UsesResources

router = APIRouter(tags=["health"])

_SECONDS = 3


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Which stores answer."""

    postgres: bool
    clickhouse: bool


@router.get("/health")
async def health() -> Health:
    """The process is alive."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "A store is away"}})
async def ready(resources: UsesResources, response: Response) -> Readiness:
    """Both stores answer."""
    found = await stores(resources)
    if not all(found.values()):
        response.status_code = 503
    return Readiness(**found)


async def stores(resources: Resources) -> dict[str, bool]:
    """Whether each store answers, by its name."""
    postgres, clickhouse = await asyncio.gather(
        _answers(resources.pool.fetchval("SELECT 1")), _answers(resources.reader.ping())
    )
    return {"postgres": postgres, "clickhouse": clickhouse}


async def _answers(question: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            await question
    except STORE_ERRORS:
        return False
    return True
