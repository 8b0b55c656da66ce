"""Where the tests' temporary files lie, and what is left of them."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import memory

GIB = 1024**3


def _write(group: Path, **files: str) -> None:
    group.mkdir(parents=True)
    for name, content in files.items():
        (group / name.replace("__", ".")).write_text(f"{content}\n", "ascii")


def test_a_container_of_version_2_leaves_what_its_limits_leave(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/tests/all\n", "ascii")
    usage = {"memory__current": str(3 * GIB), "memory__stat": f"anon 5\ninactive_file {GIB}"}
    _write(tmp_path / "tests", memory__max=str(8 * GIB), **usage)
    _write(tmp_path / "tests/all", memory__max="max", **usage)
    assert list(memory.room_in_groups(tmp_path, own)) == [6 * GIB]


@pytest.mark.parametrize("path", ["/", "/docker/of-the-host"])
def test_a_container_of_version_1_leaves_what_its_limit_leaves(tmp_path: Path, path: str) -> None:
    own = tmp_path / "own"
    own.write_text(f"5:cpu,cpuacct:/\n4:memory:{path}\n0::/\n", "ascii")
    _write(
        tmp_path / "memory",
        memory__limit_in_bytes=str(4 * GIB),
        memory__usage_in_bytes=str(3 * GIB),
        memory__stat=f"inactive_file 7\ntotal_inactive_file {2 * GIB}",
    )
    assert list(memory.room_in_groups(tmp_path, own)) == [3 * GIB]


def test_no_groups_set_no_limit(tmp_path: Path) -> None:
    assert not list(memory.room_in_groups(tmp_path, tmp_path / "none"))


def test_memory_is_no_place_for_files_in_a_container_with_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "LEAST_ROOM", 1)
    rooms = [5]
    monkeypatch.setattr(memory, "room_in_groups", lambda: rooms)
    assert memory.is_roomy(tmp_path)
    rooms.append(0)
    assert not memory.is_roomy(tmp_path)


HOLD = """
from tests import memory
with memory.folder_of_this_process() as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    input()
"""


def test_the_folder_of_a_process_is_removed_when_it_was_killed_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"TMPDIR": str(tmp_path)},
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        other = Path(process.stdout.readline().decode().strip())
        assert other.parent == tmp_path
        with memory.folder_of_this_process() as own:
            assert own != other and (other / "file").is_file()
        assert list(tmp_path.iterdir()) == [other]
        process.kill()
        process.wait()
    with memory.folder_of_this_process() as own:
        assert list(tmp_path.iterdir()) == [own]
    assert not list(tmp_path.iterdir())
