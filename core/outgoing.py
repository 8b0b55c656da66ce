"""HTTP to addresses that a person typed: a shop's own system, a picture's address.

Whoever can make a server fetch an address of his choice can reach what only that server reaches
(SSRF): its databases, its cloud's metadata. So: https, no credentials in the address, and only
public addresses. What is checked is the very address that a socket is opened to, so a name that
resolves otherwise a moment later (DNS rebinding) gains nothing. Redirects are not followed, answers
are not decompressed, time and size are limited.

    async with OutgoingHttp(settings.outgoing_network_list) as http:
        answer = await http.send("POST", url, body=body, headers=headers)
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import IO, Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from core.errors import Refused, VitrinaError
from core.events import Bilingual
from core.settings import Network

SECONDS = 10.0
ANSWER_BYTES = 64 << 10
URL_CHARACTERS = 2000
_CONNECT_SECONDS = 5.0
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Vitrina"}
_RESOLVERS = 16  # names resolved at once; a slow name server keeps nothing else up

# What `getaddrinfo` answers: family, type, protocol, canonical name, socket address.
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
Lookup = Callable[[str, int], Sequence[AddressInfo]]

_GLOBAL_UNICAST = IPv6Network("2000::/3")
# An IPv4 address in the last 32 bits (RFC 6052): the way to IPv4 of networks that have only IPv6.
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = (
    # IPv4 in IPv6 by relays (6to4, Teredo), and what newer registries than Python's reserve.
    *(ip_network(text) for text in ("2001::/23", "2002::/16", "3fff::/20")),
    # Protocols' own, of which Python's early 3.11 knows the first eight.
    ip_network("192.0.0.0/24"),
    # Relays of 6to4; the address of a large cloud's own services in every machine there.
    *(ip_network(text) for text in ("192.88.99.0/24", "168.63.129.16/32")),
)


class AddressRefused(Refused):
    """The address is malformed, or is none of the public internet."""

    code = "address_refused"

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


class OutgoingFailed(VitrinaError):
    """The other server did not answer, or not as it should."""

    code = "outgoing_failed"
    status = 502


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """The other server's answer: of the body at most as many bytes as were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the public internet: no private, shared (CGNAT), loopback,
    link-local (metadata of clouds), multicast or reserved one, neither within an IPv6 address."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST or address.scope_id is not None:
            return False
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def parse_url(text: str, networks: Sequence[Network] = ()) -> URL:
    """The address that a person typed, without resolving its name.

    Raises AddressRefused unless it is https (or http, if there are networks that the operator
    allows), without credentials and fragment, with a host that is no address of another network.
    """
    text = text.strip()
    try:
        url = URL(text)
        is_whole = bool(url.host and url.port) and len(text) <= URL_CHARACTERS
    except ValueError:
        is_whole = False
    if not is_whole or not text.isprintable():
        raise AddressRefused(
            Bilingual("Адрес неверный: нужен https://…", "This is no address like https://…")
        )
    if url.scheme not in ({"https", "http"} if networks else {"https"}):
        raise AddressRefused(
            Bilingual("Адрес должен начинаться с https://", "The address must begin with https://")
        )
    if url.raw_user is not None or url.raw_password is not None or url.raw_fragment:
        raise AddressRefused(
            Bilingual(
                "В адресе не должно быть имени с паролем и части после #.",
                "The address must have no user and password, and nothing after a #.",
            )
        )
    _refuse_numeric(url, networks)
    return url


def _refuse_numeric(url: URL, networks: Sequence[Network]) -> None:
    host = url.raw_host or ""
    try:
        address = ip_address(host)
    except ValueError:
        # Forms like 2130706433 or 0x7f.1 are addresses to some resolvers.
        last = host.rstrip(".").rpartition(".")[2]
        if last.isdigit() or last.lower().startswith("0x"):
            raise _not_allowed(host) from None
        return
    if not _is_allowed(address, url.scheme, networks):
        raise _not_allowed(host)


def _is_allowed(
    address: IPv4Address | IPv6Address, scheme: str, networks: Sequence[Network]
) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
        if not any(address in network for network in networks):
            return False  # nobody's public address is written that way
    if any(address in network for network in networks):
        return True
    return scheme == "https" and is_public(address)


