"""Each of Prometheus' alerts, by promtool: it begins when something is wrong, says what, and ends
with it; when all is well none is there."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.checkup.rules import ALERTING
from tests.ops.programs import program

FILE = Path(__file__).parents[2] / "ops/observability/prometheus/alerts.yml"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
# Minute by minute: something is wrong from the tenth to the fortieth, and well before and after.
WELL, WRONG, WELL_AGAIN = "9m", "39m", "120m"
_LONG = 140
_STATE = "vitrina_check_state"


def gauge(well: str, wrong: str) -> str:
    return f"{well}x9 {wrong}x30 {well}x{_LONG}"


def counter(each: int) -> str:
    """It grows by so much in each minute in which something is wrong."""
    return f"0x9 {each}+{each}x30 {31 * each}x{_LONG}"


def histogram(name: str, labels: str, bounds: tuple[str, str], *, is_slow: bool) -> dict[str, str]:
    """A hundred a minute, at most as long as the first bound; when slow, between the two."""
    lower = f"0+100x9 900x30 900+100x{_LONG}" if is_slow else f"0+100x{_LONG}"
    le = [f'{name}_bucket{{{labels}le="{bound}"}}' for bound in (*bounds, "+Inf")]
    return {le[0]: lower} | dict.fromkeys(le[1:], f"0+100x{_LONG}")


def up(job: str, instance: str = "a:9000") -> str:
    return f'up{{job="{job}", instance="{instance}"}}'


def state(check: str) -> str:
    return f'{_STATE}{{check="{check}"}}'


def healthy() -> dict[str, str]:
    """All series of an installation in which all is well."""
    still = {
        *(state(check.name) for check in ALERTING),
        'vitrina_shipper_failures_total{shard="0"}',
        'vitrina_shipper_dead_letters{shard="0"}',
        "vitrina_shipper_horizon_held_seconds",
        'vitrina_lease_changes_total{change="lost"}',
        "vitrina_logins_total",
        'vitrina_jobs_total{outcome="failed"}',
        'vitrina_api_requests_total{status="500"}',
        'vitrina_api_waiting{instance="a:9000", store="postgres"}',
    }
    series = dict.fromkeys(still, f"0x{_LONG}")
    series |= {up(job): f"1x{_LONG}" for job in ("worker", "shipper", "intake", "api")}
    series['vitrina_bots{state="running"}'] = f"3x{_LONG}"
    series['vitrina_api_requests_total{status="200"}'] = f"0+100x{_LONG}"
    for name, labels, bounds in _TIMES.values():
        series |= histogram(name, labels, bounds, is_slow=False)
    return series


_TIMES = {
    "AnswersSlow": ("vitrina_update_answer_seconds", "", ("1", "10")),
    "PreCheckoutsSlow": ("vitrina_pre_checkout_seconds", "", ("1", "10")),
    "WorkerOverloaded": ("vitrina_event_loop_lag_seconds", 'instance="a:9000", ', ("0.05", "1")),
    "PanelSlow": ("vitrina_api_request_seconds", "", ("1", "10")),
}


@dataclass(frozen=True)
class Case:
    """What is wrong, and the alert about it: its labels beside the severity, and what its text has
    for `$value`. `also`: those that have to come with it."""

    alert: str
    series: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    value: str = ""
    also: tuple[str, ...] = ()


def _failing(alert: str, which: str, found: str, **labels: str) -> Case:
    return Case(alert, {state(which): gauge("0", found)}, labels)


def _slow(alert: str, value: str = "", **labels: str) -> Case:
    return Case(alert, histogram(*_TIMES[alert], is_slow=True), labels, value)


CASES = (
    Case("NoWorker", {up("worker"): gauge("1", "0")}, also=("WorkerLost",)),
    Case("NoShipper", {up("shipper"): gauge("1", "0")}),
    Case("NoIntake", {up("intake"): gauge("1", "_")}),
    Case("NoApi", {up("api"): gauge("1", "0")}),
    Case(
        "WorkerLost",
        {up("worker", "b:9000"): gauge("1", "0")},
        {"job": "worker", "instance": "b:9000"},
    ),
    _failing("FewerWorkers", "workers", "1"),
    _failing("CheckFailed", "shipping", "2", check="shipping"),
    Case("NobodyChecks", {state(check.name): gauge("0", "_") for check in ALERTING}),
    _failing("DiskAlmostFull", "disk", "2", check="disk"),
    _failing("DiskFills", "clickhouse-disk", "1", check="clickhouse-disk"),
    _failing("ClickHouseParts", "clickhouse-parts", "1"),
    _failing("BackupTooOld", "backups", "2"),
    _failing("CertificateRunsOut", "certificate", "1"),
    _failing("FiguresLag", "shipping", "1"),
    Case(
        "ShippingFails",
        {'vitrina_shipper_failures_total{shard="0"}': counter(1)},
        {"shard": "0"},
    ),
    Case(
        "DeadLetters",
        {'vitrina_shipper_dead_letters{shard="0"}': gauge("0", "3")},
        {"shard": "0"},
        "3",
    ),
    Case(
        "OldTransaction", {"vitrina_shipper_horizon_held_seconds": gauge("0", "400")}, {}, "6m 40s"
    ),
    _failing("BotsFailed", "bots", "1"),
    _slow("AnswersSlow", "9.91s"),
    _slow("PreCheckoutsSlow", "9.991s"),
    _slow("WorkerOverloaded", instance="a:9000"),
    Case("LeasesLost", {'vitrina_lease_changes_total{change="lost"}': counter(1)}),
    Case("TooManyLogins", {"vitrina_logins_total": counter(2)}, {}, "60"),
    Case(
        "UpdatesSkipped",
        {'vitrina_updates_skipped_total{code="500"}': f"_x10 1x{_LONG}"},
        {"code": "500"},
    ),
    Case("JobsFail", {'vitrina_jobs_total{outcome="failed"}': counter(1)}, {}, "30"),
    Case("PanelFails", {'vitrina_api_requests_total{status="500"}': counter(6)}, {}, "100m"),
    _slow("PanelSlow", "9.55s"),
    Case(
        "PanelWaits",
        {'vitrina_api_waiting{instance="a:9000", store="postgres"}': gauge("0", "2")},
        {"instance": "a:9000", "store": "postgres"},
    ),
)
# What is no alert: a small, a short or an only half of it.
SILENT: dict[str, dict[str, str]] = {
    "all is well": {},
    "one answer in two hundred is slow": {
        'vitrina_update_answer_seconds_bucket{le="1"}': f"0+99.5x{_LONG}",
    },
    "a scrape is missed": {up("worker"): f"1x9 0 1x{_LONG}"},
    "a look finds it, and the next does not": {state("shipping"): f"0x9 2 0x{_LONG}"},
    "one request in a hundred fails": {
        'vitrina_api_requests_total{status="500"}': f"0+1x{_LONG}",
    },
    "who asks waits now and then": {
        'vitrina_api_waiting{instance="a:9000", store="postgres"}': " ".join(["2x3 0"] * 30),
    },
    "four leases are lost": {'vitrina_lease_changes_total{change="lost"}': f"0x9 4x{_LONG}"},
    "a backup was never made": {state("backups"): f"1x{_LONG}"},
}


def _told(case: Case) -> dict[str, Any]:
    """The alert as Alertmanager gets it."""
    rule = RULES[case.alert]

    def filled(found: re.Match[str]) -> str:
        return case.labels[found[1]] if found[1] else case.value

    texts = {
        name: re.sub(r"\{\{ (?:\$labels\.(\w+)|\$value[^}]*) \}\}", filled, text)
        for name, text in rule["annotations"].items()
    }
    labels = case.labels | {"severity": rule["labels"]["severity"]}
    return {"exp_labels": labels, "exp_annotations": texts}


def _firing(at: str, expected: tuple[str, ...]) -> dict[str, Any]:
    """That at that time these alerts, and no others, were told of."""
    return {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": at,
        "exp_samples": [
            {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(expected)
        ],
    }


def _written(series: dict[str, str], checks: dict[str, Any]) -> dict[str, Any]:
    both = healthy() | series
    told = [{"series": name, "values": values} for name, values in both.items()]
    return {"interval": "1m", "input_series": told} | checks


def _of_case(case: Case) -> dict[str, Any]:
    return _written(
        case.series,
        {
            "name": case.alert,
            "alert_rule_test": [
                {"alertname": case.alert, "eval_time": WRONG, "exp_alerts": [_told(case)]}
            ],
            "promql_expr_test": [
                _firing(WELL, ()),
                _firing(WRONG, (case.alert, *case.also)),
                _firing(WELL_AGAIN, ()),
            ],
        },
    )


def _of_silence(name: str, series: dict[str, str]) -> dict[str, Any]:
    asked = [_firing(f"{minute}m", ()) for minute in (5, 15, 39, 60, 120)]
    return _written(series, {"name": name, "promql_expr_test": asked})


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == RULES.keys()


@pytest.mark.chaos
def test_every_alert_begins_says_what_is_wrong_and_ends(tmp_path: Path) -> None:
    promtool = program("promtool", "make promtool as root")
    written = tmp_path / "tests.yml"
    tests = [_of_case(case) for case in CASES]
    tests += [_of_silence(name, series) for name, series in SILENT.items()]
    written.write_text(
        yaml.safe_dump(
            {"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": tests},
            allow_unicode=True,
        ),
        "utf-8",
    )
    done = subprocess.run(
        [promtool, "test", "rules", str(written)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
