"""The real server with the containers' configuration: every line of it is accepted and has an
effect."""

import os
import shutil
from pathlib import Path
from xml.etree import ElementTree

from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from local import clickhouse
from tests.local.servers import clickhouse_options, clickhouse_ready, serving

FILE = Path(__file__).parents[2] / "ops/clickhouse/config.d/vitrina.xml"
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


async def test_every_setting_for_a_small_host_takes_effect(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    # Files in config.d beside the server's own config.xml are laid over it.
    overlay = tmp_path / "data/run/config.d"
    overlay.mkdir(parents=True)
    shutil.copy(FILE, overlay)
    command, ready = clickhouse.command(options), clickhouse_ready(options)
    async with serving(command, tmp_path / "console", ready):
        client = open_client(options.url)
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
        client.close()
    written = _written()
    assert written and {name: server[name] for name in written} == written
    merging = _written("merge_tree")
    assert merging and {name: merges[name] for name in merging} == merging
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < int(server["max_server_memory_usage"]) <= memory / 2
