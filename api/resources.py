"""What the app builds when it starts and every request uses: stores, keys, modules, streams."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request

from api.access_recorder import AccessRecorder
from api.alert_teller import AlertTeller
from api.analysts import AnalystsClient
from api.answer_cache import AnswerCache
from api.bounded_pool import BoundedPool, open_bounded_pool
from api.degradation import Degradation
from api.exporting.catalogue import ColumnsOfFigures
from api.exporting.deliveries import Means
from api.exporting.jobs import JobRunner, Terms
from api.exports import Exporter
from api.figures import Overview
from api.geography import Geography
from api.live import LiveHub
from api.live_topics import View
from api.meters import Meters
from api.overview import read_overview, read_overviews
from api.periods import Period
from api.reader import Reader
from api.report_runner import ReportRunner
from api.throttle import CallBucket, FailureWindow
from api.view_batches import ViewBatches
from bots.sdk.hooks import Hook, load_hooks
from bots.sdk.loading import LoadedModule, load
from bots.sdk.reports import load_reports
from bots.sdk.shop_templates import ShopTemplates
from core import postgres
from core.modules import Modules
from core.outgoing import OutgoingHttp
from core.postgres import Pool
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import shops
from core.shop.export_quotas import Quotas
from core.shop.link_places import Limits
from core.shop.shops import Shop

STORE_WAIT_SECONDS = 30


@dataclass(frozen=True)
class Resources:
    """Opened by `open_resources`, available in a route by the annotation `UsesResources`."""

    settings: Settings
    pool: Pool
    reader: Reader
    exporter: Exporter
    analysts: AnalystsClient | None
    export_columns: ColumnsOfFigures
    export_jobs: JobRunner
    hub: LiveHub
    keys: KeyRing
    modules: Modules
    loaded: Mapping[str, LoadedModule]
    hooks: Mapping[str, Hook[Any]]
    templates: ShopTemplates
    throttle: FailureWindow
    guesses: FailureWindow
    geography: Geography
    recorder: AccessRecorder
    degradation: Degradation
    outgoing: OutgoingHttp
    answers: AnswerCache = field(default_factory=AnswerCache)
    hook_throttle: CallBucket = field(default_factory=CallBucket)
    hook_bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(32))
    upload_bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def overview(self, shops_: Sequence[Shop], period: Period) -> Overview:
        """The overview of some shops together as of now."""
        return await read_overview(self.pool, self.reader, shops_, period, datetime.now(UTC))

    def show_in(self, meters: Meters) -> None:
        """The gauges show what goes on here from now on."""
        assert isinstance(self.pool, BoundedPool)
        connections, queries = self.pool.slots, self.reader.slots
        meters.watch(
            lambda: self.hub.streams,
            lambda: self.hub.views,
            {"postgres": lambda: connections.waiting, "clickhouse": lambda: queries.waiting},
        )


async def overview_now(pool: Pool, reader: Reader, view: View) -> Overview:
    async with pool.acquire() as connection:
        chosen = await shops.some(connection, view.shops)
    return await read_overview(pool, reader, chosen, view.period, datetime.now(UTC))


async def overviews_now(
    pool: Pool, reader: Reader, views: Sequence[View]
) -> Mapping[View, Overview]:
    """Views of one shop each and of one period, or a single one."""
    if len(views) == 1:
        return {views[0]: await overview_now(pool, reader, views[0])}
    async with pool.acquire() as connection:
        chosen = await shops.some(connection, [each.shops[0] for each in views])
    found = await read_overviews(pool, reader, chosen, views[0].period, datetime.now(UTC))
    return {
        view: found.get(view.shops[0]) or await overview_now(pool, reader, view)  # deleted
        for view in views
    }


def key_ring(settings: Settings) -> KeyRing:
    """The keys that seal bot tokens; raises ConfigurationError."""
    return KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)


@contextlib.asynccontextmanager
# pylint: disable-next=too-many-locals  # one for each thing that is opened
async def open_resources(settings: Settings, modules: Modules) -> AsyncIterator[Resources]:
    """Waits for PostgreSQL, opens everything, closes it in the reverse order.

    ClickHouse may be away: sessions, shops and bots work without it.
    """
    keys = key_ring(settings)
    database_url = settings.database_url.get_secret_value()
    await postgres.wait_until_up(database_url, seconds=STORE_WAIT_SECONDS)
    async with contextlib.AsyncExitStack() as stack:
        pool, reader, exporter = await _stores(stack, settings)
        analysts = _analysts(settings)
        if analysts is not None:
            stack.push_async_callback(analysts.close)
        columns = ColumnsOfFigures(reader)
        loaded = load(modules)
        means = Means(pool, loaded, keys, settings.outgoing_network_list)
        export_jobs = JobRunner(means, exporter, columns, _export_terms(settings))
        _run(stack, export_jobs.run(), "export jobs")
        hub = LiveHub(
            database_url, pool, ViewBatches(lambda views: overviews_now(pool, reader, views)).read
        )
        _run(stack, hub.run(), "live hub")
        geography = Geography(settings.geography_file)
        stack.callback(geography.close)
        limits = Limits(settings.alert_places, settings.alert_speed_kmh, settings.alert_distance_km)
        recorder = AccessRecorder(pool, geography, limits, settings.access_log_days)
        _run(stack, recorder.run(), "access recorder")
        _run(stack, AlertTeller(pool, loaded, keys).run(), "alert teller")
        reports = ReportRunner(pool, reader, loaded, load_reports(modules), keys)
        _run(stack, reports.run(), "reports of modules")
        outgoing = await stack.enter_async_context(OutgoingHttp(settings.outgoing_network_list))
        yield Resources(
            settings=settings,
            pool=pool,
            reader=reader,
            exporter=exporter,
            analysts=analysts,
            export_columns=columns,
            export_jobs=export_jobs,
            hub=hub,
            keys=keys,
            modules=modules,
            loaded=loaded,
            hooks=load_hooks(modules),
            templates=ShopTemplates.discover(),
            throttle=FailureWindow(settings.alert_guesses),
            guesses=FailureWindow(settings.alert_guesses_overall),
            geography=geography,
            recorder=recorder,
            degradation=Degradation(reader),
            outgoing=outgoing,
        )


async def _stores(
    stack: contextlib.AsyncExitStack, settings: Settings
) -> tuple[Pool, Reader, Exporter]:
    """Each with the bounds of one process."""
    pool = await open_bounded_pool(
        settings.database_url.get_secret_value(),
        size=settings.api_postgres_connections,
        application="vitrina-api",
    )
    stack.push_async_callback(pool.close)
    reader = Reader(settings.reader_clickhouse_url, settings.api_clickhouse_queries)
    stack.push_async_callback(reader.close)
    exporter = Exporter(settings.reader_clickhouse_url)
    stack.push_async_callback(exporter.close)
    return pool, reader, exporter


def _run(stack: contextlib.AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> None:
    """Does the work beside the requests, until the stack is left."""
    stack.push_async_callback(_cancel, asyncio.create_task(work, name=name))


def _analysts(settings: Settings) -> AnalystsClient | None:
    """None without a user who only reads: never as one who may write."""
    url = settings.clickhouse_analyst_url
    return None if url is None else AnalystsClient(url.get_secret_value())


def _export_terms(settings: Settings) -> Terms:
    return Terms(
        folder=settings.exports_dir,
        kept=timedelta(days=settings.exports_days),
        quotas=Quotas(
            settings.exports_a_day, settings.exports_rows_a_day, settings.exports_bytes_a_day
        ),
        alert_ratio=settings.alert_export_ratio,
        for_group=settings.behind_nginx,
    )


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


UsesResources = Annotated[Resources, Depends(_resources)]
