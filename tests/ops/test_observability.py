"""Prometheus' rules and Grafana's dashboards name only what our services expose."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry

from api.meters import STORES
from api.meters import Meters as ApiMeters
from bots.runtime.metrics import BOT_STATES, Metrics
from core.settings import Settings
from ingestion import intake, meters
from ingestion.checkup.alerts import BEGINS_AFTER
from ingestion.checkup.findings import Check, State
from ingestion.checkup.rules import ALERTING
from ingestion.checkup.watch import LOOK_SECONDS, Watch

FOLDER = Path(__file__).parents[2] / "ops/observability"
ROOT = FOLDER.parents[1]
# Made by Prometheus itself for each target, and the labels that it gives to all.
OF_PROMETHEUS = {"up"}
OF_TARGETS = {"job", "instance"}
# What Grafana puts in.
INTERVAL = "$__rate_interval"
VALUES = {
    "check": {check.name for check in ALERTING},
    "state": set(BOT_STATES),
    "store": set(STORES),
}


def _yaml(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


CONFIGURED = _yaml("prometheus/prometheus.yml")
JOBS = {job["job_name"] for job in CONFIGURED["scrape_configs"]}
RULES = [rule for group in _yaml("prometheus/alerts.yml")["groups"] for rule in group["rules"]]
DASHBOARDS = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in (FOLDER / "grafana/dashboards").glob("*.json")
}


def _exposed() -> dict[str, set[str]]:
    """The names of all series with their labels, from the services' own instruments."""
    registries = [CollectorRegistry() for _ in range(4)]
    Metrics(registries[0])
    meters.Meters(registries[1])
    Watch(Settings(_env_file=None), registries[1], None)
    intake.Meters(registries[2])
    ApiMeters(registries[3])
    series: dict[str, set[str]] = {}
    for registry in registries:
        # Those that have labels show nothing until they are used, so that they are asked.
        for collector, names in registry._collector_to_names.items():  # pylint: disable=W0212
            labels = set(getattr(collector, "_labelnames", ()))
            if getattr(collector, "_type", "") == "histogram":
                labels |= {"le"}
            series |= dict.fromkeys(names, labels)
        # The process's own are not told in advance, and have no labels.
        series |= {
            sample.name: set()
            for family in registry.collect()
            for sample in family.samples
            if sample.name.startswith("process_")
        }
    return series


EXPOSED = _exposed()


def _selectors(query: str) -> list[promql_parser.VectorSelector]:
    """Those of an expression, which has to be one."""
    found: list[promql_parser.VectorSelector] = []

    def look(part: promql_parser.Expr) -> bool:
        if isinstance(part, promql_parser.MatrixSelector):
            found.append(part.vector_selector)
        elif isinstance(part, promql_parser.VectorSelector):
            found.append(part)
        return True

    promql_parser.walk(promql_parser.parse(query.replace(INTERVAL, "5m")), look)
    return found


def _grouped_by(query: str) -> set[str]:
    return {
        label.strip()
        for labels in re.findall(r"\bby \(([^)]*)\)", query)
        for label in labels.split(",")
    }


def _panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            yield f"{name}: {panel['title']}", panel


