"""The service `vitrina intake`: events and past orders of shops that run their own code.

An answer of 202 means committed: the events are in the outbox, each once, whatever was sent again.
"""

import asyncio
import contextlib
import io
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Annotated, Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import BaseModel
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core import health, postgres, zones
from core.csv_readings import Dates, Decimals, Encoding, Stated
from core.errors import VitrinaError
from core.events import EventType
from core.heads import AnswersHead
from core.http_server import HttpServer, run_until_signal
from core.languages import HearsLanguage
from core.modules import Modules
from core.postgres import Pool
from core.prompt_protocol import PromptProtocol
from core.safe_headers import SafeHeaders
from core.settings import Settings
from core.shop import write_keys
from core.shop.write_keys import Writer
from core.taxonomy import TAXONOMY
from ingestion import answers, bodies, description, order_reader
from ingestion.answers import CallInvalid, SenderTooSlow
from ingestion.calls import CallReaders, read_call
from ingestion.importing import ImportReport, import_orders
from ingestion.incoming import EventProblem, IncomingEvent
from ingestion.order_reader import FileOptions
from ingestion.places import Places
from ingestion.recording import Recorded, record
from ingestion.throttle import KeyThrottle

MAX_CALL = 8 * 1024 * 1024  # bytes, as sent and decoded: 1000 events with full props fit
MAX_FILE = 64 * 1024 * 1024  # bytes of a CSV as sent
MAX_FILE_DECODED = 128 * 1024 * 1024
BODIES_AT_ONCE, BODIES_A_KEY = 16, 4  # in memory
FILES_AT_ONCE = 2  # of different keys
LARGE_CALL = 256 * 1024  # bytes: more than these are read beside the event loop
IMPORT_COST = 5000.0  # of a key's bucket
_RECEIVE_SECONDS = 60
# A sender keeps its place for so long, and for a second more with each of these many bytes.
_PATIENCE_SECONDS = 10
_PACE = 128 * 1024
_STORE_WAIT_SECONDS = 30
_STOP_SECONDS = 5

router = APIRouter(prefix="/v1", tags=["intake"])


class Meters:
    """The intake's Prometheus metrics; without shops' names, because there may be many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "vitrina_intake_events",
            "Events by what became of them: accepted, duplicate, rejected.",
            ["result"],
            registry=registry,
        )
        self.orders = Counter(
            "vitrina_intake_imported_orders", "Past orders imported.", registry=registry
        )
        self.seconds = Histogram(
            "vitrina_intake_request_seconds",
            "From a call's first byte to its answer.",
            ["path", "status"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
            registry=registry,
        )


@dataclass(frozen=True)
class Intake:
    """Opened by the app's lifespan, reached in a route by the annotation `UsesIntake`."""

    pool: Pool
    known: dict[str, EventType]
    throttle: KeyThrottle
    meters: Meters
    bodies: Places = field(default_factory=lambda: Places(BODIES_AT_ONCE, BODIES_A_KEY))
    files: Places = field(default_factory=lambda: Places(FILES_AT_ONCE, 1))
    large_calls: CallReaders = field(default_factory=CallReaders)

    async def is_ready(self) -> dict[str, bool]:
        try:
            async with asyncio.timeout(2), self.pool.acquire() as connection:
                await connection.execute("SELECT FROM write_keys LIMIT 1")
        except answers.STORE_ERRORS:
            return {"postgres": False}
        return {"postgres": True}


def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.intake
    return intake


UsesIntake = Annotated[Intake, Depends(_intake)]


async def _writer(request: Request, intake: UsesIntake) -> Writer:
    """The shop for which the call's key may write, determined before any of the body is read."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    async with intake.pool.acquire() as connection:
        writer = await write_keys.writer(
            connection, secret.strip() if scheme.lower() == "bearer" else ""
        )
    intake.throttle.enter(writer.key_id)
    return writer


UsesWriter = Annotated[Writer, Depends(_writer)]


class Taken(BaseModel):
    """The result of a call's events: committed, known before, or invalid."""

    accepted: int
    duplicates: int
    errors: list[EventProblem]


