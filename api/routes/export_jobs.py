"""Large exports as jobs: ordered here, written beside the requests, taken in whole or in ranges."""

from datetime import date
from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access import AnyVisitor, ChosenShops
from api.exporting import catalogue, files
from api.exporting.columns import picked, seen
from api.exporting.formats import MEDIA_TYPES, Layout
from api.exporting.ranged import RangedFile, sent_by_nginx
from api.exporting.tables import ExportTable
from api.file_answers import content_of
from api.lent_connections import once_committed
from api.problems import documented
from api.resources import Resources, UsesResources
from api.step_up import UsesAnyStepUp
from core.errors import NotFound
from core.shop import export_jobs, export_quotas, export_runs
from core.shop.access import Visitor
from core.shop.export_jobs import ExportJob, FilesGone, JobDraft, JobFile

router = APIRouter(prefix="/exports/jobs", tags=["exports"])

MOST_DAYS = 1100
_GONE = {
    "cancelled": "it was cancelled",
    "expired": "its time is over",
    "failed": "it could not be finished",
    "erased": "a shopper in it was erased",
}


class JobOrder(BaseModel):
    """What to export: a table's rows from the first day to the last, both included, by each shop's
    clock, in a file a day. A table without days is exported whole, and needs none."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    table: str = Field(pattern="^[a-z_]{1,64}$", examples=["events"])
    first: date | None = Field(default=None, alias="from", examples=["2026-11-01"])
    last: date | None = Field(default=None, alias="to", examples=["2026-11-30"])
    layout: Layout = Layout()

    @model_validator(mode="after")
    def _in_order(self) -> "JobOrder":
        if self.first and self.last:
            if not date(2000, 1, 1) <= self.first <= self.last <= date(2099, 12, 31):
                raise ValueError("name days from 2000 to 2099, in order")
            if (self.last - self.first).days >= MOST_DAYS:
                raise ValueError(f"at most {MOST_DAYS} days at once")
        return self


class ManifestColumn(BaseModel):
    name: str
    kind: str


class Manifest(BaseModel):
    """A job and its files: names, rows, bytes and SHA-256 of each. `complete` is false until all
    of its days are written."""

    manifest_version: int = 1
    vitrina_version: str
    job: ExportJob
    complete: bool
    columns: list[ManifestColumn]
    files: list[JobFile]


ExportId = Annotated[UUID, Path(description="The job's id.")]


def _parts(table: ExportTable, order: JobOrder) -> tuple[date, date, int]:
    if not table.has_days:
        return date(2000, 1, 1), date(2099, 12, 31), 1
    if order.first is None or order.last is None:
        message = "this table is exported by days: name `from` and `to`"
        raise RequestValidationError([{"loc": ("body", "from"), "msg": message, "type": "missing"}])
    return order.first, order.last, (order.last - order.first).days + 1


@router.post("", status_code=201, responses=documented(401, 403, 404, 422, 429, 503))
async def order_export(
    order: JobOrder,
    shops: ChosenShops,
    visitor: AnyVisitor,
    resources: UsesResources,
    step_up: UsesAnyStepUp,
) -> ExportJob:
    """Orders an export without a limit: its files are written in the background, and stay for some
    days. Columns of people are only in an owner's, and rows in no viewer's. An unusual one
    (docs/access.md) waits for the owner's button: 403 `confirmation_needed`."""
    table = catalogue.table_for(visitor, order.table)
    first, last, parts = _parts(table, order)
    columns = await resources.export_columns.of(table)
    columns = picked(seen(columns, with_people=visitor.role == "owner"), order.layout.columns)
    is_unusual = await files.looked_at(step_up, table.key)
    async with resources.pool.acquire() as connection, connection.transaction():
        await export_quotas.check(
            connection, visitor.link_id, resources.export_jobs.terms.quotas, new_jobs=1
        )
        if is_unusual:
            await files.confirmed(connection, step_up, shops, table.key)
        run = await export_runs.begin(connection, visitor, table.key, order.layout.file_format)
        draft = JobDraft(
            table_key=table.key,
            layout=order.layout.model_dump(),
            with_people=any(each.is_personal for each in columns),
            shop_ids=[shop.id for shop in shops],
            first_day=first,
            last_day=last,
            parts=parts,
            run_id=run,
        )
        made = await export_jobs.get(
            connection, visitor, await export_jobs.create(connection, visitor, draft)
        )
    once_committed(resources.export_jobs.wake)
    return made


