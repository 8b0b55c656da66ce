"""`make nginx` and its like, on machines as they are found: they never stand in the way of the
other tests."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("program", ["nginx", "pgbouncer", "pebble", "promtool"])
@pytest.mark.parametrize(
    ("user", "apt", "has_systemd", "called"),
    [
        (1000, 0, False, []),
        (0, 100, False, ["apt-get update"]),
        (0, 0, False, ["apt-get update", "apt-get install"]),
        (
            *(0, 0, True),
            [
                "systemctl mask",
                "apt-get update",
                "apt-get install",
                "systemctl disable",
                "systemctl unmask",
            ],
        ),
        (0, 100, True, ["systemctl mask", "apt-get update", "systemctl unmask"]),
    ],
    ids=["no root", "no network", "root", "systemd", "systemd without network"],
)
def test_a_server_is_installed_without_starting_it_or_its_tests_are_left_out_loudly(
    tmp_path: Path, program: str, user: int, apt: int, has_systemd: bool, called: list[str]
) -> None:
    make = shutil.which("make")
    assert make is not None
    calls = tmp_path / "calls"
    calls.touch()
    for name, does in {
        "id": f"echo {user}",
        "apt-get": f'echo "apt-get $1" >> {calls}; exit {apt}',
        "systemctl": f'echo "systemctl $1" >> {calls}',
    }.items():
        stub = tmp_path / name
        stub.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        stub.chmod(0o700)
    systemd = tmp_path if has_systemd else tmp_path / "none"
    told = subprocess.run(
        [make, program, f"SBIN={tmp_path}", f"SYSTEMD={systemd}"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert calls.read_text("utf-8").splitlines() == called
    assert ("SKIPPED" in told.stdout) is (user != 0 or apt != 0)


@pytest.mark.parametrize("is_there", [False, True])
def test_what_kubectl_would_check_is_left_out_loudly(tmp_path: Path, is_there: bool) -> None:
    make = shutil.which("make")
    assert make is not None
    if is_there:
        (tmp_path / "kubectl").write_text("#!/bin/sh\n", "utf-8")
        (tmp_path / "kubectl").chmod(0o700)
    told = subprocess.run(
        [make, "kubectl"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("NOT CHECKED" in told.stdout) is not is_there


def test_every_dockerfile_is_checked() -> None:
    """By hadolint, in `make lint`."""
    lint = (ROOT / "Makefile").read_text("utf-8").partition("/hadolint ")[2].splitlines()[0]
    checked = {file for pattern in lint.split() for file in ROOT.glob(pattern)}
    ours = {ROOT / "Dockerfile", *ROOT.glob("ops/**/Dockerfile")}
    assert len(ours) > 3 and checked == ours
