"""Where backups lie: a folder, or an address of S3; and their files, compressed and encrypted."""

import errno
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
import zstandard
from obstore.exceptions import BaseError as ObjectStoreError
from obstore.store import LocalStore, ObjectStore, S3Store

from cli.backups.sealing import BackupDamaged, BackupKey, opened, sealed
from core.errors import ConfigurationError, VitrinaError

_PIECE_BYTES = 1 << 20
_LEVEL = 3  # of zstd: as fast as a disk


class PlaceFails(VitrinaError):
    """The folder or the object store cannot be read or written; the message quotes it."""

    code = "backup_place_fails"
    status = 503


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a place: its path, its size there and the SHA-256 of what is stored."""

    path: str
    bytes: int
    sha256: str


class Place:
    """A folder or `s3://bucket/prefix`; S3's keys, region and endpoint are the usual `AWS_…`
    variables."""

    def __init__(self, address: str, store: ObjectStore) -> None:
        self.address = address
        self._store = store

    @classmethod
    def at(cls, address: str, *, makes: bool = False) -> "Place":
        """Raises ConfigurationError for an address of another kind, or a missing folder."""
        parts = urlsplit(address)
        if parts.scheme == "s3":
            if not parts.netloc:
                raise ConfigurationError("an address of S3 is s3://bucket/prefix")
            return cls(address, S3Store(parts.netloc, prefix=parts.path.strip("/") or None))
        if "://" in address:
            raise ConfigurationError(f"{address}: a backup goes to a folder or to s3://…")
        folder = Path(address).expanduser().resolve()
        if not makes and not folder.is_dir():
            raise ConfigurationError(f"there is no folder {folder}")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(str(folder), LocalStore(folder))

    def write(self, path: str, pieces: Iterable[bytes], key: BackupKey | None) -> Stored:
        """Compresses, encrypts and stores the pieces."""
        digest = hashlib.sha256()
        with _told(self.address):
            size = self._put(path, sealed(_compressed(pieces), key, path), digest)
        return Stored(path, size, digest.hexdigest())

    def read(self, stored: Stored, key: BackupKey | None) -> Iterator[bytes]:
        """The pieces again; raises BackupDamaged, also at the end if the checksum differs."""
        digest = hashlib.sha256()
        with _told(self.address):
            yield from _expanded(opened(self._get(stored, digest), key, stored.path), stored.path)
        if digest.hexdigest() != stored.sha256:
            raise BackupDamaged(
                f"{stored.path} is not what was stored: take another copy of the backup"
            )

    def put_text(self, path: str, text: bytes) -> None:
        with _told(self.address):
            obstore.put(self._store, path, text)  # pylint: disable=no-member  # it is compiled

    def get_text(self, path: str) -> bytes | None:
        """The small file, None if there is none."""
        try:
            with _told(self.address):
                # pylint: disable-next=no-member  # it is compiled
                return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None

    def folders(self) -> list[str]:
        """The names of the folders in it, in order."""
        with _told(self.address):
            # pylint: disable-next=no-member  # it is compiled
            return sorted(obstore.list_with_delimiter(self._store)["common_prefixes"])

    def files(self, folder: str) -> list[str]:
        """The paths of the files below a folder."""
        return list(self.sizes(folder))

    def sizes(self, folder: str) -> dict[str, int]:
        """The bytes of each file below a folder, by path; none if there is no such folder."""
        with _told(self.address):
            listed = obstore.list(self._store, folder)  # pylint: disable=no-member  # compiled
            return {each["path"]: each["size"] for batch in listed for each in batch}

    def delete(self, paths: list[str]) -> None:
        """Deletes files; those that are gone already do no harm."""
        with _told(self.address):
            if paths:
                obstore.delete(self._store, paths)  # pylint: disable=no-member  # compiled
        if isinstance(self._store, LocalStore):
            for folder in {Path(self.address, path).parent for path in paths}:
                _remove_empty(folder, Path(self.address))

    def _put(self, path: str, pieces: Iterable[bytes], digest: _Hash) -> int:
        size = 0
        # pylint: disable-next=no-member  # it is compiled
        with obstore.open_writer(self._store, path, buffer_size=8 * _PIECE_BYTES) as writer:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                writer.write(piece)
        return size

    def _get(self, stored: Stored, digest: _Hash) -> Iterator[bytes]:
        try:
            found = obstore.get(self._store, stored.path)  # pylint: disable=no-member  # compiled
        except FileNotFoundError as error:
            raise BackupDamaged(
                f"{stored.path} is missing: take another copy of the backup, or an earlier one"
            ) from error
        for piece in found.stream(min_chunk_size=_PIECE_BYTES):
            data = bytes(piece)
            digest.update(data)
            yield data


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    for piece in pieces:
        if made := packer.compress(piece):
            yield made
    yield packer.flush()


def _expanded(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    try:
        for piece in pieces:
            if made := unpacker.decompress(piece):
                yield made
    except zstandard.ZstdError as error:
        raise BackupDamaged(f"{name} was changed: take another copy of the backup") from error
    if not unpacker.eof:
        raise BackupDamaged(f"{name} is cut off: take another copy of the backup")


class _told:  # pylint: disable=invalid-name  # it is used as a function
    """Turns the store's own errors into one line that says what to do."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FileNotFoundError) or error is None:
            return
        said = " ".join(str(error).split())[:300]
        if isinstance(error, OSError) and error.errno == errno.ENOSPC or "No space left" in said:
            raise PlaceFails(f"{self._address} is full: make room there, and run it again")
        if isinstance(error, ObjectStoreError | PermissionError):
            raise PlaceFails(f"{self._address} cannot be used: {said}") from error
