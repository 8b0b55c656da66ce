"""From where a request comes: its address, network and program."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

from api import agents
from api.geography import Geography
from core.shop.access import Place

# What one subscriber or site has: a change within it is no other place.
_NETWORK_BITS = {4: 24, 6: 48}


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address; one of IPv4 that is written as IPv6 is what it is. None for no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


@lru_cache(maxsize=4096)
def network_of(address: IPv4Address | IPv6Address | None) -> str:
    """Like `203.0.113.0/24`, and /48 for IPv6; empty without an address."""
    if address is None:
        return ""
    return str(ip_network((address, _NETWORK_BITS[address.version]), strict=False))


def place_of(request: HTTPConnection, geography: Geography | None = None) -> Place:
    """Where a request comes from, by the address that the trusted proxies report; its country
    only by a `geography`."""
    address = address_of(request.client.host) if request.client else None
    return Place(
        address=address,
        network=network_of(address),
        country=geography.of(address).country if geography is not None else "",
        agent=agents.family(request.headers.get("user-agent", "")),
    )
