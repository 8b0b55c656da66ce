"""The service `vitrina intake`: events and past orders of shops that run their own code.

An answer of 202 means committed: the events are in the outbox, each once, whatever was sent again.
"""

import asyncio
import contextlib
import io
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import IO, Annotated
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from core import health, postgres, zones
from core.events import EventType
from core.modules import Modules
from core.postgres import Pool
from core.settings import Settings
from core.shop import write_keys
from core.shop.write_keys import Writer
from core.taxonomy import TAXONOMY
from ingestion import answers, bodies
from ingestion.answers import CallInvalid, SenderTooSlow
from ingestion.importing import ImportReport, import_orders
from ingestion.incoming import (
    EventProblem,
    Incoming,
    IncomingEvent,
    read_events,
    within_sight,
)
from ingestion.past_orders import Bounds, FileUnreadable, OrdersFile
from ingestion.recording import Recorded, record
from ingestion.throttle import KeyThrottle

MAX_CALL = 8 * 1024 * 1024  # bytes, as sent and decoded: 1000 events with full props fit
MAX_FILE = 64 * 1024 * 1024  # bytes of a CSV as sent
MAX_FILE_DECODED = 256 * 1024 * 1024
MAX_LINE = 64 * 1024  # characters of one line of it
BODIES_AT_ONCE = 16  # in memory
FILES_AT_ONCE = 2
IMPORT_COST = 5000.0  # of a key's bucket
_RECEIVE_SECONDS = 60
_STORE_WAIT_SECONDS = 30
_STOP_SECONDS = 5

router = APIRouter(prefix="/v1", tags=["intake"])


class Meters:
    """What Prometheus is told; of no shop by name, for there may be many."""

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
    bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BODIES_AT_ONCE))
    files: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE))

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
    """Whom the call's key lets write, before any of the body is read."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    async with intake.pool.acquire() as connection:
        writer = await write_keys.writer(
            connection, secret.strip() if scheme.lower() == "bearer" else ""
        )
    intake.throttle.enter(writer.key_id)
    return writer


UsesWriter = Annotated[Writer, Depends(_writer)]


class Taken(BaseModel):
    """What became of a call's events: committed, known before, or wrong."""

    accepted: int
    duplicates: int
    errors: list[EventProblem]


@router.post("/events", status_code=202)
async def take_events(request: Request, writer: UsesWriter, intake: UsesIntake) -> Taken:
    """Takes 1 to 1000 events. The good ones are kept, the others named in `errors`.

    422 if none of them is good. A call may be sent again at any time: what was taken before is
    counted in `duplicates` and nowhere else.
    """
    encoding = bodies.encoding_of(request)
    async with intake.bodies:
        with io.BytesIO() as body:
            await _receive(request, body, MAX_CALL)
            data = bodies.decode(body, encoding, MAX_CALL)
        call = _parse(data)
    intake.throttle.charge(writer.key_id, len(call.events))
    good, problems = read_events(call.events, intake.known, datetime.now(UTC))
    rejected = len({problem.index for problem in problems})
    intake.meters.events.labels("rejected").inc(rejected)
    if not good:
        raise CallInvalid(
            "none of the events is as it must be: see errors",
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


def _parse(data: bytes) -> Incoming:
    try:
        return Incoming.model_validate(within_sight(from_json(data, allow_inf_nan=False), Incoming))
    except ValidationError as error:
        errors = [
            {"field": ".".join(map(str, item["loc"])) or "body", "message": item["msg"]}
            for item in error.errors(include_url=False)
        ]
        raise CallInvalid(
            "the body must be a JSON object with 1 to 1000 events in `events`: see errors", errors
        ) from error
    except ValueError as error:
        raise CallInvalid(f"the body is not JSON: {error}") from error


async def _receive(request: Request, file: IO[bytes], limit: int) -> None:
    try:
        async with asyncio.timeout(_RECEIVE_SECONDS):
            await bodies.receive(request, file, limit)
    except TimeoutError as error:
        raise SenderTooSlow(
            f"the body did not arrive within {_RECEIVE_SECONDS} s: send less at once"
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


@router.post("/import")
async def import_past_orders(
    request: Request,
    writer: UsesWriter,
    intake: UsesIntake,
    zone: Annotated[ZoneInfo | None, Depends(_zone)],
    dry_run: Annotated[bool, Query(description="Only says what it would do.")] = False,
) -> ImportReport:
    """Takes a CSV of past orders, one row a line of an order. Orders known already are left out."""
    encoding = bodies.encoding_of(request)
    intake.throttle.charge(writer.key_id, IMPORT_COST)
    bounds = Bounds(datetime.now(UTC), timedelta(days=writer.retention_days), zone)
    async with intake.files:
        with tempfile.TemporaryFile() as file:
            await _receive(request, file, MAX_FILE)
            decoded = bodies.Decoded(file, encoding, MAX_FILE_DECODED)
            orders = OrdersFile(_lines(decoded), bounds)
            report = await import_orders(intake.pool, writer, orders, dry_run=dry_run)
    if not dry_run:
        intake.meters.orders.inc(report.orders)
        intake.meters.events.labels("accepted").inc(sum(report.events.values()))
    return report


def _lines(file: io.RawIOBase) -> Iterator[str]:
    """The file's lines; raises FileUnreadable for what is no text, or a line without an end."""
    text = io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", newline="")
    try:
        while line := text.readline(MAX_LINE):
            if len(line) == MAX_LINE and not line.endswith("\n"):
                raise FileUnreadable(f"a line is over {MAX_LINE} characters long")
            yield line
    except UnicodeDecodeError as error:
        raise FileUnreadable("the file is not UTF-8 text: save it as CSV UTF-8") from error


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
            app.state.intake = intake
            await stack.enter_async_context(
                health.serve(settings.health_host, settings.health_port, intake.is_ready, registry)
            )
            yield

    app = FastAPI(
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
    """What may be sent, by name: the standard types and those that modules declare."""
    declared = {
        each.name: each for manifest in modules.manifests.values() for each in manifest.events
    }
    return declared | TAXONOMY


class IntakeServer(uvicorn.Server):
    """Uvicorn without its own signal handlers: they would raise the signal again at the end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(settings: Settings, *, throttle: KeyThrottle | None = None) -> IntakeServer:
    """The server with its app, not running yet."""
    config = uvicorn.Config(
        create_app(settings, throttle=throttle),
        host=settings.intake_host,
        port=settings.intake_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,  # core.log has set the loggers up
        access_log=settings.log_level == "debug",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return IntakeServer(config)


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; calls under way are answered first, for 5 seconds at most.

    Raises SystemExit if PostgreSQL or the port is not to be had.
    """
    server = make_server(settings)

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run()