@router.post("/events", status_code=202)
async def take_events(request: Request, writer: UsesWriter, intake: UsesIntake) -> Taken:
    """Takes 1 to 1000 events.

    The valid ones are stored, the others named in `errors`. 422 if none of them is valid. A call
    may be sent again at any time: what was taken before is counted in `duplicates` and nowhere
    else.
    """
    encoding = bodies.encoding_of(request)
    async with intake.bodies.take(writer.key_id):
        with io.BytesIO() as body:
            await _receive(request, body, MAX_CALL)
            data = await asyncio.to_thread(bodies.decode, body, encoding, MAX_CALL)
        # A large body is charged by its size, before anybody has read it.
        paid = len(data) // 1024
        intake.throttle.charge(writer.key_id, paid)
        now = datetime.now(UTC)
        if len(data) > LARGE_CALL:
            call = await intake.large_calls.read(data, intake.known, now)
        else:
            call = read_call(data, intake.known, now)
    intake.throttle.charge(writer.key_id, max(0, call.count - paid))
    good, problems = call.good, call.problems
    rejected = len({problem.index for problem in problems})
    intake.meters.events.labels("rejected").inc(rejected)
    if not good:
        raise CallInvalid(
            "none of the events is valid: see errors",
            [problem.model_dump() for problem in problems],
        )
    recorded = await _record(intake, writer, call.bot_id, good)
    intake.meters.events.labels("accepted").inc(recorded.accepted)
    intake.meters.events.labels("duplicate").inc(recorded.duplicates)
    return Taken(accepted=recorded.accepted, duplicates=recorded.duplicates, errors=problems)


async def _record(
    intake: Intake, writer: Writer, bot_id: int, events: list[IncomingEvent]
) -> Recorded:
    async with intake.pool.acquire() as connection, connection.transaction():
        return await record(connection, writer, bot_id, events, intake.known)


async def _receive(request: Request, file: IO[bytes], limit: int) -> None:
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS) as patience:

            def arrived(size: int) -> None:
                seconds = min(_RECEIVE_SECONDS, _PATIENCE_SECONDS + size / _PACE)
                patience.reschedule(began + seconds)

            await bodies.receive(request, file, limit, arrived)
    except TimeoutError as error:
        raise SenderTooSlow(
            f"the body came too slowly: {_PACE // 1024} KiB a second and {_RECEIVE_SECONDS} s at "
            "most; send less at once"
        ) from error


def _zone(
    timezone: Annotated[
        str | None, Query(description="Of times without an offset, like Europe/Moscow.")
    ] = None,
) -> ZoneInfo | None:
    if timezone is None:
        return None
    try:
        return zones.zone(timezone)
    except zones.UnknownZone as error:
        raise CallInvalid(str(error)) from error


def _stated(
    decimal: Annotated[
        Decimals | None, Query(description="What stands before the decimals of amounts.")
    ] = None,
    dates: Annotated[
        Dates | None, Query(description="How dates are written, like dd.mm.yyyy.")
    ] = None,
) -> Stated:
    return Stated(decimal, dates)


class ImportUnderWay(VitrinaError):
    """Only one file of a key is read at a time."""

    code = "import_under_way"
    status = 429
    retry_after = 5


