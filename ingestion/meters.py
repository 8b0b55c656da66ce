"""The shipper's metrics for Prometheus (`/metrics`)."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from core.shipments import HeldHorizon, ShardStatus

_ROWS = (1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000)


class Meters:
    """Counters of this process's own work, and gauges of all shards, whoever ships them.

    Memory and CPU of the process are there as well (`process_resident_memory_bytes`).
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str) -> Counter:
            return Counter(f"vitrina_shipper_{name}", text, ["shard"], registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"vitrina_shipper_{name}", text, ["shard"], registry=registry)

        self._rows = counter("rows", "Events shipped by this process")
        self._bytes = counter("bytes", "Bytes sent to ClickHouse, of batches that arrived")
        self._failures = counter("failures", "Attempts that failed and are made again")
        self._batch = Histogram(
            "vitrina_shipper_batch_rows",
            "Events a batch",
            ["shard"],
            buckets=_ROWS,
            registry=registry,
        )
        self._leads = gauge("leads", "1 if this process leads the shard")
        self._lag = gauge("lag_seconds", "Age of the event that is shipped next; 0: none waits")
        self._waiting = gauge("waiting_rows", "Events that wait; estimated beyond 10000")
        self._letters = gauge("dead_letters", "Events that ClickHouse refused")
        self._failed_at = gauge("last_failure_timestamp_seconds", "When an attempt last failed")
        self._horizon = Gauge(
            "vitrina_shipper_horizon_held_seconds",
            "Age of the oldest transaction that writes: what comes after it waits for its end",
            registry=registry,
        )

    def leads(self, shard: int, leads: bool) -> None:
        self._leads.labels(shard).set(leads)

    def shipped(self, shard: int, rows: int, size: int) -> None:
        self._rows.labels(shard).inc(rows)
        self._bytes.labels(shard).inc(size)
        self._batch.labels(shard).observe(rows)

    def failed(self, shard: int) -> None:
        self._failures.labels(shard).inc()

    def show(self, shards: Sequence[ShardStatus], horizon: HeldHorizon | None) -> None:
        """Sets the gauges."""
        for shard in shards:
            self._lag.labels(shard.shard).set(shard.lag_seconds)
            self._waiting.labels(shard.shard).set(shard.waiting)
            self._letters.labels(shard.shard).set(shard.dead_letters)
            if shard.last_error_at is not None:
                self._failed_at.labels(shard.shard).set(shard.last_error_at.timestamp())
        self._horizon.set(horizon.seconds if horizon else 0)
