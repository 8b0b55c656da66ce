"""Any table as a file: which there are, and one in the format of the visitor's choice."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from api.access import AnyVisitor, ChosenShops
from api.exporting import catalogue, files
from api.exporting.answers import DownloadResponse
from api.exporting.columns import Column, Kind, picked, seen
from api.exporting.formats import MEDIA_TYPES, Format, Layout, Packing
from api.exporting.packing import Stream
from api.exporting.querying import EARLIEST, LATEST, Asked, count
from api.exporting.tables import ExportTable
from api.file_answers import documented_file
from api.key_access import open_to_keys
from api.leaving import unless_left
from api.problems import STORE_ERRORS, documented
from api.resources import Resources, UsesResources
from api.step_up import UsesAnyStepUp
from core.shop.access import Visitor
from core.shop.api_keys import KeyScope
from core.shop.shops import Shop
from core.zones import zone

router = APIRouter(prefix="/exports", tags=["exports"])


class ColumnOfTable(BaseModel):
    """A column: its name in files, what its values are, and its titles for people."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    title: dict[str, str]
    is_personal: bool


class TableForExport(BaseModel):
    """A table that can be exported. `has_days`: by days, else always whole. `columns` are those
    that you may see; null while the figures' store is away."""

    model_config = ConfigDict(frozen=True)

    key: str
    title: dict[str, str]
    has_days: bool
    columns: list[ColumnOfTable] | None


async def chosen_layout(
    file_format: Format,
    headings: Annotated[
        Literal["names", "ru", "en"],
        Query(description="CSV and XLSX: the columns' names, or titles for people."),
    ] = "names",
    separator: Annotated[
        Literal["comma", "semicolon", "tab"],
        Query(description="CSV: between cells. A Russian Excel takes semicolons."),
    ] = "comma",
    decimal: Annotated[
        Literal["point", "comma"],
        Query(description="CSV: before the decimals. A Russian Excel takes commas."),
    ] = "point",
    bom: Annotated[bool, Query(description="CSV: the mark by which Excel knows UTF-8.")] = False,
    packing: Annotated[Packing, Query(description="CSV and JSON lines.")] = "none",
    columns: Annotated[
        str | None,
        Query(
            max_length=10_000,
            description="Only these columns, by their names with commas, in this order.",
            examples=["order_no,total"],
        ),
    ] = None,
) -> Layout:
    try:
        return Layout(
            file_format=file_format,
            headings=headings,
            separator=separator,
            decimal=decimal,
            bom=bom,
            packing=packing,
            columns=tuple(each.strip() for each in columns.split(",")) if columns else (),
        )
    except ValidationError as error:
        raise RequestValidationError(
            [{"loc": ("query",), "msg": each["msg"], "type": "layout"} for each in error.errors()]
        ) from error


async def chosen_days(
    first: Annotated[
        date | None,
        Query(alias="from", description="The first day, by each shop's clock. Default: all."),
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="The last day, included. Default: today.")
    ] = None,
) -> tuple[date, date]:
    first = max(first or EARLIEST, EARLIEST)
    # Tomorrow: somewhere it is that day already.
    last = min(last or datetime.now(UTC).date() + timedelta(days=1), LATEST)
    if last < first:
        raise RequestValidationError(
            [{"loc": ("query", "to"), "msg": "the last day is before the first", "type": "range"}]
        )
    return first, last


ChosenLayout = Annotated[Layout, Depends(chosen_layout)]
ChosenDays = Annotated[tuple[date, date], Depends(chosen_days)]
# What a key of each scope may fetch: figures by day, nothing of single people among them; orders
# with their money; customers by their numbers, without names.
_SCOPES: Mapping[str, KeyScope] = {
    "shop_kpi_day": "figures",
    "shop_money_day": "figures",
    "audience_day": "figures",
    "cohort_day": "figures",
    "funnel_day": "figures",
    "conversion_day": "figures",
    "money_day": "figures",
    "payment_day": "figures",
    "wallet_day": "figures",
    "product_day": "figures",
    "catalogue_day": "figures",
    "source_day": "figures",
    "referral_day": "figures",
    "broadcast_day": "figures",
    "service_hour": "figures",
    "health_day": "figures",
    "sales": "orders",
    "orders": "orders",
    "order_lines": "orders",
    "order_adjustments": "orders",
    "payments": "orders",
    "refunds": "orders",
    "customers": "customers",
    "customer_day": "customers",
    "rfm_day": "customers",
}
TableKey = Annotated[str, Path(pattern="^[a-z_]{1,64}$", description="The table's key.")]


