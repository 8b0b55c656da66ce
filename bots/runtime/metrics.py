"""The Prometheus metrics of a worker, and the measured work of each bot."""

import asyncio
import threading
import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

# Seconds: from a reply out of memory to a handler's bound.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LAG_EVERY = 0.5
_LONGEST_BUSY = 1.0  # what takes longer waits for something and works little
BOT_STATES = ("starting", "running", "failed", "leaving")
LEASE_CHANGES = ("taken", "lost", "given", "left")
JOB_OUTCOMES = ("ok", "failed")


class _Register:
    """Makes instruments named vitrina_… in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"vitrina_{name}", text, labels, registry=self._registry)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"vitrina_{name}", text, labels, registry=self._registry)

    def histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"vitrina_{name}", text, buckets=_BUCKETS, registry=self._registry)


class Metrics:
    """A worker's instruments, in a registry of its own; docs/operations.md explains each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        make = _Register(registry)
        counter, gauge, histogram = make.counter, make.gauge, make.histogram
        ProcessCollector(registry=registry)
        self.threads = gauge("threads", "Threads of the process.")
        self.threads.set_function(threading.active_count)
        self.loop_lag = histogram(
            "event_loop_lag_seconds", "How late a timer of the event loop fires."
        )
        self.bots = gauge("bots", "Bots that this worker holds, by state.", "state")
        self.load = gauge("load_cores", "Measured work of all bots held, in cores.")
        self.waiting = gauge("updates_waiting", "Updates that have come and are not handled yet.")
        self.pending = gauge("outgoing_pending", "Durable messages not sent yet, of all bots held.")
        self.updates = counter("updates", "Updates handled.", "kind", "outcome")
        self.queue_seconds = histogram(
            "update_queue_seconds", "From an update's arrival to the start of its handling."
        )
        self.handle_seconds = histogram(
            "update_handle_seconds", "From the start of its handling to the commit."
        )
        self.answer_seconds = histogram(
            "update_answer_seconds", "From an update's arrival until its replies have gone out."
        )
        self.checkout_seconds = histogram(
            "pre_checkout_seconds", "From a pre-checkout's arrival until its answer is there."
        )
        self.replies_dropped = counter(
            "replies_dropped", "Replies that were not delivered.", "kind", "why"
        )
        self.replies_superseded = counter(
            "replies_superseded", "Screens that a later edit of the same message replaced."
        )
        self.updates_skipped = counter(
            "updates_skipped", "Times that updates were passed over, being out of reach.", "code"
        )
        self.job_lag_seconds = histogram(
            "job_lag_seconds", "From when a module's job was due until it began."
        )
        self.jobs = counter("jobs", "Modules' jobs that ran.", "outcome")
        self.calls_failed = counter(
            "telegram_calls_failed", "Telegram calls that were refused.", "method", "code"
        )
        self.flood_waits = counter("flood_waits", "Flood waits told by Telegram.", "method")
        self.flood_seconds = counter("flood_wait_seconds", "Their sum.", "method")
        self.logins = counter("logins", "Logins from a token, successful or not.")
        self.reconnects = counter("reconnects", "Connections to Telegram made again.")
        self.leases = counter("lease_changes", "Leases taken, lost, given, left.", "change")
        self._begin()

    def _begin(self) -> None:
        """A series that begins with its first increment has no increase for Prometheus."""
        for change in LEASE_CHANGES:
            self.leases.labels(change)
        for outcome in JOB_OUTCOMES:
            self.jobs.labels(outcome)

    async def watch_loop(self) -> None:
        """Measures the event loop until cancelled."""
        while True:
            due = time.monotonic() + _LAG_EVERY
            await asyncio.sleep(_LAG_EVERY)
            self.loop_lag.observe(max(0.0, time.monotonic() - due))


@dataclass(slots=True)
class Meter:
    """One bot's work since the start: updates handled, and the seconds that handling took."""

    metrics: Metrics
    updates: int = 0
    busy: float = 0.0

    def handled(self, kind: str, outcome: str, *, queued: float, took: float) -> None:
        """An update is committed, known from before, or given up; both times in seconds."""
        self.updates += 1
        self.busy += min(took, _LONGEST_BUSY)
        self.metrics.updates.labels(kind, outcome).inc()
        self.metrics.queue_seconds.observe(queued)
        self.metrics.handle_seconds.observe(took)

    def answered(self, seconds: float) -> None:
        """Its replies have gone out, so long after it arrived."""
        self.metrics.answer_seconds.observe(seconds)

    def checkout_answered(self, seconds: float) -> None:
        """The answer to a pre-checkout is there, so long after it arrived."""
        self.metrics.checkout_seconds.observe(seconds)

    def call_failed(self, method: str, code: str, wait: float | None = None) -> None:
        """Telegram refused a call; `wait` is what a flood wait asks for, in seconds."""
        self.metrics.calls_failed.labels(method, code).inc()
        if wait is not None:
            self.metrics.flood_waits.labels(method).inc()
            self.metrics.flood_seconds.labels(method).inc(wait)
