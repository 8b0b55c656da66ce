"""In the Dockerfile: adds to the list of an image's Python packages (CycloneDX) Python itself, the
packages of Debian below it and, for the panel, those of npm that are built into it.

bill.py BILL --debian STATUS [--npm PACKAGE-LOCK]
"""
# pylint: disable=import-error  # they are where images are built: ops/requirements-sbom.txt

import argparse
import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL


def of_debian(status: str) -> Iterator[Component]:
    """What dpkg says to be installed: lines of a package, its version and its architecture."""
    for line in status.splitlines():
        name, version, architecture = line.split("\t")
        yield _component(
            PackageURL("deb", "debian", name, version, {"arch": architecture}), group=None
        )


def of_npm(lock: dict[str, Any]) -> Iterator[Component]:
    """Those of a package-lock.json that are no tools of development."""
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("devOptional"):
            scope, _, name = path.rpartition("node_modules/")[2].rpartition("/")
            yield _component(
                PackageURL("npm", scope or None, name, package["version"]), group=scope or None
            )


def _component(found: PackageURL, *, group: str | None) -> Component:
    return Component(
        name=found.name, version=found.version, group=group, purl=found, bom_ref=str(found)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bill", type=Path)
    parser.add_argument("--debian", type=Path, required=True)
    parser.add_argument("--npm", type=Path)
    arguments = parser.parse_args()
    bill = Bom.from_json(data=json.loads(arguments.bill.read_text("utf-8")))
    python = PackageURL("generic", None, "python", platform.python_version())
    bill.components.add(_component(python, group=None))
    bill.components.update(of_debian(arguments.debian.read_text("utf-8")))
    if arguments.npm:
        bill.components.update(of_npm(json.loads(arguments.npm.read_text("utf-8"))))
    made = make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6)
    made.output_to_file(str(arguments.bill), allow_overwrite=True, indent=2)


if __name__ == "__main__":
    main()