@router.post("/import")
async def import_past_orders(
    request: Request,
    writer: UsesWriter,
    intake: UsesIntake,
    zone: Annotated[ZoneInfo | None, Depends(_zone)],
    stated: Annotated[Stated, Depends(_stated)],
    encoding: Annotated[
        Encoding | None, Query(description="Of the text, if it is not UTF-8: windows-1251.")
    ] = None,
    dry_run: Annotated[bool, Query(description="Only says what it would do.")] = False,
) -> ImportReport:
    """Takes a CSV of past orders, one row a line of an order.

    Orders known already are left out; an imported order with different content is corrected.
    """
    compressed = bodies.encoding_of(request)
    if intake.files.is_taken_by(writer.key_id):
        raise ImportUnderWay(
            "another file of this key is being read: send this one when that is answered"
        )
    intake.throttle.charge(writer.key_id, IMPORT_COST)
    options = FileOptions(
        compressed,
        MAX_FILE_DECODED,
        datetime.now(UTC),
        writer.retention_days,
        zone.key if zone else None,
        encoding,
        stated,
    )
    async with intake.files.take(writer.key_id):
        with tempfile.TemporaryFile() as file:
            await _receive(request, file, MAX_FILE)
            file.flush()
            async with order_reader.reading(file, options) as items:
                report = await import_orders(intake.pool, writer, items, dry_run=dry_run)
    if not dry_run:
        intake.meters.orders.inc(report.orders + report.corrected_orders)
        intake.meters.events.labels("accepted").inc(sum(report.events.values()))
    return report


class DescribedIntake(FastAPI):
    """FastAPI whose document says what a call holds, and every error."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            description.complete(super().openapi())
        return super().openapi()


def create_app(settings: Settings, *, throttle: KeyThrottle | None = None) -> FastAPI:
    """The app; nothing is opened before its lifespan begins."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = settings.database_url.get_secret_value()
        await postgres.wait_until_up(url, seconds=_STORE_WAIT_SECONDS)
        registry = CollectorRegistry()
        async with contextlib.AsyncExitStack() as stack:
            pool = await postgres.open_pool(url, application="vitrina-intake")
            stack.push_async_callback(pool.close)
            intake = Intake(
                pool, known_events(Modules.discover()), throttle or KeyThrottle(), Meters(registry)
            )
            stack.callback(intake.large_calls.close)
            app.state.intake = intake
            await stack.enter_async_context(
                health.serve(settings.health_host, settings.health_port, intake.is_ready, registry)
            )
            yield

    app = DescribedIntake(
        title="Vitrina intake",
        description="docs/intake.md explains it. Errors are RFC 9457 problems; `code` is stable.",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(router)
    app.middleware("http")(_timed)
    answers.install(app)
    app.add_middleware(AnswersHead)
    app.add_middleware(SafeHeaders, private="/v1/")
    # Outermost: the scheme of the sender's connection counts.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxy_list)
    app.add_middleware(HearsLanguage)
    return app


async def _timed(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    loop = asyncio.get_running_loop()
    began, status = loop.time(), 500
    try:
        response = await answer(request)
        status = response.status_code
        return response
    finally:
        path = request.url.path if request.url.path in _PATHS else "other"
        meters: Meters = request.app.state.intake.meters
        meters.seconds.labels(path, str(status)).observe(loop.time() - began)


_PATHS = {"/v1/events", "/v1/import"}


def known_events(modules: Modules) -> dict[str, EventType]:
    """Event types that may be sent, by name: the standard types and those that modules declare."""
    declared = {
        each.name: each for manifest in modules.manifests.values() for each in manifest.events
    }
    return declared | TAXONOMY


def make_server(settings: Settings, *, throttle: KeyThrottle | None = None) -> HttpServer:
    """The server with its app, not running yet."""
    config = uvicorn.Config(
        create_app(settings, throttle=throttle),
        host=settings.intake_host,
        port=settings.intake_port,
        loop="uvloop",
        http=PromptProtocol,
        ws="none",
        lifespan="on",
        log_config=None,  # core.log has configured the loggers
        access_log=settings.log_level == "debug",
        server_header=False,
        proxy_headers=False,  # the app itself does it, for the configured proxies only
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return HttpServer(config)


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; calls in progress are answered first, for 5 seconds at most.

    Raises SystemExit if PostgreSQL or the port is not available.
    """
    run_until_signal(make_server(settings))
