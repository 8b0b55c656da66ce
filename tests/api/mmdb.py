"""A small writer of MaxMind's database format, version 2.0, for tests of what reads it.

https://maxmind.github.io/MaxMind-DB/
"""

import struct
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import NamedTuple


class Whole(NamedTuple):
    """A whole number of a type of the format: 5 is uint16, 6 uint32, 9 uint64."""

    kind: int
    value: int


Value = str | float | Whole | Mapping[str, "Value"] | Sequence["Value"]
_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = 16  # bytes between tree and data


def _control(kind: int, size: int) -> bytes:
    extra = b"" if size < 29 else bytes([size - 29])
    length = min(size, 29)
    return bytes([kind << 5 | length]) + extra if kind < 8 else bytes([length, kind - 7]) + extra


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return _control(2, len(text)) + text
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, Whole):
        number = value.value.to_bytes(8, "big").lstrip(b"\x00")
        return _control(value.kind, len(number)) + number
    if isinstance(value, Mapping):
        pairs = (_encoded(key) + _encoded(item) for key, item in value.items())
        return _control(7, len(value)) + b"".join(pairs)
    return _control(11, len(value)) + b"".join(map(_encoded, value))


def database(records: Mapping[IPv4Network, Mapping[str, Value]]) -> bytes:
    """A database of these networks, none of which is within another."""
    nodes: list[list[int | None]] = [[None, None]]
    ends: dict[tuple[int, int], int] = {}  # node and side: offset of its record
    data = b""
    for network, record in records.items():
        node = 0
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        for bit in bits[:-1]:
            following = nodes[node][int(bit)]
            if following is None:
                following = len(nodes)
                nodes[node][int(bit)] = following
                nodes.append([None, None])
            node = following
        ends[node, int(bits[-1])] = len(data)
        data += _encoded(record)
    tree = b""
    for number, sides in enumerate(nodes):
        for side, following in enumerate(sides):
            if (number, side) in ends:
                following = len(nodes) + _SEPARATOR + ends[number, side]
            tree += (len(nodes) if following is None else following).to_bytes(3, "big")
    metadata: dict[str, Value] = {
        "binary_format_major_version": Whole(5, 2),
        "binary_format_minor_version": Whole(5, 0),
        "build_epoch": Whole(9, 1_790_000_000),
        "database_type": "Test-City",
        "description": {"en": "for tests"},
        "ip_version": Whole(5, 4),
        "languages": ["en"],
        "node_count": Whole(6, len(nodes)),
        "record_size": Whole(5, 24),
    }
    return tree + bytes(_SEPARATOR) + data + _MARKER + _encoded(metadata)
