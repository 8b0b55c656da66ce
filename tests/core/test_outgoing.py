"""Addresses that a person typed: what may be called, and what a call may cost."""

import asyncio
import contextlib
import secrets
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outgoing import (
    AddressInfo,
    AddressRefused,
    OutgoingFailed,
    OutgoingHttp,
    is_public,
    parse_url,
)
from core.settings import Network
from tests.properties import examples

LOOPBACK: list[Network] = [ip_network("127.0.0.0/8")]
INSIDE = (
    "10.0.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "169.254.169.254",
    "168.63.129.16",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
OUTSIDE = ("8.8.8.8", "93.184.215.14", "2606:4700::1111", "64:ff9b::808:808")


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_not_of_the_public_internet_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(AddressRefused):
        parse_url(f"https://{host}/hook")


@pytest.mark.parametrize("text", OUTSIDE)
def test_public_addresses_may_be_called(text: str) -> None:
    assert is_public(ip_address(text))
    host = f"[{text}]" if ":" in text else text
    assert str(parse_url(f" https://{host}/hook ")) == f"https://{host}/hook"


@given(st.ip_addresses(v=4))
@examples(50)
def test_an_address_in_another_is_judged_as_itself(address: object) -> None:
    inner = ip_address(str(address))
    assert is_public(ip_address(int(ip_address("64:ff9b::")) + int(inner))) == is_public(inner)
    assert not is_public(ip_address(int(ip_address("::ffff:0:0")) + int(inner)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop.example/hook",
        "ftp://shop.example/",
        "http://shop.example/",
        "https:///hook",
        "https://user:pw@shop.example/",
        "https://user@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://１２７.0.0.1/",
        "https://[::1/",
        "https://shop.example/\r\nHost: other",
        "https://shop.example/" + "a" * 2000,
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_of_https_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        parse_url(text)
    assert refused.value.explained.ru
    assert refused.value.explained.en


@contextlib.asynccontextmanager
async def served(answer: bytes, *, holds: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on 127.0.0.1 that answers everything so; its port, and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            if holds:
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def names(*answers: str) -> Callable[[str, int], Sequence[AddressInfo]]:
    """A DNS that answers each question with the next address, and then with the last."""
    left = list(answers)

    def look_up(_host: str, port: int) -> Sequence[AddressInfo]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return look_up


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_a_name_of_an_inner_address_is_refused_and_nothing_is_sent() -> None:
    async with served(OK) as (port, heard):
        for url in (f"https://localhost:{port}/", f"https://127.0.0.1:{port}/"):
            async with OutgoingHttp() as http:
                for call in (http.check(url), http.send("GET", url)):
                    with pytest.raises(AddressRefused, match="public internet"):
                        await call
        assert not heard


async def test_a_name_that_resolves_otherwise_a_moment_later_gains_nothing() -> None:
    async with served(OK) as (port, heard):
        url = f"https://rebinding.example:{port}/"
        async with OutgoingHttp(lookup=names("8.8.8.8", "127.0.0.1")) as http:
            assert str(await http.check(url)) == url
            with pytest.raises(AddressRefused):
                await http.send("POST", url, body=b"{}")
    assert not heard


async def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    def both(_host: str, port: int) -> Sequence[AddressInfo]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("8.8.8.8", "10.0.0.1")
        ]

    async with OutgoingHttp(lookup=both) as http:
        with pytest.raises(AddressRefused):
            await http.check("https://shop.example/")


async def test_a_name_that_nobody_knows_is_said_so() -> None:
    def unknown(_host: str, _port: int) -> Sequence[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    async with OutgoingHttp(lookup=unknown) as http:
        with pytest.raises(AddressRefused, match="not found in the DNS"):
            await http.check("https://nobody.example/")
        with pytest.raises(OutgoingFailed):
            await http.send("GET", "https://nobody.example/")


async def test_the_operator_may_allow_networks_and_http_in_them_alone() -> None:
    async with served(OK) as (port, heard):
        async with OutgoingHttp(LOOPBACK, lookup=names("127.0.0.1")) as http:
            answer = await http.send("POST", f"http://shop.example:{port}/a", body=b"{}")
            assert (answer.status, answer.body, answer.is_cut) == (200, b"ok", False)
        assert b"Host: shop.example" in heard[0]
        assert b"Accept-Encoding: identity" in heard[0]
        async with OutgoingHttp(LOOPBACK, lookup=names("8.8.8.8")) as http:
            with pytest.raises(AddressRefused):
                await http.check(f"http://shop.example:{port}/")
            with pytest.raises(AddressRefused):
                await http.check("http://10.0.0.1/")


async def _asked(answer: bytes, ask: Callable[[OutgoingHttp, str], Awaitable[None]]) -> list[bytes]:
    async with served(answer, holds=True) as (port, heard):
        async with OutgoingHttp(LOOPBACK) as http:
            await ask(http, f"http://127.0.0.1:{port}/")
    return heard


async def test_redirects_are_not_followed() -> None:
    async def ask(http: OutgoingHttp, url: str) -> None:
        answer = await http.send("GET", url)
        assert (answer.status, answer.is_ok) == (302, False)
        assert answer.headers["location"] == "http://127.0.0.1:1/"

    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    assert len(await _asked(moved, ask)) == 1


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async def ask(http: OutgoingHttp, url: str) -> None:
        answer = await http.send("GET", url, answer_bytes=10)
        assert (answer.body, answer.is_cut) == (b"x" * 10, True)

    await _asked(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 1000, ask)


async def test_an_answer_that_does_not_end_is_given_up_in_time() -> None:
    async def ask(http: OutgoingHttp, url: str) -> None:
        with pytest.raises(OutgoingFailed, match="no answer within 0.3 seconds"):
            await http.send("GET", url, seconds=0.3)

    await _asked(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", ask)


async def test_a_bomb_is_not_unpacked() -> None:
    async def ask(http: OutgoingHttp, url: str) -> None:
        answer = await http.send("GET", url)
        assert answer.body == b"\x1f\x8b packed"

    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
    await _asked(head + b"\x1f\x8b packed", ask)


async def test_what_is_no_http_is_a_failure() -> None:
    async def ask(http: OutgoingHttp, url: str) -> None:
        with pytest.raises(OutgoingFailed):
            await http.send("GET", url)

    await _asked(b"SSH-2.0-OpenSSH\r\n", ask)


async def test_the_words_of_a_failure_do_not_have_the_address() -> None:
    """It may be signed, or hold a token."""
    signature = secrets.token_hex(8)

    async def ask(http: OutgoingHttp, url: str) -> None:
        with pytest.raises(OutgoingFailed) as failed:
            await http.send("PUT", f"{url}?X-Amz-Signature={signature}")
        told = "".join(traceback.format_exception(failed.value))
        assert failed.value.detail
        assert signature not in failed.value.detail + told

    await _asked(b"SSH-2.0-OpenSSH\r\n", ask)
