"""The access log: who asked the panel for what."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse

from api.access import Owner
from api.problems import documented
from api.resources import Resources, UsesResources
from core.csv_text import safe
from core.shop import access_log
from core.shop.access import Visitor
from core.shop.access_log import Decision, LoggedAccess, LogRange

router = APIRouter(prefix="/access/log", tags=["access"])

_COLUMNS = (
    *("at", "link_id", "label", "session_id", "address", "network", "country", "agent"),
    *("method", "path", "status", "decision", "reasons", "key_id"),
)
_BATCH = 1000  # rows of an export that are read at once


async def _range(
    first: Annotated[
        date | None, Query(alias="from", description="The first day, UTC. Default: a week ago.")
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="The last day, UTC, included. Default: today.")
    ] = None,
    link: Annotated[int | None, Query(gt=0, lt=2**63, description="Only of this link.")] = None,
    decision: Annotated[Decision | None, Query(description="Only with this outcome.")] = None,
) -> LogRange:
    today = datetime.now(UTC).date()
    last = last or today
    first = first or last - timedelta(days=7)
    if not date(2000, 1, 1) <= first <= last <= date(2100, 1, 1):
        raise RequestValidationError(
            [
                {
                    "loc": ("query", "from"),
                    "msg": "name days from 2000 to 2100, in order",
                    "type": "range",
                }
            ]
        )
    start = datetime.combine(first, time.min, UTC)
    return LogRange(start, datetime.combine(last, time.min, UTC) + timedelta(1), link, decision)


ChosenRange = Annotated[LogRange, Depends(_range)]


@router.get("", responses=documented(401, 403, 422))
async def read_log(
    chosen: ChosenRange,
    visitor: Owner,
    resources: UsesResources,
    before: Annotated[
        int | None, Query(gt=0, lt=2**63, description="The last id of the page before.")
    ] = None,
) -> list[LoggedAccess]:
    """Requests of the links that you manage, the newest first, two hundred a page; whoever sees
    every shop also sees requests without a session. `path` is the route's template: what stood in
    it, and in the query, is never kept. Written within seconds of a request."""
    async with resources.pool.acquire() as connection:
        return await access_log.page(connection, visitor, chosen, before)


@router.get(
    ".csv",
    response_class=StreamingResponse,
    responses=documented(401, 403, 422)
    | {
        200: {
            "description": "The file, UTF-8 with a header",
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def export_log(
    chosen: ChosenRange, visitor: Owner, resources: UsesResources
) -> StreamingResponse:
    """The same as CSV (RFC 4180), without a limit on rows; times in UTC by ISO 8601, reasons
    separated by spaces. Text that a spreadsheet would take for a formula begins with an
    apostrophe."""
    return StreamingResponse(
        _csv(resources, visitor, chosen),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="access-log.csv"'},
    )


async def _csv(resources: Resources, visitor: Visitor, chosen: LogRange) -> AsyncIterator[str]:
    yield _lines([_COLUMNS])
    before: int | None = None
    while True:
        # A connection for each batch: a slow download must not hold one.
        async with resources.pool.acquire() as connection:
            batch = await access_log.page(connection, visitor, chosen, before, size=_BATCH)
        if not batch:
            return
        yield _lines([_cells(entry) for entry in batch])
        before = batch[-1].id


def _cells(entry: LoggedAccess) -> list[str]:
    values = entry.model_dump()
    values |= {"at": entry.at.astimezone(UTC).isoformat(), "reasons": " ".join(entry.reasons)}
    texts = ["" if values[name] is None else str(values[name]) for name in _COLUMNS]
    return [safe(text) for text in texts]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
