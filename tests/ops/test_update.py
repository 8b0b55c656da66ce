"""`ops/update.sh`, with a Docker that only keeps books of containers."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A container is a file with its service and its image.
_DOCKER = """#!/bin/sh
cd "$BOOKS"
echo "$*" >>calls
[ "$1" != compose ] || shift
[ "$1" != --profile ] || shift 2
case "$1 $2" in
    "ps --quiet") grep -l "^$3 " c.* 2>/dev/null; true ;;
    "up --detach")
        case "$6" in *=*)
            while [ "$(grep -l "^$7 " c.* 2>/dev/null | grep -c .)" -lt "${6#*=}" ]; do
                number=$(($(ls c.* | wc -l) + $(cat gone 2>/dev/null | wc -l)))
                echo "$7 built" >"c.$number"
            done ;;
        esac ;;
    "inspect --format")
        case "$3" in
            *State*) echo "running healthy" ;;
            *) cut -d ' ' -f 2 "$4" ;;
        esac ;;
    "build "*) echo "$VITRINA_REVISION" >revision ;;
    "rm c."*) rm "$2"; echo "$2" >>gone ;;
esac
"""


@pytest.fixture(name="checkout")
def copied_checkout(tmp_path: Path) -> Path:
    """A folder with the script and the one container of each service besides the workers."""
    (tmp_path / "ops").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "ops/update.sh", tmp_path / "ops")
    docker = tmp_path / "bin/docker"
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    add(tmp_path, *(f"{name} old" for name in ("shipper", "api", "intake", "nginx", "prometheus")))
    return tmp_path


def add(checkout: Path, *containers: str) -> None:
    number = len(list(checkout.glob("c.*")))
    for at, container in enumerate(containers, number):
        (checkout / f"c.{at}").write_text(f"{container}\n")


def update(checkout: Path, *arguments: str, **variables: str) -> Counter[str]:
    """What runs afterwards, by service and image."""
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    subprocess.run(
        [checkout / "ops/update.sh", *arguments],
        env={"PATH": path, "BOOKS": str(checkout)} | variables,
        check=True,
        capture_output=True,
    )
    return Counter(file.read_text().strip() for file in checkout.glob("c.*"))


@pytest.mark.parametrize(
    "workers", [["old"] * 2, ["old"] * 2 + ["new"] * 2, ["old"] + ["new"] * 2, ["new"] * 2]
)
def test_there_are_as_many_workers_as_before_wherever_the_last_run_stopped(
    checkout: Path, workers: list[str]
) -> None:
    add(checkout, *(f"worker {image}" for image in workers))
    assert update(checkout) == {
        "worker built": 2,
        "shipper built": 1,
        "api built": 1,
        "intake built": 1,
        "nginx old": 1,
        "prometheus old": 1,
    }


def test_who_watches_reads_the_rules_again_and_workers_are_as_many_as_asked(
    checkout: Path,
) -> None:
    add(checkout, "worker old")
    assert update(checkout, "3")["worker built"] == 3
    calls = (checkout / "calls").read_text().splitlines()
    told = [call for call in calls if call.startswith("compose") and "--signal" in call]
    assert told == ["compose --profile * kill --signal HUP prometheus"]


def test_nginx_forgets_who_has_gone_at_once(checkout: Path) -> None:
    """Else calls wait at the address until it looks again by itself."""
    (nginx,) = (file.name for file in checkout.glob("c.*") if file.read_text() == "nginx old\n")
    add(checkout, "worker old", "api old")
    gone = {file.name: file.read_text().split()[0] for file in checkout.glob("c.*")}
    update(checkout)
    calls = (checkout / "calls").read_text().splitlines()
    after_stops = {
        call.split()[1]: calls[at + 1] for at, call in enumerate(calls) if call.startswith("stop ")
    }
    assert sorted(gone[name] for name in after_stops) == "api api intake shipper worker".split()
    for name, then in after_stops.items():
        is_asked_by_nginx = gone[name] in ("api", "intake")
        assert then == (f"kill --signal HUP {nginx}" if is_asked_by_nginx else f"rm {name}")


@pytest.mark.parametrize("has_env", [True, False])
def test_what_somebody_wrote_into_env_gets_to_containers(checkout: Path, has_env: bool) -> None:
    """Before any of them is started; where there is no .env, none is made."""
    make_env = checkout / "ops/make-env.sh"
    make_env.write_text("#!/bin/sh\necho make-env >>calls\n")
    make_env.chmod(0o755)
    if has_env:
        (checkout / ".env").touch()
    update(checkout, "--built", "1")
    calls = (checkout / "calls").read_text().splitlines()
    assert [at for at, call in enumerate(calls) if call == "make-env"] == [0] * has_env


def test_stores_and_nginx_stay_as_they_are(checkout: Path) -> None:
    """Compose makes what a service depends on anew if its definition has changed."""
    add(checkout, "worker old")
    update(checkout)
    calls = (checkout / "calls").read_text().splitlines()
    starting = [call for call in calls if call.split()[1] in ("run", "up")]
    assert len(starting) == 7 and all("--no-deps" in call.split() for call in starting)


@pytest.mark.parametrize(
    ("arguments", "variables", "label"),
    [
        ([], {}, "the commit"),
        (["2"], {"VITRINA_REVISION": "mine"}, "mine"),
        (["--built"], {}, None),
        (["--built", "2"], {}, None),
    ],
)
def test_images_are_built_with_the_commit_as_their_label(
    checkout: Path, arguments: list[str], variables: dict[str, str], label: str | None
) -> None:
    git = checkout / "bin/git"
    git.write_text("#!/bin/sh\necho the commit\n")
    git.chmod(0o755)
    add(checkout, "worker old", "worker old")
    assert update(checkout, *arguments, **variables)["worker built"] == 2
    built = checkout / "revision"
    assert (built.read_text().strip() if built.exists() else None) == label
    calls = (checkout / "calls").read_text().splitlines()
    assert (calls[0] == "compose --profile * build") is (label is not None)