def _not_allowed(host: str) -> AddressRefused:
    return AddressRefused(
        Bilingual(
            f"{host} не в открытом интернете: укажите адрес, доступный всем по https.",
            f"{host} is not in the public internet: give an address that anybody reaches by https.",
        )
    )


def _look_up(host: str, port: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class _PublicResolver(AbstractResolver):
    """Resolves names in threads of its own; refuses a name with any address that is not allowed."""

    def __init__(self, scheme: str, networks: Sequence[Network], lookup: Lookup) -> None:
        self._scheme = scheme
        self._networks = networks
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolving")

    async def resolve(
        self, host: str, port: int = 0, family: int = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._lookup, host, port)
        results = []
        for each, _, protocol, _, where in found:
            if each not in (socket.AF_INET, socket.AF_INET6):
                continue
            if not _is_allowed(ip_address(where[0]), self._scheme, self._networks):
                raise _not_allowed(host)
            results.append(
                ResolveResult(
                    hostname=host,
                    host=where[0],
                    port=port,
                    family=each,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        return results

    def socket_of(self, found: AddressInfo) -> socket.socket:
        """A socket to exactly this address: what no resolver was asked for is checked here."""
        family, kind, protocol, _, where = found
        if not _is_allowed(ip_address(where[0]), self._scheme, self._networks):
            raise _not_allowed(where[0])
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class OutgoingHttp:
    """A client for addresses that people typed; open it with `async with`.

    `networks` are those that the operator allows beside the public internet, also by plain http.
    `lookup` resolves names.
    """

    def __init__(self, networks: Sequence[Network] = (), *, lookup: Lookup = _look_up) -> None:
        self._networks = tuple(networks)
        self._lookup = lookup
        self._stack = contextlib.AsyncExitStack()
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._resolvers: dict[str, _PublicResolver] = {}

    async def __aenter__(self) -> Self:
        for scheme in ("https", "http"):
            resolver = _PublicResolver(scheme, self._networks, self._lookup)
            self._stack.push_async_callback(resolver.close)
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                socket_factory=resolver.socket_of,
                use_dns_cache=False,
                force_close=True,
                limit=0,
            )
            self._resolvers[scheme] = resolver
            self._sessions[scheme] = await self._stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    trust_env=False,
                )
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def check(self, text: str) -> URL:
        """The address, whose name resolves to what may be called now; for a word in time, before
        it is stored. Raises AddressRefused."""
        url = parse_url(text, self._networks)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._resolvers[url.scheme].resolve(url.raw_host or "", url.port or 0)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise AddressRefused(
                Bilingual(
                    f"Имя {url.host} не найдено в DNS: проверьте адрес.",
                    f"The name {url.host} is not found in the DNS: check the address.",
                )
            ) from error
        return url

    async def send(
        self,
        method: str,
        text: str,
        *,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
        answer_bytes: int = ANSWER_BYTES,
    ) -> OutgoingAnswer:
        """One request (a file is read as it is sent), never repeated, and the beginning of its
        answer, whatever its status.

        Raises AddressRefused, OutgoingFailed.
        """
        url = parse_url(text, self._networks)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
        try:
            async with self._sessions[url.scheme].request(
                method,
                url,
                data=body,
                headers=_HEADERS | dict(headers or {}),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                content = await _beginning(response, answer_bytes + 1)
                return OutgoingAnswer(
                    response.status,
                    {name.lower(): value for name, value in response.headers.items()},
                    content[:answer_bytes],
                    len(content) > answer_bytes,
                )
        except TimeoutError as error:
            raise OutgoingFailed(f"no answer within {seconds:g} seconds") from error
        except aiohttp.ClientResponseError as error:
            # In full it has the whole address, which may be signed or hold a token.
            raise OutgoingFailed(error.message or type(error).__name__) from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise OutgoingFailed(str(error) or type(error).__name__) from error


async def _beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    content = b""
    while len(content) < most and (part := await response.content.read(most - len(content))):
        content += part
    return content
