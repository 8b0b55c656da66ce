"""The real Nginx with our configuration before a small upstream that notes what reaches it."""

import contextlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local import leash, ports
from tests import patience
from tests.ops.programs import program

FOLDER = Path(__file__).parents[2] / "nginx"
KEPT = ("/api/v1/live/overview", "/api/v1/metrics/query")
STREAMED = ("/api/v1/live", "/api/v1/exports/tables/events")
# As an operator writes it, for this machine as the proxy in front.
NAMED = (FOLDER / "proxies.conf.example").read_text("utf-8").replace("192.0.2.10", "127.0.0.1")
# Of tls.conf.example.
NAME = "shop.example"
_MAIN = """
{user}
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
    types {{ application/json json; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/vitrina/conf.d/*.conf;
}}
"""


def nginx() -> str:
    """Its program; without one the test is skipped, as `make nginx` has said."""
    return program("nginx", "make nginx as root")


@dataclass
class Upstream:
    """Answers as the API does where it matters to a proxy; `seen` has each request's headers."""

    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    may_end: threading.Event = field(default_factory=threading.Event)
    ended: set[str] = field(default_factory=set)  # sessions by their cookie

    def count(self, path: str) -> int:
        return sum(each == path for each, _ in self.seen)


class Handler(BaseHTTPRequestHandler):
    """Answers for the server's upstream."""

    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def do_GET(self) -> None:  # pylint: disable=invalid-name  # called by this name
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.upstream.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        path = self.path.partition("?")[0]
        if path in STREAMED:
            self._stream()
        elif self.headers.get("Cookie") in self.upstream.ended:
            self._answer(b"{}", status=401)
        elif path in KEPT:
            if "held" in self.path:
                self.upstream.may_end.wait(patience.SECONDS)
            said = f"{self.headers.get('Cookie')} {len(self.upstream.seen)}"
            tag = {"ETag": f'"{len(self.upstream.seen)}"', "Cache-Control": "private, no-cache"}
            mark = {} if "unmarked" in self.path else {"X-Accel-Expires": "1"}
            self._answer(said.encode(), tag | mark)
        elif path.startswith("/assets/"):
            encoding = self.headers.get("Accept-Encoding", "")
            shown = {"Content-Encoding": encoding} if encoding else {}
            named = {"Cache-Control": "public, max-age=31536000, immutable"}
            self._answer(encoding.encode(), shown | named | {"Vary": "Accept-Encoding"})
        elif path.endswith("/files/1"):
            inner = {"X-Accel-Redirect": "/exported/job/part.csv", "ETag": '"of-sha"'}
            named = {"Content-Disposition": "attachment; filename*=UTF-8''v.csv"}
            self._answer(b"", inner | named, media_type="text/csv")
        else:
            self._answer(b"{}", {"Cache-Control": "no-store"})

    do_POST = do_GET

    def _answer(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        status: int = 200,
        media_type: str = "application/json",
    ) -> None:
        self.send_response(status)
        # As core/safe_headers.py sends them.
        common = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        if self.headers.get("X-Forwarded-Proto") == "https":
            common["Strict-Transport-Security"] = "max-age=31536000"
        named = {"Content-Type": media_type, "Content-Length": str(len(body))}
        for name, value in (common | named | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"first")
        self.wfile.flush()
        self.upstream.may_end.wait(patience.SECONDS)
        self.wfile.write(b"last")
        self.close_connection = True

    # pylint: disable-next=redefined-builtin  # as the base names it
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def answering(upstream: Upstream) -> Iterator[int]:
    """The upstream's port."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handling", (Handler,), {"upstream": upstream})
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        upstream.may_end.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Proxy:
    folder: Path
    port: int

    def ask(
        self, path: str, headers: dict[str, str] | None = None, *, method: str = "GET"
    ) -> tuple[HTTPResponse, bytes]:
        """The answer and its body, by a connection of its own."""
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer, answer.read()

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=patience.SECONDS)

    def logs(self) -> str:
        return "".join(
            (self.folder / name).read_text("utf-8") for name in ("access.log", "error.log")
        )


def configure(folder: Path, port: int, upstream: int, files: dict[str, str] | None = None) -> Path:
    """Our files with the places of the test, and further ones; two in a burst, for the limits."""
    for name in ("vitrina/conf.d", "exports", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shared = {
        str(file.relative_to(FOLDER)): file.read_text("utf-8") for file in FOLDER.rglob("*.conf")
    }
    for name, text in (shared | (files or {})).items():
        for old, new in {
            "/etc/nginx/vitrina": str(folder / "vitrina"),
            "/var/cache/nginx": str(folder / "cache"),
            "/var/log/nginx": str(folder),
            "/var/lib/vitrina/exports/jobs": str(folder / "exports"),
            "listen 80": f"listen 127.0.0.1:{port}",
            "http://api:8080": f"http://127.0.0.1:{upstream}",
            "http://intake:8081": f"http://127.0.0.1:{upstream}",
        }.items():
            text = text.replace(old, new)
        text = re.sub(r"(zone=(?:hooks|intake):\w+ )rate=\w+/s", r"\1rate=1r/m", text)
        text = re.sub(r"(zone=(?:hooks|intake) )burst=\d+", r"\1burst=2", text)
        (folder / "vitrina" / name).write_text(text, "utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, user=user), "utf-8")
    return main


def versions() -> str:
    """Like `nginx version: nginx/1.22.1`."""
    return subprocess.run([nginx(), "-v"], check=True, capture_output=True, text=True).stderr


def tls_example(folder: Path, port: int) -> str:
    """tls.conf.example at a port; its certificates and its proofs are in folders of this one."""
    tls = (FOLDER / "tls.conf.example").read_text("utf-8")
    for old, new in {
        "/etc/letsencrypt": str(folder / "letsencrypt"),
        "/var/www/acme": str(folder / "acme"),
        "listen 443": f"listen 127.0.0.1:{port}",
    }.items():
        assert old in tls
        tls = tls.replace(old, new)
    if re.search(r"nginx/1\.(\d|1\d|2[0-4])\.", versions()):  # it is a directive since 1.25
        tls = tls.replace("    http2 on;\n", "")
    return tls


def checked(main: Path) -> str:
    """What Nginx says of a configuration that it takes; raises CalledProcessError."""
    command = [nginx(), "-t", "-c", str(main), "-p", str(main.parent)]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return told.stderr


@contextlib.contextmanager
def proxying(
    folder: Path, upstream: int, files: dict[str, str] | None = None, *, port: int = 0
) -> Iterator[Proxy]:
    """Nginx before the upstream at this port; `port` is its own in place of 80, 0: any."""
    proxy = Proxy(folder, port or ports.free_port())
    main = configure(folder, proxy.port, upstream, files)
    command = leash.leashed([nginx(), "-c", str(main), "-p", str(folder)])
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(command, stdout=console, stderr=console, start_new_session=True)
    try:
        _until_open(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(patience.SECONDS)


def _until_open(proxy: Proxy, process: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + patience.SECONDS
    while True:
        try:
            proxy.ask("/api/v1/ready")
            return
        except OSError:
            assert process.poll() is None, (proxy.folder / "console").read_text("utf-8")
            assert time.monotonic() < ends_at, "Nginx did not open its port"
            time.sleep(0.01)


def reload(folder: Path) -> None:
    """`nginx -s reload`, as docs/install.md has it."""
    command = [nginx(), "-c", str(folder / "nginx.conf"), "-p", str(folder), "-s", "reload"]
    subprocess.run(command, check=True, capture_output=True)


def problem(body: bytes) -> dict[str, object]:
    found = json.loads(body)
    assert isinstance(found, dict)
    return found
