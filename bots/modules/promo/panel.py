"""Promo codes in the panel: the list, one code, what came of them, many by a file."""

import asyncio
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from bots.modules.promo import codes_file, importing, owned_codes
from bots.modules.promo.codes import Code, PromoDraft
from bots.modules.promo.importing import CodesReport
from bots.modules.promo.owned_codes import State, Usage
from bots.modules.promo.settings import PromoSettings
from bots.modules.promo.store import code_of
from bots.sdk.file_imports import UsesFileImport
from bots.sdk.panel import PanelScope, panel_scope
from core.shop import staff
from core.zones import day_start, zone

router = APIRouter()
Panel = Annotated[PanelScope[PromoSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
# Years that every calendar and time zone knows.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]
_CSV = {"text/csv": {"schema": {"type": "string", "format": "binary"}}}


class CodeRow(Code):
    """A code with what came of it, by currency."""

    usage: list[Usage] = []


class CodePage(BaseModel):
    """The newest first; `next_before` asks for the page after it, null on the last. To whoever is
    no owner a code shows its beginning only."""

    codes: list[CodeRow]
    next_before: int | None = None


class CodeChange(PromoDraft):
    """A code as it shall be. `version` is the one that was seen."""

    version: int = Field(ge=1)
    is_active: bool = True


def _shown(panel: PanelScope[PromoSettings], code: str) -> str:
    return code if panel.visitor.role == "owner" else f"{code[:2]}…"


def _row(panel: PanelScope[PromoSettings], code: Code, usage: list[Usage]) -> CodeRow:
    own = [
        each.model_copy(update={"code": _shown(panel, each.code)})
        for each in usage
        if each.promo_id == code.id
    ]
    row = CodeRow(**code.model_dump() | {"usage": own})
    if panel.visitor.role == "owner":
        return row
    return row.model_copy(update={"code": _shown(panel, code.code), "link": None})


@router.get("/codes")
async def list_codes(
    panel: Panel,
    state: Annotated[State | None, Query()] = None,
    query: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")] = "",
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CodePage:
    """`query`: how a code begins, or a part of its note; owners alone search by code."""
    found = await owned_codes.listed(
        panel.connection,
        panel.shop.id,
        state=state,
        query=query,
        by_code=panel.visitor.role == "owner",
        before=before,
        size=size + 1,
    )
    page = found[:size]
    usage = await owned_codes.usage(
        panel.connection, panel.shop.id, promo_ids=[code.id for code in page]
    )
    return CodePage(
        codes=[_row(panel, code, usage) for code in page],
        next_before=page[-1].id if len(found) > size else None,
    )


@router.post("/codes", status_code=201)
async def add_code(draft: PromoDraft, panel: Panel) -> Code:
    """Times without an offset are by the shop's clock. 409 `promo_code_taken` if a code looks the
    same, 422 `promo_names_nothing`."""
    draft = owned_codes.in_zone(draft, zone(panel.shop.timezone))
    code = await owned_codes.add(panel.connection, panel.shop.id, draft)
    await _record(panel, "promo.add", code)
    return code


async def _record(panel: PanelScope[PromoSettings], action: str, code: Code) -> None:
    await staff.record(panel.connection, panel.origin, panel.doer, action, f"promo:{code.id}")


@router.get("/codes/{promo_id}")
async def get_code(promo_id: Number, panel: Panel) -> CodeRow:
    """One code."""
    code = await owned_codes.get(panel.connection, panel.shop.id, promo_id)
    usage = await owned_codes.usage(panel.connection, panel.shop.id, promo_ids=[promo_id])
    return _row(panel, code, usage)


@router.put("/codes/{promo_id}")
async def change_code(promo_id: Number, change: CodeChange, panel: Panel) -> Code:
    """Orders that are paid keep what the code gave them; those that are open are priced anew at
    their payment. 412 `changed_meanwhile` if it has another version by now."""
    draft = PromoDraft(**change.model_dump(exclude={"version", "is_active"}))
    code = await owned_codes.change(
        panel.connection,
        panel.shop.id,
        promo_id,
        owned_codes.in_zone(draft, zone(panel.shop.timezone)),
        seen_version=change.version,
        is_active=change.is_active,
    )
    await _record(panel, "promo.change", code)
    return code


@router.post("/codes/{promo_id}/on")
async def switch_on(promo_id: Number, panel: Panel) -> Code:
    """It can be used again, within its limits."""
    code = await owned_codes.switch(panel.connection, panel.shop.id, promo_id, is_active=True)
    await _record(panel, "promo.on", code)
    return code


@router.post("/codes/{promo_id}/off")
async def switch_off(promo_id: Number, panel: Panel) -> Code:
    """Nobody can use it from now on, also in orders that are not paid yet."""
    code = await owned_codes.switch(panel.connection, panel.shop.id, promo_id, is_active=False)
    await _record(panel, "promo.off", code)
    return code


@router.get("/usage")
async def list_usage(
    panel: Panel,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
    size: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Usage]:
    """The most used codes, of orders paid from a day to another of the shop's calendar, both
    included."""
    timezone = panel.shop.timezone
    found = await owned_codes.usage(
        panel.connection,
        panel.shop.id,
        since=day_start(since, timezone) if since else None,
        until=day_start(until + timedelta(days=1), timezone) if until else None,
        size=size,
    )
    return [each.model_copy(update={"code": _shown(panel, each.code)}) for each in found]


@router.get(
    "/codes.csv",
    response_class=Response,
    responses={200: {"description": "The file", "content": _CSV}},
)
async def export_codes(panel: Panel) -> Response:
    """Every code, as the import takes it, as CSV in UTF-8. For owners."""
    panel.require_owner()
    rows = await owned_codes.rows_of(panel.connection, panel.shop.id)
    text = await asyncio.to_thread(codes_file.text_of, map(code_of, rows), panel.shop.timezone)
    return Response(
        text.encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="promo-{panel.shop.id}.csv"'},
    )


@router.post("/codes.csv", max_body_size=codes_file.MAX_BYTES)
async def import_codes(
    panel: Panel,
    data: Annotated[bytes, Body(media_type="text/csv", description="The file")],
    asked: UsesFileImport,
) -> CodesReport:
    """Takes a CSV as the body: first with `dry_run`, then with the `plan` that it answers, which is
    done just so or not at all: 409 `promo_codes_changed`, 422 `rows_refused`. Rows add and change;
    codes that the file does not name stay. 422 `too_many_promo_codes`."""
    file = await asyncio.to_thread(
        codes_file.read, data, encoding=asked.encoding, dates=asked.dates
    )
    report = await importing.take_in(
        panel.connection, panel.shop, file, seen=asked.plan, without_refused=asked.keep_good
    )
    if report.is_applied:
        await staff.record(
            panel.connection, panel.origin, panel.doer, "promo.import", f"plan:{report.plan[:12]}"
        )
    return report
