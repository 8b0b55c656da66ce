"""The manifests for Kubernetes: of its schema, agreeing with docker-compose.yml and each other."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from core.settings import Settings
from tests.ops.kubernetes_schema import FILE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ops/kubernetes"
SCHEMA = json.loads(FILE.read_text("utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
SETTINGS = {f"VITRINA_{name.upper()}" for name in Settings.model_json_schema()["properties"]}
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


def test_every_variable_is_a_setting() -> None:
    lines = [
        line for file in FOLDER.rglob("*.env") for line in file.read_text("utf-8").splitlines()
    ]
    named = {line.partition("=")[0] for line in lines}
    stores = {"VITRINA_DAGSTER_DATABASE_URL", "VITRINA_CLICKHOUSE_PASSWORD"} | {
        f"VITRINA_CLICKHOUSE_{whose}_PASSWORD" for whose in "SCHEMA PANEL ANALYST REPLICAS".split()
    }
    assert named <= SETTINGS | stores
    config = "".join(file.read_text("utf-8") for file in (ROOT / "ops/clickhouse").rglob("*.xml"))
    given = (FOLDER / "many/clickhouse.env").read_text("utf-8")
    assert all(f'from_env="{line.partition("=")[0]}"' in config for line in given.splitlines())


def _whole(overlay: str) -> list[dict[str, Any]]:
    rendered = subprocess.run(
        [KUBECTL, "kustomize", str(FOLDER / overlay)], capture_output=True, text=True, check=False
    )
    assert rendered.returncode == 0, rendered.stderr
    return _documents(rendered.stdout)


@pytest.mark.skipif(not KUBECTL, reason="there is no kubectl")
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


@pytest.mark.skipif(not KUBECTL, reason="there is no kubectl")
def test_what_dagster_s_runs_are_given_is_there_by_its_very_name() -> None:
    documents = _whole("many")
    names = {(each["kind"], each["metadata"]["name"]) for each in documents}
    file = FOLDER / "dagster-kubernetes/dagster.yaml"
    launcher = yaml.safe_load(file.read_text("utf-8"))["run_launcher"]["config"]
    assert ("ConfigMap", launcher["instance_config_map"]) in names
    assert {("ConfigMap", name) for name in launcher["env_config_maps"]} <= names
    assert {("Secret", name) for name in launcher["env_secrets"]} <= names
    assert ("ServiceAccount", launcher["service_account_name"]) in names


def test_dagster_s_instance_differs_only_in_where_runs_take_place() -> None:
    here = yaml.safe_load((FOLDER / "dagster-kubernetes/dagster.yaml").read_text("utf-8"))
    there = yaml.safe_load((ROOT / "ops/dagster/dagster.yaml").read_text("utf-8"))
    assert here.pop("run_launcher")["class"] == "K8sRunLauncher"
    assert here == there
    workspace = "dagster-kubernetes/workspace.yaml"
    assert (FOLDER / workspace).read_bytes() == (ROOT / "ops/dagster/workspace.yaml").read_bytes()