@router.get("", responses=documented(401))
async def list_tables(visitor: AnyVisitor, resources: UsesResources) -> list[TableForExport]:
    """Every table that you may export, with its columns: figures for everybody, rows for owners and
    analysts."""
    return [
        await _described(resources, visitor, each)
        for each in catalogue.TABLES.values()
        if catalogue.may_take(visitor, each)
    ]


async def _described(resources: Resources, visitor: Visitor, table: ExportTable) -> TableForExport:
    columns: list[ColumnOfTable] | None = None
    try:
        found = await columns_for(resources, visitor, table)
    except STORE_ERRORS:
        found = None
    if found is not None:
        columns = [
            ColumnOfTable(
                name=each.name,
                kind=each.kind,
                title={"ru": each.title.ru, "en": each.title.en},
                is_personal=each.is_personal,
            )
            for each in found
        ]
    title = {"ru": table.title.ru, "en": table.title.en}
    return TableForExport(key=table.key, title=title, has_days=table.has_days, columns=columns)


async def columns_for(resources: Resources, visitor: Visitor, table: ExportTable) -> list[Column]:
    """Those that the visitor may see: what is of people is for owners."""
    columns = await resources.export_columns.of(table)
    return seen(columns, with_people=visitor.role == "owner")


# Nobody waits for long only to know how long it would take.
_ESTIMATE = {"max_execution_time": "10"}


class Estimate(BaseModel):
    """How many rows a file would have now."""

    rows: int


@router.get("/{table}/estimate", responses=documented(401, 403, 404, 422, 503))
async def estimate_table(
    table: TableKey,
    days: ChosenDays,
    shops: ChosenShops,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
) -> Estimate:
    """Before a file is made: how much it would be."""
    wanted = catalogue.table_for(visitor, table)
    columns = await columns_for(resources, visitor, wanted)
    asked = Asked(wanted, columns, shops, *days, Layout(), link_id=visitor.link_id)
    counted = count(resources.exporter, resources.pool, asked, _ESTIMATE)
    return Estimate(rows=await unless_left(request, counted))


@router.get(
    "/{table}.{file_format}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented_file(MEDIA_TYPES.values(), 401, 403, 404, 422, 429, 503),
)
@open_to_keys(table=_SCOPES)
async def export_table(
    table: TableKey,
    layout: ChosenLayout,
    days: ChosenDays,
    shops: ChosenShops,
    visitor: AnyVisitor,
    resources: UsesResources,
    step_up: UsesAnyStepUp,
) -> DownloadResponse:
    """A table as a file, without a limit on rows (XLSX: a worksheet's 1,048,576). A download that
    fails midway breaks off; it never ends as if it were complete. Columns of people are only in an
    owner's file. An unusual one (docs/access.md) waits for the owner's button, 403
    `confirmation_needed`: then the same address gives the file, once. Its name says as of when it
    is if a day of figures in it is not over yet."""
    wanted = catalogue.table_for(visitor, table)
    columns = picked(await columns_for(resources, visitor, wanted), layout.columns)
    asked = Asked(wanted, columns, shops, *days, layout, link_id=visitor.link_id)

    async def begin() -> Stream:
        folder = resources.settings.exports_dir
        return await files.opened(resources.exporter, resources.pool, asked, folder)

    stream, sent = await files.noted(step_up, shops, wanted.key, layout.file_format, begin)
    as_of = await _as_of(resources, shops, days[1]) if wanted.is_of_figures else ""
    name = f"vitrina-{wanted.key}-{days[0]}-{days[1]}{as_of}{layout.suffix}"
    return DownloadResponse(stream, name, layout.media_type, sent)


async def _as_of(resources: Resources, shops: Sequence[Shop], last: date) -> str:
    """For a file's name: when the daily tables were computed, if the last day still goes on."""
    is_over = all(datetime.now(zone(shop.timezone)).date() > last for shop in shops)
    computed = None if is_over else (await resources.degradation.status()).computed_at
    return f"-as-of-{computed:%Y%m%dT%H%MZ}" if computed else ""
