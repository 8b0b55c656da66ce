"""What Nginx does with our configuration when many ask at once: one request for all, and limits."""

import contextlib
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests import patience
from tests.ops.proxied import FOLDER, KEPT, NAMED, Proxy, Upstream, answering, problem, proxying

METRICS = KEPT[1]
AT_ONCE = 20


def _few_of_a_caller() -> dict[str, str]:
    """Our files with a burst of two for a caller and room for each key, and a proxy that may name
    the caller."""
    main, site = ((FOLDER / name).read_text("utf-8") for name in ("vitrina.conf", "site.conf"))
    return {
        "vitrina.conf": re.sub(r"(zone=\w+_callers:\w+ )rate=\w+/s", r"\1rate=1r/m", main),
        "site.conf": re.sub(r"(zone=\w+_callers )burst=\d+", r"\1burst=2", site),
        "proxies.conf": NAMED,
    }


@pytest.fixture(name="upstream", scope="module")
def noting_upstream() -> Upstream:
    return Upstream()


@pytest.fixture(name="proxy", scope="module")
def nginx_in_front(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    with answering(upstream) as port, proxying(folder, port, _few_of_a_caller()) as proxy:
        yield proxy


def _until_asked(upstream: Upstream, path: str, times: int) -> None:
    ends_at = time.monotonic() + patience.SECONDS
    while upstream.count(path) < times:
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_many_who_ask_the_same_at_once_are_one_request(proxy: Proxy, upstream: Upstream) -> None:
    path, session = f"{METRICS}?held=lock", {"Cookie": "vitrina=windows"}
    upstream.may_end.clear()
    with contextlib.ExitStack() as stack:
        windows = [
            stack.enter_context(contextlib.closing(proxy.connection())) for _ in range(AT_ONCE)
        ]
        for window in windows:
            window.request("GET", path, headers=session)
        _until_asked(upstream, path, 1)
        time.sleep(0.2)  # for those who would not wait for it
        upstream.may_end.set()
        bodies = {window.getresponse().read() for window in windows}
    assert len(bodies) == 1 and upstream.count(path) == 1


def test_while_one_asks_anew_the_others_get_what_was_kept(proxy: Proxy, upstream: Upstream) -> None:
    path, session = f"{METRICS}?held=stale", {"Cookie": "vitrina=windows"}
    upstream.may_end.set()
    _, kept = proxy.ask(path, session)
    time.sleep(2.1)  # Nginx counts whole seconds, and it is kept for one
    upstream.may_end.clear()
    with contextlib.closing(proxy.connection()) as first:
        first.request("GET", path, headers=session)
        _until_asked(upstream, path, 2)
        assert [proxy.ask(path, session)[1] for _ in range(3)] == [kept] * 3
        upstream.may_end.set()
        assert first.getresponse().read() != kept
    assert upstream.count(path) == 2


@pytest.mark.parametrize("kind", ["hooks", "intake"])
def test_a_caller_who_tries_many_keys_waits_and_others_do_not(proxy: Proxy, kind: str) -> None:
    def call(number: int, caller: str) -> int:
        path = f"/hooks/{number}/provider/guess" if kind == "hooks" else "/v1/events"
        headers = {"Authorization": f"Bearer {number}", "X-Forwarded-For": caller}
        answer, body = proxy.ask(path, headers, method="POST")
        assert answer.status == 200 or problem(body)["code"] == "too_many_calls"
        return answer.status

    assert [call(number, "198.51.100.7") for number in range(4)] == [200, 200, 200, 429]
    assert call(5, "198.51.100.8") == 200


def test_of_large_files_a_caller_sends_two_at_once(proxy: Proxy) -> None:
    def begin(number: int, caller: str) -> HTTPConnection:
        """Up to where Nginx waits for the body."""
        connection = proxy.connection()
        connection.putrequest("POST", "/v1/import")
        for name, value in {
            "Authorization": f"Bearer file {number}",
            "X-Forwarded-For": caller,
            "Content-Length": "1",
            "Expect": "100-continue",
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection

    def goes_on(connection: HTTPConnection) -> bool:
        return b"100 Continue" in connection.sock.recv(1024)

    with contextlib.ExitStack() as stack:
        sending = []
        for number, caller in enumerate(["192.0.2.7", "192.0.2.7", "192.0.2.8"]):
            sending.append(stack.enter_context(contextlib.closing(begin(number, caller))))
            assert goes_on(sending[-1])
        third = stack.enter_context(contextlib.closing(begin(3, "192.0.2.7")))
        assert third.getresponse().status == 429
        for connection in sending:
            connection.send(b"x")
            assert connection.getresponse().status == 200
