"""Log files: nobody but their owner reads them, whatever the umask and whoever made them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.logs import LogFile


@pytest.fixture(name="no_umask", autouse=True)
def without_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def test_only_the_owner_reads_a_log_and_what_was_before_it(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("of a version that let others read\n")
    log = LogFile(tmp_path, "api")
    with log.open() as output:
        output.write(b"x" * 100)
    assert modes(tmp_path) == {"api.log": 0o600, "api.log.1": 0o600}
    (tmp_path / "api.log.1").unlink()
    log.rotate(limit=10)
    assert modes(tmp_path) == {"api.log": 0o600, "api.log.1": 0o600}
    assert (tmp_path / "api.log.1").read_bytes() == b"x" * 100 and log.size() == 0
