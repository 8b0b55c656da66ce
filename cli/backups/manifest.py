"""A backup's manifest: what it holds, of which moment, and how each file can be checked."""

import json
import re
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from cli.backups.places import Place, Stored
from cli.backups.sealing import BackupDamaged, BackupKey
from core.errors import ConfigurationError, NotFound

FORMAT = 2
FILE = "manifest.json"
_ID = re.compile(r"\d{8}T\d{6}Z")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contents(_Frozen):
    """A file with rows: `checksum` does not depend on their order; see `row_sums` and
    `clickhouse_tables`."""

    path: str
    bytes: int
    sha256: str
    rows: int
    checksum: str

    @property
    def stored(self) -> Stored:
        return Stored(self.path, self.bytes, self.sha256)


class PostgresTable(_Frozen):
    name: str
    columns: tuple[str, ...]
    contents: Contents


class Partition(_Frozen):
    """A partition of a table; `fingerprint` is that of its files in ClickHouse."""

    id: str
    fingerprint: str
    contents: Contents


class ClickHouseTable(_Frozen):
    name: str
    engine: str
    columns: tuple[str, ...]
    partitions: tuple[Partition, ...]


class Position(_Frozen):
    """How far a shard was shipped at the backup's moment."""

    shard: int
    xid: int
    pos: int


class Script(_Frozen):
    """A migration that the stores had."""

    store: str
    owner: str
    number: int
    name: str
    checksum: str


class Manifest(_Frozen):
    """One backup. Paths are of the place, since an incremental one refers to files of others."""

    format: int
    id: str
    made_at: datetime
    base: str | None
    is_encrypted: bool
    postgres_version: str
    clickhouse_version: str
    secret_keys: tuple[str, ...]  # number and fingerprint of each that has sealed something
    schema_scripts: tuple[Script, ...]
    positions: tuple[Position, ...]
    sequences: dict[str, int | None]
    postgres: tuple[PostgresTable, ...]
    clickhouse: tuple[ClickHouseTable, ...]

    def contents(self) -> Iterable[Contents]:
        """Every file, also those of earlier backups."""
        for table in self.postgres:
            yield table.contents
        for stored in self.clickhouse:
            for partition in stored.partitions:
                yield partition.contents

    @property
    def own_bytes(self) -> int:
        """Bytes of the files that this backup added."""
        return sum(each.bytes for each in self.contents() if each.path.startswith(f"{self.id}/"))


def write(place: Place, manifest: Manifest, key: BackupKey | None) -> None:
    """Last of all: a folder without it is no backup."""
    text = manifest.model_dump_json(indent=1)
    mark = key.mark(text.encode()) if key else ""
    place.put_text(f"{manifest.id}/{FILE}", json.dumps({"manifest": text, "mark": mark}).encode())


def read(place: Place, backup: str, key: BackupKey | None) -> Manifest:
    """The manifest, genuine if there is a key: a backup that is not encrypted is refused then.

    Raises NotFound, ConfigurationError (the wrong key, a newer format) or BackupDamaged.
    """
    text, mark = _stored(place, backup)
    if key is None and mark:
        raise ConfigurationError(f"backup {backup} is encrypted: name the file of its key by --key")
    if key is not None and not mark:
        raise ConfigurationError(
            f"backup {backup} is not encrypted, so --key cannot show that it is genuine: was it "
            "exchanged? If it was made without a key, leave --key out"
        )
    if key is not None and key.mark(text.encode()) != mark:
        raise ConfigurationError(
            f"--key is not the key of backup {backup}, or its manifest was changed"
        )
    return _parsed(backup, text, mark)


def unproven(place: Place, backup: str) -> Manifest:
    """The manifest as it stands there, whoever wrote it; raises as `read` does."""
    return _parsed(backup, *_stored(place, backup))


def _stored(place: Place, backup: str) -> tuple[str, str]:
    """A manifest's text, and the mark of its key, which is empty without one."""
    found = place.get_text(f"{backup}/{FILE}")
    if found is None:
        raise NotFound(
            f"{place.address} has no complete backup {backup}: see `vitrina backup list`"
        )
    try:
        whole = json.loads(found)
        text, mark = str(whole["manifest"]), str(whole["mark"])
        form = json.loads(text)["format"]
    except (ValueError, LookupError, TypeError) as error:
        raise BackupDamaged(f"the manifest of {backup} is cut off or was changed") from error
    if form != FORMAT:
        raise ConfigurationError(
            f"backup {backup} was made by another version: restore it with that version"
        )
    return text, mark


def _parsed(backup: str, text: str, mark: str) -> Manifest:
    try:
        parsed = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BackupDamaged(f"the manifest of {backup} was changed") from error
    if parsed.id != backup or parsed.is_encrypted != bool(mark):
        raise BackupDamaged(f"the manifest of {backup} was changed, or is another backup's")
    return parsed


def key_of(manifest: Manifest, key: BackupKey | None) -> BackupKey | None:
    """The key to open the files with: none for a backup that is not encrypted."""
    return key if manifest.is_encrypted else None


def is_id(folder: str) -> bool:
    """Whether a folder is a backup's, by its name: a place may hold other things, too."""
    return _ID.fullmatch(folder) is not None


def complete(place: Place) -> list[str]:
    """The ids of the complete backups, the oldest first."""
    return [
        each
        for each in place.folders()
        if is_id(each) and place.get_text(f"{each}/{FILE}") is not None
    ]


def newest(place: Place) -> str:
    """Raises NotFound if there is none."""
    found = complete(place)
    if not found:
        raise NotFound(f"{place.address} has no complete backup")
    return found[-1]
