"""Files of a backup: whole and genuine, or an error that says what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.backups import sealing
from cli.backups.places import Place, PlaceFails, Stored
from cli.backups.sealing import BackupDamaged, BackupKey, opened, sealed
from core.errors import ConfigurationError
from tests.properties import examples

KEY = BackupKey(b"k" * 32)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@examples(30)
@given(data=st.binary(max_size=300), size=st.integers(1, 64), chunk=st.integers(1, 64))
def test_what_was_sealed_is_opened_however_it_arrives(data: bytes, size: int, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK_BYTES", chunk)
        stored = b"".join(sealed(cut(data, size), KEY, "a"))
        assert b"".join(opened(cut(stored, size), KEY, "a")) == data
        assert data == b"" or len(data) < 8 or data not in stored


@examples(40)
@given(at=st.integers(0, 10_000), kind=st.sampled_from(["cut", "flip", "swap", "name", "longer"]))
def test_what_was_changed_is_refused(at: int, kind: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK_BYTES", 16)
        stored = b"".join(sealed([bytes(range(200))], KEY, "a"))
        at, name = at % len(stored), "a"
        if kind == "cut":
            stored = stored[:at]
        elif kind == "flip":
            stored = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
        elif kind == "swap":  # two whole chunks change places
            head, size = 20, 4 + 16 + 16
            chunks = [stored[head + n * size : head + (n + 1) * size] for n in range(2)]
            stored = stored[:head] + chunks[1] + chunks[0] + stored[head + 2 * size :]
        elif kind == "longer":
            stored += b"\0"
        else:
            name = "b"
        with pytest.raises(BackupDamaged):
            list(opened([stored], KEY, name))


def test_a_file_cut_between_two_chunks_is_recognised() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK_BYTES", 16)
        stored = b"".join(sealed([bytes(64)], KEY, "a"))
        with pytest.raises(BackupDamaged, match="cut off"):
            list(opened([stored[: 20 + 36]], KEY, "a"))


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("harm", ["cut", "changed", "missing"])
def test_a_damaged_file_is_named(tmp_path: Path, key: BackupKey | None, harm: str) -> None:
    place = Place.at(str(tmp_path))
    stored = place.write("one/file.zst", [b"row\n" * 1000], key)
    assert b"".join(place.read(stored, key)) == b"row\n" * 1000
    file = tmp_path / stored.path
    data = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(data[:-5] if harm == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(BackupDamaged, match="one/file.zst"):
        list(place.read(stored, key))


def test_a_full_disk_says_so() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise OSError(28, "No space left on device")

    place = Place.at("/tmp")
    with pytest.raises(PlaceFails, match="is full: make room"):
        place.write("vitrina-test-full", pieces(), None)


@pytest.mark.parametrize("text", ["", "short", "!!!", "a2V5", "\udcff"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match="no backup key"):
        BackupKey.read(file)
    file.write_text(BackupKey.make())
    assert BackupKey.read(file).mark(b"a") != KEY.mark(b"a")


@pytest.mark.parametrize("address", ["s3://", "https://example.org/x", "/nowhere/at/all"])
def test_a_place_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError):
        Place.at(address)


def test_nothing_is_stored_under_a_name_alone(tmp_path: Path) -> None:
    with pytest.raises(BackupDamaged, match="is missing"):
        list(Place.at(str(tmp_path)).read(Stored("a", 1, ""), None))
