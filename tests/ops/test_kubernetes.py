"""The manifests for Kubernetes: of its schema, agreeing with docker-compose.yml and each other."""

import inspect
import ipaddress
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import yaml

from bots.runtime import worker as worker_process
from core.postgres import open_pool
from core.settings import Settings
from tests.ops.kubernetes_schema import FILE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ops/kubernetes"
SCHEMA = json.loads(FILE.read_text("utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
DEFAULTS = Settings.model_json_schema()["properties"]
SETTINGS = {f"VITRINA_{name.upper()}" for name in DEFAULTS}
# Written for kustomize or for Dagster.
NO_MANIFESTS = {"kustomization.yaml", "dagster.yaml", "workspace.yaml"}
# The demo and the operator's commands run elsewhere.
NOT_THERE = {"simulator", "seed", "cli"}
KUBECTL = shutil.which("kubectl") or ""


def _documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


def _files() -> list[Path]:
    found = [file for file in FOLDER.rglob("*.yaml") if file.name not in NO_MANIFESTS]
    # Dagster's own file has the name of the services' one.
    return sorted([*found, FOLDER / "base/dagster.yaml"])


MANIFESTS = {
    f"{file.parent.name}/{file.name} {document['kind']} {document['metadata']['name']}": document
    for file in _files()
    for document in _documents(file.read_text("utf-8"))
}


@cache
def _validator(version: str, kind: str) -> Any:
    group = version.removesuffix(".k8s.io/v1").removesuffix(".authorization").replace("/", ".")
    group = {"v1": "core.v1", "networking": "networking.v1", "rbac": "rbac.v1"}.get(group, group)
    return jsonschema_rs.validator_for(
        SCHEMA["kinds"][f"{group}.{kind}"] | {"$defs": SCHEMA["$defs"]}
    )


def _faults(manifest: dict[str, Any]) -> list[str]:
    validator = _validator(manifest["apiVersion"], manifest["kind"])
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(manifest)]


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_is_of_its_schema(manifest: dict[str, Any]) -> None:
    assert not _faults(manifest)


def test_a_misspelt_field_is_a_fault() -> None:
    worker = MANIFESTS["base/bots.yaml Deployment worker"]
    assert _faults(worker | {"spec": worker["spec"] | {"replica": 2}})


def _pods(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents:
        if "template" in document.get("spec", {}):
            yield document["metadata"]["name"], document["spec"]["template"]


def test_each_service_of_compose_runs_the_same_here() -> None:
    base = [each for name, each in MANIFESTS.items() if name.startswith("base/")]
    ours = {name: each for name, each in COMPOSE.items() if each["image"].startswith("vitrina-")}
    pods = {name: pod["spec"] for name, pod in _pods(base)}
    assert pods.keys() == ours.keys() - NOT_THERE | {"nginx"}
    for name in ours.keys() - NOT_THERE:
        (container,) = pods[name]["containers"]
        assert ours[name]["image"].startswith(container["image"] + ":")
        assert container.get("args") == ours[name].get("command"), name
        assert container.get("command") == ours[name].get("entrypoint"), name
        grace = ours[name]["stop_grace_period"].removesuffix("s")
        assert pods[name].get("terminationGracePeriodSeconds", 30) >= int(grace)
    assert pods["nginx"]["containers"][0]["image"] == COMPOSE["nginx"]["image"]


def _variables(file: str) -> list[tuple[str, str]]:
    lines = (FOLDER / file).read_text("utf-8").splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines]


def test_every_variable_is_a_setting() -> None:
    files = [str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.env")]
    named = {name for file in files for name, _ in _variables(file)}
    stores = {"VITRINA_DAGSTER_DATABASE_URL", "VITRINA_CLICKHOUSE_PASSWORD"} | {
        f"VITRINA_CLICKHOUSE_{whose}_PASSWORD" for whose in "SCHEMA PANEL ANALYST REPLICAS".split()
    }
    assert named <= SETTINGS | stores
    config = "".join(file.read_text("utf-8") for file in (ROOT / "ops/clickhouse").rglob("*.xml"))
    given = _variables("many/clickhouse.env")
    assert all(f'from_env="{name}"' in config for name, _ in given)


def _whole(overlay: str) -> list[dict[str, Any]]:
    rendered = subprocess.run(
        [KUBECTL, "kustomize", str(FOLDER / overlay)], capture_output=True, text=True, check=False
    )
    assert rendered.returncode == 0, rendered.stderr
    return _documents(rendered.stdout)


@pytest.mark.skipif(not KUBECTL, reason="kubectl is missing, as make test has said")
@pytest.mark.parametrize("overlay", ["example", "many"])
def test_an_overlay_is_whole(overlay: str) -> None:
    documents = _whole(overlay)
    assert not [fault for document in documents for fault in _faults(document)]
    names = {(each["kind"], each["metadata"]["name"]) for each in documents}
    labels = [pod["metadata"]["labels"] for _, pod in _pods(documents)]
    for each in documents:
        if each["kind"] == "Service":
            assert any(each["spec"]["selector"].items() <= found.items() for found in labels)
    for name, pod in _pods(documents):
        (container,) = pod["spec"]["containers"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"], name
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"], name
        for source in container.get("envFrom", []):
            ((kind, found),) = source.items()
            kind = {"configMapRef": "ConfigMap", "secretRef": "Secret"}[kind]
            assert (kind, found["name"]) in names, name
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
        for volume in volumes.values():
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in names, name
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in names, name
        claimed = {"data"} if name in {"keeper", "clickhouse"} else set()
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys() | claimed


@pytest.mark.skipif(not KUBECTL, reason="kubectl is missing, as make test has said")
def test_what_dagster_s_runs_are_given_is_there_by_its_very_name() -> None:
    documents = _whole("many")
    names = {(each["kind"], each["metadata"]["name"]) for each in documents}
    launcher = _launcher()
    assert ("ConfigMap", launcher["instance_config_map"]) in names
    assert {("ConfigMap", name) for name in launcher["env_config_maps"]} <= names
    assert {("Secret", name) for name in launcher["env_secrets"]} <= names
    assert ("ServiceAccount", launcher["service_account_name"]) in names


def _launcher() -> dict[str, Any]:
    file = FOLDER / "dagster-kubernetes/dagster.yaml"
    found: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["run_launcher"]["config"]
    return found


def test_a_run_s_pod_is_like_the_others_of_ours() -> None:
    """Dagster makes it: the namespace refuses one that may be more than the others."""
    ours = {
        each["path"].removeprefix("/spec/template/spec/"): each["value"]
        for each in json.loads((FOLDER / "base/ours.json").read_text("utf-8"))
    }
    run = _launcher()["run_k8s_config"]
    container, pod = run["container_config"], run["pod_spec_config"]
    assert pod["securityContext"] == ours["securityContext"]
    assert container["securityContext"] == ours["containers/0/securityContext"]
    assert ours["volumes/-"] in pod["volumes"]
    assert ours["containers/0/volumeMounts/-"] in container["volumeMounts"]
    assert {each["name"] for each in container["volumeMounts"]} == {
        each["name"] for each in pod["volumes"]
    }
    named = {"name": "run", "image": "vitrina-pipelines"} | container
    template = {"spec": {"restartPolicy": "Never", "containers": [named]} | pod}
    job = {"metadata": {"name": "run"}, "spec": {"template": template} | run["job_spec_config"]}
    assert not _faults({"apiVersion": "batch/v1", "kind": "Job"} | job)


def test_dagster_s_image_has_its_package_where_it_runs_and_runs_what_it_is_given() -> None:
    lines = (FOLDER / "dagster-kubernetes/Dockerfile").read_text("utf-8").replace("\\\n", "")
    steps = [line for line in lines.splitlines() if line and not line.startswith("#")]
    commands = re.findall(r"\bpip [^&]+", " ".join(steps))
    assert len(commands) == 2
    assert all(each.startswith("pip --python /opt/vitrina/bin/python ") for each in commands)
    kept = (ROOT / "Dockerfile").read_text("utf-8")
    user = next(step for step in reversed(steps) if step.startswith("USER "))
    assert f"\n{user}\n" in kept and user.split()[1].replace(":", "").isdigit()
    assert 'ENTRYPOINT ["vitrina"]' in kept and steps[-1] == "ENTRYPOINT []"


def test_dagster_s_instance_differs_only_in_where_runs_take_place() -> None:
    here = yaml.safe_load((FOLDER / "dagster-kubernetes/dagster.yaml").read_text("utf-8"))
    there = yaml.safe_load((ROOT / "ops/dagster/dagster.yaml").read_text("utf-8"))
    assert here.pop("run_launcher")["class"] == "K8sRunLauncher"
    assert here == there
    workspace = "dagster-kubernetes/workspace.yaml"
    assert (FOLDER / workspace).read_bytes() == (ROOT / "ops/dagster/workspace.yaml").read_bytes()


def _settings_files(name: str) -> list[ElementTree.Element]:
    """The files of ClickHouse's ConfigMap of this name."""
    folder = ROOT / "ops/clickhouse"
    generators = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    (files,) = [each["files"] for each in generators["configMapGenerator"] if each["name"] == name]
    return [ElementTree.parse(folder / file).getroot() for file in files]


def test_clickhouse_answers_others_where_its_image_s_own_settings_are_covered() -> None:
    pod = MANIFESTS["clickhouse-replicas/clickhouse.yaml StatefulSet clickhouse"]["spec"][
        "template"
    ]
    (container,) = pod["spec"]["containers"]
    mounted = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert mounted["config"] == "/etc/clickhouse-server/config.d"  # with docker_related_config.xml
    assert mounted["users"] == "/etc/clickhouse-server/users.d"  # with default-user.xml
    listens = [
        each.text
        for root in _settings_files("clickhouse-config")
        for each in root.iter("listen_host")
    ]
    assert listens == ["::", "0.0.0.0"]
    (default,) = [
        found
        for root in _settings_files("clickhouse-users")
        for found in root.iterfind("users/default")
    ]
    (networks,) = default.iterfind("networks")
    assert networks.attrib == {"replace": "replace"}  # those of the image are everywhere
    assert [each.text for each in networks] == ["::1", "127.0.0.1"]


def test_a_replica_without_the_database_takes_no_queries_but_migrate_reaches_it() -> None:
    replicas = "clickhouse-replicas/clickhouse.yaml"
    (container,) = MANIFESTS[f"{replicas} StatefulSet clickhouse"]["spec"]["template"]["spec"][
        "containers"
    ]
    schema = dict(_variables("example/schema.env"))["VITRINA_CLICKHOUSE_SCHEMA_URL"]
    url = urlsplit(schema)
    asked = " ".join(container["readinessProbe"]["exec"]["command"])
    assert f"name = '{url.path.removeprefix('/')}'" in asked
    service = MANIFESTS[f"{replicas} Service {url.hostname}"]["spec"]
    assert service["publishNotReadyAddresses"] and url.port in [
        each["port"] for each in service["ports"]
    ]
    assert (
        "publishNotReadyAddresses" not in MANIFESTS[f"{replicas} Service clickhouse-http"]["spec"]
    )


def test_only_the_autoscaler_says_how_many() -> None:
    scaled = [each for each in MANIFESTS.values() if each["kind"] == "HorizontalPodAutoscaler"]
    for each in scaled:
        name = each["spec"]["scaleTargetRef"]["name"]
        (target,) = [
            found for key, found in MANIFESTS.items() if key.endswith(f" Deployment {name}")
        ]
        assert "replicas" not in target["spec"] and each["spec"]["minReplicas"] >= 2
    names = {each["spec"]["scaleTargetRef"]["name"] for each in scaled}
    for file in FOLDER.rglob("kustomization.yaml"):
        given = yaml.safe_load(file.read_text("utf-8")).get("replicas", [])
        assert not names & {each["name"] for each in given}


def test_nginx_knows_that_the_ingress_stands_in_front() -> None:
    def directives(text: str) -> tuple[list[str], list[str]]:
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return (
            [line.split()[1].rstrip(";") for line in lines if line.startswith("set_real_ip_from ")],
            [line for line in lines if not line.startswith("set_real_ip_from ")],
        )

    named, rules = directives((FOLDER / "example/proxies.conf").read_text("utf-8"))
    assert named and all(ipaddress.ip_network(each).is_private for each in named)
    assert rules == directives((ROOT / "nginx/proxies.conf.example").read_text("utf-8"))[1]
    overlay = yaml.safe_load((FOLDER / "example/kustomization.yaml").read_text("utf-8"))
    merged = {"name": "nginx-rules", "behavior": "merge", "files": ["proxies.conf"]}
    assert merged in overlay["configMapGenerator"]


def test_the_connections_that_are_reckoned_are_those_of_the_pools() -> None:
    doc = (ROOT / "docs/scaling.md").read_text("utf-8")
    each = {
        name: int(most) for name, most in re.findall(r"^\| (worker|API|intake) \| (\d+)", doc, re.M)
    }
    # pylint: disable=protected-access
    assert each["worker"] == worker_process._CONNECTIONS + worker_process._CHECKOUTS + 1
    assert each["API"] == DEFAULTS["api_postgres_connections"]["default"] + 1
    assert each["intake"] == inspect.signature(open_pool).parameters["size"].default
    shipper, _ = map(int, re.findall(r"^\| shipper \| (\d+), and (\d+) for", doc, re.M)[0])
    dagster = int(re.findall(r"about (\d+) in all", doc)[0])
    left = int(re.findall(r"With 200 connections.* leave (\d+), which is five workers", doc)[0])
    assert left == 200 - 3 - 20 - each["API"] - shipper - each["intake"] - dagster
    assert left // each["worker"] == 5
    most = {
        found["spec"]["scaleTargetRef"]["name"]: found["spec"]["maxReplicas"]
        for found in MANIFESTS.values()
        if found["kind"] == "HorizontalPodAutoscaler"
    }
    scaled = most["worker"] * each["worker"] + most["api"] * each["API"]
    needed = 3 + 20 + scaled + 2 * shipper + 2 * each["intake"] + dagster
    assert f"two intakes need {-(-needed // 10) * 10}:" in doc
