"""The API's metrics for Prometheus (`/metrics` on the health port, never below `/api`)."""

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access_recorder import path_template

STORES = ("postgres", "clickhouse")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class Meters:
    """Counted by routes' names, never by what stands in an address: there are as many series as
    routes, and none says who asked for what."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "vitrina_api_requests",
            "Requests answered; of a stream, begun.",
            ["method", "path", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "vitrina_api_request_seconds",
            "From a request's arrival until its answer begins.",
            ["method"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.streams = Gauge("vitrina_api_streams", "Open live streams.", registry=registry)
        self.views = Gauge(
            "vitrina_api_views", "What is read live, once for all its viewers.", registry=registry
        )
        self.waiting = Gauge(
            "vitrina_api_waiting",
            "Requests that wait for their turn at a store.",
            ["store"],
            registry=registry,
        )

    def watch(
        self,
        streams: Callable[[], float],
        views: Callable[[], float],
        waiting: Mapping[str, Callable[[], float]],
    ) -> None:
        """Where the gauges are read when somebody asks; `waiting` by each of STORES."""
        self.streams.set_function(streams)
        self.views.set_function(views)
        for store in STORES:
            self.waiting.labels(store).set_function(waiting[store])


class Metered:
    """Counts each request as soon as its answer begins: a stream may last for days. One whose
    visitor left before is not counted."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        clock = asyncio.get_running_loop().time
        began = clock()
        is_counted = False

        def count(status: int) -> None:
            nonlocal is_counted
            is_counted = True
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._meters.requests.labels(method, path_template(scope), status).inc()
            self._meters.seconds.labels(method).observe(clock() - began)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_counted:
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counting)
        except Exception:
            if not is_counted:
                count(500)  # answered outside of this
            raise
