"""Exports that come by themselves: every day or week, to an owner's chat or to a bucket of S3."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field, model_validator

from api.access import ChosenShops, Owner
from api.exporting import catalogue
from api.exporting.columns import picked
from api.exporting.formats import Layout
from api.lent_connections import once_committed
from api.problems import documented
from api.resources import Resources, UsesResources
from api.step_up import UsesStepUp
from core.errors import Conflict, NotFound, Refused
from core.outgoing import OutgoingHttp
from core.postgres import Connection
from core.shop import export_schedules, owner_chats
from core.shop.access import Visitor
from core.shop.export_schedules import (
    SCHEDULES_A_LINK,
    ExportSchedule,
    OwnersChat,
    Rhythm,
    S3Keys,
    S3Target,
    ScheduleDraft,
)

router = APIRouter(prefix="/exports/schedules", tags=["exports"])


class ScheduleOrder(Rhythm):
    """What to send, when, and where to: to your chat with one of your bots (`chat`), or to a bucket
    (`s3` with `keys`)."""

    table: str = Field(pattern="^[a-z_]{1,64}$", examples=["orders"])
    layout: Layout = Layout()
    chat: OwnersChat | None = None
    s3: S3Target | None = None
    keys: S3Keys | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "ScheduleOrder":
        if (self.chat is None) == (self.s3 is None):
            raise ValueError("name either a chat or s3")
        if (self.s3 is None) != (self.keys is None):
            raise ValueError("keys belong to s3, and s3 needs them")
        return self


ScheduleId = Annotated[int, Path(gt=0, lt=2**63, description="The schedule's id.")]


async def _check(
    connection: Connection, resources: Resources, visitor: Visitor, order: ScheduleOrder
) -> None:
    """Raises NotFound, Refused, Conflict, AddressRefused."""
    if order.chat is not None:
        known = [
            chat
            for chat in await owner_chats.of_bot(connection, order.chat.bot_id)
            if chat.telegram_id == order.chat.telegram_id
        ]
        managed = await owner_chats.managed(connection, visitor)
        if not known or known[0] not in managed:
            raise NotFound("there is no such owner's chat among those that you manage")
    if order.s3 is not None:
        async with OutgoingHttp(resources.settings.outgoing_network_list) as http:
            url = await http.check(order.s3.endpoint)
        if url.path not in ("", "/") or url.query_string:
            raise Refused("an endpoint is only a host, like https://storage.yandexcloud.net")
    mine = await export_schedules.count(connection, visitor)
    if mine >= SCHEDULES_A_LINK:
        raise Conflict(f"there are {mine} schedules already: delete one first")


@router.post("", status_code=201, responses=documented(401, 403, 404, 409, 422, 429))
async def add_schedule(
    order: ScheduleOrder,
    shops: ChosenShops,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> ExportSchedule:
    """Sends a table as one file every day or week, of the days before, by the clock of the first of
    the shops. What leaves for a bucket must be confirmed by the owner in his bot's chat, where one
    is bound. Keys are sealed and never shown again."""
    table = catalogue.table_for(visitor, order.table)
    columns = table.columns
    if order.layout.columns:
        columns = picked(await resources.export_columns.of(table), order.layout.columns)
    if not shops:
        raise NotFound("there is no shop yet")
    async with resources.pool.acquire() as connection, connection.transaction():
        await _check(connection, resources, visitor, order)
        if order.s3 is not None:
            subject = f"{order.s3.endpoint}/{order.s3.bucket}"
            await step_up.require(
                connection, "export_delivery", [shop.id for shop in shops], subject=subject
            )
        draft = ScheduleDraft(
            table_key=table.key,
            layout=order.layout.model_dump(),
            with_people=any(each.is_personal for each in columns),
            shop_ids=[shop.id for shop in shops],
            rhythm=Rhythm(every=order.every, weekday=order.weekday, hour=order.hour),
            timezone=shops[0].timezone,
            chat=order.chat,
            s3=order.s3,
            keys=order.keys,
        )
        return await export_schedules.create(
            connection, visitor, draft, resources.keys, datetime.now(UTC)
        )


@router.get("", responses=documented(401, 403))
async def list_schedules(visitor: Owner, resources: UsesResources) -> list[ExportSchedule]:
    """The schedules of your link and of links that you manage."""
    async with resources.pool.acquire() as connection:
        return await export_schedules.listed(connection, visitor)


@router.delete("/{schedule_id}", status_code=204, responses=documented(401, 403, 404, 422))
async def delete_schedule(
    schedule_id: ScheduleId, visitor: Owner, resources: UsesResources
) -> Response:
    """Ends it; what has not arrived yet is not sent any more."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await export_schedules.delete(connection, visitor, schedule_id)
    once_committed(resources.export_jobs.wake)
    return Response(status_code=204)


@router.post("/{schedule_id}/run", status_code=202, responses=documented(401, 403, 404, 422))
async def run_schedule(
    schedule_id: ScheduleId, visitor: Owner, resources: UsesResources
) -> Response:
    """Makes and sends its file now, of the days before today."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await export_schedules.run_now(connection, visitor, schedule_id)
    once_committed(resources.export_jobs.wake)
    return Response(status_code=202)
