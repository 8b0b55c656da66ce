"""Brings scheduled exports: as a document to an owner's chat, or into a bucket of S3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import structlog
from obstore.exceptions import BaseError as ObjectStoreError
from obstore.store import S3Store

from api.exporting import catalogue
from api.problems import STORE_ERRORS
from bots.sdk.asking import platform_texts
from bots.sdk.loading import LoadedModule
from bots.sdk.reacting import acting
from bots.sdk.replies import SendDocument, SendText, StoredFile
from core.errors import VitrinaError
from core.outgoing import OutgoingHttp
from core.postgres import Connection, Pool
from core.secrets import KeyRing
from core.settings import Network
from core.shop import export_jobs, export_schedules, files
from core.shop.export_jobs import FILES_OWNER, JobDraft, JobFile
from core.shop.export_schedules import Delivery, Due, S3Keys, S3Target, Turn
from core.shop.files import LIMITS, Use

log = structlog.get_logger()

_OUR_SIDE = "something broke on our side; it has been logged"
_SIGNED = timedelta(minutes=30)
_UPLOAD_SECONDS = 1500.0
_LARGEST_PUT = 5 * 10**9  # of S3, in one request


class UploadRefused(VitrinaError):
    """The object store did not take the file; its answer says why."""

    code = "export_upload_refused"
    status = 502


@dataclass(frozen=True, slots=True)
class Means:
    """What bringing files needs: the shops' store, the bots' modules, keys, allowed networks."""

    pool: Pool
    loaded: Mapping[str, LoadedModule]
    keys: KeyRing
    networks: Sequence[Network]


async def order_due(connection: Connection, due: Due, now: datetime) -> None:
    """Makes the job of a schedule that is due: one file of all its days. What cannot be ordered is
    put off, with the reason in the schedule, and keeps no other back."""
    try:
        async with connection.transaction():
            await _order(connection, due)
    except Exception as error:  # pylint: disable=broad-exception-caught  # others are due
        if connection.is_closed():
            raise
        log.exception("a scheduled export cannot be ordered", schedule_id=due.schedule.id)
        said = str(error) if isinstance(error, VitrinaError) else _OUR_SIDE
        await export_schedules.put_off(connection, due.schedule.id, now, said)


async def _order(connection: Connection, due: Due) -> None:
    schedule = due.schedule
    first, last = schedule.days_before(due.since, schedule.timezone)
    draft = JobDraft(
        table_key=schedule.table_key,
        layout=schedule.layout,
        with_people=schedule.with_people,
        shop_ids=schedule.shop_ids,
        first_day=first,
        last_day=last,
        parts=1,
        schedule_id=schedule.id,
    )
    await export_jobs.insert(connection, due.link_id, draft)


async def bring_next(means: Means, folder: Path) -> bool:
    """Brings the files of one job; False if there is none to bring now."""
    async with means.pool.acquire() as connection, connection.transaction():
        turn = await export_schedules.take_delivery(connection, datetime.now(UTC))
    if turn is None:
        return False
    try:
        await _bring(means, folder, turn)
    except Exception as error:  # pylint: disable=broad-exception-caught  # others are to be brought
        if isinstance(error, (VitrinaError, *STORE_ERRORS)):
            said = str(error)
            log.warning("a scheduled export did not arrive", job=str(turn.job_id), error=said)
        else:
            said = _OUR_SIDE
            log.exception("a scheduled export did not arrive", job=str(turn.job_id))
        async with means.pool.acquire() as connection, connection.transaction():
            await export_schedules.failed(connection, turn, said)
    return True


async def _bring(means: Means, folder: Path, turn: Turn) -> None:
    async with means.pool.acquire() as connection, connection.transaction():
        delivery = await export_schedules.delivery(connection, turn, means.keys)
        written = [each for each in await export_jobs.files(connection, turn.job_id) if each.name]
    if delivery.schedule.s3 is None or delivery.keys is None:
        async with means.pool.acquire() as connection, connection.transaction():
            await _to_chat(connection, means, delivery, written, folder)
            await export_schedules.arrived(connection, turn)
        return
    for each in written:
        assert each.name is not None  # only those with rows
        file = folder / str(turn.job_id) / each.name
        await upload(means.networks, delivery.schedule.s3, delivery.keys, file)
    async with means.pool.acquire() as connection, connection.transaction():
        await export_schedules.arrived(connection, turn)


async def upload(networks: Sequence[Network], target: S3Target, keys: S3Keys, file: Path) -> None:
    """Puts a file into the bucket, under its own name. The request is signed here, and sent by the
    guarded client: an address that somebody typed leads to no server of the operator's own.

    Raises AddressRefused, OutgoingFailed, UploadRefused.
    """
    if file.stat().st_size > _LARGEST_PUT:
        raise UploadRefused("the file is larger than one request to S3 may be: take fewer rows")
    try:
        store = S3Store(
            target.bucket,
            endpoint=target.endpoint,
            region=target.region,
            access_key_id=keys.access_key_id,
            secret_access_key=keys.secret_access_key.get_secret_value(),
            virtual_hosted_style_request=False,
        )
        url = obstore.sign(  # pylint: disable=no-member  # it is compiled
            store, "PUT", f"{target.prefix}{file.name}", _SIGNED
        )
    except ObjectStoreError as error:
        raise UploadRefused(f"no address can be made of this store: {error}") from error
    async with OutgoingHttp(networks) as http:
        with file.open("rb") as body:
            answer = await http.send("PUT", url, body=body, seconds=_UPLOAD_SECONDS)
    if not answer.is_ok:
        said = answer.body.decode(errors="replace")[:300]
        raise UploadRefused(f"the object store answered {answer.status}: {said}")


async def _to_chat(
    connection: Connection,
    means: Means,
    delivery: Delivery,
    written: Sequence[JobFile],
    folder: Path,
) -> None:
    """Queues one durable message: the file, or why there is none."""
    chat = delivery.schedule.chat
    assert chat is not None  # a schedule has one of the two
    async with acting(connection, means.loaded, chat.bot_id, means.keys) as transaction:
        words = platform_texts()[transaction.shop.language]
        title = catalogue.table(delivery.schedule.table_key).title
        named = {"table": title.ru if transaction.shop.language == "ru" else title.en}
        named |= dict(
            zip(("first", "last"), (f"{day:%d.%m.%Y}" for day in delivery.days), strict=True)
        )
        key = str(delivery.job_id)
        message: SendText | SendDocument
        if not written:
            message = SendText(text=words.get("export_empty", **named))
        elif written[0].size_bytes > LIMITS["document"].size:
            message = SendText(text=words.get("export_large", **named))
        else:
            shop_id = transaction.shop.id
            document = await _kept(connection, shop_id, key, folder / key, written[0])
            message = SendDocument(document=document, caption=words.get("export_ready", **named))
        await transaction.queue("export", message, key, chat.telegram_id)


async def _kept(
    connection: Connection, shop_id: int, key: str, folder: Path, written: JobFile
) -> StoredFile:
    """The file in the shop's store, from which bots send."""
    assert written.name is not None  # only those with rows
    with (folder / written.name).open("rb") as content:
        use = Use(FILES_OWNER, key, written.name)
        stored = await files.keep(connection, shop_id, "document", content, use)
    return StoredFile(sha256=stored.sha256, name=written.name)
