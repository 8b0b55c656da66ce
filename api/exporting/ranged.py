"""A file on the disk as an answer, whole or a range of it (RFC 9110, 14)."""

import re
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.A)


def satisfiable(said: str, size: int) -> bool:
    """Whether a header Range is one range that the file has; raises HTTPException (416) for one
    that lies outside of it. What is malformed, or several, may be ignored, and the whole file is
    then the answer."""
    found = _RANGE.fullmatch(said.strip())
    if found is None or not (found[1] or found[2]):
        return False
    if found[1] and found[2] and int(found[1]) > int(found[2]):
        return False
    begins_at = int(found[1]) if found[1] else (0 if int(found[2]) else size)
    if begins_at < size:
        return True
    raise HTTPException(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        f"the file has {size} bytes: ask for a range within it",
        {"Content-Range": f"bytes */{size}"},
    )


class RangedFile(FileResponse):
    """As FileResponse, for one range at most; `sha256` is the file's own, and its ETag."""

    def __init__(self, file: Path, *, name: str, media_type: str, sha256: str) -> None:
        super().__init__(
            file, filename=name, media_type=media_type, headers={"ETag": f'"{sha256}"'}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        size = Path(self.path).stat().st_size
        if not satisfiable(headers.get("range", ""), size):
            kept = [pair for pair in scope["headers"] if pair[0] != b"range"]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)


def sent_by_nginx(inner: str, *, name: str, media_type: str, sha256: str) -> Response:
    """An answer without a body: Nginx sends the file below its /exported/, or a range of it, under
    this name, type and ETag (nginx/site.conf)."""
    headers = {
        "X-Accel-Redirect": f"/exported/{quote(inner)}",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "ETag": f'"{sha256}"',
    }
    return Response(media_type=media_type, headers=headers)
