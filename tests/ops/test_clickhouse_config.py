"""The real server with the containers' configuration: every line of it is accepted and has an
effect."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from core.clickhouse import open_client
from local import clickhouse
from local.readiness import clickhouse_answers
from tests.local.servers import clickhouse_options, serving

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ops/clickhouse"
FILE = FOLDER / "config.d/vitrina.xml"
# For several servers and for old weeks in S3, laid over the same server. Nothing answers at the
# addresses.
MANY = {
    "VITRINA_CLICKHOUSE_REPLICA": "here",
    "VITRINA_CLICKHOUSE_REPLICAS_PASSWORD": "between them",
    "VITRINA_CLICKHOUSE_S3_ADDRESS": "http://127.0.0.1:9/bucket/",
    "VITRINA_CLICKHOUSE_S3_KEY": "key",
    "VITRINA_CLICKHOUSE_S3_SECRET": "secret",
}
# Those that are no server settings of their own but parts of another subject.
SECTIONS = {"logger", "timezone", "merge_tree", "access_control_improvements"}


def _written(path: str = "") -> dict[str, str]:
    """The numbers of the file, or of one section of it, by name."""
    parent = ElementTree.parse(FILE).getroot().find(path or ".")
    assert parent is not None
    return {
        child.tag: child.text or ""
        for child in parent
        if child.tag not in SECTIONS and not child.tag.endswith("_log")
    }


def _values(client: Client, table: str) -> dict[str, str]:
    rows = client.query(f"SELECT name, value FROM system.{table}").result_rows
    return {str(name): str(value) for name, value in rows}


def _lay_over(data: Path) -> None:
    """Puts the files beside the server's own config.xml, in config.d."""
    overlay = data / "run/config.d"
    overlay.mkdir(parents=True)
    shutil.copy(FILE, overlay)
    for name in ("replicas/replicas.xml", "tiers/tiers.xml"):
        text = (FOLDER / name).read_text("utf-8")
        moved = text.replace("/var/lib/clickhouse", str(data / "store"))
        (overlay / Path(name).name).write_text(moved, "utf-8")


def _with_digests(data: Path, tmp_path: Path, url: str) -> str:
    """Lays the digests that containers have over the server's users; the address that fits."""
    checkout = tmp_path / "checkout"
    (checkout / "ops").mkdir(parents=True)
    for name in ("ops/make-env.sh", ".env.example"):
        shutil.copy(ROOT / name, checkout / name)
    subprocess.run([checkout / "ops/make-env.sh"], check=True, capture_output=True)
    overlay = data / "run/users.d"
    overlay.mkdir(parents=True)
    secrets = checkout / "secrets"
    shutil.copy(secrets / "clickhouse_users.xml", overlay / "zz-passwords.xml")
    parts = urlsplit(url)
    password = (secrets / "vitrina_clickhouse_password").read_text("utf-8")
    return parts._replace(netloc=f"vitrina:{password}@{parts.hostname}:{parts.port}").geturl()


def _is_one_of_two_with_tiers(client: Client) -> None:
    macros = client.query("SELECT macro, substitution FROM system.macros ORDER BY macro")
    assert macros.result_rows == [("replica", "here"), ("shard", "1")]
    hosts = client.query("SELECT host_name FROM system.clusters WHERE cluster = 'vitrina'")
    assert len(hosts.result_rows) == 2
    tiers = client.query(
        "SELECT volume_name, disks, prefer_not_to_merge, move_factor FROM system.storage_policies "
        "WHERE policy_name = 'default' ORDER BY volume_priority"
    ).result_rows
    assert [(name, disks, bool(apart)) for name, disks, apart, _ in tiers] == [
        ("here", ["default"], False),
        ("there", ["old_weeks_read"], True),
    ]
    assert (
        client.command(
            "SELECT storage_policy FROM system.tables WHERE database = currentDatabase() AND "
            "name = 'kept'"
        )
        == "default"
    )


async def test_every_setting_for_a_small_host_takes_effect(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    _lay_over(options.data_dir)
    url = _with_digests(options.data_dir, tmp_path, options.url)
    argv, variables = clickhouse.command(options)
    async with serving(
        (argv, variables | MANY), tmp_path / "console", lambda: clickhouse_answers(url)
    ):
        with pytest.raises(DatabaseError, match="Authentication failed"):
            open_client(options.url).command("SELECT 1")
        client = open_client(url)
        server = _values(client, "server_settings")
        merges = _values(client, "merge_tree_settings")
        # An insert and a merge work: the pool is not smaller than what is asked of it.
        client.command(
            "CREATE TABLE kept (n UInt64, m UInt8 DEFAULT 0) ENGINE = MergeTree ORDER BY n"
        )
        for number in range(3):
            client.command(f"INSERT INTO kept (n) SELECT {number}")
        client.command("OPTIMIZE TABLE kept FINAL")
        client.command("ALTER TABLE kept UPDATE m = 1 WHERE true SETTINGS mutations_sync = 2")
        assert client.query("SELECT count(), sum(m) FROM kept").first_row == (3, 3)
        _is_one_of_two_with_tiers(client)
        client.close()
    written = _written()
    assert written and {name: server[name] for name in written} == written
    merging = _written("merge_tree")
    assert merging and {name: merges[name] for name in merging} == merging
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < int(server["max_server_memory_usage"]) <= memory / 2
