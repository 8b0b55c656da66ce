"""The built dashboard: its files, compressed ahead, and its page with a nonce of its own."""

import gzip
import mimetypes
import re
import secrets
from collections.abc import Collection
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from api.methods import methods_of
from core.problems import respond

_NONCE = "__CSP_NONCE__"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_REFUSED = re.compile(r"q=0(\.0*)?")
_LONGEST = 250  # bytes of a path: a name of over 255 is an error of the system
_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


def content_security_policy(nonce: str) -> str:
    """Nothing from elsewhere; styles by file or nonce; framed by Telegram's web client only."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "object-src 'none'; frame-ancestors 'self' https://web.telegram.org"
    )


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
def serve(path: str, request: Request) -> Response:
    """A file of the folder; every path that is none is the page, whose own router reads it."""
    folder: Path = request.app.state.settings.dashboard_dir
    # What no file and no page of ours is called, the system may not even want to be asked for.
    asked: str = request.scope["path"]  # `path` ends before a line break
    if len(asked.encode("utf-8", "replace")) > _LONGEST or not asked.isprintable():
        return respond(404, "not_found", "there is no such address")
    if path == "api" or path.startswith("api/"):
        if methods_of(request):
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        return respond(404, "unknown_address", "the API has no such address")
    file = _file(folder, path)
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    if file is not None:
        return _file_response(file, path, accepted)
    # A file that is not there is never answered with the page.
    name = PurePosixPath(path).name
    if "." in name:
        return respond(404, "not_found", "there is no such file")
    return _page(folder, accepted)


def _accepted(header: str) -> set[str]:
    """The encodings that a browser takes: `q=0` stands at those that it does not."""
    found = set()
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if not any(_REFUSED.fullmatch(each) for each in parameters):
            found.add(name)
    return found


def _file(folder: Path, path: str) -> Path | None:
    root = folder.resolve()
    file = (root / path).resolve()
    hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
    if hidden or path in ("", "index.html") or not file.is_relative_to(root):
        return None
    return file if file.is_file() else None


def _file_response(file: Path, path: str, accepted: Collection[str]) -> Response:
    headers = {
        "Cache-Control": _FOR_EVER if path.startswith("assets/") else "no-cache",
        "Vary": "Accept-Encoding",
    }
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    for encoding, suffix in _ENCODINGS:
        compressed = file.with_name(file.name + suffix)
        if encoding in accepted and compressed.is_file():
            headers["Content-Encoding"] = encoding
            return FileResponse(compressed, media_type=media_type, headers=headers)
    return FileResponse(file, media_type=media_type, headers=headers)


def _page(folder: Path, accepted: Collection[str]) -> Response:
    try:
        html = (folder / "index.html").read_text("utf-8")
    except FileNotFoundError:
        return respond(503, "dashboard_missing", f"no index.html in {folder}: build the dashboard")
    nonce = secrets.token_urlsafe(16)
    page = html.replace(_NONCE, nonce).encode()
    headers = {
        "Content-Security-Policy": content_security_policy(nonce),
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in accepted:
        # A page of its own for each visit, so none can be compressed ahead; nothing of the request
        # is in it, so its length tells nobody the nonce.
        page = gzip.compress(page, compresslevel=6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(page, headers=headers)
