"""What Nginx does with our configuration: the real one, before a small upstream."""

import contextlib
import json
import re
import socket
import ssl
import subprocess
import time
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local import ports
from tests import patience
from tests.ops.certificates import self_signed
from tests.ops.proxied import (
    FOLDER,
    KEPT,
    NAME,
    NAMED,
    STREAMED,
    Proxy,
    Upstream,
    answering,
    checked,
    configure,
    problem,
    proxying,
    tls_example,
)

ROOT = FOLDER.parent
METRICS = KEPT[1]


@pytest.fixture(name="upstream", scope="module")
def noting_upstream() -> Upstream:
    return Upstream()


@pytest.fixture(name="behind", scope="module")
def upstream_port(upstream: Upstream) -> Iterator[int]:
    with answering(upstream) as port:
        yield port


@pytest.fixture(name="proxy", scope="module")
def nginx_in_front(tmp_path_factory: pytest.TempPathFactory, behind: int) -> Iterator[Proxy]:
    with proxying(tmp_path_factory.mktemp("nginx"), behind) as proxy:
        yield proxy


def _settles(proxy: Proxy, path: str, headers: dict[str, str], status: int) -> None:
    ends_at = time.monotonic() + patience.SECONDS
    while proxy.ask(path, headers)[0].status != status:
        assert time.monotonic() < ends_at
        time.sleep(0.05)


@pytest.mark.parametrize("path", KEPT)
def test_an_answer_that_the_api_marks_is_asked_for_once_and_then_anew(
    proxy: Proxy, upstream: Upstream, path: str
) -> None:
    asked, session = f"{path}?shop=1", {"Cookie": "vitrina=hits"}
    answer, body = proxy.ask(asked, session)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "X-Accel-Expires" not in answer.headers
    tag = answer.headers["ETag"]
    # A busy machine may need longer than the second that it is kept: then once more.
    ends_at = time.monotonic() + patience.SECONDS
    while (again := proxy.ask(asked, session))[1] != body:
        assert time.monotonic() < ends_at
        tag, body = again[0].headers["ETag"], again[1]
    assert proxy.ask(asked, session | {"If-None-Match": tag})[0].status in (200, 304)
    while proxy.ask(asked, session)[1] == body:
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    assert upstream.count(asked) >= 2


@pytest.mark.parametrize(
    "other",
    [
        (METRICS + "?shop=1", {"Cookie": "vitrina=theirs"}),
        (METRICS + "?shop=1", {"Cookie": "__Host-vitrina=mine"}),
        (METRICS + "?shop=1", {"Cookie": "vitrina=mine; also=1"}),
        (METRICS + "?shop=1", {"Cookie": "vitrina=mine", "Authorization": "Bearer vts_other"}),
        (METRICS + "?shop=1", {"Cookie": "vitrina=mine", "Accept-Language": "ru"}),
        (METRICS + "?shop=1", {"Cookie": "vitrina=mine", "X-Forwarded-Proto": "https"}),
        (METRICS + "?shop=1", {}),
        (METRICS + "?shop=2", {"Cookie": "vitrina=mine"}),
        (KEPT[0] + "?shop=1", {"Cookie": "vitrina=mine"}),
    ],
    ids=["cookie", "tls", "cookies", "bearer", "language", "scheme", "nobody", "shop", "route"],
)
def test_nobody_gets_what_was_kept_for_another_session_or_shop(
    proxy: Proxy, other: tuple[str, dict[str, str]]
) -> None:
    _, mine = proxy.ask(METRICS + "?shop=1", {"Cookie": "vitrina=mine"})
    _, theirs = proxy.ask(*other)
    assert (
        theirs != mine and theirs.split()[0] == other[1].get("Cookie", "None").split()[0].encode()
    )


def test_a_session_that_was_ended_meets_the_refusal(proxy: Proxy, upstream: Upstream) -> None:
    session = {"Cookie": "vitrina=leaving"}
    assert proxy.ask(METRICS, session)[0].status == 200
    upstream.ended.add(session["Cookie"])
    _settles(proxy, METRICS, session, 401)
    assert proxy.ask(METRICS, session)[0].status == 401
    # A refusal is not kept: whoever is let in again is let in at once.
    upstream.ended.remove(session["Cookie"])
    assert proxy.ask(METRICS, session)[0].status == 200


