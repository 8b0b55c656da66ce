"""Checks of docker-compose.yml and of the image without Docker."""

import configparser
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from typer.testing import CliRunner

from cli.main import app
from core.settings import Settings
from simulator.crowd import truth

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("vitrina-")}
# They end by themselves: nothing brings them up again, and nobody waits for their health.
ENDING = {"migrate", "seed", "cli"}
KNOWN = {f"VITRINA_{name.upper()}" for name in Settings.model_json_schema()["properties"]}
SECRET = {
    f"VITRINA_{name.upper()}"
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation)
}
# Addresses whose passwords are files; public keys of a Telegram that is not the usual one.
ADDRESSES = {name for name in SECRET if name.endswith("_URL")}
PUBLIC = {"VITRINA_TELEGRAM_SERVER_KEY", "VITRINA_TELEGRAM_LAUNCH_KEY"}
# Where a service is told to listen, and who may see it from outside.
HEALTH_PORT = "9000"
PUBLISHED = {"nginx", "dagster-webserver", "grafana"}
# Set by the image, or told apart by the container's own name.
NOT_PASSED_ON = {"VITRINA_DASHBOARD_DIR", "VITRINA_WORKER_NAME"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ENDING))
def test_a_lasting_service_is_watched_restarted_and_its_log_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"] and service["healthcheck"]["start_interval"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", sorted(ENDING))
def test_what_ends_is_not_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    assert "healthcheck" not in SERVICES[name]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert "user" not in service and "privileged" not in service


def test_the_security_model_says_which_containers_may_do_more() -> None:
    free = [
        service["image"].split(":")[0]
        for service in SERVICES.values()
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]
    ]
    assert free == ["postgres", "clickhouse/clickhouse-server"]
    model = (ROOT / "docs/security.md").read_text("utf-8")
    assert "Those of PostgreSQL and ClickHouse run as their images have it" in model


TARGETS = {
    "worker": "worker",
    "api": "api",
    "ingestion": "migrate shipper intake",
    "pipelines": "dagster-code dagster-daemon dagster-webserver",
    "cli": "cli simulator seed",
}


def test_each_of_ours_runs_the_image_of_its_kind_which_is_built_once() -> None:
    """By `up` as well, for which a service of a profile that is off does not exist."""
    for profiles in ({"cli"}, {"demo"}):
        there = [
            each for each in SERVICES.values() if set(each.get("profiles", profiles)) & profiles
        ]
        built = [each["build"]["target"] for each in there if "build" in each]
        assert sorted(built) == sorted(TARGETS)
    for target, names in TARGETS.items():
        images = {SERVICES[name]["image"] for name in names.split()}
        assert images == {f"vitrina-{target}:${{VITRINA_VERSION:-latest}}"}
    assert {name for names in TARGETS.values() for name in names.split()} == OURS


def test_only_what_people_open_is_published_and_on_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports.keys() == PUBLISHED
    for published in ports.values():
        assert all(re.match(r"(\$\{VITRINA_LISTEN:-)?127\.0\.0\.1:", port) for port in published)


