"""Files while they are uploaded, part by part; they need not outlive the process."""

from simulator.wire.rpc import RpcError

# Uploads that are never used must not fill the memory.
UPLOADS_KEPT = 64
MAX_PART_BYTES = 512 * 1024


class Uploads:
    """Parts by uploader and file id; the oldest unfinished uploads are given up."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int], dict[int, bytes]] = {}

    def put(self, uploader_id: int, file_id: int, part: int, data: bytes) -> None:
        """Raises RpcError."""
        if len(data) > MAX_PART_BYTES:
            raise RpcError(400, "FILE_PART_TOO_BIG")
        self._parts.setdefault((uploader_id, file_id), {})[part] = data
        while len(self._parts) > UPLOADS_KEPT:
            del self._parts[next(iter(self._parts))]

    def take(self, uploader_id: int, file_id: int, parts: int) -> bytes:
        """The whole file. Raises RpcError if parts are missing."""
        got = self._parts.pop((uploader_id, file_id), {})
        if not got or sorted(got) != list(range(parts)):
            raise RpcError(400, "FILE_PARTS_INVALID")
        return b"".join(got[each] for each in range(parts))