QUERIES = {rule["alert"]: rule["expr"] for rule in RULES} | {
    f"{name} {target['refId']}": target["expr"]
    for name, panel in _panels()
    for target in panel["targets"]
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_reads_what_is_exposed(query: str) -> None:
    selectors = _selectors(query)
    assert selectors
    labels = set(OF_TARGETS)
    for selector in selectors:
        assert selector.name is not None
        own = EXPOSED[selector.name] if selector.name not in OF_PROMETHEUS else set()
        labels |= own
        for matcher in selector.matchers.matchers:
            assert matcher.name in own | OF_TARGETS, f"{selector.name} has no label {matcher.name}"
            known = JOBS if matcher.name == "job" else VALUES.get(matcher.name)
            assert known is None or set(matcher.value.split("|")) <= known
    assert _grouped_by(query) <= labels


def _begun() -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """The series that a worker has before anything has happened."""
    registry = CollectorRegistry()
    Metrics(registry)
    return {
        (sample.name, frozenset(sample.labels.items()))
        for family in registry.collect()
        for sample in family.samples
    }


def test_an_increase_has_a_series_to_begin_with() -> None:
    """Of one that comes with its first increment Prometheus knows no increase."""
    increases = [
        (rule["expr"], selector)
        for rule in RULES
        for text in re.findall(r"increase\(([^)]*)\)", rule["expr"])
        for selector in _selectors(text)
    ]
    assert increases
    for query, selector in increases:
        told = frozenset((each.name, each.value) for each in selector.matchers.matchers)
        is_new = f"{selector.name} unless {selector.name} offset"
        assert (selector.name, told) in _begun() or is_new in " ".join(query.split())


def test_what_is_to_last_is_waited_for() -> None:
    """The least or the most over a time is, of an instance that has just begun, its one sample."""
    for rule in RULES:
        lasts = re.search(r"\b(min|max|avg|last)_over_time\b", rule["expr"])
        says_so = re.search("without a pause", rule["annotations"]["summary"])
        assert "for" in rule or not (lasts or says_so), rule["alert"]


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_happened_in_both_languages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    told = rule["annotations"]
    assert re.search("[а-я]", told["summary_ru"]) and not re.search("[а-я]", told["summary"])
    named = set(re.findall(r"\$labels\.(\w+)", told["summary"] + told["summary_ru"]))
    # What is aggregated keeps only the labels by which it is grouped.
    is_aggregated = re.search(r"\b(sum|max|min|absent)\b", rule["expr"])
    assert named <= (_grouped_by(rule["expr"]) if is_aggregated else OF_TARGETS)


_OF_CHECKS = re.compile(r'vitrina_check_state\{check(=~?|!~)"([^"]+)"\}\) (==|>=) ([12])')


def _rules_of(name: str, state: State) -> list[str]:
    """The rules that tell of a check in this state."""
    found = []
    for rule in RULES:
        for match in _OF_CHECKS.finditer(rule["expr"]):
            is_named = name in match[2].split("|")
            is_reached = state == int(match[4]) or (match[3] == ">=" and state > int(match[4]))
            if is_named is (match[1] != "!~") and is_reached:
                found.append(rule["alert"])
    return found


@pytest.mark.parametrize("check", ALERTING, ids=[check.name for check in ALERTING])
def test_alertmanager_and_the_operator_s_chat_are_told_of_the_same(check: Check) -> None:
    for state in (State.WARN, State.FAIL):
        told = _rules_of(check.name, state)
        assert len(told) == (state >= check.alerts_from), (state, told)


def test_a_check_is_told_after_as_many_looks_as_the_chat_is() -> None:
    of_checks = [rule for rule in RULES if _OF_CHECKS.search(rule["expr"])]
    assert {rule["for"] for rule in of_checks} == {f"{BEGINS_AFTER * LOOK_SECONDS / 60:.0f}m"}


def test_every_metric_of_the_documentation_is_exposed() -> None:
    docs = (ROOT / "docs/operations.md").read_text("utf-8")
    named = set(re.findall(r"`(vitrina_\w+|process_\w+)", docs))
    histograms = {name.removesuffix("_count") for name in EXPOSED if name.endswith("_count")}
    assert named and named <= EXPOSED.keys() | histograms


def test_prometheus_scrapes_the_services_that_answer_and_tells_alertmanager() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    for job in CONFIGURED["scrape_configs"]:
        (found,) = job["dns_sd_configs"]
        assert found["names"] == [job["job_name"]] and job["job_name"] in services
        assert str(found["port"]) == services["api"]["environment"]["VITRINA_HEALTH_PORT"]
    (targets,) = CONFIGURED["alerting"]["alertmanagers"]
    assert targets["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert {
        name for name, each in services.items() if each.get("profiles") == ["observability"]
    } == {
        "prometheus",
        "alertmanager",
        "grafana",
    }
    mounted = services["prometheus"]["volumes"][0].split(":")
    (rules,) = CONFIGURED["rule_files"]
    assert (ROOT / mounted[0] / Path(rules).relative_to(mounted[1])).is_file()


@pytest.mark.parametrize("name", ["alertmanager.yml", "webhook.yml.example"])
def test_every_route_of_alertmanager_leads_to_a_receiver(name: str) -> None:
    configured = _yaml(f"alertmanager/{name}")
    receivers = {receiver["name"] for receiver in configured["receivers"]}
    routes = [configured["route"], *configured["route"].get("routes", [])]
    assert {route["receiver"] for route in routes} == receivers


def test_dashboards_are_found_and_ask_the_provisioned_source() -> None:
    (source,) = _yaml("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    (provider,) = _yaml("grafana/provisioning/dashboards/vitrina.yml")["providers"]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    mounts = services["grafana"]["volumes"]
    shown = provider["options"]["path"]
    assert f"./ops/observability/grafana/dashboards:{shown}:ro" in mounts
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert Path(home).parent == Path(shown) and Path(home).stem in DASHBOARDS
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)
    for name, panel in _panels():
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}, name
        assert panel["description"], name