def _environment(name: str) -> dict[str, str]:
    return dict(SERVICES[name]["environment"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_a_container_is_told_is_a_setting(name: str) -> None:
    dagster_only = {"VITRINA_DAGSTER_DATABASE_URL", "FRESHNESS_DAEMON_INTERVAL_SECONDS"}
    assert _environment(name).keys() <= KNOWN | dagster_only


def _secrets(name: str) -> dict[str, str]:
    """Where a service finds each of its secrets."""
    given = [
        each if isinstance(each, dict) else {"source": each, "target": f"/run/secrets/{each}"}
        for each in SERVICES[name].get("secrets", [])
    ]
    return {each["source"]: each["target"] for each in given}


def test_every_setting_reaches_the_service_that_reads_it() -> None:
    passed = {variable for name in OURS for variable in _environment(name)}
    files = {each.upper() for name in OURS for each in _secrets(name)}
    assert files == SECRET - ADDRESSES
    assert KNOWN - passed - files == NOT_PASSED_ON


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_has_a_secret_in_its_environment(name: str) -> None:
    """Whoever may ask Docker sees it: `docker inspect`, `docker compose config`."""
    for variable, value in SERVICES[name].get("environment", {}).items():
        if variable in PUBLIC:
            continue
        if variable.endswith("_PASSWORD_FILE"):
            assert value in _secrets(name).values()
            continue
        assert not re.search("PASSWORD|KEY|TOKEN|SECRET|HASH", variable), variable
        assert variable not in SECRET - ADDRESSES
        assert urlsplit(str(value)).password is None, variable
        assert "PASSWORD" not in str(value), variable


def test_secrets_are_files_of_one_folder_and_of_whoever_needs_them() -> None:
    folder = re.compile(r"\$\{VITRINA_SECRETS(:\?run ops/make-env\.sh[^}]*)?\}/([\w.]+)")
    files = {}
    for name, secret in COMPOSE["secrets"].items():
        found = folder.fullmatch(secret["file"])
        assert found is not None and secret.keys() == {"file"}
        files[name] = found[2]
    assert {name: file for name, file in files.items() if file != name} == {
        "clickhouse_users": "clickhouse_users.xml"
    }
    used = {name: set(_secrets(name)) for name in SERVICES if _secrets(name)}
    assert used.keys() == OURS | {"postgres", "clickhouse"}
    assert set().union(*used.values()) == files.keys()
    schema = "vitrina_clickhouse_schema_password"
    assert {name for name, secrets in used.items() if schema in secrets} == {"migrate", "cli"}
    assert used["postgres"] == {"vitrina_postgres_password"}
    assert used["clickhouse"] == {"clickhouse_users"}


def test_clickhouse_s_passwords_are_laid_over_its_users() -> None:
    """It reads the files of users.d in the order of their names."""
    users = Path(_secrets("clickhouse")["clickhouse_users"])
    mounts = [Path(mount.split(":")[1]) for mount in SERVICES["clickhouse"]["volumes"]]
    (below,) = [mount for mount in mounts if mount.parent == users.parent]
    assert users.name > below.name


@pytest.mark.parametrize("name", ["worker", "shipper", "intake", "api"])
def test_metrics_are_for_the_network_and_not_for_this_machine_s_visitors(name: str) -> None:
    assert _environment(name)["VITRINA_HEALTH_HOST"] == "0.0.0.0"
    assert _environment(name)["VITRINA_HEALTH_PORT"] == HEALTH_PORT
    nginx = "".join(file.read_text("utf-8") for file in (ROOT / "nginx").glob("*.conf"))
    assert HEALTH_PORT not in nginx and not re.search(r"location \S* ?\^?/metrics", nginx)


@pytest.mark.parametrize("name", ["api", "intake"])
def test_nginx_passes_calls_to_where_the_service_listens(name: str) -> None:
    upstreams = (ROOT / "nginx/upstreams.conf").read_text("utf-8")
    port = _environment(name)[f"VITRINA_{name.upper()}_PORT"]
    assert f'map "" ${name} {{ default http://{name}:{port}; }}' in upstreams
    assert _environment(name)[f"VITRINA_{name.upper()}_HOST"] == "0.0.0.0"
    assert SERVICES["nginx"]["depends_on"][name] == {"condition": "service_healthy"}


def test_every_volume_and_every_file_that_is_mounted_exists() -> None:
    sources = {
        mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])
    }
    files = {source for source in sources if source.startswith("./")}
    assert sources - files == COMPOSE["volumes"].keys()
    assert files and all((ROOT / file).exists() for file in files)


def test_nginx_has_no_single_file_mounted_which_an_update_would_not_replace() -> None:
    sources = [mount.split(":")[0] for mount in SERVICES["nginx"]["volumes"]]
    assert all((ROOT / each).is_dir() for each in sources if each.startswith("./"))
    assert "./nginx/conf.d:/etc/nginx/conf.d:ro" in SERVICES["nginx"]["volumes"]


def test_the_keys_have_a_folder_of_their_own_in_which_cli_alone_writes() -> None:
    docs = (ROOT / "docs/operations.md").read_text("utf-8").partition("## Keys in containers")[2]
    shown = re.search(r"^    services:\n(?:      .*\n)+", docs, re.MULTILINE)
    assert shown is not None
    services = yaml.safe_load(textwrap.dedent(shown[0]))["services"]
    mounts = {name: service["volumes"] for name, service in services.items()}
    writable = "/srv/vitrina-keys:/etc/vitrina/keys"
    assert mounts == {name: [writable if name == "cli" else f"{writable}:ro"] for name in OURS}
    assert "-d -m 700 -o 10001 -g 10001 /srv/vitrina-keys\n" in docs
    assert "printf file:/etc/vitrina/keys/keys > secrets/vitrina_secret_keys\n" in docs
    assert "--uid 10001 " in (ROOT / "Dockerfile").read_text("utf-8")


EXPORTS = "/var/lib/vitrina/exports"


