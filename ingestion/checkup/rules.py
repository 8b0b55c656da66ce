"""The list of checks, in the order in which they are shown."""

from ingestion.checkup import clickhouse_checks, host_checks, pipeline_checks, postgres_checks
from ingestion.checkup.findings import WARN, Check

_POSTGRES, _CLICKHOUSE = "postgres", "clickhouse"

CHECKS = (
    Check(_POSTGRES, postgres_checks.answers),
    Check(_CLICKHOUSE, clickhouse_checks.answers),
    Check("migrations", postgres_checks.migrated, alerts=False, needs=_POSTGRES),
    Check("postgres-clock", postgres_checks.clock, needs=_POSTGRES),
    Check("clickhouse-clock", clickhouse_checks.clock, needs=_CLICKHOUSE),
    Check("time-zones", postgres_checks.time_zones, alerts=False, needs=_POSTGRES),
    Check("workers", postgres_checks.workers, needs=_POSTGRES, alerts_from=WARN),
    Check("bots", postgres_checks.bots, needs=_POSTGRES, alerts_from=WARN),
    Check("shipping", postgres_checks.shipping, needs=_POSTGRES, alerts_from=WARN),
    Check("dead-letters", postgres_checks.dead_letters, needs=_POSTGRES),
    Check("clickhouse-parts", clickhouse_checks.parts, needs=_CLICKHOUSE, alerts_from=WARN),
    Check("clickhouse-disk", clickhouse_checks.disk, needs=_CLICKHOUSE, alerts_from=WARN),
    Check("disk", host_checks.disk, alerts_from=WARN),
    Check("pipelines", pipeline_checks.pipelines, needs=_POSTGRES),
    Check("figures", postgres_checks.figures, needs=_POSTGRES),
    Check("backups", postgres_checks.backups, needs=_POSTGRES),
    Check("permissions", host_checks.permissions, alerts=False),
    Check("ports", host_checks.ports, alerts=False),
    Check("telegram", host_checks.telegram),
    Check("certificate", host_checks.certificate, alerts_from=WARN),
)
ALERTING = tuple(check for check in CHECKS if check.alerts)