@pytest.mark.parametrize(
    "method, path",
    [("GET", "/api/v1/overview?a"), ("GET", METRICS + "?unmarked"), ("POST", METRICS + "?change")],
)
def test_what_the_api_does_not_mark_is_never_kept(
    proxy: Proxy, upstream: Upstream, method: str, path: str
) -> None:
    for count in (1, 2):
        proxy.ask(path, {"Cookie": "vitrina=a"}, method=method)
        assert upstream.count(path) == count


def test_files_of_the_panel_are_kept_compressed_in_three_kinds(
    proxy: Proxy, upstream: Upstream
) -> None:
    asked = ["gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip, deflate", "gzip", ""]
    for accepted in asked:
        answer, body = proxy.ask("/assets/index-1a2b.js", {"Accept-Encoding": accepted})
        best = "br" if "br" in accepted else "gzip" if accepted else ""
        assert (body.decode(), answer.headers.get("Content-Encoding", "")) == (best, best)
        assert "immutable" in answer.headers["Cache-Control"]
    assert upstream.count("/assets/index-1a2b.js") == 3


@pytest.mark.parametrize("path", STREAMED)
def test_what_streams_is_passed_on_before_it_ends(
    proxy: Proxy, upstream: Upstream, path: str
) -> None:
    upstream.may_end.clear()
    with contextlib.closing(proxy.connection()) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.read(5) == b"first"
        upstream.may_end.set()
        assert answer.read() == b"last"


def test_a_written_file_is_sent_by_nginx_whole_or_in_ranges(proxy: Proxy) -> None:
    (proxy.folder / "exports/job").mkdir(exist_ok=True)
    (proxy.folder / "exports/job/part.csv").write_bytes(b"0123456789")
    path = "/api/v1/exports/jobs/1/files/1"
    answer, body = proxy.ask(path)
    assert (body, answer.headers["ETag"]) == (b"0123456789", '"of-sha"')
    assert answer.headers["Content-Type"] == "text/csv"
    assert "v.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Accel-Redirect" not in answer.headers
    ranged, part = proxy.ask(path, {"Range": "bytes=3-5", "If-Range": '"of-sha"'})
    assert (ranged.status, part) == (206, b"345")
    changed, whole = proxy.ask(path, {"Range": "bytes=3-5", "If-Range": '"older"'})
    assert (changed.status, whole) == (200, b"0123456789")
    # Only the API opens them.
    assert proxy.ask("/exported/job/part.csv")[0].status == 404


TEXTS = tomllib.loads((ROOT / "core/problem_texts.toml").read_text("utf-8"))["codes"]