@pytest.mark.parametrize("name", ["dagster-code", "cli"])
def test_what_writes_files_has_a_place_for_them(name: str) -> None:
    assert f"exports:{EXPORTS}" in SERVICES[name]["volumes"]
    # A fresh volume has the owner of the image's own folder: without it nobody of ours may write.
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    made = re.search(r"install -d -o vitrina -g vitrina (.*)", dockerfile)
    assert made is not None and EXPORTS in made[1].split()
    assert f"--out {EXPORTS}/" in (ROOT / "docs/docker.md").read_text("utf-8")


def test_the_demos_truth_is_read_where_it_is_judged() -> None:
    """The simulator writes into its volume, a run of `dagster-code` reads there and no more."""
    (simulator,) = SERVICES["simulator"]["volumes"]
    assert f"{simulator}:ro" in SERVICES["dagster-code"]["volumes"]
    assert "depends_on" in SERVICES["dagster-code"]
    assert "simulator" not in SERVICES["dagster-code"]["depends_on"]  # it runs without the demo
    folder = f"{simulator.split(':')[1]}/{truth.FOLDER}"
    docs = (ROOT / "docs/docker.md").read_text("utf-8")
    assert f"`folder: {folder}`" in docs and f"`pictures: {EXPORTS}/" in docs


@pytest.mark.parametrize("name", sorted(name for name in OURS if "command" in SERVICES[name]))
def test_a_container_s_command_is_one_of_vitrina_s(name: str) -> None:
    # All of it is read before the help is shown, and nothing is run.
    shown = CliRunner().invoke(app, [*SERVICES[name]["command"], "--help"])
    assert shown.exit_code == 0, shown.output


def test_the_images_have_their_groups_and_none_those_of_development() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["poetry"]
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE)
    assert set(copied) == {package["include"] for package in project["packages"]}
    exported = {
        target: set(groups.split(","))
        for groups, target in re.findall(r"--only (\S+) --output (\w+)\.txt", dockerfile)
    }
    assert exported.keys() == TARGETS.keys()
    assert exported["cli"] == {"main", *project["group"]} - {"local", "dev"}
    assert all("main" in groups and groups <= exported["cli"] for groups in exported.values())
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert all(f"!{package}" in ignored for package in copied)


# Of other groups than the API's own.
_ELSEWHERE = "pyrogram tgcrypto imagehash scipy dagster polars pyarrow sklearn chdb".split()
_MAKE_APP = """
import sys
sys.modules.update(dict.fromkeys({names}))
from api.app import create_app
from core.settings import Settings
assert create_app(Settings(_env_file=None)).routes
"""


def test_the_api_with_all_modules_needs_no_package_of_another_image() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _MAKE_APP.format(names=_ELSEWHERE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_the_override_that_archives_wal_keeps_every_other_setting() -> None:
    """A `command` of an override replaces the whole one."""
    docs = (ROOT / "docs/backups.md").read_text("utf-8")
    (block,) = re.findall(r"^    services:\n(?:    .*\n)+", docs, re.MULTILINE)
    archiving = yaml.safe_load(textwrap.dedent(block))["services"]["postgres"]["command"]
    usual = SERVICES["postgres"]["command"]
    assert archiving[: len(usual)] == usual and "archive_mode=on" in archiving


@pytest.mark.parametrize("unit", sorted((ROOT / "ops/systemd").glob("*.service")))
def test_a_timer_makes_no_store_anew_and_migrates_nothing(unit: Path) -> None:
    """`depends_on` would, after a `git pull`."""
    commands = re.findall("^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    runs = [re.search(r" run (.*?) (?:cli|certbot) ", command) for command in commands]
    assert any(runs)
    for run in filter(None, runs):
        assert {"--rm", "--no-deps", "-T"} <= set(run[1].split())
    assert all(" exec -T " in each for each, run in zip(commands, runs, strict=True) if not run)


def test_the_nightly_backup_is_a_command_and_keeps_within_what_the_check_allows() -> None:
    """Both units are of one name, as systemd wants it."""
    folder = ROOT / "ops/systemd"
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for unit, kind in ((service, "service"), (timer, "timer")):
        unit.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's case counts
        unit.read_string((folder / f"vitrina-backup.{kind}").read_text("utf-8"))
    run = service["Service"]["ExecStart"]
    words = run[run.index(" cli ") + 5 :].split()
    assert CliRunner().invoke(app, [*words[:2], "--help"]).exit_code == 0
    assert {"--key", "--keep"} <= set(words)
    assert run in (ROOT / "docs/backups.md").read_text("utf-8").replace(
        "&& docker", "&& /usr/bin/docker"
    )
    # Once a day, and the check allows a day and the delay.
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert Settings(_env_file=None).backup_hours > 24
