"""Manifests: with a key, only what it has vouched for; and places with backups of all kinds."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.backup import list_backups
from cli.backups import manifest, pruning
from cli.backups.manifest import Manifest
from cli.backups.places import Place
from cli.backups.sealing import BackupDamaged, BackupKey
from core.errors import ConfigurationError

KEY = BackupKey(b"k" * 32)
OTHER = BackupKey(b"x" * 32)


def wrote(place: Place, day: int, key: BackupKey | None, *, is_encrypted: bool) -> str:
    """A backup of nothing; returns its id."""
    made_at = datetime(2026, 3, day, tzinfo=UTC)
    made = Manifest(
        format=manifest.FORMAT,
        id=f"{made_at:%Y%m%dT%H%M%S}Z",
        made_at=made_at,
        base=None,
        is_encrypted=is_encrypted,
        postgres_version="18",
        clickhouse_version="26",
        secret_keys=(),
        schema_scripts=(),
        positions=(),
        sequences={},
        postgres=(),
        clickhouse=(),
    )
    manifest.write(place, made, key)
    return made.id


@pytest.mark.parametrize("says_encrypted", [False, True])
def test_a_key_accepts_no_manifest_without_its_mark(tmp_path: Path, says_encrypted: bool) -> None:
    place = Place.at(str(tmp_path))
    swapped = wrote(place, 1, None, is_encrypted=says_encrypted)
    with pytest.raises(ConfigurationError, match="is not encrypted, so --key"):
        manifest.read(place, swapped, KEY)
    if says_encrypted:
        with pytest.raises(BackupDamaged, match="was changed"):
            manifest.read(place, swapped, None)
    else:
        assert manifest.read(place, swapped, None).id == swapped


def test_a_marked_manifest_is_of_an_encrypted_backup_and_of_its_folder(tmp_path: Path) -> None:
    place = Place.at(str(tmp_path))
    plain = wrote(place, 1, KEY, is_encrypted=False)
    with pytest.raises(BackupDamaged):
        manifest.read(place, plain, KEY)
    earlier, later = (wrote(place, day, KEY, is_encrypted=True) for day in (2, 3))
    (tmp_path / earlier / manifest.FILE).replace(tmp_path / later / manifest.FILE)
    with pytest.raises(BackupDamaged, match="another backup's"):
        manifest.read(place, later, KEY)


def test_a_place_with_both_kinds_is_listed_and_pruned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place.at(str(tmp_path / "place"), makes=True)
    plain = wrote(place, 1, None, is_encrypted=False)
    sealed = wrote(place, 2, KEY, is_encrypted=True)
    file = tmp_path / "key"
    file.write_bytes(base64.b64encode(b"k" * 32))
    list_backups(place.address, file)
    first, second = capsys.readouterr().out.splitlines()
    assert plain in first and "not encrypted" in first
    assert sealed in second and "not encrypted" not in second
    other = wrote(place, 3, OTHER, is_encrypted=True)
    assert pruning.prune(place, 2) == [plain]
    assert manifest.complete(place) == [sealed, other]
