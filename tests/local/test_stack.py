"""The services of `vitrina up`, and its errors; the end-to-end test runs them all."""

import contextlib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from local import dagster, ports, stack, workspace
from local.service import Service
from local.stack import Stack, UpOptions
from local.workspace import Workspace


@pytest.fixture(name="held")
def held_folder(tmp_path: Path) -> Iterator[Workspace]:
    with workspace.hold(tmp_path, print) as held:
        yield held


def test_with_the_simulator_the_shops_are_there_before_the_worker(held: Workspace) -> None:
    services = {service.name: service for service in Stack(UpOptions(), held).services()}
    assert services["worker"].depends_on == ("seed", "simulator")
    key = Path(services["worker"].env["VITRINA_TELEGRAM_SERVER_KEY"])
    assert key.is_relative_to(held.folder / "simulator")
    assert services["worker"].env["VITRINA_TELEGRAM_SERVER"].startswith("127.0.0.1:")


def test_without_the_simulator_it_is_telegram_itself(held: Workspace) -> None:
    options = UpOptions(simulator=False, dagster_web=False)
    services = {service.name: service for service in Stack(options, held).services()}
    assert not {"simulator", "seed", "dagster-webserver"} & set(services)
    assert services["worker"].depends_on == ("migrate",)
    assert not [name for name in services["worker"].env if "TELEGRAM" in name]


def test_what_the_panel_does_not_need_starts_behind_the_link(held: Workspace) -> None:
    services = {service.name: service for service in Stack(UpOptions(), held).services()}
    later = {name for name, service in services.items() if service.is_later}
    assert later == {"dagster-code", "dagster-daemon", "dagster-webserver"}
    for name in services.keys() - later:  # else the link would wait for ever
        assert not later & set(services[name].depends_on)


def test_no_secret_stands_on_a_command_line(held: Workspace) -> None:
    secrets = held.secrets()
    words = [word for s in Stack(UpOptions(), held).services() for word in s.argv]
    for secret in (
        secrets.postgres_password,
        secrets.clickhouse_password,
        secrets.clickhouse_panel_password,
        secrets.clickhouse_analyst_password,
        secrets.secret_keys,
    ):
        assert not [word for word in words if secret in word]


def test_dagsters_configuration_holds_no_password(held: Workspace) -> None:
    Stack(UpOptions(), held).services()
    text = (held.folder / "dagster" / "dagster.yaml").read_text()
    assert held.secrets().postgres_password not in text
    assert stat.S_IMODE((held.folder / "dagster" / "dagster.yaml").stat().st_mode) == 0o600


def test_the_users_own_keys_come_first(held: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINA_SECRET_KEYS", "1:mine")
    services = {service.name: service for service in Stack(UpOptions(), held).services()}
    assert services["api"].env["VITRINA_SECRET_KEYS"] == "1:mine"


def test_a_taken_panel_port_is_named(tmp_path: Path) -> None:
    port = ports.free_port()
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(ConfigurationError, match=rf"port {port}, needed by the panel.*--port"):
            stack.up(UpOptions(data_dir=tmp_path, port=port))


@pytest.mark.parametrize(
    "name", ["worker", "shipper", "intake", "dagster-code", "dagster-webserver"]
)
def test_a_port_that_is_taken_before_a_start_is_replaced_by_a_free_one(
    held: Workspace, name: str
) -> None:
    before = {service.name: service for service in Stack(UpOptions(), held).services()}[name]
    assert before.again is not None
    kept = before.again()
    assert (kept.argv, kept.env, kept.address) == (before.argv, before.env, before.address)
    with contextlib.ExitStack() as others:
        for port in health_and_other_ports(before):
            others.enter_context(socket.create_server(("127.0.0.1", port)))
        assert kept.again is not None
        other = kept.again()
        assert not health_and_other_ports(before) & health_and_other_ports(other)
        assert other.address != before.address
        assert all(map(ports.is_free, health_and_other_ports(other)))
    assert other.again is not None
    assert health_and_other_ports(other.again()) == health_and_other_ports(other)  # kept again


def test_the_panel_keeps_its_address_when_the_port_of_its_metrics_is_taken(held: Workspace) -> None:
    before = {service.name: service for service in Stack(UpOptions(), held).services()}["api"]
    (port,) = health_and_other_ports(before)
    assert before.again is not None
    with socket.create_server(("127.0.0.1", port)):
        other = before.again()
    assert health_and_other_ports(other) != {port} and other.address == before.address


def health_and_other_ports(service: Service) -> set[int]:
    """Those that a service binds."""
    named = {int(word) for word in service.argv if word.isdigit() and int(word) > 1024}
    variables = ("VITRINA_HEALTH_PORT", "VITRINA_INTAKE_PORT")
    return named | {int(service.env[name]) for name in variables if name in service.env}


async def test_the_daemon_is_told_where_the_code_has_gone(
    held: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def beats() -> bool:
        return True

    monkeypatch.setattr(dagster, "_beats", lambda *_, **__: beats)
    services = {service.name: service for service in Stack(UpOptions(), held).services()}
    alive = services["dagster-daemon"].alive
    assert alive is not None and await alive()
    code, workspace_file = services["dagster-code"], held.folder / "dagster" / "workspace.yaml"
    (port,) = health_and_other_ports(code)
    with socket.create_server(("127.0.0.1", port)):
        assert code.again is not None
        (other,) = health_and_other_ports(code.again())
    assert f"port: {other}" in workspace_file.read_text()
    assert not await alive()  # it reads the old address, and is started again
    assert services["dagster-daemon"].again is not None
    anew = services["dagster-daemon"].again().alive
    assert anew is not None and await anew()


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "chdb" else name)
    with pytest.raises(ConfigurationError, match="package chdb, needed for ClickHouse"):
        stack.up(UpOptions(data_dir=tmp_path))


def test_the_variables_of_a_run_can_be_read_by_other_commands(tmp_path: Path) -> None:
    (tmp_path / stack.ENVIRONMENT_FILE).write_text("VITRINA_A=1:x=\nVITRINA_B=2\n")
    assert stack.environment(tmp_path) == {"VITRINA_A": "1:x=", "VITRINA_B": "2"}
    with pytest.raises(ConfigurationError, match="has `vitrina up` run there"):
        stack.environment(tmp_path / "elsewhere")