@pytest.mark.parametrize(
    "crowded, other",
    [
        (("/v1/events", {"Authorization": "Bearer vtw_a"}), ("/v1/events", {"Authorization": "b"})),
        (("/hooks/7/provider/secret", {}), ("/hooks/8/provider/secret", {})),
        (("/hooks/9/provider/guess", {}), ("/hooks/9/provider/secret", {})),
    ],
    ids=["intake", "hooks", "a stranger at a hook"],
)
def test_a_key_that_calls_too_often_waits_and_others_do_not(
    proxy: Proxy, crowded: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]]
) -> None:
    answers = [proxy.ask(*crowded, method="POST") for _ in range(4)]
    assert [answer.status for answer, _ in answers] == [200, 200, 200, 429]
    refused, body = answers[-1]
    assert problem(body)["code"] == "too_many_calls"
    assert problem(body)["explained"] == TEXTS["too_many_calls"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["Referrer-Policy"] == "no-referrer"
    assert proxy.ask(*other, method="POST")[0].status == 200


def test_too_large_a_body_is_refused_with_a_problem(proxy: Proxy) -> None:
    answer, body = proxy.ask("/api/v1/overview", {"Content-Length": str(17 << 20)}, method="POST")
    assert (answer.status, problem(body)["code"]) == (413, "body_too_large")
    assert problem(body)["explained"] == TEXTS["body_too_large"]


@pytest.mark.parametrize("path", ["/api/v1/overview", "/v1/events", "/assets/a.js", METRICS])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_headers_of_safety_are_sent_once(proxy: Proxy, path: str, scheme: str) -> None:
    headers = {"X-Forwarded-Proto": scheme, "Authorization": f"Bearer {scheme}"}
    answer, _ = proxy.ask(path, headers)
    said = [answer.headers.get_all(name) for name in ("X-Content-Type-Options", "Referrer-Policy")]
    assert said == [["nosniff"], ["no-referrer"]]
    lasting = answer.headers.get_all("Strict-Transport-Security")
    assert lasting == (["max-age=31536000"] if scheme == "https" else None)
    assert answer.headers["Server"] == "nginx"


def test_an_address_that_a_visitor_claims_is_dropped(proxy: Proxy, upstream: Upstream) -> None:
    proxy.ask("/api/claimed", {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"})
    assert _forwarded(upstream, "/api/claimed") == "127.0.0.1"


def _forwarded(upstream: Upstream, path: str) -> str:
    return next(headers for asked, headers in upstream.seen if asked == path)["x-forwarded-for"]


def test_an_address_that_a_named_proxy_tells_counts_and_no_further_one(
    tmp_path: Path, behind: int, upstream: Upstream
) -> None:
    with proxying(tmp_path, behind, {"proxies.conf": NAMED}) as proxy:
        proxy.ask("/api/told", {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert _forwarded(upstream, "/api/told") == "198.51.100.7"


SECRET = "s3cretOfSomebody"


@pytest.mark.parametrize(
    "path, shown",
    [
        (f"/hooks/9/provider/{SECRET}", "/hooks/***"),
        (f"/%68ooks/9/provider/{SECRET}", "/hooks/***"),
        (f"//hooks/9/provider/{SECRET}", "/hooks/***"),
        (f"/api/v1/sheets/{SECRET}/metrics.csv", "/api/v1/sheets/***"),
        (f"/api/v1/%73heets/{SECRET}/metrics.csv", "/api/v1/sheets/***"),
        (f"/clickhouse/?password={SECRET}", "/clickhouse/"),
        (f"/api/v1/overview?key={SECRET}", "/api/v1/overview"),
    ],
    ids=["hook", "encoded", "doubled", "sheet", "encoded sheet", "password", "query"],
)
def test_no_log_has_a_secret_also_when_the_service_is_away(
    tmp_path: Path, path: str, shown: str
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": f"vitrina={SECRET}"}
    with proxying(tmp_path, ports.free_port()) as proxy:
        assert proxy.ask(path, headers | {"Referer": f"http://x/{SECRET}"})[0].status == 502
    told = proxy.logs()
    assert SECRET not in told and "203.0.113.9" not in told
    line = json.loads((tmp_path / "access.log").read_text("utf-8").splitlines()[-1])
    assert (line["path"], line["status"], line["upstream_status"]) == (shown, 502, "502")
    assert SECRET not in (tmp_path / "console").read_text("utf-8")


def _with_certificate(folder: Path, port: int) -> str:
    """The example of TLS at a port, with a certificate made for it."""
    live = folder / "letsencrypt/live" / NAME
    live.mkdir(parents=True)
    self_signed(NAME, live / "fullchain.pem", live / "privkey.pem")
    return tls_example(folder, port)


def test_nginx_takes_the_examples_of_tls_and_of_named_proxies(tmp_path: Path, behind: int) -> None:
    tls = _with_certificate(tmp_path, ports.free_port())
    main = configure(tmp_path, ports.free_port(), behind, {"tls.conf": tls, "proxies.conf": NAMED})
    told = checked(main)
    assert "test is successful" in told and "[warn]" not in told, told


def test_by_the_example_of_tls_a_browser_is_sent_there_and_stays(
    tmp_path: Path, behind: int, upstream: Upstream
) -> None:
    port = ports.free_port()
    tls = _with_certificate(tmp_path, port)
    trusting = ssl.create_default_context(
        cafile=tmp_path / f"letsencrypt/live/{NAME}/fullchain.pem"
    )
    with proxying(tmp_path, behind, {"tls.conf": tls}) as proxy:
        moved, _ = proxy.ask("/shop/1?a=b", {"Host": NAME})
        assert (moved.status, moved.headers["Location"]) == (308, f"https://{NAME}/shop/1?a=b")
        assert proxy.ask("/.well-known/acme-challenge/none", {"Host": NAME})[0].status == 404
        with contextlib.closing(HTTPConnection(NAME)) as connection:
            plain = socket.create_connection(("127.0.0.1", port), patience.SECONDS)
            connection.sock = trusting.wrap_socket(plain, server_hostname=NAME)
            connection.request("GET", "/api/secure")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"{}")
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    (seen,) = (headers for path, headers in upstream.seen if path == "/api/secure")
    assert (seen["x-forwarded-proto"], seen["host"]) == ("https", NAME)


def test_a_mistake_in_a_file_of_ours_is_found(tmp_path: Path, behind: int) -> None:
    main = configure(tmp_path, ports.free_port(), behind, {"tls.conf": "proxy_passs x;"})
    with pytest.raises(subprocess.CalledProcessError) as raised:
        checked(main)
    assert re.search(r'unknown directive "proxy_passs"', raised.value.stderr)