@router.get("", responses=documented(401))
async def list_exports(visitor: AnyVisitor, resources: UsesResources) -> list[ExportJob]:
    """The exports ordered by your link, and by those that you manage; the newest first."""
    async with resources.pool.acquire() as connection:
        return await export_jobs.listed(connection, visitor)


@router.get("/{export_id}", responses=documented(401, 404, 422))
async def get_export(
    export_id: ExportId, visitor: AnyVisitor, resources: UsesResources
) -> ExportJob:
    """How far an export is."""
    return await _job(resources, visitor, export_id)


async def _job(resources: Resources, visitor: Visitor, export_id: UUID) -> ExportJob:
    async with resources.pool.acquire() as connection:
        return await export_jobs.get(connection, visitor, export_id)


@router.delete("/{export_id}", status_code=204, responses=documented(401, 404, 409, 422))
async def cancel_export(
    export_id: ExportId, visitor: AnyVisitor, resources: UsesResources
) -> Response:
    """Stops an export that is under way, or removes the files of one that is done."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await export_jobs.cancel(connection, visitor, export_id)
    once_committed(resources.export_jobs.wake)
    return Response(status_code=204)


@router.get("/{export_id}/manifest", responses=documented(401, 404, 422, 503))
async def get_manifest(
    export_id: ExportId, visitor: AnyVisitor, resources: UsesResources
) -> Manifest:
    """What was written so far, to check files by."""
    async with resources.pool.acquire() as connection:
        job = await export_jobs.get(connection, visitor, export_id)
        written = await export_jobs.files(connection, export_id)
    table = catalogue.table(job.table_key)
    visible = seen(await resources.export_columns.of(table), with_people=job.with_people)
    columns = picked(visible, Layout.model_validate(job.layout).columns)
    return Manifest(
        vitrina_version=version("vitrina"),
        job=job,
        complete=job.state == "done",
        columns=[ManifestColumn(name=each.name, kind=each.kind) for each in columns],
        files=written,
    )


_CONTENT = content_of(MEDIA_TYPES.values())


@router.get(
    "/{export_id}/files/{part}",
    status_code=200,
    response_class=FileResponse,
    responses=documented(401, 404, 410, 416, 422)
    | {
        200: {"description": "The file", "content": _CONTENT},
        206: {"description": "A range of it", "content": _CONTENT},
    },
)
async def get_file(
    export_id: ExportId,
    part: Annotated[int, Path(gt=0, le=MOST_DAYS, description="Its number in the manifest.")],
    visitor: AnyVisitor,
    resources: UsesResources,
) -> Response:
    """A file of an export, as soon as it is written. A broken download goes on with `Range` and
    `If-Range`; the ETag is the file's SHA-256."""
    async with resources.pool.acquire() as connection:
        job = await export_jobs.get(connection, visitor, export_id)
        written = await export_jobs.files(connection, export_id)
    if job.state in _GONE:
        raise FilesGone(f"the files of this export are gone: {_GONE[job.state]}; order it again")
    found = next((each for each in written if each.part == part), None)
    if found is None or found.name is None or found.sha256 is None:
        raise NotFound("this file is not written yet, or its day had no rows: see the manifest")
    file = resources.export_jobs.file(export_id, found.name)
    if not file.is_file():
        raise FilesGone("the file is not in this machine's folder for exports: order it again")
    layout = Layout.model_validate(job.layout)
    name, media_type = f"vitrina-{found.name}", layout.media_type
    if resources.settings.behind_nginx:
        inner = f"{export_id}/{found.name}"
        return sent_by_nginx(inner, name=name, media_type=media_type, sha256=found.sha256)
    return RangedFile(file, name=name, media_type=media_type, sha256=found.sha256)
